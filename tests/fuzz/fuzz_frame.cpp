// SPDX-License-Identifier: Apache-2.0
// links: net
// The frame decoder: the same messages however the bytes are cut, none over its limit, and what it
// accepted to the end, written again by the queue, is read as the same messages.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "net/frame.hpp"

namespace {

using namespace cess;
using Messages = std::vector<std::pair<net::Channel, Bytes>>;

const net::ChannelRules& rules() {
  static const net::ChannelRules all = [] {
    net::ChannelRules r{};
    r[0] = {16, true};
    r[1] = {300, true};
    r[2] = {100'000, false};
    return r;
  }();
  return all;
}

bool read(ByteView bytes, std::size_t step, Messages& out) {
  net::FrameDecoder decoder(rules());
  const auto sink = [&](net::Channel channel, Bytes body) {
    if (body.size() > rules()[channel].size_max) std::abort();
    out.emplace_back(channel, std::move(body));
    return true;
  };
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    if (!decoder.feed(bytes.subspan(at, std::min(step, bytes.size() - at)), sink)) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  Messages whole;
  Messages cut;
  const bool ok = read(bytes, size + 1, whole);
  if (ok != read(bytes, 1 + size % 7, cut) || whole != cut) std::abort();
  net::SendQueue queue(rules(), {});
  for (const auto& [channel, body] : whole) {
    if (channel != 2) continue;  // one class, so that the order stays
    if (!queue.push(channel, std::make_shared<const Bytes>(body))) std::abort();
  }
  Bytes wire;
  while (!queue.empty()) queue.fill(wire, wire.size() + 1);
  Messages again;
  if (!read(wire, wire.size() + 1, again)) std::abort();
  std::erase_if(whole, [](const auto& m) { return m.first != 2; });
  if (again != whole) std::abort();
  return 0;
}
