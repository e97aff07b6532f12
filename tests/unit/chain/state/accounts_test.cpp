// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
#include "chain/state/treasury/treasury.hpp"
#include "crypto/keccak.hpp"
#include "crypto/secp256k1.hpp"
#include "unit/chain/state/test_chain.hpp"

namespace cess {
namespace accounts_test {

constexpr Amount kToken = kBaseUnitsPerToken;
constexpr HoldReason kReason{200, 0};
constexpr HoldReason kOther{200, 1};

accounts::Account account_of(TestChain& chain, const std::string& who) {
  return accounts::account(chain.state(), chain.id(who));
}

TEST(Accounts, TransferMovesMoneyAndCounts) {
  TestChain chain;
  const auto r =
      chain.must("alice", "accounts.transfer", accounts::Transfer{chain.id("bob"), 5 * kToken});
  EXPECT_TRUE(chain.balance("alice") == 999'995 * kToken);
  EXPECT_TRUE(chain.balance("bob") == 1'000'005 * kToken);
  EXPECT_EQ(account_of(chain, "alice").nonce, 1U);
  const auto events = chain.events<accounts::Transferred>(r, accounts::kModule, 0);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].to, chain.id("bob"));
  EXPECT_TRUE(events[0].amount == 5 * kToken);
}

TEST(Accounts, NothingIsMadeByOddTransfers) {
  TestChain chain;
  const auto all = chain.balance("alice");
  const auto to_bob = [&](Amount a) { return accounts::Transfer{chain.id("bob"), a}; };
  chain.must_fail("alice", "accounts.transfer", to_bob(kAmountMax), "balance too low");
  chain.must_fail("alice", "accounts.transfer", to_bob(all + 1), "balance too low");
  chain.must_fail("alice", "accounts.transfer", to_bob(0), "nothing to transfer");
  chain.must("alice", "accounts.transfer", accounts::Transfer{chain.id("alice"), all});
  EXPECT_TRUE(chain.balance("alice") == all);
  chain.must_fail("alice", "accounts.transfer", accounts::Transfer{chain.id("alice"), all + 1},
                  "balance too low");
  chain.must("alice", "accounts.transfer", to_bob(all));
  EXPECT_TRUE(chain.balance("alice") == 0);
  chain.must_fail("alice", "accounts.transfer", to_bob(1), "balance too low");
  EXPECT_EQ(account_of(chain, "alice").nonce, 7U) << "an emptied account keeps its count";
}

TEST(Accounts, DustOpensNoAccount) {
  TestChain chain;
  const Amount least = accounts::kParams.get(chain.state())->existential;
  const auto to = [&](const char* who, Amount a) { return accounts::Transfer{chain.id(who), a}; };
  chain.must_fail("alice", "accounts.transfer", to("nobody", least - 1), "too little to open");
  EXPECT_FALSE(accounts::kAccounts.has(chain.state(), chain.id("nobody")));
  chain.must("alice", "accounts.transfer", to("nobody", least));
  chain.must("alice", "accounts.transfer", to("nobody", 1));
  EXPECT_TRUE(chain.balance("nobody") == least + 1);
}

TEST(Accounts, TransferAllLeavesTheFeePaid) {
  TestChain chain({.fees = true});
  const auto r =
      chain.must("alice", "accounts.transfer_all", accounts::TransferAll{chain.id("bob")});
  EXPECT_TRUE(r.fee != 0);
  EXPECT_TRUE(chain.balance("alice") == 0);
  EXPECT_TRUE(chain.balance("bob") == 2'000'000 * kToken - r.fee);
}

TEST(Accounts, FeesAreSharedAndTipsAreTheAuthors) {
  TestChain chain({.fees = true});
  const auto treasury = accounts::pool(chain.state(), treasury::kTreasury);
  const auto author = chain.balance("judy");
  const Amount tip = 12345;
  chain.next.proposer = chain.id("judy");
  const auto txn =
      chain.make("alice", "accounts.transfer", accounts::Transfer{chain.id("bob"), kToken}, tip);
  const auto size = encode_scale(txn).size();
  chain.queue(txn);
  const auto r = chain.block().receipts.back();
  // Worked by hand: (60000 + 10000) ns at 10^10, each byte at 10^12, and the tip.
  const Amount fee = Amount{70'000} * 10'000'000'000 + Amount{size} * 1'000'000'000'000;
  EXPECT_TRUE(r.fee == fee + tip);
  EXPECT_TRUE(chain.balance("alice") == 999'999 * kToken - fee - tip);
  EXPECT_TRUE(chain.balance("judy") == author + fee / 5 + tip);
  EXPECT_TRUE(accounts::pool(chain.state(), treasury::kTreasury) == treasury + fee - fee / 5);
}

TEST(Accounts, AnAuthorWithoutAccountLeavesTheFeeToTheTreasury) {
  TestChain chain({.fees = true});
  chain.next.proposer = chain.id("stranger");
  const auto r =
      chain.must("alice", "accounts.transfer", accounts::Transfer{chain.id("bob"), kToken});
  EXPECT_TRUE(accounts::pool(chain.state(), treasury::kTreasury) == r.fee);
  EXPECT_FALSE(accounts::kAccounts.has(chain.state(), chain.id("stranger")));
}

TEST(Accounts, AFailedCallStillPays) {
  TestChain chain({.fees = true});
  const auto r =
      chain.call("alice", "accounts.transfer", accounts::Transfer{chain.id("bob"), kAmountMax});
  EXPECT_FALSE(r.ok);
  EXPECT_TRUE(r.events.empty());
  EXPECT_TRUE(r.fee != 0);
  EXPECT_TRUE(chain.balance("alice") == 1'000'000 * kToken - r.fee);
  EXPECT_EQ(account_of(chain, "alice").nonce, 1U);
}

// What may not stand in a block: refused by the check, and without any effect if it stands there.
TEST(Accounts, TransactionsOutOfOrderHaveNoEffect) {
  TestChain chain({.fees = true});
  const accounts::Transfer args{chain.id("bob"), kToken};
  const auto before = account_of(chain, "alice");
  const auto refused = [&](const std::function<void(Txn&)>& change, const std::string& why) {
    Txn txn = chain.make("alice", "accounts.transfer", args);
    change(txn);
    TestChain::sign(txn, "alice");
    const auto check =
        chain.runtime().check_txn(chain.state(), txn, chain.genesis(), chain.height() + 1);
    ASSERT_FALSE(check.has_value()) << why;
    EXPECT_NE(check.error().message.find(why), std::string::npos) << check.error().message;
    chain.queue(txn);
    const auto r = chain.block().receipts.back();
    EXPECT_FALSE(r.ok);
    EXPECT_NE(r.error.find(why), std::string::npos) << r.error;
    EXPECT_TRUE(r.fee == 0 && r.events.empty());
  };
  refused([](Txn& t) { t.body.nonce = 1; }, "nonce 1, want 0");
  refused([](Txn& t) { t.body.nonce = ~std::uint64_t{0}; }, "want 0");
  refused([](Txn& t) { t.body.genesis.bytes[0] ^= 1U; }, "meant for another chain");
  refused([&](Txn& t) { t.body.valid_until = chain.height(); }, "expired");
  refused([](Txn& t) { t.body.valid_until = ~std::uint64_t{0}; }, "valid for more than");
  refused([](Txn& t) { t.body.call = 99; }, "unknown call");
  refused([](Txn& t) { t.body.module = 255; }, "unknown call");
  refused([](Txn& t) { t.body.tip = kAmountMax; }, "fee not payable");
  refused([](Txn& t) { t.body.tip = 1'000'000 * kToken; }, "fee not payable");
  const auto after = account_of(chain, "alice");
  EXPECT_TRUE(after.nonce == before.nonce && after.free == before.free);

  // The last height it may stand at, and the same bytes twice.
  Txn txn = chain.make("alice", "accounts.transfer", args);
  txn.body.valid_until = chain.height() + 1;
  TestChain::sign(txn, "alice");
  chain.queue(txn);
  chain.queue(txn);
  const auto& receipts = chain.block().receipts;
  EXPECT_TRUE(receipts[1].ok);
  EXPECT_FALSE(receipts[2].ok);
}

TEST(Accounts, ABlockIsCheckedInItsOrder) {
  TestChain chain({.fees = true});
  const auto one = [&](std::uint64_t nonce, Amount tip) {
    Txn txn = chain.make("alice", "accounts.transfer", accounts::Transfer{chain.id("bob"), 1}, tip);
    txn.body.nonce = nonce;
    TestChain::sign(txn, "alice");
    return to_read_txn(txn);
  };
  const auto check = [&](const std::vector<ReadTxn>& txns) {
    return chain.runtime().check_block(chain.state(), txns, chain.genesis(), 1).has_value();
  };
  EXPECT_TRUE(check({one(0, 0), one(1, 0), one(2, 5)}));
  EXPECT_FALSE(check({one(0, 0), one(0, 0)}));
  EXPECT_FALSE(check({one(1, 0), one(0, 0)}));
  EXPECT_FALSE(check({one(0, 0), one(2, 0)}));
  // Each payable alone, not both.
  const Amount most = 600'000 * kToken;
  EXPECT_TRUE(check({one(0, most)}));
  EXPECT_FALSE(check({one(0, most), one(1, most)}));
}

TEST(Accounts, HoldsBelongToTheirReason) {
  TestChain chain;
  auto& s = chain.state();
  const auto alice = chain.id("alice");
  const auto bob = chain.id("bob");
  const Amount all = chain.balance("alice");
  ASSERT_TRUE(accounts::hold(s, alice, kReason, 100).has_value());
  ASSERT_TRUE(accounts::hold(s, alice, kReason, 20).has_value());
  ASSERT_TRUE(accounts::hold(s, alice, kOther, 7).has_value());
  EXPECT_FALSE(accounts::hold(s, alice, kReason, all).has_value());
  EXPECT_TRUE(accounts::held(s, alice, kReason) == 120);
  EXPECT_TRUE(account_of(chain, "alice").held == 127);
  EXPECT_FALSE(accounts::release(s, alice, kReason, 121).has_value());
  EXPECT_FALSE(accounts::move_held(s, alice, kOther, bob, 8).has_value());
  EXPECT_FALSE(accounts::transfer(s, alice, bob, all).has_value()) << "held money moved";
  ASSERT_TRUE(accounts::release(s, alice, kReason, 20).has_value());
  ASSERT_TRUE(accounts::move_held(s, alice, kReason, bob, 30).has_value());
  ASSERT_TRUE(accounts::change_reason(s, alice, kReason, kOther, 30).has_value());
  EXPECT_TRUE(accounts::held(s, alice, kReason) == 40);
  EXPECT_TRUE(accounts::held(s, alice, kOther) == 37);
  EXPECT_TRUE(accounts::slash_held(s, alice, kReason, 1000, treasury::kTreasury) == 40);
  EXPECT_TRUE(accounts::slash_held(s, alice, kOther, 10, treasury::kTreasury) == 10);
  EXPECT_TRUE(accounts::pool(s, treasury::kTreasury) == 50);
  EXPECT_TRUE(accounts::move_held(s, alice, kOther, alice, 27).has_value());
  EXPECT_TRUE(chain.balance("alice") == all - 80);
  EXPECT_TRUE(chain.balance("bob") == all + 30);
  EXPECT_EQ(accounts::kHolds.keys(s, 10, alice).size(), 0U);
  chain.block();  // the invariants hold
}

TEST(Accounts, PoolsPayOnlyWhatTheyHave) {
  TestChain chain;
  auto& s = chain.state();
  const auto bob = chain.id("bob");
  const PoolId mine{200, 0};
  EXPECT_FALSE(accounts::pool_to_account(s, mine, bob, 1).has_value());
  ASSERT_TRUE(accounts::account_to_pool(s, bob, mine, 50).has_value());
  EXPECT_FALSE(accounts::pool_to_pool(s, mine, treasury::kTreasury, 51).has_value());
  EXPECT_FALSE(accounts::pool_to_account(s, mine, chain.id("nobody"), 50).has_value());
  EXPECT_FALSE(accounts::burn(s, mine, 51).has_value());
  ASSERT_TRUE(accounts::pool_to_held(s, mine, bob, kReason, 10).has_value());
  ASSERT_TRUE(accounts::pool_to_account(s, mine, bob, 15).has_value());
  ASSERT_TRUE(accounts::burn(s, mine, 25).has_value());
  EXPECT_FALSE(accounts::kPools.has(s, 200, 0)) << "an empty pool left a record";
  EXPECT_TRUE(*accounts::kIssued.get(s) == Amount{10'000'000'000} * kToken - 25);
  chain.block();
}

std::array<std::uint8_t, 65> sign_bind(const Key256& key, const std::string& text) {
  const std::string head =
      "\x19"
      "Ethereum Signed Message:\n" +
      std::to_string(text.size());
  return *secp256k1_sign(key, keccak256({as_bytes(head), as_bytes(text)}));
}

TEST(Accounts, BindsAnEthereumAddressBothWaysOnce) {
  TestChain chain;
  const auto key = TestChain::key("an Ethereum key");
  const auto address = *ethereum_address(*secp256k1_public(key));
  const auto hashed = ethereum_account(address);
  EXPECT_EQ(accounts::resolve_ethereum(chain.state(), address), hashed);
  chain.must("bob", "accounts.transfer", accounts::Transfer{hashed, 3 * kToken});

  const auto text = accounts::bind_text(chain.id("alice"), chain.genesis());
  chain.must("alice", "accounts.bind_ethereum", accounts::BindEthereum{sign_bind(key, text)});
  EXPECT_EQ(accounts::resolve_ethereum(chain.state(), address), chain.id("alice"));
  EXPECT_TRUE(chain.balance("alice") == 1'000'003 * kToken);
  chain.must_fail("alice", "accounts.bind_ethereum", accounts::BindEthereum{sign_bind(key, text)},
                  "already bound to an address");
  const auto other = accounts::bind_text(chain.id("carol"), chain.genesis());
  chain.must_fail("carol", "accounts.bind_ethereum", accounts::BindEthereum{sign_bind(key, other)},
                  "address already bound");
  // A signature for somebody else binds nothing that anybody owns.
  const auto stolen = sign_bind(TestChain::key("a second key"), text);
  chain.must("dave", "accounts.bind_ethereum", accounts::BindEthereum{stolen});
  EXPECT_NE(
      accounts::resolve_ethereum(
          chain.state(), *ethereum_address(*secp256k1_public(TestChain::key("a second key")))),
      chain.id("dave"));
  chain.must_fail("erin", "accounts.bind_ethereum", accounts::BindEthereum{}, "wrong signature");
}

TEST(Accounts, AnEthereumKeySignsForItsHashedAccount) {
  TestChain chain;
  const auto key = TestChain::key("an Ethereum key");
  const auto hashed = ethereum_account(*ethereum_address(*secp256k1_public(key)));
  chain.must("bob", "accounts.transfer", accounts::Transfer{hashed, 3 * kToken});
  Txn txn = chain.make("alice", "accounts.transfer", accounts::Transfer{chain.id("bob"), kToken});
  txn.body.sender = hashed;
  txn.signature_kind = SignatureKind::secp256k1;
  const auto s = *secp256k1_sign(key, sha256(txn_signed_bytes(txn.body)));
  txn.signature.assign(s.begin(), s.end());
  EXPECT_TRUE(verify_txn_signature(txn));
  chain.queue(txn);
  EXPECT_TRUE(chain.block().receipts.back().ok);
  txn.body.tip = 1;
  EXPECT_FALSE(verify_txn_signature(txn));
}

}  // namespace accounts_test
}  // namespace cess
