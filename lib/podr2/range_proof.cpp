// SPDX-License-Identifier: Apache-2.0
#include "podr2/range_proof.hpp"

#include <algorithm>
#include <vector>

#include "merkle/range.hpp"

namespace cess {
namespace {

constexpr std::size_t kSiblingsMax = 127;

struct LeafRange {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
  [[nodiscard]] std::uint64_t from() const { return first * kLeafSize; }
  [[nodiscard]] std::uint64_t size(std::uint64_t length) const {
    return std::min(length, end * kLeafSize) - from();
  }
};

Result<LeafRange> leaves_of(std::uint64_t length, std::uint64_t offset, std::uint64_t size) {
  if (size == 0 || size > kProvenRangeMax || offset >= length || size > length - offset)
    return fail(Code::no, "the range is not inside the fragment, or too long");
  return LeafRange{offset / kLeafSize, (offset + size - 1) / kLeafSize + 1};
}

tl::unexpected<Error> broken(const char* why) {
  return fail(Code::input, std::string("range proof: ") + why);
}

}  // namespace

Result<Bytes> make_range_proof(const Descriptor& d, ByteView data, std::uint64_t offset,
                               std::uint64_t size) {
  if (data.size() != d.length) return fail(Code::input, "the fragment has another length");
  CESS_TRY_ASSIGN(const LeafRange range, leaves_of(d.length, offset, size));
  std::vector<Hash256> leaves(leaf_count(data.size()));
  hash_leaves(leaves, data);
  const auto path = merkle_range_path(leaves, range.first, range.end - range.first);
  Bytes out;
  append(out, encode_descriptor(d));
  out.push_back(static_cast<std::uint8_t>(path.size()));
  for (const Hash256& h : path) append(out, h.view());
  append(out, data.subspan(range.from(), range.size(d.length)));
  return out;
}

Status check_range_proof(ByteView proof, const FragId& frag, std::uint64_t length,
                         std::uint64_t offset, std::uint64_t size) {
  if (proof.size() <= kDescriptorSize) return broken("cut short");
  CESS_TRY_ASSIGN(const Descriptor d, parse_descriptor(proof.first(kDescriptorSize)));
  const std::size_t count = proof[kDescriptorSize];
  ByteView rest = proof.subspan(kDescriptorSize + 1);
  if (count > kSiblingsMax || rest.size() < count * Hash256::kSize) return broken("cut short");
  std::vector<Hash256> path;
  for (std::size_t i = 0; i < count; ++i) {
    path.push_back(Hash256::from(rest.first(Hash256::kSize)));
    rest = rest.subspan(Hash256::kSize);
  }
  if (frag_id(d) != frag || d.length != length) {
    return fail(Code::no, "range proof: of another fragment");
  }
  CESS_TRY_ASSIGN(const LeafRange range, leaves_of(length, offset, size));
  if (rest.size() != range.size(length)) return fail(Code::no, "range proof: of another range");
  std::vector<Hash256> leaves(leaf_count(rest.size()));
  hash_leaves(leaves, rest);
  if (!verify_merkle_range(d.root, leaf_count(length), range.first, leaves, path))
    return fail(Code::no, "range proof: the bytes do not lead to the fragment's root");
  return {};
}

}  // namespace cess
