// SPDX-License-Identifier: Apache-2.0
// Bech32 (BIP-173): checksummed text of short byte strings. Secret keys are written in it, so what
// reads and writes the data characters is constant time; lengths, prefix and verdicts are public.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace cess {

constexpr std::size_t kBech32SizeMax = 90;

struct Bech32 {
  std::string prefix;  ///< human-readable part, in lower case
  bool upper = false;  ///< the text was written in upper case
  Bytes values;        ///< 5-bit values without the checksum

  Bech32() = default;
  Bech32(Bech32&&) noexcept = default;
  Bech32& operator=(Bech32&&) noexcept = default;
  ~Bech32();  ///< wipes `values`
};

/// Code::input when the text is not Bech32; the message names `what`, never the text. Where the
/// prefix ends is found by a search that is not constant time.
Result<Bech32> parse_bech32(std::string_view text, std::string_view what);
/// The same for text that must begin with `prefix` (lower case) and '1', in the given case:
/// constant time in all that follows.
Result<Bech32> parse_bech32_secret(std::string_view text, std::string_view prefix, bool upper,
                                   std::string_view what);
/// `prefix` must be lower-case; `values` are 5-bit.
std::string format_bech32(std::string_view prefix, ByteView values, bool upper);

/// 5-bit values to bytes into `out`; padding must be less than 5 bits and zero, and the size exact.
Status bech32_to_bytes(MutByteView out, ByteView values, std::string_view what);
Bytes bech32_from_bytes(ByteView bytes);

}  // namespace cess
