// SPDX-License-Identifier: Apache-2.0
// Canonical binary encoding: fixed fields little-endian in a fixed order, variable fields behind a
// LE32 length. Reading is strict: nothing missing, nothing left over, no length taken on trust.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "base/endian.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

namespace cess {

/// Appends fields to a growing buffer.
class Writer {
 public:
  template <std::unsigned_integral T>
  Writer& le(T v) {
    std::uint8_t b[sizeof(T)];
    store_le(b, v);
    append(out_, ByteView{b, sizeof(T)});
    return *this;
  }
  Writer& raw(ByteView v) {
    append(out_, v);
    return *this;
  }
  Writer& raw(std::string_view v) { return raw(as_bytes(v)); }
  template <class Tag>
  Writer& id(const Id<Tag>& v) {
    return raw(v.view());
  }
  /// LE32 length, then the bytes.
  Writer& sized(ByteView v) {
    le(static_cast<std::uint32_t>(v.size()));
    return raw(v);
  }
  [[nodiscard]] const Bytes& bytes() const { return out_; }
  [[nodiscard]] Bytes take() { return std::move(out_); }

 private:
  Bytes out_;
};

/// Reads fields in order from a borrowed buffer. Every error is Code::input and names `what`
/// (the thing being read, e.g. "header") and the byte offset.
class Reader {
 public:
  Reader(ByteView in, std::string_view what) : in_(in), what_(what) {}

  template <std::unsigned_integral T>
  Result<T> le(std::string_view field) {
    CESS_TRY_ASSIGN(auto b, raw(sizeof(T), field));
    return load_le<T>(b.data());
  }
  /// Borrows the next `size` bytes.
  Result<ByteView> raw(std::size_t size, std::string_view field);
  template <class IdType>
  Result<IdType> id(std::string_view field) {
    CESS_TRY_ASSIGN(auto b, raw(IdType::kSize, field));
    return IdType::from(b);
  }
  /// LE32 length of at most `size_max`, then that many bytes.
  Result<ByteView> sized(std::size_t size_max, std::string_view field);
  /// Refuses left-over bytes.
  Status end() const;

  [[nodiscard]] std::size_t offset() const { return offset_; }
  [[nodiscard]] std::size_t left() const { return in_.size() - offset_; }
  /// An input error at the current offset: "<what>: <why> at byte <offset>".
  [[nodiscard]] tl::unexpected<Error> refuse(std::string_view why) const;

 private:
  ByteView in_;
  std::string_view what_;
  std::size_t offset_ = 0;
};

}  // namespace cess
