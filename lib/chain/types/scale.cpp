// SPDX-License-Identifier: Apache-2.0
#include "chain/types/scale.hpp"

#include <bit>

#include "base/endian.hpp"

namespace cess {

void ScaleWriter::compact(std::uint64_t v) {
  if (v < 1U << 6U) return u8(static_cast<std::uint8_t>(v << 2U));
  if (v < 1U << 14U) return u16(static_cast<std::uint16_t>(v << 2U | 1U));
  if (v < 1U << 30U) return u32(static_cast<std::uint32_t>(v << 2U | 2U));
  const auto size = static_cast<int>((std::bit_width(v) + 7) / 8);
  u8(static_cast<std::uint8_t>((static_cast<unsigned>(size) - 4U) << 2U | 3U));
  fixed(v, size);
}

tl::unexpected<Error> ScaleReader::refuse(std::string_view why) const {
  return fail(Code::input,
              std::string(what_) + ": " + std::string(why) + " at byte " + std::to_string(offset_),
              std::string(what_));
}

Result<ByteView> ScaleReader::raw(std::size_t size) {
  if (left() < size) return refuse("truncated");
  const ByteView v = in_.subspan(offset_, size);
  offset_ += size;
  return v;
}

Result<std::uint8_t> ScaleReader::u8() {
  CESS_TRY_ASSIGN(const auto b, raw(1));
  return b[0];
}
Result<std::uint16_t> ScaleReader::u16() {
  CESS_TRY_ASSIGN(const auto b, raw(2));
  return load_le<std::uint16_t>(b.data());
}
Result<std::uint32_t> ScaleReader::u32() {
  CESS_TRY_ASSIGN(const auto b, raw(4));
  return load_le<std::uint32_t>(b.data());
}
Result<std::uint64_t> ScaleReader::u64() {
  CESS_TRY_ASSIGN(const auto b, raw(8));
  return load_le<std::uint64_t>(b.data());
}
Result<Amount> ScaleReader::u128() {
  CESS_TRY_ASSIGN(const auto low, u64());
  CESS_TRY_ASSIGN(const auto high, u64());
  return Amount{high} << 64U | low;
}

Result<bool> ScaleReader::boolean() {
  CESS_TRY_ASSIGN(const auto b, u8());
  if (b > 1) return refuse("want 0 or 1");
  return b == 1;
}

Result<std::uint64_t> ScaleReader::compact() {
  CESS_TRY_ASSIGN(const std::uint64_t first, u8());
  const auto mode = first & 3U;
  if (mode == 0) return first >> 2U;
  std::uint64_t v = first >> 2U;
  const std::size_t more = mode == 1 ? 1 : mode == 2 ? 3 : (first >> 2U) + 4;
  if (more > 8) return refuse("compact integer of more than 64 bits");
  CESS_TRY_ASSIGN(const auto b, raw(more));
  const unsigned shift = mode == 3 ? 0 : 6;
  if (mode == 3) v = 0;
  for (std::size_t i = 0; i < more; ++i) v |= std::uint64_t{b[i]} << (8 * i + shift);
  const bool minimal = mode == 1   ? v >> 6U != 0
                       : mode == 2 ? v >> 14U != 0
                                   : v >> 30U != 0 && b[more - 1] != 0;
  if (!minimal) return refuse("compact integer not in its shortest form");
  return v;
}

Result<ByteView> ScaleReader::sized(std::size_t size_max) {
  CESS_TRY_ASSIGN(const auto size, compact());
  if (size > size_max)
    return refuse("length " + std::to_string(size) + " over the limit of " +
                  std::to_string(size_max));
  return raw(size);
}

Status ScaleReader::end() const {
  if (left() != 0) return refuse(std::to_string(left()) + " bytes left over");
  return {};
}

}  // namespace cess
