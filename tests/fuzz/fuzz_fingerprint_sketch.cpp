// SPDX-License-Identifier: Apache-2.0
// links: fingerprint
// A sketch that parses is written again to the same bytes; any bytes are text and chunks.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "fingerprint/chunks.hpp"
#include "fingerprint/iscc.hpp"
#include "fingerprint/sketch.hpp"
#include "fingerprint/text_extract.hpp"
#include "fingerprint/text_features.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const ByteView in(data, size);
  if (const auto s = fp::parse_sketch(in);
      s && fp::encode_sketch(*s) != Bytes(in.begin(), in.end()))
    std::abort();
  std::string store;
  const auto text = fp::extract_text(in, "text/plain", store);
  if (!text) return 0;
  const auto f = fp::text_features(*text);
  if (!fp::parse_sketch(fp::encode_sketch(f.sketch))) std::abort();
  // Two ways to one result.
  const std::string collapsed = fp::iscc_collapse(*text);
  if (collapsed != fp::iscc_collapse_in_context(*text)) std::abort();
  (void)fp::iscc_text_body(collapsed);
  fp::DataHasher one, two;
  one.update(in);
  two.update(in.first(size / 3));
  two.update(in.subspan(size / 3));
  if (one.finish().sketch != two.finish().sketch) std::abort();
  return 0;
}
