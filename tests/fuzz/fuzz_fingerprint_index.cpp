// SPDX-License-Identifier: Apache-2.0
// links: fingerprint
// The files of an index: a manifest that parses is written again to the same bytes; a segment that
// opens is searched and read without leaving its bytes; a log gives whole records.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "fingerprint/index.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const ByteView in(data, size);
  if (const auto m = fp::parse_manifest(in);
      m && fp::encode_manifest(*m) != Bytes(in.begin(), in.end()))
    std::abort();
  if (const auto log = fp::parse_log(in, 1); log && log->size() * 72 + 16 > size) std::abort();
  std::vector<std::uint64_t> aligned((size + 7) / 8);
  if (size != 0) std::memcpy(aligned.data(), data, size);
  const ByteView file(reinterpret_cast<const std::uint8_t*>(aligned.data()), size);
  const auto segment = fp::SegmentView::open(file);
  if (!segment) return 0;
  std::vector<fp::IndexMatch> out;
  fp::Bits256 word{};
  for (const unsigned radius : {0U, 12U, 40U}) segment->search(word, radius, out);
  word = segment->record(segment->size() - 1).word;
  segment->search(word, 8, out);
  (void)segment->contains(segment->record(0).label);
  return 0;
}
