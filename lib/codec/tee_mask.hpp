// SPDX-License-Identifier: Apache-2.0
// Masking by a tagger: the fragments of a file encoded without a mask, made unlike anything that
// the owner or a miner could make again. The bytes change and with them the roots and the fid; the
// header stays as it is, since its MAC is made with a key that a tagger does not have.
#pragma once

#include <functional>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "codec/bundle.hpp"
#include "codec/manifest.hpp"

namespace cess {

/// data ^= the keystream of `mask` for this fragment; twice gives it back (codec/keys.hpp has the
/// same for a mask by the owner).
void apply_mask(MutByteView data, const Key256& mask, const FragmentPos& pos);

/// The manifest of the masked file: the roots that `root_of` knows, `custody`, the new fid.
/// Code::input when `plain` is masked already or `root_of` gives null for one of its fragments.
Result<Manifest> masked_manifest(const Manifest& plain, MaskCustody custody,
                                 const std::function<const Hash256*(const FragmentPos&)>& root_of);

}  // namespace cess
