// SPDX-License-Identifier: Apache-2.0
#include "audit/challenge_json.hpp"

#include <limits>

namespace cess {

Json challenge_to_json(const Challenge& c) {
  Json j;
  j["schema"] = "cess.challenge/1";
  j["chain_id"] = c.chain_id;
  j["epoch"] = c.epoch;
  j["beacon"] = to_hex(c.beacon);
  j["miner_id"] = to_hex(c.miner);
  j["svc_root"] = to_hex(c.svc_root);
  j["blocks"] = c.blocks;
  j["fragments"] = c.fragments;
  j["count"] = c.count;
  j["suite"] = std::string(suite_name(c.suite));
  return j;
}

Result<Challenge> challenge_from_json(const JsonView& view) {
  CESS_TRY(view.schema("cess.challenge/1"));
  Challenge c;
  CESS_TRY_ASSIGN(c.chain_id, view.text("chain_id"));
  CESS_TRY_ASSIGN(const auto epoch,
                  view.number("epoch", std::numeric_limits<std::uint32_t>::max()));
  c.epoch = static_cast<std::uint32_t>(epoch);
  CESS_TRY_ASSIGN(c.beacon, view.id<Hash256>("beacon"));
  CESS_TRY_ASSIGN(c.miner, view.id<MinerId>("miner_id"));
  CESS_TRY_ASSIGN(c.svc_root, view.id<Hash256>("svc_root"));
  CESS_TRY_ASSIGN(c.blocks, view.number("blocks", kIndexBlocksMax));
  CESS_TRY_ASSIGN(c.fragments, view.number("fragments", kIndexBlocksMax));
  CESS_TRY_ASSIGN(const auto count, view.number("count", kChallengeCountMax));
  c.count = static_cast<std::uint32_t>(count);
  CESS_TRY_ASSIGN(const auto suite, view.text("suite"));
  auto known = parse_suite(suite);
  if (!known) return fail(Code::input, view.what() + ": suite: " + known.error().message);
  c.suite = *known;
  auto limits = check_challenge(c);
  if (!limits) return fail(Code::input, view.what() + ": " + limits.error().message);
  return c;
}

Result<Challenge> parse_challenge(std::string_view text, std::string_view what) {
  CESS_TRY_ASSIGN(const Json doc, parse_json(text, what, {kChallengeLineMax, 4}));
  return challenge_from_json(JsonView(doc, std::string(what)));
}

Json no_challenge_to_json(const NoChallenge& n) {
  Json j;
  j["schema"] = "cess.no_challenge/1";
  j["miner_id"] = to_hex(n.miner);
  j["why"] = n.why;
  return j;
}

std::optional<NoChallenge> parse_no_challenge(std::string_view text) {
  const auto doc = parse_json(text, "line", {kChallengeLineMax, 4});
  if (!doc) return std::nullopt;
  const JsonView view(*doc, "line");
  if (!view.schema("cess.no_challenge/1")) return std::nullopt;
  const auto miner = view.id<MinerId>("miner_id");
  auto why = view.text("why");
  if (!miner || !why) return std::nullopt;
  return NoChallenge{*miner, std::move(*why)};
}

}  // namespace cess
