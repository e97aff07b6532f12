// SPDX-License-Identifier: Apache-2.0
// Tagging (suite 1): σ_i = α·(hash(frag_id ‖ LE32 i) + f_i(τ)·g1) for each 256 KiB block i of a
// fragment, f_i the polynomial whose coefficients are the block's 31-byte sectors. Constant time in
// α, τ and f_i(τ). The only thing a Tagger signs is a fragment whose root it has computed itself
// under a name that binds this root: no raw points, no names from outside.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "podr2/keys.hpp"
#include "podr2/tag_file.hpp"

namespace cess {

/// Where a fragment belongs; the rest of its descriptor the Tagger works out.
struct FragmentPlace {
  FileId file;
  std::uint32_t segment = 0;
  std::uint16_t fragment = 0;
  std::uint16_t replica = 0;
};

/// A tag secret made ready: powers of τ and tables. Safe for many threads at once.
class Tagger {
 public:
  /// `head`: of the public key that belongs to `secret` (read from the file beside it, or
  /// make_tagger_public().head). Code::input if v, w, class, attestation or Ed25519 key do not fit
  /// the secret.
  static Result<Tagger> make(const TaggerSecret& secret, const TaggerHead& head);
  Tagger(Tagger&&) noexcept;
  Tagger& operator=(Tagger&&) noexcept;
  ~Tagger();

  [[nodiscard]] const TaggerId& id() const;
  /// Tags the stored bytes of one fragment. `nonce`: 16 fresh random bytes; `data` not empty, at
  /// most 2^32-1 blocks. Uses one thread; callers tag several fragments at once.
  [[nodiscard]] TagFile tag_fragment(const FragmentPlace& place,
                                     const std::array<std::uint8_t, 16>& nonce,
                                     ByteView data) const;

 private:
  struct Impl;
  explicit Tagger(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Whether the tag file's signature is `head`'s over its descriptor, and the descriptor names
/// `head`.
bool verify_tag_signature(const TagFile& tags, const TaggerHead& head);

}  // namespace cess
