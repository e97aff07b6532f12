// SPDX-License-Identifier: Apache-2.0
// Judging answers of many miners together. Each answer is checked by itself as far as hashing goes
// (challenge, openings, leaves), then the pairings of all answers run as one batch. The verdicts do
// not depend on the number of threads, and on the random seed only with probability < 2^-120.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/proof.hpp"
#include "audit/service_index.hpp"
#include "base/result.hpp"
#include "podr2/verify.hpp"

namespace cess {

/// Why an answer is refused. The names are part of cess.verdict/1.
enum class Reason : std::uint8_t {
  none,       ///< not refused
  stale,      ///< answers a challenge of another epoch or beacon
  binding,    ///< answers a challenge of another miner, chain, index or count
  submitted,  ///< this challenge was answered before; the first good answer counts
  missing,    ///< an expected challenge was not answered
  suite,      ///< not in the suite that was asked for
  opening,    ///< index entries not shown to be those that were asked for
  tagger,     ///< a tagger whose public key was not given, or is not well made
  group,      ///< not exactly one part for each tagger among the asked blocks
  leaf,       ///< a sampled leaf is not where the fragment root says, or is not there
  point,      ///< not a canonical compressed point of the group
  scalar,     ///< not a canonical scalar, or parts of the wrong length
  equation,   ///< well formed, and not a proof of the asked blocks
};
std::string_view reason_name(Reason reason);

struct AuditVerdict {
  MinerId miner;
  std::uint32_t epoch = 0;
  ProofSuite suite = ProofSuite::kzg;
  Reason reason = Reason::none;
  [[nodiscard]] bool good() const { return reason == Reason::none; }
};

/// cess.verdict/1: {"schema","miner_id","epoch","suite","ok"[,"reason"]}; `line` 0 is left out.
Json verdict_to_json(const AuditVerdict& verdict, std::uint64_t line);

class AuditVerifier {
 public:
  /// `threads`: for the hashing of one batch.
  explicit AuditVerifier(unsigned threads);
  AuditVerifier(AuditVerifier&&) noexcept;
  AuditVerifier& operator=(AuditVerifier&&) noexcept;
  ~AuditVerifier();

  /// Takes a tagger's public file. v and w are checked now; the list only when suite 1u needs it.
  Status add_tagger(ByteView file);
  /// Expects an answer to `c`. Once anything is expected, every answer must be to an expected
  /// challenge; with nothing expected, each answer is judged against the challenge it carries.
  void expect(const Challenge& c);
  /// Pins the index: challenges of any other are refused, and openings may be left out.
  void set_index(ServiceIndex index, const IndexTotals& totals);

  /// Judges a batch; `seed` fresh and unknown to the provers. Remembers which challenges were
  /// answered. Answers in suite 1u under a tagger whose list is false get Reason::tagger.
  Result<std::vector<AuditVerdict>> judge(std::span<const AuditProof> proofs,
                                          const CheckSeed& seed);
  /// Expected challenges that nobody has answered, as verdicts with reason `missing`.
  [[nodiscard]] std::vector<AuditVerdict> unanswered() const;

  /// Told once of each tagger whose list turns out to be false.
  std::function<void(const TaggerId&, const std::string& why)> bad_tagger;

 private:
  struct Tagger;
  struct Prepared;
  Reason accept(const AuditProof& proof);
  void prepare(Prepared& out, const AuditProof& proof) const;
  Reason prepare_groups(Prepared& out, const AuditProof& proof) const;
  void prepare_all(std::vector<Prepared>& out, std::span<const AuditProof> proofs) const;
  bool load_full(Tagger& tagger, const CheckSeed& seed);
  Reason judge_full(const Prepared& prepared, const AuditProof& proof, const CheckSeed& seed);

  unsigned threads_;
  std::map<TaggerId, std::unique_ptr<Tagger>> taggers_;
  std::map<MinerId, std::vector<Challenge>> expected_;
  std::set<Hash256> answered_;  // well, by seed and suite
  std::set<Hash256> tried_;     // well or not
  std::optional<ServiceIndex> index_;
  IndexTotals index_totals_;
};

}  // namespace cess
