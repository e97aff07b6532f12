// SPDX-License-Identifier: Apache-2.0
// links: chain_node
// Proofs over several eras of a chain with real signatures: they hold, and nothing of them can be
// changed, left out or taken from elsewhere.
#include "chain/light/proof.hpp"

#include <gmock/gmock.h>

#include "merkle/tree.hpp"
#include "unit/chain/ledger/ledger_world.hpp"

namespace cess::light {
namespace {

struct LightChain {
  ledger::LedgerWorld world{4};
  std::unique_ptr<ledger::Ledger> ledger = world.make();
  std::vector<Header> headers;  // of heights 1, 2, ..
  std::vector<Bytes> certificates;
  std::vector<Bytes> committees;      // by era
  std::vector<std::size_t> era_ends;  // heights
  std::vector<Receipt> receipts;      // of the block with the transfer
  std::vector<Bytes> txns;
  Height paid = 0;

  void grow(bool pay = false) {
    auto in = world.input(*ledger);
    if (pay) {
      in.txns.push_back(world.transfer(*ledger, 0, 0, 5));
      in.txns.push_back(world.transfer(*ledger, 1, 0, 6));
      in.txns.push_back(world.transfer(*ledger, 2, 0, 7));
    }
    std::vector<TxnHash> left_out;
    const Block block = ledger->build(in, left_out);
    if (ledger->next_era() == committees.size())
      committees.push_back(encode_scale(ledger->committee()));
    certificates.push_back(encode_certificate(world.certify(*ledger, block.header)));
    headers.push_back(block.header);
    const auto result = ledger->execute(**ledger::parse_whole(encode_block(block)));
    if (pay) {
      receipts = result.receipts;
      txns = block.txns;
      paid = block.header.height;
    }
    if (ledger->next_era() == committees.size()) era_ends.push_back(block.header.height);
  }
  [[nodiscard]] Json certified(Height h) const {
    return {{"header_bytes", to_hex(encode_scale(headers.at(h - 1)))},
            {"certificate_bytes", to_hex(certificates.at(h - 1))}};
  }
  /// From a block of era 0 to one of the newest.
  [[nodiscard]] Json path(Height from) const {
    Json out = {{"checkpoint_header_bytes", certified(from)["header_bytes"]},
                {"committees", Json::array()},
                {"links", Json::array()}};
    for (const Bytes& c : committees) out["committees"].push_back(to_hex(c));
    for (std::size_t era = 0; era + 1 < committees.size(); ++era)
      out["links"].push_back(certified(era_ends[era]));
    return out;
  }
  [[nodiscard]] Trust trust(Height checkpoint) const {
    return {header_hash(headers.at(checkpoint - 1)), headers.back().time_ms, 1'000'000'000};
  }
  [[nodiscard]] Result<Verdict> check(const Json& document, const Trust& believed) const {
    return verify_proof(*world.verifier, believed, document);
  }
};

constexpr Height kCheckpoint = 2;

/// Two eras and a little more, a proof of a state's pair at the end.
struct StateProof : LightChain {
  std::string key;
  std::optional<std::string> value;
  Json document;

  explicit StateProof(bool there) {
    while (committees.size() < 3) grow();
    key = accounts::kAccounts.key(world.owners[there ? 0 : 1].id);
    if (!there) key.back() = static_cast<char>(key.back() ^ 1);
    if (const auto v = ledger->state().get(key)) value = std::string(*v);
    const Bytes proof = ledger->state().prove(key);
    grow();
    document = certified(headers.size());
    document["schema"] = kStateProofSchema;
    document["genesis"] = to_hex(ledger->position().genesis);
    document["raw_key"] = to_hex(as_bytes(key));
    document["raw_value"] = value ? Json(to_hex(as_bytes(*value))) : Json();
    document["state_proof"] = to_hex(proof);
    document["path"] = path(kCheckpoint);
  }
};

struct FinalityProof : LightChain {
  Json document;

