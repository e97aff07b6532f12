// SPDX-License-Identifier: Apache-2.0
#include "codec/tee_mask.hpp"

#include "codec/keys.hpp"
#include "crypto/ctr.hpp"

namespace cess {

void apply_mask(MutByteView data, const Key256& mask, const FragmentPos& pos) {
  AesCtr(mask).apply(data, mask_prefix(pos), 0);
}

Result<Manifest> masked_manifest(const Manifest& plain, MaskCustody custody,
                                 const std::function<const Hash256*(const FragmentPos&)>& root_of) {
  if (plain.masked()) return fail(Code::input, "cannot mask a file: it has a mask already");
  Manifest out = plain;
  const unsigned n = plain.profile().n();
  for (std::size_t s = 0; s < out.segments.size(); ++s) {
    auto& roots = out.segments[s].roots;
    for (std::size_t column = 0; column < roots.size(); ++column) {
      const FragmentPos pos{static_cast<std::uint32_t>(s), static_cast<std::uint16_t>(column % n),
                            static_cast<std::uint16_t>(column / n)};
      const Hash256* root = root_of(pos);
      if (root == nullptr) {
        return fail(Code::input,
                    "cannot mask a file: fragment " + fragment_name(pos) + " is missing");
      }
      roots[column] = *root;
    }
  }
  out.custody = std::move(custody);
  out.fid = compute_fid(out);
  return out;
}

}  // namespace cess
