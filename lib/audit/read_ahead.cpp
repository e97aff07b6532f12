// SPDX-License-Identifier: Apache-2.0
#include "audit/read_ahead.hpp"

#include <algorithm>
#include <system_error>

#include "podr2/descriptor.hpp"

namespace cess {

ReadAhead::ReadAhead(std::vector<Extent> extents, unsigned in_flight, Read read)
    : extents_(std::move(extents)), read_(std::move(read)) {
  const unsigned threads = std::max(1U, in_flight);
  slots_.resize(threads);
  threads_.reserve(threads);
  try {
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {  // no more threads to be had: fewer will do, or none
  }
}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  for (auto& t : threads_) t.join();
}

// The caller holds the lock and a free slot. nullopt: nothing is left to claim.
std::optional<std::uint64_t> ReadAhead::claim(Extent& range, std::size_t& extent, bool& last) {
  if (extent_ == extents_.size()) return std::nullopt;
  const Extent& e = extents_[extent_];
  range = {e.frag, e.offset + done_, std::min<std::uint64_t>(kBlockSize, e.size - done_)};
  extent = extent_;
  done_ += range.size;
  last = done_ == e.size;
  if (last) {
    ++extent_;
    done_ = 0;
  }
  return claimed_++;
}

bool ReadAhead::work_one(std::unique_lock<std::mutex>& lock) {
  changed_.wait(lock, [this] {
    return stop_ || extent_ == extents_.size() || claimed_ - released_ < slots_.size();
  });
  Extent range;
  std::size_t extent = 0;
  bool last = false;
  const auto number = stop_ ? std::nullopt : claim(range, extent, last);
  if (!number) return false;
  Slot& slot = slots_[*number % slots_.size()];
  lock.unlock();
  slot.piece.extent = extent;
  slot.piece.offset = range.offset;
  slot.piece.last = last;
  slot.piece.data.resize(static_cast<std::size_t>(range.size));
  slot.piece.status = read_(range.frag, range.offset, slot.piece.data);
  lock.lock();
  slot.ready = true;
  changed_.notify_all();
  return true;
}

void ReadAhead::work() {
  std::unique_lock lock(mutex_);
  while (work_one(lock)) {
  }
}

const ReadAhead::Piece* ReadAhead::next() {
  std::unique_lock lock(mutex_);
  if (released_ != handed_) {
    slots_[released_ % slots_.size()].ready = false;
    ++released_;
    changed_.notify_all();
  }
  if (threads_.empty()) work_one(lock);
  if (extent_ == extents_.size() && handed_ == claimed_) return nullptr;
  Slot& slot = slots_[handed_ % slots_.size()];
  changed_.wait(lock, [&slot] { return slot.ready; });
  ++handed_;
  return &slot.piece;
}

}  // namespace cess
