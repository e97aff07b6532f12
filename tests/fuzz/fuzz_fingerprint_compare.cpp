// SPDX-License-Identifier: Apache-2.0
// links: fingerprint
// Two fingerprints of strangers, compared: whatever their features hold, a verdict comes, in
// bounded time, and one that is compared with itself is the same. Input: LE16 size of the first,
// both in binary.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/endian.hpp"
#include "fingerprint/compare.hpp"
#include "fingerprint/encoding.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  if (size < 2) return 0;
  const ByteView in(data, size);
  const std::size_t first = load_le<std::uint16_t>(data);
  if (first > size - 2) return 0;
  const auto a = fp::parse_fingerprint(in.subspan(2, first));
  if (!a) return 0;
  if (fp::compare(*a, *a).verdict != fp::Verdict::same) std::abort();
  const auto b = fp::parse_fingerprint(in.subspan(2 + first));
  if (!b) return 0;
  const fp::Comparison there = fp::compare(*a, *b);
  const fp::Comparison back = fp::compare(*b, *a);
  if (there.certificate_distance != back.certificate_distance || there.identical != back.identical)
    std::abort();
  (void)write_json(fp::comparison_json(there));
  return 0;
}
