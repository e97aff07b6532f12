// SPDX-License-Identifier: Apache-2.0
// links: chain_consensus crypto base
// Evidence: what decodes is written back as it was read, and convicts nobody, for no key was used.
#include <algorithm>

#include "base/check.hpp"
#include "chain/consensus/evidence.hpp"
#include "chain/consensus/fake_crypto.hpp"

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
  static const FakeRegistry registry(1);
  const auto verifier = registry.make_verifier();
  std::vector<PublicKey> keys;
  for (std::uint64_t i = 0; i < 11; ++i) keys.push_back(registry.key(i));
  const auto committee = *Committee::make(vote_of(*evidence).era, {}, keys);
  CESS_CHECK(verify_evidence(*verifier, {}, *committee, *evidence).empty());
  CESS_CHECK(letter_of(*evidence) >= 'a' && letter_of(*evidence) <= 'f');
  return 0;
}
