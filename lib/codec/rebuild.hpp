// SPDX-License-Identifier: Apache-2.0
// Repair without reading: from the stored bytes of any k fragments of a segment to those of any
// others. Masked fragments need the mask key (codec/keys.hpp), which reveals ciphertext only.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "codec/bundle.hpp"
#include "codec/profile.hpp"

namespace cess {

/// A fragment as stored, borrowed.
struct FragmentBytes {
  FragmentPos pos;
  ByteView bytes;
};

/// Unmasks, decodes and masks again: out[i] becomes the stored bytes of want[i]. `have` are k
/// fragments of one segment with distinct indices and equal length, already checked against their
/// roots; `want` lie in the same segment. `mask` is null for unmasked files. Bit-identical to what
/// the encoder wrote. Code::input when `have` or `want` do not fit the profile or each other.
Status rebuild_fragments(std::vector<Bytes>& out, const Profile& profile, const Key256* mask,
                         std::span<const FragmentBytes> have, std::span<const FragmentPos> want);

}  // namespace cess
