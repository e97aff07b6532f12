// SPDX-License-Identifier: Apache-2.0
#include "chain/client/audits.hpp"

#include "audit/challenge_json.hpp"
#include "chain/client/state.hpp"

namespace cess::client {
namespace {

// Leaves of one transaction; the rest of it has room for any groups.
constexpr std::size_t kLeavesSizeMax = kTxnSizeMax - (48U << 10U);

Turn turn_of(const AuditTurn& t, bool submitted) {
  if (!t.challenge) return Turn::none;
  if (t.result) return Turn::judged;
  if (submitted) return Turn::submitted;
  // What is sent now stands in the next block at the earliest.
  if (t.height + 1 < t.first) return Turn::early;
  return t.height + 1 > t.last ? Turn::late : Turn::now;
}

}  // namespace

Result<AuditTurn> audit_turn(Rpc& rpc, const AccountId& miner, std::optional<Epoch> epoch) {
  Json params = {{"miner", to_ss58(miner)}};
  if (epoch) params["epoch"] = *epoch;
  CESS_TRY_ASSIGN(const Json answer, rpc.call("audit_turn", std::move(params)));
  const JsonView view(answer, "answer of the node");
  AuditTurn t;
  CESS_TRY_ASSIGN(t.height, view.number("height", ~0ULL));
  if (answer.value("epoch", Json()).is_null()) return t;
  CESS_TRY_ASSIGN(t.epoch, view.number("epoch", ~0ULL));
  CESS_TRY_ASSIGN(t.first, view.number("first", ~0ULL));
  CESS_TRY_ASSIGN(t.last, view.number("last", ~0ULL));
  CESS_TRY_ASSIGN(const bool submitted, view.boolean("submitted"));
  if (const Json result = answer.value("result", Json()); !result.is_null())
    CESS_TRY(from_json_value(result, t.result.emplace(), "result"));
  if (const Json c = answer.value("challenge", Json()); !c.is_null()) {
    CESS_TRY_ASSIGN(t.challenge, challenge_from_json(JsonView(c, "challenge of the node")));
    if (t.challenge->miner != MinerId::from(miner.view()))
      return fail(Code::peer, "the node's challenge is for another miner");
  }
  t.turn = turn_of(t, submitted);
  return t;
}

Result<OpenedChallenge> open_challenge(Rpc& rpc, const AccountId& miner,
                                       const Challenge& challenge) {
  OpenedChallenge out{challenge, {}};
  std::uint64_t from = 0;
  for (bool more = true; more;) {
    Json params = {{"miner", to_ss58(miner)}, {"epoch", challenge.epoch}, {"from", from}};
    CESS_TRY_ASSIGN(const Json answer, rpc.call("audit_openings", std::move(params)));
    const JsonView view(answer, "answer of the node");
    CESS_TRY_ASSIGN(const auto page, view.array("openings", challenge.count - out.openings.size()));
    for (const JsonView& o : page) {
      CESS_TRY_ASSIGN(auto opening, opening_from_json(o));
      out.openings.push_back(std::move(opening));
    }
    more = !page.empty() && !answer.value("next", Json()).is_null();
    if (more) {
      CESS_TRY_ASSIGN(from, view.number("next", kIndexBlocksMax));
    }
  }
  if (!openings_fit(out)) {
    return fail(Code::peer, "the node's entries of the index are not what the challenge asks for");
  }
  return out;
}

Result<AuditClock> audit_clock(Rpc& rpc) {
  AuditClock out;
  CESS_TRY_ASSIGN(const auto snapshot, get(rpc, kIndexSnapshot));
  out.snapshot = snapshot.value_or(0);
  CESS_TRY_ASSIGN(const NodeInfo info, synced_info(rpc));
  out.epoch = info.epoch;
  return out;
}

std::string describe(const AuditTurn& t) {
  const std::string epoch = "epoch " + std::to_string(t.epoch);
  switch (t.turn) {
    case Turn::none:
      return "nothing is asked of this miner";
    case Turn::early:
      return "the window of " + epoch + " begins at block " + std::to_string(t.first);
    case Turn::now:
      return "the window of " + epoch + " ends at block " + std::to_string(t.last);
    case Turn::submitted:
      return epoch + " is answered and waits for its verdict";
    case Turn::late:
      return "the window of " + epoch + " ended at block " + std::to_string(t.last);
    case Turn::judged:
      break;
  }
  std::string out = epoch + " is judged: " + to_json_value(t.result->outcome).get<std::string>();
  if (!t.result->reason.empty()) out += " (" + t.result->reason + ")";
  return out;
}

Result<std::vector<audits::SubmitProof>> submissions_of(const AuditProof& proof) {
  if (proof.suite != ProofSuite::kzg) {
    return fail(Code::input, "the proof is of suite '" + std::string(suite_name(proof.suite)) +
                                 "', the chain takes suite '1'");
  }
  audits::SubmitProof part;
  part.epoch = proof.challenge.epoch;
  part.challenge = challenge_seed(proof.challenge);
  for (const auto& g : proof.groups) part.groups.push_back({g.tagger, g.compact});
  std::vector<audits::SubmitProof> out;
  std::size_t size = 0;
  for (const auto& l : proof.leaves) {
    audits::LeafProof leaf;
    leaf.k = l.k;
    leaf.descriptor = encode_descriptor(l.descriptor);
    leaf.data = l.data;
    leaf.path = l.path;
    const std::size_t more = encode_scale(leaf).size();
    if (size + more > kLeavesSizeMax && size > 0) {
      out.push_back(part);
      part.groups.clear();
      part.leaves.clear();
      size = 0;
    }
    size += more;
    part.leaves.push_back(std::move(leaf));
  }
  out.push_back(std::move(part));
  return out;
}

}  // namespace cess::client
