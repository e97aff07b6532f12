// SPDX-License-Identifier: Apache-2.0
#include "chain/types/ethereum.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "crypto/keccak.hpp"

namespace cess {
namespace {

constexpr std::size_t kAddressDigits = 40;
// What is added to the recovery id in a signature of a message (yellow paper, appendix F).
constexpr std::uint8_t kRecoveryBase = 27;

std::string_view without_mark(std::string_view text) {
  return text.substr(text.starts_with("0x") ? 2 : 0);
}

std::string in_small(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::string in_large(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

// A letter is large where the hash of the small ones has a digit of 8 or more.
std::string with_checksum(const std::string& small) {
  const std::string hash = to_hex(keccak256(as_bytes(small)));
  std::string out = small;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] >= 'a' && hash[i] >= '8') out[i] = static_cast<char>(out[i] - 'a' + 'A');
  }
  return out;
}

}  // namespace

bool is_ethereum_address(std::string_view text) {
  const auto digits = without_mark(text);
  return digits.size() == kAddressDigits &&
         digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

Result<EthereumAddress> parse_ethereum_address(std::string_view text, std::string_view what) {
  if (!is_ethereum_address(text)) {
    return fail(Code::input, std::string(what) + ": want 0x and 40 hex digits",
                std::string(text.substr(0, 2 + kAddressDigits)));
  }
  const auto digits = without_mark(text);
  const std::string small = in_small(digits);
  if (digits != small && digits != in_large(digits) && digits != with_checksum(small)) {
    return fail(Code::input, std::string(what) + ": wrong checksum: mistyped address?",
                std::string(text));
  }
  EthereumAddress out{};
  CESS_TRY(parse_hex_into(out, small, what));
  return out;
}

std::string write_ethereum_address(const EthereumAddress& address) {
  return "0x" + with_checksum(to_hex(ByteView(address)));
}

Hash256 personal_digest(std::string_view text) {
  const std::string head =
      "\x19"
      "Ethereum Signed Message:\n" +
      std::to_string(text.size());
  return keccak256({as_bytes(head), as_bytes(text)});
}

Result<Secp256k1Signature> parse_wallet_signature(std::string_view text, std::string_view what) {
  Secp256k1Signature out{};
  CESS_TRY(parse_hex_into(out, in_small(without_mark(text)), what));
  if (out.back() >= kRecoveryBase)
    out.back() = static_cast<std::uint8_t>(out.back() - kRecoveryBase);
  if (out.back() > 3)
    return fail(Code::input, std::string(what) + ": want 27 or 28 as the last byte",
                std::string(what));
  return out;
}

}  // namespace cess
