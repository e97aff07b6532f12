// SPDX-License-Identifier: Apache-2.0
// links: chain_client chain_state chain_types economy crypto json base audit podr2 merkle
// What a client makes of a node's answers, a node that forgets, and answers that are none.
#include <gtest/gtest.h>

#include <map>

#include "audit/challenge_json.hpp"
#include "audit/opened_challenge.hpp"
#include "chain/client/audits.hpp"
#include "chain/client/events.hpp"
#include "chain/client/send.hpp"
#include "chain/client/state.hpp"
#include "chain/client/txn_file.hpp"
#include "chain/state/accounts/accounts.hpp"
#include "crypto/sha256.hpp"

namespace cess::client {
namespace {

/// Answers each method from a list; the last one stays.
class FakeNode final : public Rpc {
 public:
  using Answer = std::function<Result<Json>(const Json& params)>;
  void on(const std::string& method, Json answer) {
    answers_[method].push_back([a = std::move(answer)](const Json&) { return Result<Json>(a); });
  }
  void on(const std::string& method, Answer answer) {
    answers_[method].push_back(std::move(answer));
  }
  std::map<std::string, int> asked;

 private:
  // As it would come over the wire.
  Result<Json> ask(const std::string& method, Json params) override {
    ++asked[method];
    auto& list = answers_[method];
    if (list.empty()) return fail(Code::no, "unexpected " + method, method);
    const Answer answer = list.front();
    if (list.size() > 1) list.erase(list.begin());
    CESS_TRY_ASSIGN(const Json j, answer(params));
    return parse_json(write_json(j), method);
  }
  std::map<std::string, std::vector<Answer>> answers_;
};

AccountKey key_of(const std::string& name) {
  return *make_account_key(SignatureKind::ed25519, Key256(sha256(as_bytes(name)).view()));
}

struct Other {
  AccountId to;
  std::uint64_t amount = 0;
  CESS_RECORD(to, amount)
};

Txn txn_of(const std::string& name, Height valid_until = 0) {
  TxnBody body;
  body.sender = key_of(name).id;
  body.nonce = 8;
  body.valid_until = valid_until;
  return sign_txn(std::move(body), key_of(name));
}

Json info(Height height, bool synced = true) {
  return {{"genesis", std::string(64, 'a')},
          {"height", height},
          {"era", 3},
          {"epoch", 17},
          {"synced", synced},
          {"chain", "test"}};
}

Json included(bool ok = true) {
  return {{"height", 12},
          {"receipt", {{"ok", ok}, {"error", ok ? "" : "no such thing"}, {"fee", "77"}}}};
}

Json transfer_args(const AccountKey& to) { return {{"to", to_ss58(to.id)}, {"amount", "5"}}; }

TEST(Client, PrepareTakesChainNonceAndExpiryFromTheNode) {
  FakeNode node;
  node.on("node_info", info(100));
  node.on("account_next", Json{{"nonce", 4}, {"next", 6}});
  const auto call = call_from_json("accounts.transfer", transfer_args(key_of("bob")));
  ASSERT_TRUE(call);
  const auto body = prepare(node, key_of("alice").id, *call, {9, 50});
  ASSERT_TRUE(body);
  EXPECT_EQ(body->nonce, 6U);
  EXPECT_EQ(body->valid_until, 150U);
  EXPECT_EQ(body->tip, 9U);
  EXPECT_EQ(to_hex(body->genesis), std::string(64, 'a'));
  const auto instead = prepare(node, key_of("alice").id, *call, {9, 50, 4});
  ASSERT_TRUE(instead);
  EXPECT_EQ(instead->nonce, 4U);
}

TEST(Client, ANodeOutOfSyncIsNotBelieved) {
  FakeNode node;
  node.on("node_info", info(100, false));
  const auto call = call_from_json("accounts.transfer", transfer_args(key_of("bob")));
  const auto body = prepare(node, key_of("alice").id, *call);
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().code, Code::peer);
  EXPECT_EQ(node.asked["account_next"], 0);
}

TEST(Client, CallsAreTheirRecordsAndNothingElse) {
  EXPECT_EQ(call_from_json("accounts.nothing", Json::object()).error().code, Code::usage);
  EXPECT_EQ(encode_call("accounts.transfer", Other{}).error().code, Code::usage);
  const auto right = encode_call("audits.submit_proof", audits::SubmitProof{});
  ASSERT_TRUE(right);
  EXPECT_EQ(right->module, audits::kModule);
}

TEST(Client, ARefusalForLackOfTokensHasAHint) {
  FakeNode node;
  node.on("tx_submit", [](const Json&) -> Result<Json> {
    return fail(Code::input, "fee not payable: 0 free of 9");
  });
  const auto hash = submit(node, txn_of("alice"));
  ASSERT_FALSE(hash);
  EXPECT_NE(hash.error().hint.find(to_ss58(key_of("alice").id)), std::string::npos);
}

TEST(Client, WhatANodeForgotIsSentAgain) {
  FakeNode node;
  const auto busy = [](const Json&) -> Result<Json> { return fail(Code::busy, "not yet"); };
  node.on("tx_wait", busy);
  node.on("tx_wait", busy);
  node.on("tx_wait", included());
  node.on("tx_status", Json{{"status", "pending"}});
  node.on("tx_status", Json{{"status", "unknown"}});
  node.on("node_info", info(10));
  node.on("tx_submit", Json{{"hash", "whatever"}});
  const Txn txn = txn_of("alice", 11);
  const auto outcome = wait(node, txn);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(node.asked["tx_submit"], 1);
  EXPECT_TRUE(outcome->ok);
  EXPECT_EQ(outcome->fee, 77U);
  EXPECT_EQ(outcome->hash, txn_hash(encode_scale(txn)));
}

TEST(Client, WaitingEndsWhenTheTransactionExpired) {
  FakeNode node;
  node.on("tx_wait", [](const Json&) -> Result<Json> { return fail(Code::busy, "not yet"); });
  node.on("tx_status", Json{{"status", "unknown"}});
  node.on("node_info", info(11));
  const Txn txn = txn_of("alice", 11);
  const auto outcome = wait(node, txn);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::no);
  EXPECT_EQ(node.asked["tx_submit"], 0);
}

