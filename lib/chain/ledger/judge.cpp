// SPDX-License-Identifier: Apache-2.0
#include "chain/ledger/judge.hpp"

#include "chain/consensus/messages.hpp"
#include "chain/ledger/blocks.hpp"

namespace cess::ledger {
namespace {

constexpr std::size_t kSuspectsMax = 2 * consensus::kCommitteeMax;

}  // namespace

std::string contradiction(const Header& h, const Header& right) {
  if (h.parent != right.parent) return "not on the last executed block";
  if (h.era != right.era) return "wrong era";
  if (h.state_root != right.state_root) return "another state root than ours after the parent";
  if (h.receipts_root != right.receipts_root)
    return "another receipts root than ours of the parent";
  if (h.mmr_root != right.mmr_root) return "another root over the headers";
  if (h.committee != right.committee) return "another committee";
  if (h.next_committee != right.next_committee) return "another next committee";
  return {};
}

bool HeaderJudge::is_invalid(const consensus::Vote& proposal, consensus::ValidatorIndex proposer,
                             ByteView bytes) const {
  const auto proof = decode_scale<InvalidHeaderProof>(bytes, "proof of an invalid proposal");
  if (!proof) return false;
  const auto proposed = parse_header(proof->proposed);
  const auto right = parse_header(proof->final_header);
  const auto certificate = consensus::decode_certificate(proof->certificate);
  if (!proposed || !right || !certificate) return false;
  if (digest_of(header_hash(*proposed)) != proposal.digest) return false;
  if (proposed->height != proposal.height || proposed->proposer != account_(proposer)) return false;
  if (certificate->kind != consensus::Kind::commit || certificate->era != proposal.era ||
      certificate->height != proposal.height || right->height != proposal.height ||
      digest_of(header_hash(*right)) != certificate->digest) {
    return false;
  }
  return !contradiction(*proposed, *right).empty() &&
         consensus::verify_certificate(*verifier_, *chain_, *committee_, *certificate);
}

void Suspects::add(const consensus::InvalidProposal& suspect) {
  if (suspects_.size() < kSuspectsMax) suspects_.push_back(suspect);
}

std::vector<consensus::Evidence> Suspects::settle(const Header& header,
                                                  const consensus::Certificate& certificate) {
  std::vector<consensus::Evidence> out;
  for (consensus::InvalidProposal& s : std::exchange(suspects_, {})) {
    if (s.proposal.vote.height > header.height) {
      suspects_.push_back(std::move(s));
    } else if (s.proposal.vote.height == header.height) {
      const auto proposed = parse_header(s.proof);
      if (!proposed || contradiction(*proposed, header).empty()) continue;
      InvalidHeaderProof proof{std::move(s.proof), encode_scale(header),
                               consensus::encode_certificate(certificate)};
      out.emplace_back(consensus::InvalidProposal{s.proposal, encode_scale(proof)});
    }
  }
  return out;
}

}  // namespace cess::ledger