  FinalityProof() {
    while (committees.size() < 2) grow();
    grow(true);
    grow();
    std::vector<Hash256> leaves;
    for (const Bytes& t : txns) leaves.push_back(merkle_leaf(t));
    std::vector<Hash256> receipt_leaves;
    for (const Receipt& r : receipts) receipt_leaves.push_back(merkle_leaf(encode_scale(r)));
    const auto hex = [](const std::vector<Hash256>& hashes) {
      std::string out;
      for (const Hash256& h : hashes) out += to_hex(h);
      return out;
    };
    document = certified(paid);
    document["schema"] = kFinalityProofSchema;
    document["genesis"] = to_hex(ledger->position().genesis);
    document["txn_bytes"] = to_hex(txns.at(1));
    document["index"] = 1U;
    document["count"] = txns.size();
    document["txn_path"] = hex(merkle_path(leaves, 1));
    document["receipt_bytes"] = to_hex(encode_scale(receipts.at(2)));
    document["receipt_path"] = hex(merkle_path(receipt_leaves, 2));
    document["next_header_bytes"] = certified(paid + 1)["header_bytes"];
    document["next_certificate_bytes"] = certified(paid + 1)["certificate_bytes"];
    document["path"] = path(kCheckpoint);
  }
};

/// Calls `each` for every text in a document, by pointer.
void each_text(Json& value, const std::string& at,
               const std::function<void(const std::string&, std::string&)>& each) {
  if (value.is_string()) return each(at, value.get_ref<std::string&>());
  if (!value.is_structured()) return;
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      each_text(value[i], at + '/' + std::to_string(i), each);
    return;
  }
  for (auto& [key, child] : value.items()) each_text(child, at + '/' + key, each);
}

/// One digit changed, at the beginning, in the middle, at the end: no text of a proof survives it.
template <class Chain>
void expect_that_nothing_may_change(const Chain& chain, const std::set<std::string>& unused) {
  Json document = chain.document;
  const Trust trust = chain.trust(kCheckpoint);
  ASSERT_TRUE(chain.check(document, trust)) << chain.check(document, trust).error().message;
  std::size_t changed = 0;
  each_text(document, "", [&](const std::string& at, std::string& text) {
    if (unused.contains(at) || text.empty()) return;
    for (const std::size_t i : {std::size_t{0}, text.size() / 2, text.size() - 1}) {
      const char before = text[i];
      text[i] = before == '0' ? '1' : '0';
      EXPECT_FALSE(chain.check(document, trust)) << at << " at " << i;
      text[i] = before;
      ++changed;
    }
  });
  EXPECT_GT(changed, 20U);
  EXPECT_TRUE(chain.check(document, trust));
  // Nothing may be missing either, but what is not looked at.
  for (const auto& [key, value] : chain.document.items()) {
    if (value.is_null()) continue;
    Json less = chain.document;
    less.erase(key);
    EXPECT_FALSE(chain.check(less, trust)) << "without " << key;
  }
}

TEST(LightProof, AValueIsProvenOverErasAndNothingOfItMayChange) {
  const StateProof chain(true);
  const auto verdict = chain.check(chain.document, chain.trust(kCheckpoint));
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_EQ(verdict->kind, "state");
  EXPECT_EQ(verdict->raw_key, chain.key);
  EXPECT_EQ(verdict->raw_value, chain.value);
  EXPECT_EQ(verdict->height + 1, chain.headers.size());
  EXPECT_EQ(verdict->genesis, chain.ledger->position().genesis);
  expect_that_nothing_may_change(chain, {});
  Json gone = chain.document;
  gone["raw_value"] = nullptr;
  EXPECT_FALSE(chain.check(gone, chain.trust(kCheckpoint))) << "it is there";
}

TEST(LightProof, WhatIsNotThereIsProvenToo) {
  const StateProof chain(false);
  ASSERT_FALSE(chain.value);
  const auto verdict = chain.check(chain.document, chain.trust(kCheckpoint));
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_FALSE(verdict->raw_value);
  expect_that_nothing_may_change(chain, {});
  Json there = chain.document;
  there["raw_value"] = "00";
  EXPECT_FALSE(chain.check(there, chain.trust(kCheckpoint)));
}

TEST(LightProof, ATransactionAndItsReceiptAreProvenAndNothingOfItMayChange) {
  const FinalityProof chain;
  const auto verdict = chain.check(chain.document, chain.trust(kCheckpoint));
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_EQ(verdict->kind, "finality");
  EXPECT_EQ(verdict->height, chain.paid);
  EXPECT_EQ(verdict->txn, txn_hash(chain.txns[1]));
  EXPECT_TRUE(verdict->receipt->ok);
  // The block's own certificate is not needed: the next header is certified and names the block.
  expect_that_nothing_may_change(chain, {"/certificate_bytes"});
  for (const auto& [key, other] :
       {std::pair{"index", 0U}, {"index", 2U}, {"count", 4U}, {"count", 2U}}) {
    Json document = chain.document;
    document[key] = other;
    EXPECT_FALSE(chain.check(document, chain.trust(kCheckpoint))) << key << ' ' << other;
  }
  Json receipt = chain.document;
  receipt["receipt_bytes"] = to_hex(encode_scale(chain.receipts.at(1)));
  EXPECT_FALSE(chain.check(receipt, chain.trust(kCheckpoint))) << "another's receipt";
}

TEST(LightProof, TheProvenHeaderItselfMayBeTheCheckpoint) {
  StateProof chain(true);
  chain.document.erase("path");
  EXPECT_TRUE(chain.check(chain.document, chain.trust(chain.headers.size())));
  const auto other = chain.check(chain.document, chain.trust(chain.headers.size() - 1));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::no);
  EXPECT_THAT(other.error().message, testing::HasSubstr("does not lead to the checkpoint"));
}

TEST(LightProof, ThePaidBlockItselfMayBeTheCheckpoint) {
  FinalityProof chain;
  const auto checked = [&](const Json& committee, const Json& next, Height checkpoint) {
    Json document = chain.document;
    document.erase("path");
    document["committee_bytes"] = committee;
    document["next_committee_bytes"] = next;
    return chain.check(document, chain.trust(checkpoint));
  };
  const Json rules = to_hex(chain.committees.at(1));
  const Json others = to_hex(chain.committees.at(0));
  EXPECT_TRUE(checked(rules, {}, chain.paid));
  EXPECT_TRUE(checked(rules, {}, chain.paid + 1)) << "and so may the one after";
  EXPECT_FALSE(checked(rules, {}, chain.paid - 1));
  EXPECT_FALSE(checked({}, {}, chain.paid));
  EXPECT_FALSE(checked(others, {}, chain.paid));
  // The next header's certificate and the receipt count as ever.
  chain.document["next_certificate_bytes"] = chain.certified(chain.paid)["certificate_bytes"];
  EXPECT_FALSE(checked(rules, {}, chain.paid));
}

TEST(LightProof, WaysWithHolesOldCheckpointsAndStrangersAreRefused) {
  const StateProof chain(true);
  const Trust trust = chain.trust(kCheckpoint);
  for (const char* list : {"links", "committees"}) {
    for (std::size_t i = 0; i < chain.document["path"][list].size(); ++i) {
      Json less = chain.document;
      less["path"][list].erase(i);
      EXPECT_FALSE(chain.check(less, trust)) << list << ' ' << i;
    }
  }
  const auto elsewhere = chain.check(chain.document, chain.trust(kCheckpoint + 1));
  ASSERT_FALSE(elsewhere);
  EXPECT_THAT(elsewhere.error().message, testing::HasSubstr("begins at another block"));
  Trust late = trust;
  late.now_ms = chain.headers[kCheckpoint - 1].time_ms + late.unbonding_ms;
  EXPECT_TRUE(chain.check(chain.document, late)) << "to the millisecond";
  ++late.now_ms;
  EXPECT_FALSE(chain.check(chain.document, late));
  Trust early = trust;
  early.now_ms = chain.headers.back().time_ms - 61'000;
  EXPECT_FALSE(chain.check(chain.document, early)) << "a header from the future";
}

TEST(LightProof, WhatIsNoProofIsCalledSo) {
  const StateProof chain(true);
  for (const Json& document :
       {Json(), Json("proof"), Json::array(), Json::object(), Json{{"schema", "cess.other/1"}},
        Json{{"schema", kStateProofSchema}}, Json{{"schema", 7}}}) {
    const auto r = chain.check(document, chain.trust(kCheckpoint));
    ASSERT_FALSE(r);
    EXPECT_EQ(r.error().code, Code::input) << write_json(document);
  }
  Json odd = chain.document;
  odd["path"] = 7;
  EXPECT_FALSE(chain.check(odd, chain.trust(kCheckpoint)));
  odd["path"] = {{"checkpoint_header_bytes", ""}, {"links", {1}}, {"committees", "x"}};
  EXPECT_FALSE(chain.check(odd, chain.trust(kCheckpoint)));
}

}  // namespace
}  // namespace cess::light
