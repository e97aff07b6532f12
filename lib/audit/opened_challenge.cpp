// SPDX-License-Identifier: Apache-2.0
#include "audit/opened_challenge.hpp"

#include <algorithm>
#include <limits>

#include "audit/challenge_json.hpp"
#include "audit/locate.hpp"
#include "base/endian.hpp"
#include "base/hex.hpp"

namespace cess {
namespace {

constexpr std::size_t kSumPathNodesMax = 64;
constexpr std::size_t kSumNodeSize = 40;  // hash 32 ‖ LE64 sum

std::string sum_path_hex(const std::vector<SumNode>& path) {
  Bytes flat(path.size() * kSumNodeSize);
  for (std::size_t i = 0; i < path.size(); ++i) {
    std::uint8_t* at = flat.data() + i * kSumNodeSize;
    std::copy(path[i].hash.bytes.begin(), path[i].hash.bytes.end(), at);
    store_le(at + Hash256::kSize, path[i].sum);
  }
  return to_hex(flat);
}

}  // namespace

Json opening_to_json(const Opening& o) {
  Json j;
  j["position"] = o.position;
  j["frag_id"] = to_hex(o.entry.frag);
  j["blocks"] = o.entry.blocks;
  j["tagger"] = to_hex(o.entry.tagger);
  j["path"] = sum_path_hex(o.path);
  return j;
}

Result<Opening> opening_from_json(const JsonView& v) {
  Opening o;
  CESS_TRY_ASSIGN(o.position, v.number("position", kIndexBlocksMax));
  CESS_TRY_ASSIGN(o.entry.frag, v.id<FragId>("frag_id"));
  CESS_TRY_ASSIGN(const auto blocks, v.number("blocks", std::numeric_limits<std::uint32_t>::max()));
  o.entry.blocks = static_cast<std::uint32_t>(blocks);
  CESS_TRY_ASSIGN(o.entry.tagger, v.id<TaggerId>("tagger"));
  CESS_TRY_ASSIGN(const auto flat, v.hex("path", kSumPathNodesMax * kSumNodeSize));
  if (flat.size() % kSumNodeSize != 0) {
    return fail(Code::input, v.what() + ": path: expected a multiple of 40 bytes");
  }
  for (std::size_t at = 0; at < flat.size(); at += kSumNodeSize) {
    const ByteView node = ByteView(flat).subspan(at, kSumNodeSize);
    o.path.push_back({Hash256::from(node), load_le<std::uint64_t>(node.data() + Hash256::kSize)});
  }
  return o;
}

Json opened_challenge_to_json(const OpenedChallenge& c) {
  Json j = challenge_to_json(c.challenge);
  if (c.openings.empty()) return j;
  j["openings"] = Json::array();
  for (const auto& o : c.openings) j["openings"].push_back(opening_to_json(o));
  return j;
}

Result<OpenedChallenge> parse_opened_challenge(std::string_view text, std::string_view what) {
  CESS_TRY_ASSIGN(const Json doc, parse_json(text, what, {kOpenedChallengeLineMax, 4}));
  const JsonView view(doc, std::string(what));
  OpenedChallenge c;
  CESS_TRY_ASSIGN(c.challenge, challenge_from_json(view));
  if (!view.has("openings")) {
    if (text.size() <= kChallengeLineMax) return c;
    return fail(Code::input, std::string(what) + ": longer than " +
                                 std::to_string(kChallengeLineMax) + " bytes without openings");
  }
  CESS_TRY_ASSIGN(const auto openings, view.array("openings", c.challenge.count));
  for (const JsonView& o : openings) {
    CESS_TRY_ASSIGN(auto opening, opening_from_json(o));
    c.openings.push_back(std::move(opening));
  }
  if (c.openings.empty()) {
    return fail(Code::input, std::string(what) + ": openings: expected at least one");
  }
  return c;
}

bool openings_fit(const OpenedChallenge& c) {
  return locate_by_openings(c.challenge, draw_all(c.challenge), c.openings).has_value();
}

}  // namespace cess
