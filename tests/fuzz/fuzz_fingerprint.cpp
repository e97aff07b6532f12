// SPDX-License-Identifier: Apache-2.0
// links: fingerprint
// cess.fingerprint/1 in both forms, and detection: what parses is what was written.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "fingerprint/encoding.hpp"
#include "fingerprint/kinds.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const ByteView bytes(data, size);
  (void)fp::detect(bytes);
  if (const auto f = fp::parse_fingerprint(bytes)) {
    const Bytes again = fp::encode_fingerprint(*f);
    if (!std::equal(again.begin(), again.end(), bytes.begin(), bytes.end())) std::abort();
    const auto line = fp::parse_fingerprint_json(write_json(fp::fingerprint_json(*f)), "line");
    if (!line || *line != *f) std::abort();
  }
  if (const auto f = fp::parse_fingerprint_json(as_text(bytes), "line")) {
    if (fp::parse_fingerprint(fp::encode_fingerprint(*f)).value() != *f) std::abort();
  }
  return 0;
}