TEST(Client, SendFailsWithTheChainsWordsAndFinalizedWantsAProof) {
  FakeNode node;
  node.on("node_info", info(1));
  node.on("account_next", Json{{"next", 0}});
  node.on("tx_submit", Json{{"hash", std::string(64, 'b')}});
  node.on("tx_wait", included(false));
  const auto call = call_from_json("accounts.transfer", transfer_args(key_of("bob")));
  const auto failed = send(node, key_of("alice"), *call);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::no);
  EXPECT_NE(failed.error().message.find("no such thing"), std::string::npos);
  WaitOptions final;
  final.until = Wait::finalized;
  EXPECT_EQ(send(node, key_of("alice"), *call, {}, final).error().code, Code::peer);
}

TEST(Client, ValuesComeAsRecordsAndAbsenceIsNoError) {
  FakeNode node;
  accounts::Account a;
  a.nonce = 3;
  a.free = 1000;
  const auto who = key_of("alice").id;
  node.on("state_get", [&](const Json& params) -> Result<Json> {
    EXPECT_EQ(params["raw_key"], to_hex(as_bytes(accounts::kAccounts.key(who))));
    return Json{{"height", 5}, {"exists", true}, {"raw_value", to_hex(ByteView(encode_scale(a)))}};
  });
  node.on("state_get", Json{{"height", 5}, {"exists", false}, {"raw_value", nullptr}});
  const auto found = get(node, accounts::kAccounts, who);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->free, 1000U);
  const auto none = get(node, accounts::kAccounts, who);
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->has_value());
  EXPECT_EQ(require(node, accounts::kAccounts, who).error().code, Code::no);
}

TEST(Client, BytesThatAreNoValueAreRefused) {
  FakeNode node;
  node.on("state_get", Json{{"height", 5}, {"exists", true}, {"raw_value", "00"}});
  EXPECT_EQ(get(node, accounts::kAccounts, key_of("alice").id).error().code, Code::input);
}

