// SPDX-License-Identifier: Apache-2.0
// links: podr2
// Points, scalars and raw proofs: whatever parses is canonical (encodes back to the same bytes), is
// in its group, and a made-up proof is never right.
#include <algorithm>

#include "base/check.hpp"
#include "podr2/verify.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const ByteView in(data, size);
  if (const auto p = bls::G1::parse(in)) {
    CESS_CHECK(std::ranges::equal(p->compress(), in));
    CESS_CHECK(p->in_subgroup());
  }
  if (const auto p = bls::G2::parse(in)) CESS_CHECK(std::ranges::equal(p->compress(), in));
  if (const auto s = bls::Scalar::parse(in)) {
    CESS_CHECK(std::ranges::equal(s->bytes(), in));
    CESS_CHECK(bls::Scalar::reduce(in) == *s);
  }
  if (size == kProofSize) {
    static const TaggerLines lines = [] {
      TaggerHead head;
      head.v = bls::G2::generator().mul(bls::Scalar::from_u64(7));
      head.w = bls::G2::generator().mul(bls::Scalar::from_u64(77));
      return TaggerLines(head);
    }();
    const ChallengedBlock blocks[] = {{FragId{}, 1, {1}}};
    CESS_CHECK(verify_proof({&lines, blocks, bls::Scalar::from_u64(3), in}) != Verdict::right);
  }
  return 0;
}
