// SPDX-License-Identifier: Apache-2.0
// links: fingerprint
// Documents: whatever the bytes are, text comes out or they are refused, within the limit.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "fingerprint/kinds.hpp"
#include "fingerprint/text_encoding.hpp"
#include "fingerprint/text_extract.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const ByteView in(data, size);
  for (const char* type : {"text/html", "text/xml", "application/epub+zip", "application/rtf"}) {
    std::string store;
    const auto text = fp::extract_text(in, type, store);
    if (text && text->size() > fp::kTextSizeMax) std::abort();
  }
  const std::string encoding = fp::older_encoding(in);
  if (!encoding.empty() && !fp::from_encoding(in, encoding)) std::abort();
  const fp::Detected found = fp::detect(in);
  // PDF is left to poppler's own fuzzers: a fault there is confined by the sandbox and not ours to mend.
  if (found.kind != fp::Kind::text || found.type == "application/pdf") return 0;
  std::string store;
  (void)fp::extract_text(in, found.type, store);
  return 0;
}
