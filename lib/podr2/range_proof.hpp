// SPDX-License-Identifier: Apache-2.0
// A range of a fragment that anybody can check who knows the fragment's name: the descriptor, which
// hashes to the name, the leaves that hold the range, and their siblings up to the root.
//
//   off len field
//     0 142 descriptor
//   142   1 siblings, s
//   143 32s siblings bottom up (merkle_range_path)
//    ..     bytes of the leaves [offset / 4096, (offset + size - 1) / 4096], to the fragment's end
#pragma once

#include "base/result.hpp"
#include "podr2/descriptor.hpp"

namespace cess {

constexpr std::uint64_t kProvenRangeMax = 1U << 20U;
/// Of bytes with a proof of so many.
constexpr std::uint64_t range_proof_size_max(std::uint64_t size) {
  return kDescriptorSize + 1 + 128 * 32 + size + 2 * 4096;
}

/// Of [offset, offset + size) of `data`, the fragment's bytes. Code::no: that is not inside, or
/// longer than kProvenRangeMax.
Result<Bytes> make_range_proof(const Descriptor& d, ByteView data, std::uint64_t offset,
                               std::uint64_t size);
/// Code::input: the proof is malformed. Code::no: it is not of this range of this fragment.
Status check_range_proof(ByteView proof, const FragId& frag, std::uint64_t length,
                         std::uint64_t offset, std::uint64_t size);

}  // namespace cess
