// SPDX-License-Identifier: Apache-2.0
// links: chain_consensus crypto base
// Evidence: what decodes is written back as it was read; with signatures that are all refused it
// convicts nobody, and with signatures that are all accepted only members of the committee, once.
// (Not with fake_crypto.hpp: libFuzzer reads the right answer out of its comparisons.)
#include <algorithm>

#include "base/check.hpp"
#include "chain/consensus/evidence.hpp"
#include "fuzz_verifier.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  using namespace cess::consensus;
  const ByteView in(data, size);
  const auto evidence = decode_evidence(in);
  if (!evidence) {
    CESS_CHECK(evidence.error().code == Code::input);
    return 0;
  }
  CESS_CHECK(std::ranges::equal(encode_evidence(*evidence), in));
  CESS_CHECK(letter_of(*evidence) >= 'a' && letter_of(*evidence) <= 'f');
  const auto committee = fuzz_committee(vote_of(*evidence).era, 11);
  FuzzVerifier no(false), yes(true);
  CESS_CHECK(verify_evidence(no, {}, *committee, *evidence).empty());
  const auto who = verify_evidence(yes, {}, *committee, *evidence);
  CESS_CHECK(std::ranges::adjacent_find(who, std::ranges::greater_equal()) == who.end());
  CESS_CHECK(who.empty() || who.back() < committee->size());
  return 0;
}
