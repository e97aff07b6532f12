// SPDX-License-Identifier: Apache-2.0
// A node's disk: small files that are written and synced, and an ordered store of key-value pairs
// that takes atomic batches (what RocksDB with a synced log gives). What was not synced when the
// power goes is lost, whole, or torn; bits rot; the disk fills up; and the power may go at any
// call. A value of the store knows its checksum: a rotten one is found when it is read. One thread.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "chain/consensus/voter_record.hpp"
#include "chain/sim/base.hpp"

namespace cess::sim {

/// Values are shared: eleven nodes keep the same block once.
using Value = std::shared_ptr<const void>;

class Disk {
 public:
  explicit Disk(Random random) : random_(random) {}

  // Files.
  Status write(std::size_t file, ByteView bytes);
  Status sync(std::size_t file);
  /// What is in the cache, synced or not; nullopt: no such file.
  [[nodiscard]] Result<std::optional<Bytes>> read(std::size_t file);

  // The store.
  using Batch = std::vector<std::pair<std::string, Value>>;  ///< null: erase
  /// All of it or none of it is there after any crash, once this returned; if the power goes in the
  /// call, either.
  Status commit(const Batch& batch);
  /// Null: absent or rotten.
  [[nodiscard]] Value get(const std::string& key) const;
  /// Keys that begin with `prefix`, in order.
  [[nodiscard]] std::vector<std::string> list(std::string_view prefix) const;
  [[nodiscard]] bool rotten(const std::string& key) const { return rotten_.contains(key); }

  // Faults.
  /// The power goes in the n-th call from now, before or after its effect; 0: not at all.
  void fail_at_call(std::uint64_t n) { end_at_call(n, true); }
  /// The process dies in the n-th call; what it wrote is still in the machine's cache.
  void kill_at_call(std::uint64_t n) { end_at_call(n, false); }
  /// The same, and the newest block is not in the store when it works again.
  void lose_tail_at_call(std::uint64_t n) {
    end_at_call(n, false);
    loses_tail_ = true;
  }
  /// Nothing works until power_on().
  [[nodiscard]] bool dead() const { return dead_; }
  [[nodiscard]] bool without_power() const { return dead_ && takes_power_; }
  /// Whatever ended it, it works again; without power what was not synced is lost. True if the
  /// newest block was lost.
  bool power_on();
  /// After the next power_on() the power goes in the n-th call.
  void fail_after_restart(std::uint64_t n) { fail_then_ = n; }
  void set_full(bool full) { full_ = full; }
  /// The power is gone: unsynced writes are lost, whole or torn. The disk works again.
  void power_cut();
  /// One value of the store rots. False if there is none.
  bool rot();
  /// One bit of a file flips.
  void flip(std::size_t file);
  /// An older copy of everything comes back, as from a backup, or the present state is set aside.
  struct Copy;
  [[nodiscard]] std::shared_ptr<const Copy> copy() const;
  void restore(const Copy& copy);
  /// Changes when the disk is restored from a copy: VoterStorage::place().
  [[nodiscard]] std::uint64_t birth() const { return birth_; }
  [[nodiscard]] std::uint64_t calls() const { return calls_; }

 private:
  struct File {
    std::optional<Bytes> durable;
    std::optional<Bytes> cached;  ///< written, not synced
  };
  // Counts a call; whether it takes effect, and what it answers.
  struct Outcome {
    bool effect = true;
    Status status;
  };
  Outcome call(bool writes);
  void end_at_call(std::uint64_t n, bool power) {
    fail_in_ = n;
    takes_power_ = power;
    loses_tail_ = false;
  }
  bool drop_newest_block();

  Random random_;
  std::array<File, consensus::kVoterSlots> files_;
  std::map<std::string, Value> store_;
  std::map<std::string, Value> rotten_;
  std::uint64_t fail_in_ = 0;
  std::uint64_t fail_then_ = 0;
  bool takes_power_ = true;
  bool loses_tail_ = false;
  bool dead_ = false;
  bool full_ = false;
  std::uint64_t birth_ = 1;
  std::uint64_t calls_ = 0;
};

struct Disk::Copy {
  std::array<File, consensus::kVoterSlots> files;
  std::map<std::string, Value> store;
};

/// The two slots of the voter record as files of a disk.
class DiskVoterStorage final : public consensus::VoterStorage {
 public:
  explicit DiskVoterStorage(Disk& disk) : disk_(&disk) {}
  [[nodiscard]] Hash256 place() override;
  [[nodiscard]] Result<std::optional<Bytes>> read(std::size_t slot) override {
    return disk_->read(slot);
  }
  [[nodiscard]] Status write(std::size_t slot, ByteView bytes) override {
    CESS_TRY(disk_->write(slot, bytes));
    return disk_->sync(slot);
  }
  [[nodiscard]] Status sync(std::size_t slot) override { return disk_->sync(slot); }

 private:
  Disk* disk_;
};

}  // namespace cess::sim
