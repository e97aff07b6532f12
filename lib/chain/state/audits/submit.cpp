// SPDX-License-Identifier: Apache-2.0
// Taking answers in, and judging those of a block together.
#include <algorithm>

#include "chain/state/audits/evidence.hpp"
#include "chain/state/audits/judge.hpp"
#include "chain/state/election/election.hpp"
#include "chain/state/files/files.hpp"
#include "chain/state/miners/miners.hpp"
#include "chain/state/taggers/taggers.hpp"
#include "crypto/sha256.hpp"

namespace cess::audits {
namespace {

tl::unexpected<Error> refuse(std::string why) { return fail(Code::no, std::move(why)); }

void record(Context& ctx, Epoch epoch, const AccountId& miner, const Challenge& c,
            const IndexView& view, const Hash256& hash, const std::string& reason) {
  AuditResult r;
  r.outcome = reason.empty() ? Outcome::passed : Outcome::wrong;
  r.reason = reason;
  r.judged_at = ctx.block.height;
  r.proof_hash = hash;
  r.count = c.count;
  r.bytes = view.totals().bytes;
  kResults.put(ctx.state, epoch, miner, r);
  kSubmissions.erase(ctx.state, epoch, miner);
  ctx.events.emit(kModule, 1, Judged{epoch, miner, r.outcome, reason});
}

void reject(Context& ctx, Epoch epoch, const AccountId& miner, const Challenge& c,
            const Asked& asked, IndexView& view, const std::string& reason,
            std::vector<GroupAnswer> groups, std::vector<LeafProof> leaves) {
  Rejected r;
  r.reason = reason;
  r.beacon = c.beacon;
  r.svc_root = c.svc_root;
  r.blocks = c.blocks;
  r.fragments = c.fragments;
  r.count = c.count;
  r.groups = std::move(groups);
  r.leaves = std::move(leaves);
  keep_rejected(ctx.state, epoch, miner, std::move(r), asked.positions, view);
}

// Whether the answers are exactly one for each asked tagger.
Status check_groups(const Asked& asked, const std::vector<GroupAnswer>& groups) {
  if (groups.size() != asked.groups.size()) {
    return refuse("group: want the answers of " + std::to_string(asked.groups.size()) + " taggers");
  }
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].tagger != asked.groups[i].tagger) {
      return refuse("group: want tagger '" + to_hex(asked.groups[i].tagger) + "' at place " +
                    std::to_string(i));
    }
    if (groups[i].proof.size() != kProofSize) return refuse("group: an answer has 128 bytes");
  }
  return {};
}

bool bit(const Bytes& bits, std::uint32_t k) {
  return (unsigned{bits[k / 8]} >> (k % 8) & 1U) != 0;
}

const Asked::Leaf* asked_leaf(const Asked& asked, std::uint32_t k) {
  const auto it = std::lower_bound(asked.leaves.begin(), asked.leaves.end(), k,
                                   [](const Asked::Leaf& a, std::uint32_t v) { return a.k < v; });
  return it != asked.leaves.end() && it->k == k ? &*it : nullptr;
}

// By its own signed word `miner` does not have this fragment. It may hold it no more.
void lose(Context& ctx, const AccountId& miner, const FragId& frag) {
  const auto holder = index_holder(ctx.state, frag);
  if (holder && holder->miner == miner) files::fragment_lost(ctx, frag);
}

// The fragments that a false answer is about, where nothing else can be meant: each false group is
// judged alone, and one whose blocks are all of one fragment names it.
std::vector<FragId> located(const Claims& claims, const std::map<TaggerId, TaggerLines>& lines,
                            const CheckSeed& seed) {
  std::vector<FragId> out;
  for (std::size_t g = 0; g < claims.answers.size(); ++g) {
    const auto& blocks = claims.asked.groups[g].blocks;
    const bool one = std::all_of(blocks.begin(), blocks.end(), [&](const ChallengedBlock& b) {
      return b.frag == blocks.front().frag;
    });
    if (!one) continue;
    Claims alone{{}, {claims.answers[g]}, claims.z};
    alone.asked.groups.push_back(claims.asked.groups[g]);
    if (judge_batch({alone}, lines, seed).at(0) == Verdict::wrong)
      out.push_back(blocks.front().frag);
  }
  return out;
}

// Checks leaves and marks them; returns the false one, if there is one.
Result<const LeafProof*> take_leaves(const std::vector<LeafProof>& leaves, const Asked& asked,
                                     Submission& s) {
  for (const auto& leaf : leaves) {
    const auto* const it = asked_leaf(asked, leaf.k);
    if (it == nullptr) {
      return refuse("leaf: draw " + std::to_string(leaf.k) + " wants none");
    }
    if (bit(s.answered, leaf.k)) {
      return refuse("submitted: the leaf of draw " + std::to_string(leaf.k));
    }
    if (!leaf_is_right(leaf, *it, asked.draws[leaf.k])) return &leaf;
    s.answered[leaf.k / 8] = static_cast<std::uint8_t>(s.answered[leaf.k / 8] | 1U << (leaf.k % 8));
    --s.leaves_due;
  }
  return nullptr;
}

// The window and the earlier parts; afterwards only the answer itself is left to check.
Status check_turn(const Context& ctx, const SubmitProof& call) {
  const auto& who = ctx.origin.account;
  const auto round = kRounds.get(ctx.state, call.epoch);
  if (!round) return refuse("stale: no open round of epoch " + std::to_string(call.epoch));
  const auto miner = miners::kMiners.get(ctx.state, who);
  if (!miner || !miners::is_audited(miner->state)) return refuse("binding: not an audited miner");
  if (kResults.has(ctx.state, call.epoch, who)) {
    return refuse("submitted: this audit has its verdict");
  }
  const auto window = window_of(*round, who);
  if (ctx.block.height < window.first) {
    return refuse("early: the window begins at block " + std::to_string(window.first));
  }
  if (ctx.block.height > window.last) {
    return refuse("late: the window ended at block " + std::to_string(window.last));
  }
  return {};
}

