// SPDX-License-Identifier: Apache-2.0
// Byte ranges (RFC 9110, section 14): the field Range with one range, and Content-Range.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace cess::proto {

/// Bytes [offset, offset + size) of `total`; size > 0.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t total = 0;
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// What "bytes=a-b", "bytes=a-" or "bytes=-n" asks of `total` bytes. Nothing: a unit or a list that
/// a server may ignore. Code::no: none of these bytes is there (416).
Result<std::optional<ByteRange>> parse_range(std::string_view field, std::uint64_t total);
/// "bytes a-b/total". Code::input.
Result<ByteRange> parse_content_range(std::string_view field);
std::string format_content_range(const ByteRange& range);

}  // namespace cess::proto
