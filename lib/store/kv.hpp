// SPDX-License-Identifier: Apache-2.0
// Ordered keys and values with atomic, synced batches: the seam to the database. Keys sort as
// bytes. get and scan may run in many threads; write in one.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace cess {

class Budget;

/// Changes by key; nullopt erases.
using KvChanges = std::map<std::string, std::optional<std::string>, std::less<>>;

class Kv {
 public:
  virtual ~Kv() = default;
  virtual Result<std::optional<std::string>> get(std::string_view key) const = 0;
  /// Keys with `prefix` from `start` on, in order, until `visit` returns false.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  virtual Status scan(std::string_view prefix, std::string_view start,
                      const Visit& visit) const = 0;
  /// All or nothing, on disk when it returns.
  virtual Status write(const KvChanges& changes) = 0;
  /// Reads what a writer has committed since; a no-op for the writer itself.
  virtual Status refresh() = 0;
  /// Reads what is there now, whatever is written later; must go before this Kv does. Code::system
  /// where the kind of Kv cannot.
  [[nodiscard]] virtual Result<std::unique_ptr<Kv>> snapshot() const {
    return fail(Code::system, "cannot take a snapshot of this database");
  }
};

/// A map in memory.
std::unique_ptr<Kv> memory_kv();

/// Creates (`create`) or opens the RocksDB database in folder `path` for writing. Its files are
/// charged to `budget`, which must outlive it.
Result<std::unique_ptr<Kv>> open_rocks(const std::string& path, bool create, Budget& budget);
/// Creates or opens a database that has a disk to itself (a chain node's): larger buffers, no budget,
/// snapshots.
Result<std::unique_ptr<Kv>> open_rocks_wide(const std::string& path);
/// Opens it for reading beside a writer, or on a read-only disk.
Result<std::unique_ptr<Kv>> open_rocks_reader(const std::string& path);

/// A Kv with changes on top that are not written yet: reads see them.
class KvView final : public Kv {
 public:
  explicit KvView(Kv& base) : base_(base) {}
  Result<std::optional<std::string>> get(std::string_view key) const override {
    const auto it = changes_.find(key);
    if (it != changes_.end()) return it->second;
    return base_.get(key);
  }
  /// Of the base only: nobody scans inside a change.
  Status scan(std::string_view prefix, std::string_view start, const Visit& visit) const override {
    return base_.scan(prefix, start, visit);
  }
  Status write(const KvChanges& changes) override {
    for (const auto& [key, value] : changes) changes_.insert_or_assign(key, value);
    return {};
  }
  Status refresh() override { return {}; }
  void put(std::string key, std::string value) {
    changes_.insert_or_assign(std::move(key), std::move(value));
  }
  void erase(std::string key) { changes_.insert_or_assign(std::move(key), std::nullopt); }
  [[nodiscard]] const KvChanges& changes() const { return changes_; }

 private:
  Kv& base_;
  KvChanges changes_;
};

}  // namespace cess
