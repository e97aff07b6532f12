// SPDX-License-Identifier: Apache-2.0
#include "chain/types/record.hpp"

namespace cess::detail {

Status json_wants(bool ok, std::string_view wanted, std::string_view what) {
  if (ok) return {};
  return fail(Code::input, std::string(what) + ": want " + std::string(wanted), std::string(what));
}

bool json_whole(const Json& j) {
  return j.is_number_unsigned() || (j.is_number_integer() && j.get<std::int64_t>() >= 0);
}

Result<std::string> json_text(const Json& j, std::string_view what) {
  CESS_TRY(json_wants(j.is_string(), "text", what));
  return j.get<std::string>();
}

Result<std::uint64_t> json_number(const Json& j, std::uint64_t max, std::string_view what) {
  std::uint64_t n = 0;
  if (json_whole(j)) {
    n = j.get<std::uint64_t>();
  } else {
    CESS_TRY(json_wants(j.is_string(), "an integer", what));
    CESS_TRY_ASSIGN(const Amount a, parse_decimal(j.get<std::string>(), what));
    CESS_TRY(json_wants(a <= max, "at most " + std::to_string(max), what));
    n = static_cast<std::uint64_t>(a);
  }
  CESS_TRY(json_wants(n <= max, "at most " + std::to_string(max), what));
  return n;
}

Result<std::uint8_t> json_enum(const Json& j, const char* const* names, std::size_t count,
                               std::string_view what) {
  CESS_TRY_ASSIGN(const auto s, json_text(j, what));
  std::string all;
  for (std::size_t i = 0; i < count; ++i) {
    if (s == names[i]) return static_cast<std::uint8_t>(i);
    all += (i == 0 ? "" : ", ") + std::string(names[i]);
  }
  return fail(Code::input, std::string(what) + ": want one of " + all, s.substr(0, 60));
}

Status json_bytes_into(MutByteView out, const Json& j, std::string_view what) {
  CESS_TRY_ASSIGN(const auto s, json_text(j, what));
  const auto hex = std::string_view(s).substr(s.starts_with("0x") ? 2 : 0);
  return parse_hex_into(out, hex, what);
}

}  // namespace cess::detail
