// SPDX-License-Identifier: Apache-2.0
// Proof of misbehaviour from at most two signed objects. Pure: whoever has the committee of the era
// can check it, and an honest validator can never be convicted (DESIGN.md says why, kind by kind).
//
// Bytes: "cess.evidence/1" 15, kind 1, then
//   1 two proposals, 2 two PREPAREs, 3 two COMMITs: two signed votes, smaller digest first
//   4 amnesia: signed COMMIT, signed round change
//   5 amnesia of a certificate's signer: COMMIT certificate, signed round change
//   6 two certificates: two certificates, smaller digest first
//   7 invalid proposal: signed proposal, LE32 size, proof of what is wrong (for the judge:
//     chain/ledger/judge.hpp)
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "chain/consensus/crypto_port.hpp"

namespace cess::consensus {

constexpr std::size_t kEvidenceProofSizeMax = 64 * 1024;

/// (a) (b) (c): the same signer, era, height, round and kind, and two digests.
struct TwoVotes {
  SignedVote first, second;
};
/// (d): a COMMIT at (h, r), and a round change at (h, r' > r) that reports nothing prepared at r or
/// later.
struct Amnesia {
  SignedVote commit, round_change;
};
/// (d) again, where the COMMIT is known only as part of a certificate.
struct CertificateAmnesia {
  Certificate commit;
  SignedVote round_change;
};
/// (e): certificates of one era, height, round and kind with two digests. Convicts everybody in
/// both.
struct TwoCertificates {
  Certificate first, second;
};
/// (f): a proposal of a block that is wrong whoever looks at it. `proof` is for the judge.
struct InvalidProposal {
  SignedVote proposal;
  Bytes proof;
};

using Evidence =
    std::variant<TwoVotes, Amnesia, CertificateAmnesia, TwoCertificates, InvalidProposal>;

/// Decides, from the chain's own records, whether `proof` shows that the proposed block is invalid.
/// Must say no whenever an honest proposer could have proposed it.
class BlockJudge {
 public:
  BlockJudge() = default;
  BlockJudge(const BlockJudge&) = delete;
  BlockJudge& operator=(const BlockJudge&) = delete;
  virtual ~BlockJudge() = default;
  [[nodiscard]] virtual bool is_invalid(const Vote& proposal, ValidatorIndex proposer,
                                        ByteView proof) const = 0;
};

/// Era and height of the offence: they say which committee to ask, and whether it has expired.
Vote vote_of(const Evidence& evidence);

/// The validators that `evidence` convicts, ascending; empty if it proves nothing. `committee` is
/// that of the evidence's era. Without a judge, invalid proposals convict nobody.
[[nodiscard]] std::vector<ValidatorIndex> verify_evidence(Verifier& verifier, const Hash256& chain,
                                                          const Committee& committee,
                                                          const Evidence& evidence,
                                                          const BlockJudge* judge = nullptr);

/// Its letter in the list above, 'a' to 'f'.
char letter_of(const Evidence& evidence);
/// Names an offence, so that it is punished once: the same for every evidence of one validator's
/// misdeed at one (era, height, round), whichever two objects prove it.
Hash256 offence_id(const Evidence& evidence, ValidatorIndex offender);

Bytes encode_evidence(const Evidence& evidence);
/// Code::input for anything but a whole canonical evidence within the limits.
Result<Evidence> decode_evidence(ByteView bytes);

}  // namespace cess::consensus
