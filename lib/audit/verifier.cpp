// SPDX-License-Identifier: Apache-2.0
#include "audit/verifier.hpp"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>

#include "audit/locate.hpp"
#include "crypto/sha256.hpp"
#include "podr2/suite2.hpp"

namespace cess {

struct AuditVerifier::Tagger {
  explicit Tagger(const TaggerHead& head) : lines(head) {}
  TaggerLines lines;
  Bytes file;                        // until the list is needed
  std::optional<TaggerPublic> full;  // for suite 1u, checked
  bool bad = false;                  // the list was checked, and is false
};

/// An answer after everything that needs no pairing.
struct AuditVerifier::Prepared {
  Reason reason = Reason::none;
  struct Group {
    TaggerId tagger;
    std::vector<ChallengedBlock> blocks;
  };
  std::vector<Group> groups;          // as the proof's, one by one
  std::vector<PreparedClaim> claims;  // suite 1: one per group
};

namespace {

Reason reason_of(Verdict v) {
  switch (v) {
    case Verdict::right:
      return Reason::none;
    case Verdict::point:
      return Reason::point;
    case Verdict::scalar:
    case Verdict::size:
      return Reason::scalar;
    case Verdict::wrong:
      return Reason::equation;
  }
  return Reason::equation;
}

bool is_of(const Challenge& c, const IndexTotals& totals) {
  return totals.miner == c.miner && totals.fragments == c.fragments &&
         totals.root == SumNode{c.svc_root, c.blocks};
}

/// Names a challenge together with the way it is answered.
Hash256 answer_key(const Challenge& c) {
  return sha256({challenge_seed(c).view(), as_bytes(suite_name(c.suite))});
}

bool leaf_is_good(const LeafAnswer& leaf, std::uint32_t k, const Draw& draw,
                  const IndexEntry& entry, std::uint32_t block) {
  const Descriptor& d = leaf.descriptor;
  return leaf.k == k && d.length > 0 && d.blocks() == entry.blocks && block < entry.blocks &&
         d.tagger == entry.tagger && frag_id(d) == entry.frag &&
         verify_leaf_sample(d, sampled_leaf(d.length, block, draw.leaf_pick), leaf.data, leaf.path);
}

/// Splits the wire form of suite 1u; nullopt: wrong lengths.
std::optional<ProofUncompressed> full_proof(const GroupProof& g) {
  ProofUncompressed out;
  if (g.sigma.size() != out.sigma.size() || g.mu.size() % bls::kScalarSize != 0) {
    return std::nullopt;
  }
  std::copy(g.sigma.begin(), g.sigma.end(), out.sigma.begin());
  out.mu.resize(g.mu.size() / bls::kScalarSize);
  for (std::size_t j = 0; j < out.mu.size(); ++j) {
    std::copy_n(g.mu.data() + j * bls::kScalarSize, bls::kScalarSize, out.mu[j].begin());
  }
  return out;
}

}  // namespace

std::string_view reason_name(Reason reason) {
  constexpr std::string_view kNames[] = {"none",  "stale",   "binding", "submitted", "missing",
                                         "suite", "opening", "tagger",  "group",     "leaf",
                                         "point", "scalar",  "equation"};
  return kNames[static_cast<std::size_t>(reason)];
}

Json verdict_to_json(const AuditVerdict& verdict, std::uint64_t line) {
  Json j;
  j["schema"] = "cess.verdict/1";
  if (line != 0) j["line"] = line;
  j["miner_id"] = to_hex(verdict.miner);
  j["epoch"] = verdict.epoch;
  j["suite"] = std::string(suite_name(verdict.suite));
  j["ok"] = verdict.good();
  if (!verdict.good()) j["reason"] = std::string(reason_name(verdict.reason));
  return j;
}

AuditVerifier::AuditVerifier(unsigned threads) : threads_(std::max(1U, threads)) {}
AuditVerifier::AuditVerifier(AuditVerifier&&) noexcept = default;
AuditVerifier& AuditVerifier::operator=(AuditVerifier&&) noexcept = default;
AuditVerifier::~AuditVerifier() = default;

Status AuditVerifier::add_tagger(ByteView file) {
  CESS_TRY_ASSIGN(const TaggerHead head, parse_tagger_head(file));
  auto tagger = std::make_unique<Tagger>(head);
  tagger->file.assign(file.begin(), file.end());
  taggers_[head.id] = std::move(tagger);
  return {};
}

void AuditVerifier::expect(const Challenge& c) {
  auto& list = expected_[c.miner];
  if (std::find(list.begin(), list.end(), c) == list.end()) list.push_back(c);
}

void AuditVerifier::set_index(ServiceIndex index, const IndexTotals& totals) {
  index_ = std::move(index);
  index_totals_ = totals;
}

// A challenge is used up by a good answer only: answers are not signed, so anybody could otherwise
// spoil somebody's turn with a false one.
Reason AuditVerifier::accept(const AuditProof& proof) {
  const Challenge& c = proof.challenge;
  if (!check_challenge(c)) return Reason::binding;
  if (!expected_.empty()) {
    const auto miner = expected_.find(c.miner);
    if (miner == expected_.end()) return Reason::binding;
    const auto& list = miner->second;
    if (std::find(list.begin(), list.end(), c) == list.end()) {
      const bool same_time = std::any_of(list.begin(), list.end(), [&c](const Challenge& e) {
        return e.epoch == c.epoch && e.beacon == c.beacon;
      });
      return same_time ? Reason::binding : Reason::stale;
    }
  }
  const Hash256 key = answer_key(c);
  tried_.insert(key);
  if (answered_.contains(key)) return Reason::submitted;
  return proof.suite == c.suite ? Reason::none : Reason::suite;
}

void AuditVerifier::prepare(Prepared& out, const AuditProof& proof) const {
  const Challenge& c = proof.challenge;
  if (index_ && !is_of(c, index_totals_)) {
    out.reason = Reason::binding;
    return;
  }
  const auto draws = draw_all(c);
  std::optional<LocatedDraws> located;
  if (index_ && proof.openings.empty()) {
    located = locate_by_index(*index_, draws);
  } else {
    located = locate_by_openings(c, draws, proof.openings);
  }
  if (!located) {
    out.reason = Reason::opening;
    return;
  }
  std::map<TaggerId, std::vector<ChallengedBlock>> wanted;
  std::size_t leaf = 0;
  for (std::uint32_t k = 0; k < c.count; ++k) {
    const auto& at = located->at[k];
    const IndexEntry& entry = located->entries[at.entry];
    if (c.suite != ProofSuite::merkle && !entry.tagger.is_zero()) {
      wanted[entry.tagger].push_back({entry.frag, at.block, draws[k].weight});
      continue;
    }
    if (leaf == proof.leaves.size() ||
        !leaf_is_good(proof.leaves[leaf++], k, draws[k], entry, at.block)) {
      out.reason = Reason::leaf;
      return;
    }
  }
  if (leaf != proof.leaves.size()) {
    out.reason = Reason::leaf;
    return;
  }
  for (auto& [tagger, blocks] : wanted) {
    out.groups.push_back({tagger, std::move(blocks)});
  }
  out.reason = prepare_groups(out, proof);
  if (out.reason != Reason::none) out.groups = {};  // refused: nobody looks at them again
}

Reason AuditVerifier::prepare_groups(Prepared& out, const AuditProof& proof) const {
  if (out.groups.size() != proof.groups.size()) return Reason::group;
  for (std::size_t i = 0; i < out.groups.size(); ++i) {
    if (out.groups[i].tagger != proof.groups[i].tagger) return Reason::group;
    if (!taggers_.contains(out.groups[i].tagger)) return Reason::tagger;
  }
  if (proof.suite == ProofSuite::kzg_full) {
    const auto fits = [](const GroupProof& g) {
      return g.sigma.size() == bls::kG1Size && g.mu.size() <= kSectors * bls::kScalarSize;
    };
    if (!std::all_of(proof.groups.begin(), proof.groups.end(), fits)) return Reason::scalar;
  }
  if (proof.suite != ProofSuite::kzg) return Reason::none;
  const auto z = bls::Scalar::reduce(evaluation_point_wide(challenge_seed(proof.challenge)));
  for (std::size_t i = 0; i < out.groups.size(); ++i) {
    const auto& lines = taggers_.at(out.groups[i].tagger)->lines;
    out.claims.push_back(prepare_claim({&lines, out.groups[i].blocks, z, proof.groups[i].compact}));
    out.groups[i].blocks.clear();  // summed up in the claim
  }
  return Reason::none;
}

void AuditVerifier::prepare_all(std::vector<Prepared>& out,
                                std::span<const AuditProof> proofs) const {
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < proofs.size(); i = next++) {
      if (out[i].reason == Reason::none) prepare(out[i], proofs[i]);
    }
  };
  std::vector<std::thread> helpers;
  const std::size_t count = std::min<std::size_t>(threads_, proofs.size());
  helpers.reserve(count);
  try {
    for (std::size_t t = 1; t < count; ++t) helpers.emplace_back(work);
  } catch (const std::system_error&) {  // no more threads to be had: fewer will do
  }
  work();
  for (auto& t : helpers) t.join();
}

