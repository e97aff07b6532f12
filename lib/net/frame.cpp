// SPDX-License-Identifier: Apache-2.0
#include "net/frame.hpp"

#include <algorithm>
#include <string>

#include "base/check.hpp"
#include "base/endian.hpp"

namespace cess::net {
namespace {

constexpr std::uint8_t kMore = 1;

tl::unexpected<Error> refuse(std::string why) {
  return fail(Code::input, "cannot read frame: " + std::move(why), "frame");
}

}  // namespace

Status FrameDecoder::check_head() {
  const auto size = load_le<std::uint32_t>(chunk_.data());
  const Channel channel = chunk_[4];
  const std::uint8_t flags = chunk_[5];
  const std::size_t limit = rules_[channel].size_max;
  const std::string name = "channel " + std::to_string(channel);
  if (limit == 0) return refuse("unknown " + name);
  if ((flags & ~kMore) != 0) return refuse("unknown flags " + std::to_string(flags));
  if (size > kChunkSizeMax) {
    return refuse("chunk of " + std::to_string(size) + " bytes, at most " +
                  std::to_string(kChunkSizeMax));
  }
  // An endless row of empty chunks would be a message that never grows and never ends.
  if (size == 0 && ((flags & kMore) != 0 || open_[channel]))
    return refuse("empty chunk on " + name);
  if (size > limit - parts_[channel].size()) {
    return refuse("message over " + std::to_string(limit) + " bytes on " + name);
  }
  want_ = size;
  return {};
}

bool FrameDecoder::deliver(const Sink& sink) {
  const Channel channel = chunk_[4];
  Bytes& part = parts_[channel];
  append(part, ByteView(chunk_).subspan(kChunkHeadSize));
  const bool more = (chunk_[5] & kMore) != 0;
  if (open_[channel] != more) open_count_ = more ? open_count_ + 1 : open_count_ - 1;
  open_[channel] = more;
  chunk_.clear();
  ++chunk_count_;
  if (more) return true;
  return sink(channel, std::exchange(part, Bytes{}));
}

Status FrameDecoder::feed(ByteView input, const Sink& sink) {
  if (failed_) return refuse("after a malformed one");
  while (!input.empty()) {
    const bool in_head = chunk_.size() < kChunkHeadSize;
    const std::size_t whole = in_head ? kChunkHeadSize : kChunkHeadSize + want_;
    const std::size_t take = std::min(input.size(), whole - chunk_.size());
    append(chunk_, input.first(take));
    input = input.subspan(take);
    if (in_head && chunk_.size() == kChunkHeadSize) {
      if (const Status ok = check_head(); !ok) {
        failed_ = true;
        return ok;
      }
    }
    if (chunk_.size() >= kChunkHeadSize && chunk_.size() == kChunkHeadSize + want_) {
      if (!deliver(sink)) return {};
    }
  }
  return {};
}

bool SendQueue::push(Channel channel, std::shared_ptr<const Bytes> body) {
  CESS_CHECK(body != nullptr && body->size() <= rules_[channel].size_max);
  const bool urgent = rules_[channel].urgent;
  std::size_t& bytes = urgent ? urgent_bytes_ : bulk_bytes_;
  const std::size_t limit = urgent ? limits_.urgent_bytes_max : limits_.bulk_bytes_max;
  const std::size_t cost = body->size() + kChunkHeadSize;
  if (bytes > limit || cost > limit - bytes) return false;
  bytes += cost;
  (urgent ? urgent_ : bulk_).push_back({channel, std::move(body), 0});
  return true;
}

void SendQueue::fill(Bytes& wire, std::size_t size_max) {
  while (!empty() && wire.size() < size_max) {
    const bool urgent = !urgent_.empty();
    Waiting& next = urgent ? urgent_.front() : bulk_.front();
    const std::size_t size = std::min(kChunkSizeMax, next.body->size() - next.sent);
    const bool more = next.sent + size < next.body->size();
    std::uint8_t head[kChunkHeadSize];
    store_le(head, static_cast<std::uint32_t>(size));
    head[4] = next.channel;
    head[5] = more ? kMore : 0;
    append(wire, ByteView(head, kChunkHeadSize));
    append(wire, ByteView(*next.body).subspan(next.sent, size));
    next.sent += size;
    if (more) continue;
    (urgent ? urgent_bytes_ : bulk_bytes_) -= next.body->size() + kChunkHeadSize;
    (urgent ? urgent_ : bulk_).pop_front();
  }
}

}  // namespace cess::net