TEST(Client, ListsGoOnPageByPageAndStopWhenTheNodeDoesNot) {
  FakeNode node;
  const auto entry = [](const AccountId& who, int nonce) {
    accounts::Account a;
    a.nonce = static_cast<std::uint64_t>(nonce);
    return Json{{"key", {to_ss58(who)}},
                {"value", to_json_value(a)},
                {"raw_key", to_hex(as_bytes(accounts::kAccounts.key(who)))}};
  };
  node.on("state_list", Json{{"entries", {entry(key_of("a").id, 1)}}, {"next", "aa"}});
  node.on("state_list", Json{{"entries", {entry(key_of("b").id, 2)}}, {"next", nullptr}});
  const auto all = list(node, "accounts.account", accounts::kAccounts, 10);
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ(std::get<0>((*all)[1].first), key_of("b").id);
  EXPECT_EQ((*all)[1].second.nonce, 2U);

  FakeNode stuck;
  stuck.on("state_list", Json{{"entries", Json::array()}, {"next", "aa"}});
  EXPECT_EQ(list(stuck, "accounts.account", accounts::kAccounts, 10).error().code, Code::peer);
  FakeNode many;
  many.on("state_list", Json{{"entries", {entry(key_of("a").id, 1), entry(key_of("b").id, 1)}},
                             {"next", nullptr}});
  EXPECT_EQ(list(many, "accounts.account", accounts::kAccounts, 1).error().code, Code::input);
}

Json turn(Height height, const Json& result = nullptr, bool submitted = false) {
  Challenge c;
  c.chain_id = std::string(64, 'a');
  c.epoch = 17;
  c.miner = MinerId::from(key_of("miner").id.view());
  c.blocks = c.fragments = c.count = 1;
  return {{"height", height},
          {"epoch", 17},
          {"first", 100},
          {"last", 110},
          {"submitted", submitted},
          {"result", result},
          {"challenge", challenge_to_json(c)}};
}

TEST(Client, AMinersTurnFollowsFromTheNextBlock) {
  const auto miner = key_of("miner").id;
  const std::vector<std::pair<Height, Turn>> cases = {
      {98, Turn::early}, {99, Turn::now}, {109, Turn::now}, {110, Turn::late}};
  for (const auto& [height, want] : cases) {
    FakeNode node;
    node.on("audit_turn", turn(height));
    const auto t = audit_turn(node, miner);
    ASSERT_TRUE(t) << t.error().message;
    EXPECT_EQ(t->turn, want) << height;
  }
  FakeNode answered;
  answered.on("audit_turn", turn(105, nullptr, true));
  EXPECT_EQ(audit_turn(answered, miner)->turn, Turn::submitted);
  FakeNode judged;
  audits::AuditResult r;
  r.outcome = audits::Outcome::wrong;
  r.reason = "equation";
  judged.on("audit_turn", turn(105, to_json_value(r)));
  EXPECT_EQ(describe(*audit_turn(judged, miner)), "epoch 17 is judged: false (equation)");
  FakeNode quiet;
  quiet.on("audit_turn", Json{{"height", 5}, {"epoch", nullptr}});
  EXPECT_EQ(audit_turn(quiet, miner)->turn, Turn::none);
  FakeNode liar;
  liar.on("audit_turn", turn(105));
  EXPECT_EQ(audit_turn(liar, key_of("another").id).error().code, Code::peer);
}

TEST(Client, AChallengeIsOpenedInPagesThatMustFitIt) {
  // Two entries of one block each; both are drawn, as 40 draws cannot miss one (checked below).
  const IndexEntry a{FragId::from(sha256(as_bytes("a")).view()), 1, {}};
  const IndexEntry b{FragId::from(sha256(as_bytes("b")).view()), 1, {}};
  const SumNode root = sum_parent(sum_leaf(a), sum_leaf(b));
  Challenge c;
  c.chain_id = "x";
  c.miner = MinerId::from(key_of("miner").id.view());
  c.svc_root = root.hash;
  c.blocks = c.fragments = 2;
  c.count = 40;
  const Json first = opening_to_json({0, a, {sum_leaf(b)}});
  const Json second = opening_to_json({1, b, {sum_leaf(a)}});
  const auto page = [](const Json& opening, const Json& next) {
    return Json{{"openings", Json::array({opening})}, {"next", next}};
  };
  FakeNode node;
  node.on("audit_openings", page(first, 1));
  node.on("audit_openings", [&](const Json& params) -> Result<Json> {
    EXPECT_EQ(params["from"], 1);
    return page(second, nullptr);
  });
  const auto opened = open_challenge(node, key_of("miner").id, c);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->openings.size(), 2U);
  // Less, others, the same for ever: not what is asked for.
  FakeNode less;
  less.on("audit_openings", page(first, nullptr));
  EXPECT_EQ(open_challenge(less, key_of("miner").id, c).error().code, Code::peer);
  FakeNode other;
  other.on("audit_openings", page(first, 1));
  other.on("audit_openings", page(opening_to_json({1, a, {sum_leaf(a)}}), nullptr));
  EXPECT_EQ(open_challenge(other, key_of("miner").id, c).error().code, Code::peer);
  FakeNode stuck;
  stuck.on("audit_openings", page(first, 0));
  EXPECT_FALSE(open_challenge(stuck, key_of("miner").id, c));
  FakeNode over;
  over.on("audit_openings", [](const Json&) -> Result<Json> { return fail(Code::no, "over"); });
  EXPECT_EQ(open_challenge(over, key_of("miner").id, c).error().code, Code::no);
}

