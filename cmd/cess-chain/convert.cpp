// SPDX-License-Identifier: Apache-2.0
// convert: what people paste, in all its forms.
#include <memory>

#include "chain/types/address.hpp"
#include "chain/types/ethereum.hpp"
#include "chain/types/txn.hpp"
#include "commands.hpp"
#include "economy/amount.hpp"

namespace cess {
namespace {

Json account_forms(const AccountId& id) {
  Json j;
  j["schema"] = "cess.address/1";
  j["address"] = to_ss58(id);
  j["account"] = to_hex(id);
  return j;
}

// "5CESS", "0.5CESS" or base units.
Result<Json> amount_forms(const std::string& text) {
  constexpr std::string_view kUnit = "CESS";
  Amount amount = 0;
  if (text.ends_with(kUnit)) {
    CESS_TRY_ASSIGN(amount, parse_tokens(text.substr(0, text.size() - kUnit.size()), "amount"));
  } else {
    CESS_TRY_ASSIGN(amount, parse_decimal(text, "amount"));
  }
  Json j;
  j["schema"] = "cess.amount/1";
  j["base_units"] = to_decimal(amount);
  j["tokens"] = to_tokens(amount);
  return j;
}

Result<Json> forms_of(const std::string& text) {
  const auto hex = text.substr(text.starts_with("0x") ? 2 : 0);
  if (is_ethereum_address(text)) {
    CESS_TRY_ASSIGN(const auto address, parse_ethereum_address(text, "'" + text + "'"));
    Json j = account_forms(ethereum_account(address));
    j["ethereum"] = write_ethereum_address(address);
    return j;
  }
  const bool digits = text.find_first_not_of("0123456789.") == std::string::npos;
  if (!text.empty() && ((digits && hex.size() < 64) || text.ends_with("CESS")))
    return amount_forms(text);
  CESS_TRY_ASSIGN(const AccountId id, parse_account(text, "address"));
  return account_forms(id);
}

Result<int> convert(const std::string& text, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const Json forms, forms_of(text));
  if (ctx.json) {
    CESS_TRY(ctx.print(forms));
    return 0;
  }
  for (const auto& [name, value] : forms.items()) {
    if (name != "schema") CESS_TRY(ctx.print(name + " " + value.get<std::string>()));
  }
  return 0;
}

}  // namespace

cli::Command convert_command() {
  auto text = std::make_shared<std::string>();
  cli::Command c;
  c.name = "convert";
  c.summary = "print an address or an amount in all its forms";
  c.declare = [text](cli::Options& opt) {
    opt.positional("TEXT", *text,
                   "cX…, 64 hex digits, 0x and 40 hex digits, 1.5CESS, or base units", true);
  };
  c.run = [text](cli::Context& ctx) { return convert(*text, ctx); };
  return c;
}

}  // namespace cess