// A false list is found once and told once; it spoils the answers under this tagger only.
bool AuditVerifier::load_full(Tagger& tagger, const CheckSeed& seed) {
  if (tagger.full || tagger.bad) return !tagger.bad;
  auto key = parse_tagger_public(tagger.file);
  const Status checked = key ? check_key(*key, seed) : tl::unexpected<Error>(key.error());
  tagger.file = {};
  tagger.bad = !checked;
  if (tagger.bad) {
    if (bad_tagger) bad_tagger(tagger.lines.id(), checked.error().message);
    return false;
  }
  tagger.full = std::move(*key);
  return true;
}

Reason AuditVerifier::judge_full(const Prepared& prepared, const AuditProof& proof,
                                 const CheckSeed& seed) {
  for (std::size_t i = 0; i < prepared.groups.size(); ++i) {
    Tagger& tagger = *taggers_.at(prepared.groups[i].tagger);
    if (!load_full(tagger, seed)) return Reason::tagger;
    const auto full = full_proof(proof.groups[i]);
    if (!full) return Reason::scalar;
    const Verdict v = verify_uncompressed(*tagger.full, prepared.groups[i].blocks, *full);
    if (v != Verdict::right) return reason_of(v);
  }
  return Reason::none;
}

Result<std::vector<AuditVerdict>> AuditVerifier::judge(std::span<const AuditProof> proofs,
                                                       const CheckSeed& seed) {
  std::vector<Prepared> prepared(proofs.size());
  for (std::size_t i = 0; i < proofs.size(); ++i) prepared[i].reason = accept(proofs[i]);
  prepare_all(prepared, proofs);
  std::vector<PreparedClaim> claims;
  std::vector<std::size_t> owner;
  for (std::size_t i = 0; i < proofs.size(); ++i) {
    if (prepared[i].reason != Reason::none) continue;
    if (proofs[i].suite == ProofSuite::kzg_full) {
      prepared[i].reason = judge_full(prepared[i], proofs[i], seed);
    }
    for (auto& claim : prepared[i].claims) {
      claims.push_back(std::move(claim));
      owner.push_back(i);
    }
  }
  const auto verdicts = judge_claims(claims, seed);
  for (std::size_t j = 0; j < verdicts.size(); ++j) {
    Reason& reason = prepared[owner[j]].reason;
    if (reason == Reason::none) reason = reason_of(verdicts[j]);
  }
  std::vector<AuditVerdict> out;
  for (std::size_t i = 0; i < proofs.size(); ++i) {
    const Challenge& c = proofs[i].challenge;
    Reason reason = prepared[i].reason;
    if (reason == Reason::none && !answered_.insert(answer_key(c)).second) {
      reason = Reason::submitted;
    }
    out.push_back({c.miner, c.epoch, proofs[i].suite, reason});
  }
  return out;
}

std::vector<AuditVerdict> AuditVerifier::unanswered() const {
  std::vector<AuditVerdict> out;
  for (const auto& [miner, list] : expected_) {
    for (const Challenge& c : list) {
      if (!tried_.contains(answer_key(c))) {
        out.push_back({c.miner, c.epoch, c.suite, Reason::missing});
      }
    }
  }
  return out;
}

}  // namespace cess
