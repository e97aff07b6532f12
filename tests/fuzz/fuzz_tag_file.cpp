// SPDX-License-Identifier: Apache-2.0
// links: podr2
// Descriptors and tag files: whatever parses must encode back to the same bytes.
#include "base/check.hpp"
#include "podr2/tag_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const ByteView in(data, size);
  if (const auto d = parse_descriptor(in)) {
    const auto back = encode_descriptor(*d);
    CESS_CHECK(std::equal(back.begin(), back.end(), in.begin(), in.end()));
  }
  if (const auto many = parse_tag_files(in, 64)) {
    Bytes back;
    for (const TagFile& t : *many) append(back, encode_tag_file(t));
    CESS_CHECK(std::equal(back.begin(), back.end(), in.begin(), in.end()));
    CESS_CHECK((many->size() == 1) == parse_tag_file(in).has_value());
  }
  return 0;
}