TEST(Client, WhatLeftTheIndexIsKeptWhileARoundMayAskForIt) {
  // Snapshot for epoch 8 is taken in epoch 7: what goes after it is asked for until 8 is over.
  for (const auto& [now, over] : {std::pair<Epoch, bool>{7, false}, {8, false}, {9, true}}) {
    EXPECT_EQ((AuditClock{now, 8}.is_over(8)), over);
  }
}

TEST(Client, ManyLeavesGoInPartsThatFitATransaction) {
  AuditProof proof;
  proof.challenge.miner = MinerId::from(key_of("miner").id.view());
  proof.challenge.blocks = proof.challenge.fragments = 1;
  proof.challenge.count = 64;
  proof.groups.push_back({TaggerId{}, Bytes(128), {}, {}});
  for (std::uint32_t k = 0; k < 64; ++k) {
    LeafAnswer leaf;
    leaf.k = k;
    leaf.descriptor.length = 4096;
    leaf.descriptor.suite = AuditSuite::merkle;
    leaf.data = Bytes(4096);
    leaf.path.resize(12);
    proof.leaves.push_back(std::move(leaf));
  }
  const auto parts = submissions_of(proof);
  ASSERT_TRUE(parts);
  ASSERT_GT(parts->size(), 1U);
  std::uint32_t next = 0;
  for (std::size_t i = 0; i < parts->size(); ++i) {
    const auto& p = (*parts)[i];
    EXPECT_EQ(p.groups.size(), i == 0 ? 1U : 0U);
    EXPECT_LT(encode_scale(p).size() + 1024, kTxnSizeMax);
    EXPECT_FALSE(p.leaves.empty());
    for (const auto& l : p.leaves) EXPECT_EQ(l.k, next++);
  }
  EXPECT_EQ(next, 64U);
  proof.suite = ProofSuite::merkle;
  EXPECT_EQ(submissions_of(proof).error().code, Code::input);
}

TEST(Client, AnErrorOfTheNodeKeepsItsCodeWordsAndHint) {
  const Json answer = {{"error",
                        {{"code", -32001},
                         {"message", "no block here"},
                         {"data", {{"subject", "7"}, {"hint", "ask an archive"}}}}}};
  const auto e = rpc_result(answer).error();
  EXPECT_EQ(e.code, Code::no);
  EXPECT_EQ(e.message, "no block here");
  EXPECT_EQ(e.hint, "ask an archive");
  EXPECT_EQ(rpc_result({{"error", {{"code", -32603}, {"message", "x"}}}}).error().code, Code::peer);
  EXPECT_EQ(rpc_result(Json::array()).error().code, Code::peer);
  EXPECT_EQ(rpc_result(Json::object()).error().code, Code::peer);
}

TEST(Client, TransactionsAsDocumentsComeBackAsTheyWere) {
  const Txn txn = txn_of("alice");
  const auto back = parse_txn_document(write_json(txn_document(txn)), "here");
  ASSERT_TRUE(back);
  EXPECT_EQ(encode_scale(*back), encode_scale(txn));
  EXPECT_FALSE(parse_txn_body_document(write_json(txn_document(txn)), "here"));
  EXPECT_FALSE(parse_txn_document(std::string(kTxnDocumentSizeMax + 1, ' '), "here"));
}

TEST(Client, AnEventWithoutItsPartsIsRefused) {
  const Json event = {{"height", 3},
                      {"module", "files"},
                      {"event", "stored"},
                      {"txn", std::string(64, 'c')},
                      {"data", Json::object()}};
  const auto wire = parse_json(write_json(event), "event");
  const auto e = parse_event(*wire);
  ASSERT_TRUE(e);
  EXPECT_EQ(e->name, "files.stored");
  EXPECT_TRUE(e->txn.has_value());
  for (const char* part : {"height", "module", "event", "data"}) {
    Json less = *wire;
    less.erase(part);
    EXPECT_FALSE(parse_event(less)) << part;
  }
}

}  // namespace
}  // namespace cess::client
