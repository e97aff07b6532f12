// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/types.hpp"

#include <algorithm>
#include <bit>

#include "base/check.hpp"
#include "base/endian.hpp"
#include "fingerprint/simhash.hpp"
#include "fingerprint/wide.hpp"

namespace cess::fp {
namespace {
constexpr std::array<std::string_view, 5> kKindNames{"other", "text", "image", "audio", "video"};
}  // namespace

std::string_view kind_name(Kind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }

Result<Kind> parse_kind(std::string_view word) {
  const auto at = std::find(kKindNames.begin(), kKindNames.end(), word);
  if (at == kKindNames.end()) return fail(Code::input, "unknown kind '" + std::string(word) + "'");
  return static_cast<Kind>(at - kKindNames.begin());
}

const Feature* Content::find(std::string_view name) const {
  for (const Feature& f : features) {
    if (f.name == name) return &f;
  }
  return nullptr;
}

Feature Content::find_as(const Feature& like) const {
  const Feature* f = find(like.name);
  const bool fits = f != nullptr && f->version == like.version && f->item_bits == like.item_bits;
  return fits ? *f : like;
}

Bits256 bits256(const SimHash<4>& s) {
  Bits256 out{};
  const auto words = s.words();
  for (std::size_t i = 0; i < 4; ++i) store_le(out.data() + 8 * i, words[i]);
  return out;
}

/// Compiled for AVX2 as well, which has an instruction that counts bits.
CESS_FP_WIDE std::size_t hamming(ByteView a, ByteView b) {
  CESS_CHECK(a.size() == b.size());
  std::size_t n = 0;
  std::size_t i = 0;
  for (; i + 8 <= a.size(); i += 8) {
    n += static_cast<std::size_t>(
        std::popcount(load_le<std::uint64_t>(&a[i]) ^ load_le<std::uint64_t>(&b[i])));
  }
  for (; i < a.size(); ++i) {
    n += static_cast<std::size_t>(std::popcount(static_cast<std::uint8_t>(a[i] ^ b[i])));
  }
  return n;
}

}  // namespace cess::fp
