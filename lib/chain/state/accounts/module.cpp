// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "base/endian.hpp"
#include "chain/state/accounts/accounts.hpp"
#include "chain/state/treasury/treasury.hpp"
#include "chain/types/ethereum.hpp"
#include "crypto/secp256k1.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace accounts {
namespace {

// Fees and tips of the block that is being executed; nothing is there between blocks.
constexpr PoolId kBlockFees{kModule, 0};
constexpr StoredValue<Amount> kBlockTips{kModule, 7, "block_tips"};

tl::unexpected<Error> refuse_call(std::string why) {
  return fail(Code::input, std::move(why), "accounts");
}

// "genesis"."accounts"."crowd": accounts without a key, so that a network made for measuring has
// the state of a grown one. Member i is SHA-256("CESS-GENESIS-CROWD-v1" ‖ LE64 i); money comes from
// the sale pool.
struct Crowd {
  std::uint32_t count = 0;
  Amount amount = 0;  // of each
  CESS_RECORD(count, amount)
};
struct FullGenesis {
  std::vector<GenesisBalance> balances;
  std::optional<Crowd> crowd;
  CESS_RECORD(balances, crowd)
};
constexpr std::uint32_t kCrowdMax = 10'000'000;

AccountId crowd_account(std::uint64_t index) {
  constexpr std::string_view kDomain = "CESS-GENESIS-CROWD-v1";
  std::array<std::uint8_t, kDomain.size() + 8> text{};
  std::copy(kDomain.begin(), kDomain.end(), text.begin());
  store_le(text.data() + kDomain.size(), index);
  return AccountId::from(sha256(text).view());
}

Status check_params(const Params& p) {
  CESS_TRY(detail::json_wants(p.existential != 0, "more than 0", "accounts: existential"));
  CESS_TRY(detail::json_wants(p.author_share <= 10000, "at most 10000", "accounts: author_share"));
  return detail::json_wants(p.lifetime_blocks_max != 0, "more than 0",
                            "accounts: lifetime_blocks_max");
}

Status run_transfer(Context& ctx, const Transfer& t) {
  CESS_TRY(require_account(ctx));
  if (t.amount == 0) return refuse_call("nothing to transfer");
  CESS_TRY(transfer(ctx.state, ctx.origin.account, t.to, t.amount));
  ctx.events.emit(kModule, 0, Transferred{ctx.origin.account, t.to, t.amount});
  return {};
}

Status run_transfer_all(Context& ctx, const TransferAll& t) {
  return run_transfer(ctx, {t.to, balance(ctx.state, ctx.origin.account)});
}

Status run_bind(Context& ctx, const BindEthereum& b) {
  CESS_TRY(require_account(ctx));
  const auto& who = ctx.origin.account;
  if (kBoundAddresses.has(ctx.state, who)) return refuse_call("already bound to an address");
  const auto key = secp256k1_recover(personal_digest(bind_text(who, ctx.genesis)), b.signature);
  const auto address = key ? ethereum_address(*key) : std::nullopt;
  if (!address) return refuse_call("wrong signature of the Ethereum key");
  if (kBoundAccounts.has(ctx.state, *address)) return refuse_call("address already bound");
  // A wrong text leads to a chance address: it is taken only if somebody holds its key.
  kBoundAccounts.put(ctx.state, *address, who);
  kBoundAddresses.put(ctx.state, who, *address);
  const auto old = ethereum_account(*address);
  const Amount moved = balance(ctx.state, old);
  CESS_TRY(transfer(ctx.state, old, who, moved));
  ctx.events.emit(kModule, 1, EthereumBound{who, *address, moved});
  return {};
}

class AccountsModule : public Module {
 public:
  [[nodiscard]] ModuleId id() const override { return kModule; }
  [[nodiscard]] std::string name() const override { return "accounts"; }
  [[nodiscard]] std::vector<CallInfo> calls() const override {
    return {make_call<Transfer>(0, "transfer", 10'000, run_transfer),
            make_call<TransferAll>(1, "transfer_all", 10'000, run_transfer_all),
            make_call<BindEthereum>(2, "bind_ethereum", 100'000, run_bind)};
  }
  [[nodiscard]] std::vector<EventInfo> events() const override {
    return {make_event<Transferred>(0, "transferred"),
            make_event<EthereumBound>(1, "ethereum_bound")};
  }
  [[nodiscard]] std::vector<ItemInfo> items() const override {
    return {make_item(kParams),        make_item(kAccounts), make_item(kHolds),
            make_item(kPools),         make_item(kIssued),   make_item(kBoundAccounts),
            make_item(kBoundAddresses)};
  }
  [[nodiscard]] Json default_params(std::string_view preset) const override {
    return params_json<Params>(preset);
  }
  Status set_params(State& state, const Json& params) const override {
    return store_params(state, kParams, params, check_params);
  }

  Status check_txn(const State& state, const Txn& txn, const TxnFacts& facts) const override {
    const auto a = account(state, txn.body.sender);
    const auto p = *kParams.get(state);
    CESS_TRY(check_lifetime(p, txn, facts.height));
    const auto want = a.nonce + facts.ahead.count;
    if (txn.body.nonce != want || want < a.nonce)
      return refuse_call("nonce " + std::to_string(txn.body.nonce) + ", want " +
                         std::to_string(want));
    return check_payable(
        a, saturating_add(cost(p, txn, facts.weight, facts.size_bytes), facts.ahead.cost));
  }
  [[nodiscard]] Amount txn_cost(const State& state, const Txn& txn,
                                const TxnFacts& facts) const override {
    return cost(*kParams.get(state), txn, facts.weight, facts.size_bytes);
  }

  Status before_txn(Context& ctx, const Txn& txn, std::uint64_t weight,
                    std::size_t size) const override {
    auto a = account(ctx.state, txn.body.sender);
    const auto p = *kParams.get(ctx.state);
    CESS_TRY(check_lifetime(p, txn, ctx.block.height));
    if (txn.body.nonce != a.nonce || a.nonce == ~std::uint64_t{0}) {
      return refuse_call("nonce " + std::to_string(txn.body.nonce) + ", want " +
                         std::to_string(a.nonce));
    }
    const Amount sum = cost(p, txn, weight, size);
    CESS_TRY(check_payable(a, sum));
    a.free -= sum;
    ++a.nonce;
    kAccounts.put(ctx.state, txn.body.sender, a);
    if (sum != 0) {
      kPools.put(ctx.state, kBlockFees.module, kBlockFees.kind, pool(ctx.state, kBlockFees) + sum);
    }
    if (txn.body.tip != 0)
      kBlockTips.put(ctx.state, kBlockTips.get_or_default(ctx.state) + txn.body.tip);
    ctx.fee = saturating_add(ctx.fee, sum);
    return {};
  }

  void end_block(Context& ctx) const override {
    const Amount sum = pool(ctx.state, kBlockFees);
    if (sum == 0) return;
    const Amount tips = kBlockTips.get_or_default(ctx.state);
    kBlockTips.erase(ctx.state);
    const Amount author = tips + mul_div(sum - tips, kParams.get(ctx.state)->author_share, 10000);
    // An author whose account this would not open leaves it to the treasury.
    (void)pool_to_account(ctx.state, kBlockFees, ctx.block.proposer, author);
    const Status rest =
        pool_to_pool(ctx.state, kBlockFees, treasury::kTreasury, pool(ctx.state, kBlockFees));
    CESS_CHECK(rest.has_value());
  }

  Status genesis(State& state, const Json& section) const override;
  Status check_invariants(const State& state) const override;

 private:
  static Amount cost(const Params& p, const Txn& txn, std::uint64_t weight, std::size_t size) {
    return saturating_add(fee_of(p, weight, size), txn.body.tip);
  }
  static Status check_payable(const Account& a, Amount sum) {
    if (a.free >= sum) return {};
    return refuse_call("fee not payable: " + to_decimal(a.free) + " free of " + to_decimal(sum));
  }
  static Status check_lifetime(const Params& p, const Txn& txn, Height height) {
    if (txn.body.valid_until - std::min(txn.body.valid_until, height) <= p.lifetime_blocks_max)
      return {};
    return refuse_call("valid for more than " + std::to_string(p.lifetime_blocks_max) + " blocks");
  }
};

Status AccountsModule::genesis(State& state, const Json& section) const {
  if (section.is_null()) return {};
  FullGenesis g;
  CESS_TRY(from_json_value(section, g, "genesis.accounts"));
  for (const auto& b : g.balances) {
    const auto name = b.pool.value_or("sale");
    CESS_TRY_ASSIGN(const PoolId from, treasury::pool_by_name(name));
    CESS_TRY(pool_to_account(state, from, b.account, b.amount));
  }
  if (!g.crowd) return {};
  CESS_TRY_ASSIGN(const PoolId from, treasury::pool_by_name("sale"));
  CESS_TRY(detail::json_wants(g.crowd->count <= kCrowdMax, "at most 10000000", "crowd: count"));
  for (std::uint32_t i = 0; i < g.crowd->count; ++i) {
    CESS_TRY(pool_to_account(state, from, crowd_account(i), g.crowd->amount));
  }
  return {};
}

// Every hold has its account and every account is the sum of its holds; all money is `issued`.
Status AccountsModule::check_invariants(const State& state) const {
  Amount sum = 0;
  Status status;
  const auto want = [&](bool ok, const char* what, const std::string& who) {
    if (status && !ok) status = refuse_call(std::string("broken: ") + what + " of " + who);
  };
  const auto add = [&](Amount more) {
    const auto s = checked_add(sum, more);
    want(s.has_value(), "sum", "all accounts");
    sum = s.value_or(0);
  };
  std::map<AccountId, Amount> holds;
  kHolds.scan(state, [&](const auto& key, Amount amount) {
    want(amount != 0, "a hold of nothing", to_ss58(std::get<0>(key)));
    holds[std::get<0>(key)] += amount;
    return true;
  });
  kAccounts.scan(state, [&](const auto& key, const Account& a) {
    const auto& who = std::get<0>(key);
    want(a.nonce != 0 || a.free != 0 || a.held != 0, "an empty record", to_ss58(who));
    const auto it = holds.find(who);
    want(a.held == (it == holds.end() ? 0 : it->second), "the sum of holds", to_ss58(who));
    if (it != holds.end()) holds.erase(it);
    add(a.free);
    add(a.held);
    return true;
  });
  want(holds.empty(), "a hold without account", std::to_string(holds.size()));
  kPools.scan(state, [&](const auto& key, Amount amount) {
    want(amount != 0, "an empty pool", std::to_string(std::get<0>(key)));
    add(amount);
    return true;
  });
  want(sum == kIssued.get_or_default(state), "supply",
       to_decimal(sum) + " instead of " + to_decimal(kIssued.get_or_default(state)));
  want(pool(state, kBlockFees) == 0, "fees that nobody got", to_decimal(pool(state, kBlockFees)));
  kBoundAccounts.scan(state, [&](const auto& key, const AccountId& who) {
    const auto back = kBoundAddresses.get(state, who);
    want(back == std::get<0>(key), "a one-way bind", to_ss58(who));
    return true;
  });
  return status;
}

}  // namespace

AccountId resolve_ethereum(const State& state, const Address20& address) {
  const auto bound = kBoundAccounts.get(state, address);
  return bound ? *bound : ethereum_account(address);
}

std::string bind_text(const AccountId& account, const Hash256& genesis) {
  return "Bind this address to the CESS account " + to_ss58(account) + " on the chain " +
         to_hex(genesis);
}

}  // namespace accounts

std::unique_ptr<Module> make_accounts_module() {
  return std::make_unique<accounts::AccountsModule>();
}

}  // namespace cess
