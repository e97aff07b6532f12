// SPDX-License-Identifier: Apache-2.0
#include "show_search.hpp"

#include "chain/client/state.hpp"
#include "chain/state/accounts/accounts.hpp"
#include "chain/types/ethereum.hpp"

namespace cess {
namespace {

// Each looks at 20,000 pairs of the state or at 512 blocks, and costs the node some milliseconds.
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
  return fail(Code::no, "no '" + hash + "' in the part of the chain that was looked at", hash,
              "name what it stands in: cess-chain show KIND KEY");
}

Result<std::string> account_named(client::Rpc& rpc, const std::string& text) {
  if (!is_ethereum_address(text)) return text;
  CESS_TRY_ASSIGN(const auto address, parse_ethereum_address(text, "'" + text + "'"));
  CESS_TRY_ASSIGN(const auto bound, client::get(rpc, accounts::kBoundAccounts, address));
  return to_ss58(bound.value_or(ethereum_account(address)));
}

Result<std::string> account_named(const NodeOptions& node, const std::string& text) {
  if (!is_ethereum_address(text)) return text;
  CESS_TRY_ASSIGN(auto rpc, connect(node));
  return account_named(rpc, text);
}

}  // namespace cess
