// SPDX-License-Identifier: Apache-2.0
#include "store/kv.hpp"

namespace cess {
namespace {

class MemoryKv final : public Kv {
 public:
  Result<std::optional<std::string>> get(std::string_view key) const override {
    const auto it = map_.find(key);
    if (it == map_.end()) return std::optional<std::string>{};
    return std::optional<std::string>{it->second};
  }
  Status scan(std::string_view prefix, std::string_view start, const Visit& visit) const override {
    for (auto it = map_.lower_bound(std::max(prefix, start)); it != map_.end(); ++it) {
      if (!std::string_view(it->first).starts_with(prefix)) break;
      if (!visit(it->first, it->second)) break;
    }
    return {};
  }
  Status write(const KvChanges& changes) override {
    for (const auto& [key, value] : changes) {
      if (value) {
        map_.insert_or_assign(key, *value);
      } else {
        map_.erase(key);
      }
    }
    return {};
  }
  Status refresh() override { return {}; }
  Result<std::unique_ptr<Kv>> snapshot() const override {
    return std::unique_ptr<Kv>(std::make_unique<MemoryKv>(*this));
  }

 private:
  std::map<std::string, std::string, std::less<>> map_;
};

}  // namespace

std::unique_ptr<Kv> memory_kv() { return std::make_unique<MemoryKv>(); }

}  // namespace cess
