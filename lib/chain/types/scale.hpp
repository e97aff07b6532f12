// SPDX-License-Identifier: Apache-2.0
// SCALE primitives (Simple Concatenated Aggregate Little-Endian, the encoding of Substrate chains):
// fixed integers little-endian, lengths as compact integers, options and sequences behind one byte
// or a length. Strict: one encoding per value. A compact integer that could be shorter, a bool that
// is neither 0 nor 1, and bytes left over are refused.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "economy/amount.hpp"

namespace cess {

class ScaleWriter {
 public:
  void u8(std::uint8_t v) { out_.push_back(v); }
  void u16(std::uint16_t v) { fixed(v, 2); }
  void u32(std::uint32_t v) { fixed(v, 4); }
  void u64(std::uint64_t v) { fixed(v, 8); }
  void u128(Amount v) {
    fixed(static_cast<std::uint64_t>(v), 8);
    fixed(static_cast<std::uint64_t>(v >> 64U), 8);
  }
  /// 1, 2, 4 or 5 to 9 bytes.
  void compact(std::uint64_t v);
  void raw(ByteView v) { append(out_, v); }
  /// Compact length, then the bytes.
  void sized(ByteView v) {
    compact(v.size());
    raw(v);
  }
  [[nodiscard]] const Bytes& bytes() const { return out_; }
  [[nodiscard]] Bytes take() { return std::move(out_); }

 private:
  void fixed(std::uint64_t v, int size) {
    for (int i = 0; i < size; ++i) out_.push_back(static_cast<std::uint8_t>(v >> (8 * i)));
  }
  Bytes out_;
};

/// Reads from a borrowed buffer. Errors are Code::input: "<what>: <why> at byte <offset>".
class ScaleReader {
 public:
  ScaleReader(ByteView in, std::string_view what) : in_(in), what_(what) {}
  Result<std::uint8_t> u8();
  Result<std::uint16_t> u16();
  Result<std::uint32_t> u32();
  Result<std::uint64_t> u64();
  Result<Amount> u128();
  Result<bool> boolean();
  Result<std::uint64_t> compact();
  Result<ByteView> raw(std::size_t size);
  Result<ByteView> sized(std::size_t size_max);
  Status end() const;
  [[nodiscard]] std::size_t offset() const { return offset_; }
  [[nodiscard]] std::size_t left() const { return in_.size() - offset_; }
  [[nodiscard]] tl::unexpected<Error> refuse(std::string_view why) const;

 private:
  ByteView in_;
  std::string_view what_;
  std::size_t offset_ = 0;
};

}  // namespace cess
