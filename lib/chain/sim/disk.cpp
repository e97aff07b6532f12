// SPDX-License-Identifier: Apache-2.0
#include "chain/sim/disk.hpp"

#include "base/endian.hpp"

namespace cess::sim {

Disk::Outcome Disk::call(bool writes) {
  ++calls_;
  if (dead_) return {false, fail(Code::system, "cannot reach the disk: it ended here")};
  if (fail_in_ > 0 && --fail_in_ == 0) {
    dead_ = true;
    return {random_.chance(500), fail(Code::system, "cannot reach the disk: it ended here")};
  }
  if (writes && full_) {
    return {false, fail(Code::system, "cannot write: No space left on device")};
  }
  return {};
}

Status Disk::write(std::size_t file, ByteView bytes) {
  Outcome o = call(true);
  if (o.effect) files_[file].cached = Bytes(bytes.begin(), bytes.end());
  return o.status;
}

Status Disk::sync(std::size_t file) {
  Outcome o = call(false);
  File& f = files_[file];
  if (o.effect && f.cached) f.durable = std::exchange(f.cached, std::nullopt);
  return o.status;
}

Result<std::optional<Bytes>> Disk::read(std::size_t file) {
  Outcome o = call(false);
  CESS_TRY(o.status);
  const File& f = files_[file];
  return f.cached ? f.cached : f.durable;
}

Status Disk::commit(const Batch& batch) {
  Outcome o = call(true);
  if (o.effect) {
    for (const auto& [key, value] : batch) {
      rotten_.erase(key);
      if (value) {
        store_[key] = value;
      } else {
        store_.erase(key);
      }
    }
  }
  return o.status;
}

Value Disk::get(const std::string& key) const {
  if (dead_) return nullptr;
  const auto found = store_.find(key);
  return found == store_.end() ? nullptr : found->second;
}

std::vector<std::string> Disk::list(std::string_view prefix) const {
  std::vector<std::string> out;
  for (auto it = store_.lower_bound(std::string(prefix)); it != store_.end(); ++it) {
    if (!std::string_view(it->first).starts_with(prefix)) break;
    out.push_back(it->first);
  }
  return out;
}

bool Disk::power_on() {
  if (without_power()) power_cut();
  if (!dead_ && fail_then_ == 0) return false;
  const bool lost = dead_ && loses_tail_ && drop_newest_block();
  dead_ = false;
  end_at_call(std::exchange(fail_then_, 0), true);
  return lost;
}

bool Disk::drop_newest_block() {
  auto it = store_.lower_bound("c");  // blocks begin with 'b'; keys sort by height
  if (it == store_.begin() || (--it)->first.front() != 'b') return false;
  store_.erase(it);
  return true;
}

void Disk::power_cut() {
  for (File& f : files_) {
    if (!f.cached) continue;
    const Bytes fresh = *std::exchange(f.cached, std::nullopt);
    const auto fate = random_.below(3);
    if (fate == 0) continue;  // lost
    Bytes out = fresh;
    if (fate == 2 && !fresh.empty()) {  // torn: a part of the new over the old
      const Bytes old = f.durable.value_or(Bytes());
      const std::size_t cut = random_.below(fresh.size());
      out.resize(std::max(cut, old.size()));
      std::copy(old.begin(), old.end(), out.begin());
      std::copy_n(fresh.begin(), cut, out.begin());
    }
    f.durable = out;
  }
  dead_ = false;
  end_at_call(0, true);
}

bool Disk::rot() {
  if (store_.empty()) return false;
  auto it = store_.begin();
  std::advance(it, static_cast<std::ptrdiff_t>(random_.below(store_.size())));
  // Only blocks: what else is kept can be made again from them, or is guarded by itself.
  if (it->first.front() != 'b') return false;
  rotten_.insert(store_.extract(it));
  return true;
}

void Disk::flip(std::size_t file) {
  auto& bytes = files_[file].durable;
  if (!bytes || bytes->empty()) return;
  (*bytes)[random_.below(bytes->size())] ^= static_cast<std::uint8_t>(1U << random_.below(8));
}

std::shared_ptr<const Disk::Copy> Disk::copy() const {
  return std::make_shared<Copy>(Copy{files_, store_});
}

void Disk::restore(const Copy& copy) {
  files_ = copy.files;
  store_ = copy.store;
  rotten_.clear();
  ++birth_;
}

Hash256 DiskVoterStorage::place() {
  Hash256 out;
  store_le(out.bytes.data(), disk_->birth());
  out.bytes[31] = 1;
  return out;
}

}  // namespace cess::sim
