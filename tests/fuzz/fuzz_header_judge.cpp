// SPDX-License-Identifier: Apache-2.0
// links: chain_ledger chain_consensus chain_types crypto json base
// Proofs of invalid proposals from strangers: with signatures that are all refused none convicts;
// with signatures that are all accepted only a header that contradicts the final one does.
#include "base/check.hpp"
#include "chain/consensus/messages.hpp"
#include "chain/ledger/blocks.hpp"
#include "chain/ledger/judge.hpp"
#include "fuzz_verifier.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  using namespace cess::ledger;
  const ByteView in(data, size);
  const auto proof = decode_scale<InvalidHeaderProof>(in, "proof");
  if (!proof) return 0;
  const auto proposed = parse_header(proof->proposed);
  const auto right = parse_header(proof->final_header);
  if (!proposed || !right) return 0;
  const consensus::Vote vote{consensus::Kind::proposal,         right->era, proposed->height, 0,
                             digest_of(header_hash(*proposed)), 0};
  const auto certificate = consensus::decode_certificate(proof->certificate);
  const std::size_t members = certificate ? certificate->signers.size : 0;
  const auto committee = consensus::fuzz_committee(right->era, members > 0 ? members : 11);
  const Hash256 chain;
  consensus::FuzzVerifier no(false), yes(true);
  const auto account = [&](consensus::ValidatorIndex) { return proposed->proposer; };
  CESS_CHECK(!HeaderJudge(no, chain, *committee, account).is_invalid(vote, 0, in));
  if (HeaderJudge(yes, chain, *committee, account).is_invalid(vote, 0, in)) {
    CESS_CHECK(proposed->height == right->height && !contradiction(*proposed, *right).empty());
  }
  const auto other = [](consensus::ValidatorIndex) { return AccountId::from(Bytes(32, 0xa5)); };
  if (proposed->proposer != other(0))
    CESS_CHECK(!HeaderJudge(yes, chain, *committee, other).is_invalid(vote, 0, in));
  return 0;
}
