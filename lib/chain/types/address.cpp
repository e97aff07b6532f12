// SPDX-License-Identifier: Apache-2.0
#include "chain/types/address.hpp"

#include <array>
#include <optional>

#include "base/hex.hpp"
#include "crypto/blake2b.hpp"

namespace cess {
namespace {

constexpr std::string_view kAlphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::size_t kTextSizeMax = 80;

std::string base58(ByteView bytes) {
  std::string digits;  // lowest first
  for (const unsigned b : bytes) {
    unsigned carry = b;
    for (auto& d : digits) {
      carry += static_cast<unsigned>(static_cast<unsigned char>(d)) << 8U;
      d = static_cast<char>(carry % 58);
      carry /= 58;
    }
    for (; carry != 0; carry /= 58) digits.push_back(static_cast<char>(carry % 58));
  }
  for (std::size_t i = 0; i < bytes.size() && bytes[i] == 0; ++i) digits.push_back(0);
  std::string out;
  for (auto it = digits.rbegin(); it != digits.rend(); ++it)
    out.push_back(kAlphabet[static_cast<std::size_t>(*it)]);
  return out;
}

// nullopt: a character outside the alphabet.
std::optional<Bytes> from_base58(std::string_view text) {
  Bytes bytes;  // lowest first
  for (const char c : text) {
    const auto digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    auto carry = static_cast<unsigned>(digit);
    for (auto& b : bytes) {
      carry += b * 58U;
      b = static_cast<std::uint8_t>(carry);
      carry >>= 8U;
    }
    for (; carry != 0; carry >>= 8U) bytes.push_back(static_cast<std::uint8_t>(carry));
  }
  for (std::size_t i = 0; i < text.size() && text[i] == '1'; ++i) bytes.push_back(0);
  return Bytes(bytes.rbegin(), bytes.rend());
}

std::array<std::uint8_t, 2> checksum(ByteView body) {
  const auto h = blake2b_512({as_bytes("SS58PRE"), body});
  return {h[0], h[1]};
}

}  // namespace

std::string to_ss58(const AccountId& id, std::uint16_t prefix) {
  Bytes body;
  if (prefix < 64) {
    body.push_back(static_cast<std::uint8_t>(prefix));
  } else {
    body.push_back(static_cast<std::uint8_t>((prefix & 0xfcU) >> 2U | 0x40U));
    body.push_back(static_cast<std::uint8_t>(prefix >> 8U | (prefix & 3U) << 6U));
  }
  append(body, id.view());
  append(body, ByteView(checksum(body)));
  return base58(body);
}

Result<std::pair<std::uint16_t, AccountId>> parse_ss58(std::string_view text,
                                                       std::string_view what) {
  const auto refuse = [&](std::string_view why) {
    return fail(Code::input, std::string(what) + ": " + std::string(why),
                std::string(text.substr(0, kTextSizeMax)));
  };
  if (text.size() > kTextSizeMax) return refuse("too long for an address");
  const auto bytes = from_base58(text);
  if (!bytes) return refuse("want an address (cX…, base58) or 64 hex digits");
  const auto& b = *bytes;
  if (b.size() != 35 && b.size() != 36) return refuse("want an address of 32 bytes");
  const std::size_t prefix_size = b.size() - 34;
  std::uint16_t prefix = b[0];
  if ((prefix_size == 1) != (b[0] < 64) || b[0] >= 128) return refuse("malformed address prefix");
  if (prefix_size == 2) {
    prefix = static_cast<std::uint16_t>((b[0] & 0x3fU) << 2U | b[1] >> 6U | (b[1] & 0x3fU) << 8U);
    if (prefix < 64) return refuse("malformed address prefix");
  }
  const auto body = ByteView(b).first(b.size() - 2);
  const auto want = checksum(body);
  if (want[0] != b[b.size() - 2] || want[1] != b[b.size() - 1])
    return refuse("wrong checksum: mistyped address?");
  return std::pair{prefix, AccountId::from(body.subspan(prefix_size))};
}

Result<AccountId> parse_account(std::string_view text, std::string_view what) {
  const bool marked = text.starts_with("0x");
  const auto hex = text.substr(marked ? 2 : 0);
  if (marked && hex.size() == 40) {
    return fail(Code::input, std::string(what) + ": an Ethereum address, not an account",
                std::string(text), "cess-chain show " + std::string(text) + " tells its account");
  }
  if (marked || hex.size() == 64) return parse_id<AccountId>(hex, what);
  CESS_TRY_ASSIGN(const auto parsed, parse_ss58(text, what));
  if (parsed.first != kSs58Prefix) {
    return fail(Code::input,
                std::string(what) + ": address of another network (prefix " +
                    std::to_string(parsed.first) + ", want " + std::to_string(kSs58Prefix) + ")",
                std::string(text));
  }
  return parsed.second;
}

}  // namespace cess
