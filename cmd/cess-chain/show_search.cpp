// SPDX-License-Identifier: Apache-2.0
#include "show_search.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "chain/client/state.hpp"
#include "chain/state/accounts/accounts.hpp"
#include "crypto/keccak.hpp"

namespace cess {
namespace {

constexpr std::size_t kEthereumDigits = 40;

bool is_lower_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// As EIP-55 writes it: a letter is large where the hash of the small ones has a digit of 8 or more.
std::string with_checksum(const std::string& lower) {
  const std::string hash = to_hex(keccak256(as_bytes(lower)));
  std::string out = lower;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] >= 'a' && hash[i] >= '8') out[i] = static_cast<char>(out[i] - 'a' + 'A');
  }
  return out;
}

// Each looks at 20,000 pairs of the state and costs the node some milliseconds.
constexpr int kAnswersMax = 500;

}  // namespace

Result<Json> find_hash(client::Rpc& rpc, const std::string& hash) {
  Json params = {{"hash", hash}};
  for (int i = 0; i < kAnswersMax; ++i) {
    auto found = rpc.call("chain_find", params);
    if (!found && found.error().code == Code::no)
      return fail(Code::no, "nothing on the chain is called '" + hash + "'", hash);
    if (!found) return found;
    const Json next = found->value("next", Json());
    found->erase("next");
    if (!found->value("what", Json()).is_null()) return found;
    if (!next.is_string())
      return fail(Code::peer, "the node's answer about '" + hash + "' is none", hash);
    params["after"] = next;
  }
  return fail(Code::no, "no '" + hash + "' in the part of the state that was looked at", hash,
              "name what it stands in: cess-chain show KIND KEY");
}

Result<std::string> account_named(client::Rpc& rpc, const std::string& text) {
  const std::string given = text.substr(text.starts_with("0x") ? 2 : 0);
  std::string lower = given;
  for (char& c : lower) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  if (given.size() != kEthereumDigits || !is_lower_hex(lower)) return text;
  if (given != lower && given != with_checksum(lower))
    return fail(Code::input, "'" + text + "': wrong checksum: mistyped address?", text);
  CESS_TRY_ASSIGN(const Bytes bytes, parse_hex(lower, "address"));
  accounts::Address20 address{};
  std::ranges::copy(bytes, address.begin());
  CESS_TRY_ASSIGN(const auto bound, client::get(rpc, accounts::kBoundAccounts, address));
  return to_ss58(bound.value_or(ethereum_account(bytes)));
}

}  // namespace cess
