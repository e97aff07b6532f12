// SPDX-License-Identifier: Apache-2.0
#include "podr2/tag_file.hpp"

#include <algorithm>
#include <string>

#include "base/check.hpp"
#include "base/codec.hpp"

namespace cess {

namespace {

/// Reads one tag file from the front of `bytes`; `size` is how much of it that was.
Result<TagFile> read_one(ByteView bytes, std::size_t& size) {
  Reader r(bytes, "tag file");
  CESS_TRY_ASSIGN(const ByteView descriptor, r.raw(kDescriptorSize, "descriptor"));
  TagFile t;
  CESS_TRY_ASSIGN(t.descriptor, parse_descriptor(descriptor));
  CESS_TRY_ASSIGN(const ByteView signature, r.raw(t.signature.size(), "signature"));
  std::copy(signature.begin(), signature.end(), t.signature.begin());
  if (t.descriptor.suite == AuditSuite::sw_kzg) {
    // The count comes from the input: compared with what is there before anything is copied.
    CESS_TRY_ASSIGN(const ByteView tags,
                    r.raw(std::size_t{t.descriptor.blocks()} * kTagSize, "tags"));
    t.tags.assign(tags.begin(), tags.end());
  } else if (std::any_of(signature.begin(), signature.end(), [](auto b) { return b != 0; })) {
    return r.refuse("suite 2 has a signature");
  }
  size = r.offset();
  return t;
}

}  // namespace

Bytes encode_tag_file(const TagFile& t) {
  const std::size_t count = t.descriptor.suite == AuditSuite::sw_kzg ? t.descriptor.blocks() : 0;
  CESS_CHECK(t.tags.size() == count * kTagSize);
  Writer w;
  w.raw(ByteView{encode_descriptor(t.descriptor)}).raw(ByteView{t.signature}).raw(ByteView{t.tags});
  return w.take();
}

Result<TagFile> parse_tag_file(ByteView bytes) {
  std::size_t size = 0;
  CESS_TRY_ASSIGN(TagFile t, read_one(bytes, size));
  if (size != bytes.size()) {
    return fail(Code::input, "tag file: " + std::to_string(bytes.size() - size) +
                                 " bytes left over at byte " + std::to_string(size));
  }
  return t;
}

Result<std::vector<TagFile>> parse_tag_files(ByteView bytes, std::size_t count_max) {
  std::vector<TagFile> files;
  while (!bytes.empty()) {
    if (files.size() == count_max) {
      return fail(Code::input,
                  "tag files: more than " + std::to_string(count_max) + " in one sequence");
    }
    std::size_t size = 0;
    CESS_TRY_ASSIGN(TagFile t, read_one(bytes, size));
    files.push_back(std::move(t));
    bytes = bytes.subspan(size);
  }
  return files;
}

}  // namespace cess
