// SPDX-License-Identifier: Apache-2.0
#include "chain/consensus/evidence.hpp"

#include "chain/consensus/messages.hpp"
#include "crypto/sha256.hpp"

namespace cess::consensus {
namespace {

template <class... F>
struct Overload : F... {
  using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;

bool same_slot(const Vote& a, const Vote& b) {
  return a.kind == b.kind && a.era == b.era && a.height == b.height && a.round == b.round;
}

// A round change that denies the COMMIT of (era, height, round).
bool denies(const Vote& change, const Vote& commit) {
  return change.kind == Kind::round_change && commit.kind == Kind::commit &&
         change.era == commit.era && change.height == commit.height &&
         change.round > commit.round && change.prepared <= commit.round;
}

// What is wrong on the face of it, signatures apart. Also fixes the order of the two objects.
bool well_formed(const Evidence& evidence) {
  return std::visit(
      Overload{
          [](const TwoVotes& e) {
            return same_slot(e.first.vote, e.second.vote) && e.first.signer == e.second.signer &&
                   e.first.vote.kind != Kind::round_change &&
                   e.first.vote.digest < e.second.vote.digest;
          },
          [](const Amnesia& e) {
            return e.commit.signer == e.round_change.signer &&
                   denies(e.round_change.vote, e.commit.vote);
          },
          [](const CertificateAmnesia& e) {
            return e.commit.signers.has(e.round_change.signer) &&
                   denies(e.round_change.vote, e.commit.vote());
          },
          [](const TwoCertificates& e) {
            return same_slot(e.first.vote(), e.second.vote()) && e.first.digest < e.second.digest;
          },
          [](const InvalidProposal& e) {
            return e.proposal.vote.kind == Kind::proposal &&
                   e.proof.size() <= kEvidenceProofSizeMax;
          },
      },
      evidence);
}

std::vector<ValidatorIndex> members(const SignerSet& set) {
  std::vector<ValidatorIndex> out;
  for (ValidatorIndex i = 0; i < set.size; ++i) {
    if (set.has(i)) out.push_back(i);
  }
  return out;
}

}  // namespace

Vote vote_of(const Evidence& evidence) {
  return std::visit(Overload{
                        [](const TwoVotes& e) { return e.first.vote; },
                        [](const Amnesia& e) { return e.commit.vote; },
                        [](const CertificateAmnesia& e) { return e.commit.vote(); },
                        [](const TwoCertificates& e) { return e.first.vote(); },
                        [](const InvalidProposal& e) { return e.proposal.vote; },
                    },
                    evidence);
}

std::vector<ValidatorIndex> verify_evidence(Verifier& verifier, const Hash256& chain,
                                            const Committee& committee, const Evidence& evidence,
                                            const BlockJudge* judge) {
  if (!well_formed(evidence)) return {};
  const auto vote_ok = [&](const SignedVote& v) {
    return verify_vote(verifier, chain, committee, v);
  };
  const auto certificate_ok = [&](const Certificate& c) {
    return verify_certificate(verifier, chain, committee, c);
  };
  using Convicted = std::vector<ValidatorIndex>;
  return std::visit(Overload{
                        [&](const TwoVotes& e) {
                          const bool ok = vote_ok(e.first) && vote_ok(e.second);
                          return ok ? Convicted{e.first.signer} : Convicted{};
                        },
                        [&](const Amnesia& e) {
                          const bool ok = vote_ok(e.commit) && vote_ok(e.round_change);
                          return ok ? Convicted{e.commit.signer} : Convicted{};
                        },
                        [&](const CertificateAmnesia& e) {
                          const bool ok = certificate_ok(e.commit) && vote_ok(e.round_change);
                          return ok ? Convicted{e.round_change.signer} : Convicted{};
                        },
                        [&](const TwoCertificates& e) {
                          if (!certificate_ok(e.first) || !certificate_ok(e.second)) {
                            return Convicted{};
                          }
                          SignerSet both = e.first.signers;
                          both.bits &= e.second.signers.bits;
                          return members(both);
                        },
                        [&](const InvalidProposal& e) {
                          const bool ok =
                              judge != nullptr && vote_ok(e.proposal) &&
                              judge->is_invalid(e.proposal.vote, e.proposal.signer, e.proof);
                          return ok ? Convicted{e.proposal.signer} : Convicted{};
                        },
                    },
                    evidence);
}

char letter_of(const Evidence& evidence) {
  return std::visit(Overload{
                        [](const TwoVotes& e) {
                          return static_cast<char>('a' + static_cast<int>(e.first.vote.kind) - 2);
                        },
                        [](const Amnesia&) { return 'd'; },
                        [](const CertificateAmnesia&) { return 'd'; },
                        [](const TwoCertificates&) { return 'e'; },
                        [](const InvalidProposal&) { return 'f'; },
                    },
                    evidence);
}

Hash256 offence_id(const Evidence& evidence, ValidatorIndex offender) {
  // Votes and certificates of one kind prove the same misdeed, amnesia another, and so on.
  const std::uint8_t deed = std::visit(
      Overload{
          [](const TwoVotes& e) { return static_cast<std::uint8_t>(e.first.vote.kind); },
          [](const TwoCertificates& e) { return static_cast<std::uint8_t>(e.first.kind); },
          [](const Amnesia&) { return std::uint8_t{16}; },
          [](const CertificateAmnesia&) { return std::uint8_t{16}; },
          [](const InvalidProposal&) { return std::uint8_t{17}; },
      },
      evidence);
  const Vote v = vote_of(evidence);
  Writer w;
  w.raw("cess.offence/1").le(deed).le(v.era).le(v.height).le(v.round).le(offender);
  return sha256(w.bytes());
}

Bytes encode_evidence(const Evidence& evidence) {
  Writer w;
  w.raw("cess.evidence/1");
  std::visit(Overload{
                 [&](const TwoVotes& e) {
                   w.le(static_cast<std::uint8_t>(static_cast<int>(e.first.vote.kind) - 1));
                   write_signed_vote(w, e.first);
                   write_signed_vote(w, e.second);
                 },
                 [&](const Amnesia& e) {
                   w.le(std::uint8_t{4});
                   write_signed_vote(w, e.commit);
                   write_signed_vote(w, e.round_change);
                 },
                 [&](const CertificateAmnesia& e) {
                   w.le(std::uint8_t{5});
                   write_certificate(w, e.commit);
                   write_signed_vote(w, e.round_change);
                 },
                 [&](const TwoCertificates& e) {
                   w.le(std::uint8_t{6});
                   write_certificate(w, e.first);
                   write_certificate(w, e.second);
                 },
                 [&](const InvalidProposal& e) {
                   w.le(std::uint8_t{7});
                   write_signed_vote(w, e.proposal);
                   w.sized(e.proof);
                 },
             },
             evidence);
  return w.take();
}

Result<Evidence> decode_evidence(ByteView bytes) {
  constexpr std::string_view kDomain = "cess.evidence/1";
  Reader in(bytes, "evidence");
  CESS_TRY_ASSIGN(auto domain, in.raw(kDomain.size(), "domain"));
  if (as_text(domain) != kDomain) return in.refuse("not evidence");
  CESS_TRY_ASSIGN(auto kind, in.le<std::uint8_t>("kind"));
  Evidence out;
  if (kind >= 1 && kind <= 3) {
    TwoVotes e;
    CESS_TRY_ASSIGN(e.first, read_signed_vote(in));
    CESS_TRY_ASSIGN(e.second, read_signed_vote(in));
    if (static_cast<int>(e.first.vote.kind) != kind + 1) return in.refuse("votes of another kind");
    out = e;
  } else if (kind == 4) {
    Amnesia e;
    CESS_TRY_ASSIGN(e.commit, read_signed_vote(in));
    CESS_TRY_ASSIGN(e.round_change, read_signed_vote(in));
    out = e;
  } else if (kind == 5) {
    CertificateAmnesia e;
    CESS_TRY_ASSIGN(e.commit, read_certificate(in));
    CESS_TRY_ASSIGN(e.round_change, read_signed_vote(in));
    out = e;
  } else if (kind == 6) {
    TwoCertificates e;
    CESS_TRY_ASSIGN(e.first, read_certificate(in));
    CESS_TRY_ASSIGN(e.second, read_certificate(in));
    out = e;
  } else if (kind == 7) {
    InvalidProposal e;
    CESS_TRY_ASSIGN(e.proposal, read_signed_vote(in));
    CESS_TRY_ASSIGN(auto proof, in.sized(kEvidenceProofSizeMax, "proof"));
    e.proof.assign(proof.begin(), proof.end());
    out = std::move(e);
  } else {
    return in.refuse("kind out of range");
  }
  CESS_TRY(in.end());
  if (!well_formed(out)) return in.refuse("proves nothing");
  return out;
}

}  // namespace cess::consensus