struct Waiting {
  std::uint64_t at = 0;
  QueueEntry entry;
};

// From the front of the queue, as many as the budget allows, one at least.
std::vector<Waiting> take_from_queue(const State& state, std::uint32_t budget) {
  std::vector<Waiting> out;
  std::uint64_t sum = 0;
  kQueue.scan(state, [&](const auto& key, const QueueEntry& e) {
    sum += e.count;
    if (!out.empty() && sum > budget) return false;
    out.push_back({std::get<0>(key), e});
    return true;
  });
  return out;
}

}  // namespace

Status submit_proof(Context& ctx, const SubmitProof& call) {
  CESS_TRY(require_account(ctx));
  CESS_TRY(check_turn(ctx, call));
  const auto& who = ctx.origin.account;
  const auto challenge = challenge_of(ctx.state, ctx.genesis, call.epoch, who);
  if (!challenge) return refuse("binding: the index was empty at the snapshot");
  if (challenge_seed(*challenge) != call.challenge) {
    return refuse("binding: asked is index '" + to_hex(challenge->svc_root) + "' with " +
                  std::to_string(challenge->blocks) + " blocks");
  }
  IndexView view(ctx.state, who, call.epoch);
  const Asked asked = locate(*challenge, view);
  auto s = kSubmissions.get_or_default(ctx.state, call.epoch, who);
  const bool first = s.answered.empty();
  if (first) {
    CESS_TRY(check_groups(asked, call.groups));
    s.groups = call.groups;
    s.answered.resize((challenge->count + 7) / 8);
    s.leaves_due = static_cast<std::uint32_t>(asked.leaves.size());
  } else if (s.leaves_due == 0 || !call.groups.empty()) {
    return refuse("submitted: the answer waits for its judgement");
  } else if (call.leaves.empty()) {
    return refuse("leaf: a further part without leaves");
  }
  s.hash = sha256({s.hash.view(), encode_scale(call)});
  CESS_TRY_ASSIGN(const LeafProof* const wrong, take_leaves(call.leaves, asked, s));
  if (wrong != nullptr) {
    reject(ctx, call.epoch, who, *challenge, asked, view, "leaf", s.groups, {*wrong});
    record(ctx, call.epoch, who, *challenge, view, s.hash, "leaf");
    lose(ctx, who, asked_leaf(asked, wrong->k)->entry.frag);
    return {};
  }
  if (s.leaves_due == 0 && s.groups.empty()) {
    record(ctx, call.epoch, who, *challenge, view, s.hash, "");
    return {};
  }
  kSubmissions.put(ctx.state, call.epoch, who, s);
  if (s.leaves_due == 0) {
    const auto end = kQueueEnd.get_or_default(ctx.state);
    kQueue.put(ctx.state, end, {call.epoch, who, challenge->count});
    kQueueEnd.put(ctx.state, end + 1);
  }
  return {};
}

void judge_queue(Context& ctx) {
  const auto params = kParams.get_or_default(ctx.state);
  const auto waiting = take_from_queue(ctx.state, params.judged_per_block);
  if (waiting.empty()) return;
  std::vector<Claims> claims;
  std::vector<Challenge> challenges;
  std::map<TaggerId, TaggerLines> lines;
  Bytes proofs;
  for (const auto& w : waiting) {
    const auto& e = w.entry;
    const auto c = challenge_of(ctx.state, ctx.genesis, e.epoch, e.miner);
    const auto s = kSubmissions.get(ctx.state, e.epoch, e.miner);
    CESS_CHECK(c && s);  // a round is not settled before its queue is empty
    IndexView view(ctx.state, e.miner, e.epoch);
    claims.push_back({locate(*c, view), s->groups,
                      bls::Scalar::reduce(evaluation_point_wide(challenge_seed(*c)))});
    challenges.push_back(*c);
    append(proofs, encode_scale(e));
    append(proofs, s->hash.view());
    for (const auto& g : s->groups) {
      if (lines.contains(g.tagger)) continue;
      if (const auto head = taggers::head_of(ctx.state, g.tagger)) {
        lines.emplace(g.tagger, TaggerLines(*head));
      }
    }
  }
  // Whoever made the block let the proofs in, and gets the credit for their verification.
  if (election::is_on_duty(ctx.state, ctx.block.proposer)) {
    election::credit(ctx.state, ctx.block.proposer, election::CreditKind::audit,
                     static_cast<std::uint32_t>(waiting.size()));
  }
  const CheckSeed seed =
      sha256({as_bytes("CESS-AUDIT-BATCH-v1"), ctx.block.parent.view(), proofs}).bytes;
  const auto verdicts = judge_batch(claims, lines, seed);
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    const auto& e = waiting[i].entry;
    kQueue.erase(ctx.state, waiting[i].at);
    const auto s = *kSubmissions.get(ctx.state, e.epoch, e.miner);
    IndexView view(ctx.state, e.miner, e.epoch);
    const auto reason = reason_of(verdicts[i]);
    if (!reason.empty()) {
      reject(ctx, e.epoch, e.miner, challenges[i], claims[i].asked, view, reason, s.groups, {});
    }
    record(ctx, e.epoch, e.miner, challenges[i], view, s.hash, reason);
    if (reason.empty()) continue;
    for (const auto& frag : located(claims[i], lines, seed)) lose(ctx, e.miner, frag);
  }
}

}  // namespace cess::audits
