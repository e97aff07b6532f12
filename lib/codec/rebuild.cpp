// SPDX-License-Identifier: Apache-2.0
#include "codec/rebuild.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "codec/keys.hpp"
#include "crypto/ctr.hpp"
#include "erasure/code.hpp"

namespace cess {
namespace {

constexpr std::size_t kStrip = 16384;

Status check(const Profile& p, std::span<const FragmentBytes> have,
             std::span<const FragmentPos> want) {
  const auto refuse = [](std::string why) {
    return fail(Code::input, "cannot rebuild fragments: " + std::move(why));
  };
  if (have.size() != p.k) return refuse(fmt::format("{} given, {} needed", have.size(), p.k));
  const auto fits = [&](const FragmentPos& pos) {
    return pos.segment == have.front().pos.segment && pos.index < p.n() && pos.replica < p.copies;
  };
  for (const FragmentBytes& f : have) {
    if (!fits(f.pos)) return refuse(fragment_name(f.pos) + " is not of this segment");
    if (f.bytes.size() != have.front().bytes.size()) return refuse("their lengths differ");
  }
  for (const FragmentPos& pos : want) {
    if (!fits(pos)) return refuse(fragment_name(pos) + " is not of this segment");
  }
  return {};
}

}  // namespace

Status rebuild_fragments(std::vector<Bytes>& out, const Profile& profile, const Key256* mask,
                         std::span<const FragmentBytes> have, std::span<const FragmentPos> want) {
  CESS_TRY(check(profile, have, want));
  CESS_TRY_ASSIGN(const auto code, ErasureCode::make(profile.k, profile.m, profile.matrix));
  std::vector<unsigned> have_index;
  std::vector<unsigned> want_index;
  for (const FragmentBytes& f : have) have_index.push_back(f.pos.index);
  for (const FragmentPos& pos : want) want_index.push_back(pos.index);
  CESS_TRY_ASSIGN(const auto plan, code.plan(have_index, want_index));
  std::optional<AesCtr> ctr;
  if (mask != nullptr) ctr.emplace(*mask);

  const std::size_t length = have.front().bytes.size();
  out.resize(want.size());
  for (Bytes& b : out) b.resize(length);
  Bytes scratch(have.size() * kStrip);
  std::vector<const std::uint8_t*> in(have.size());
  std::vector<std::uint8_t*> to(want.size());
  for (std::size_t from = 0; from < length; from += kStrip) {
    const std::size_t size = std::min(kStrip, length - from);
    for (std::size_t i = 0; i < have.size(); ++i) {
      in[i] = have[i].bytes.data() + from;
      if (!ctr) continue;
      std::uint8_t* own = scratch.data() + i * kStrip;
      std::memcpy(own, in[i], size);
      ctr->apply({own, size}, mask_prefix(have[i].pos), from);
      in[i] = own;
    }
    for (std::size_t i = 0; i < want.size(); ++i) to[i] = out[i].data() + from;
    plan.run(to, in, size);
    for (std::size_t i = 0; ctr && i < want.size(); ++i) {
      ctr->apply({to[i], size}, mask_prefix(want[i]), from);
    }
  }
  return {};
}

}  // namespace cess
