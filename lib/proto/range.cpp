// SPDX-License-Identifier: Apache-2.0
#include "proto/range.hpp"

#include <algorithm>

namespace cess::proto {
namespace {

/// Decimal digits, 1 to 15 of them.
std::optional<std::uint64_t> number(std::string_view text) {
  if (text.empty() || text.size() > 15) return std::nullopt;
  std::uint64_t n = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    n = n * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return n;
}

}  // namespace

Result<std::optional<ByteRange>> parse_range(std::string_view field, std::uint64_t total) {
  if (!field.starts_with("bytes=")) return std::optional<ByteRange>();
  field.remove_prefix(6);
  const std::size_t dash = field.find('-');
  if (dash == std::string_view::npos) return std::optional<ByteRange>();
  const auto first = number(field.substr(0, dash));
  const auto last = number(field.substr(dash + 1));
  const auto none = [] { return fail(Code::no, "the range is beyond the end"); };
  if (dash == 0) {
    if (!last) return std::optional<ByteRange>();
    const std::uint64_t size = std::min(*last, total);
    if (size == 0) return none();
    return std::optional<ByteRange>({total - size, size, total});
  }
  if (!first || (dash + 1 < field.size() && !last) || (last && *last < *first))
    return std::optional<ByteRange>();
  if (*first >= total) return none();
  const std::uint64_t end = last ? std::min(*last + 1, total) : total;
  return std::optional<ByteRange>({*first, end - *first, total});
}

Result<ByteRange> parse_content_range(std::string_view field) {
  const auto refuse = [] {
    return fail(Code::input, "cannot read Content-Range: expected 'bytes A-B/TOTAL'",
                "Content-Range");
  };
  if (!field.starts_with("bytes ")) return refuse();
  field.remove_prefix(6);
  const std::size_t dash = field.find('-');
  const std::size_t slash = field.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash)
    return refuse();
  const auto first = number(field.substr(0, dash));
  const auto last = number(field.substr(dash + 1, slash - dash - 1));
  const auto total = number(field.substr(slash + 1));
  if (!first || !last || !total || *last < *first || *last >= *total) return refuse();
  return ByteRange{*first, *last - *first + 1, *total};
}

std::string format_content_range(const ByteRange& range) {
  return "bytes " + std::to_string(range.offset) + "-" +
         std::to_string(range.offset + range.size - 1) + "/" + std::to_string(range.total);
}

}  // namespace cess::proto
