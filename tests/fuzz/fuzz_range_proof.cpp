// SPDX-License-Identifier: Apache-2.0
// links: podr2 merkle
// A range proof as a verifier of availability gets it from a miner. The last 12 bytes say what was
// asked; a proof that parses is also checked against its own name.
#include <cstdint>

#include "base/check.hpp"
#include "base/endian.hpp"
#include "podr2/range_proof.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  if (size < 12) return 0;
  const ByteView proof(data, size - 12);
  const auto offset = load_le<std::uint64_t>(data + size - 12);
  const auto wanted = load_le<std::uint32_t>(data + size - 4);
  CESS_CHECK(!check_range_proof(proof, FragId(), 40'000, offset, wanted));
  if (proof.size() < kDescriptorSize) return 0;
  const auto d = parse_descriptor(proof.first(kDescriptorSize));
  if (!d) return 0;
  static_cast<void>(check_range_proof(proof, frag_id(*d), d->length, offset, wanted));
  return 0;
}
