// SPDX-License-Identifier: Apache-2.0
// links: merkle base
// Proofs and peaks of a header range: canonical, and never right about a root they were not made
// for.
#include <algorithm>

#include "base/check.hpp"
#include "merkle/mmr.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const ByteView in(data, size);
  if (const auto proof = MmrProof::parse(in)) {
    CESS_CHECK(std::ranges::equal(proof->encode(), in));
    CESS_CHECK(proof->index < proof->count && in.size() <= kMmrProofSizeMax);
    Hash256 root;
    root.bytes.fill(0x77);
    CESS_CHECK(!verify_mmr(root, {}, *proof));
  }
  if (auto peaks = MmrPeaks::parse(in)) {
    CESS_CHECK(std::ranges::equal(peaks->encode(), in) && in.size() <= kMmrPeaksSizeMax);
    const Hash256 before = peaks->root();
    if (peaks->count() < kMmrCountMax) {
      peaks->append({});
      CESS_CHECK(peaks->root() != before);
      CESS_CHECK(MmrPeaks::parse(peaks->encode()) == *peaks);
    }
  }
  return 0;
}
