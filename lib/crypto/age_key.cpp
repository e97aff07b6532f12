// SPDX-License-Identifier: Apache-2.0
#include "crypto/age_key.hpp"

#include <cstring>

#include "base/check.hpp"
#include "crypto/bech32.hpp"

namespace cess {
namespace {

constexpr std::string_view kRecipientPrefix = "age";
constexpr std::string_view kIdentityPrefix = "age-secret-key-";

// Reads 32 bytes of a key string; age writes recipients in lower and identities in upper case, and
// refuses the other.
Status parse_key(MutByteView out, std::string_view text, std::string_view prefix, bool upper,
                 std::string_view what) {
  CESS_TRY_ASSIGN(const Bech32 b, parse_bech32_secret(text, prefix, upper, what));
  return bech32_to_bytes(out, b.values, what);
}

// Calls `parse` for every line that is not blank and not a comment.
template <class T, class Parse>
Result<std::vector<T>> parse_lines(std::string_view text, std::string_view what, Parse parse) {
  if (text.size() > kAgeKeyFileSizeMax) {
    return fail(Code::input, std::string(what) + ": larger than 64 KiB, not a key file");
  }
  std::vector<T> keys;
  for (std::size_t line_number = 1; !text.empty(); ++line_number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    const std::string at = std::string(what) + ": line " + std::to_string(line_number);
    if (keys.size() == kAgeKeyCountMax) return fail(Code::input, at + ": more than 64 keys");
    auto key = parse(line);
    if (!key) return fail(Code::input, at + ": " + key.error().message);
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) return fail(Code::input, std::string(what) + ": holds no key");
  return keys;
}

}  // namespace

Result<X25519Public> parse_age_recipient(std::string_view text) {
  X25519Public key{};
  CESS_TRY(parse_key(key, text, kRecipientPrefix, false, "age recipient"));
  return key;
}

Result<Key256> parse_age_identity(std::string_view text) {
  Key256 key;
  CESS_TRY(parse_key(key.mut(), text, kIdentityPrefix, true, "age identity"));
  return key;
}

std::string format_age_recipient(const X25519Public& key) {
  return format_bech32(kRecipientPrefix, bech32_from_bytes(key), false);
}

std::string format_age_identity(const Key256& key) {
  Bytes values = bech32_from_bytes(key.view());
  std::string out = format_bech32(kIdentityPrefix, values, true);
  wipe(values);
  return out;
}

Result<std::vector<X25519Public>> parse_age_recipient_file(std::string_view text,
                                                           std::string_view what) {
  return parse_lines<X25519Public>(text, what, parse_age_recipient);
}

Result<std::vector<Key256>> parse_age_identity_file(std::string_view text, std::string_view what) {
  return parse_lines<Key256>(text, what, parse_age_identity);
}

}  // namespace cess
