// SPDX-License-Identifier: Apache-2.0
// links: chain_client chain_state chain_types economy crypto json base sys proto net transfer
// What a till takes, refuses and keeps: a server risks one link, a payer one voucher, a kill
// nothing.
#include "miner/till.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/hex.hpp"
#include "chain/types/account_key.hpp"
#include "crypto/sha256.hpp"
#include "sys/file.hpp"
#include "transfer/purse.hpp"

namespace cess::miner {
namespace till_test {

constexpr std::uint64_t kMiB = 1U << 20U;
using transfer::kVoucherBytes;

/// A chain with channels; takes settlements, and says what they cost.
class TillNode final : public client::Rpc {
 public:
  std::map<std::uint64_t, flow::Channel> channels;
  std::vector<flow::Voucher> settled;
  Amount fee = 1000;

 private:
  Result<Json> ask(const std::string& method, Json params) override {
    if (method == "state_get") {
      const Bytes raw = *parse_hex(params.at("raw_key").get<std::string>(), "raw_key");
      Json out = {{"height", 7U}, {"exists", false}};
      for (const auto& [id, c] : channels) {
        if (flow::kChannels.key(id) != as_text(raw)) continue;
        out["exists"] = true;
        out["raw_value"] = to_hex(ByteView(encode_scale(c)));
      }
      return out;
    }
    if (method == "node_info") {
      return Json{{"genesis", std::string(64, '0')},
                  {"height", 7U},
                  {"era", 0U},
                  {"epoch", 0U},
                  {"synced", true},
                  {"chain", "test"}};
    }
    if (method == "account_next") return Json{{"next", settled.size()}};
    if (method == "tx_estimate") return Json{{"fee", to_decimal(fee)}};
    if (method == "tx_submit") {
      const Bytes bytes = *parse_hex(params.at("txn").get<std::string>(), "txn");
      const auto txn = decode_scale<Txn>(bytes, "txn");
      if (!txn) return tl::unexpected(txn.error());
      const auto call = decode_scale<flow::SettleOne>(txn->body.args, "args");
      if (!call) return tl::unexpected(call.error());
      settled.push_back(call->voucher);
      return Json{{"hash", std::string(64, '1')}};
    }
    if (method == "tx_wait") {
      return Json{{"height", 8U}, {"receipt", {{"ok", true}, {"error", ""}, {"fee", "1"}}}};
    }
    return fail(Code::no, "unexpected " + method, method);
  }
};

class TillTest : public testing::Test {
 protected:
  TillTest() {
    folder_ = std::filesystem::temp_directory_path() / ("cess-till-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    file_.channel = 3;
    file_.seed = Key256(sha256(as_bytes("session")).view());
    flow::Channel c;
    c.payer = AccountId::from(sha256(as_bytes("alice")).view());
    c.server = me_.id;
    c.signer = ed25519_public(file_.seed);
    c.price_per_mib = 1000;
    c.deposit = c.opened_with = 100'000;  // 100 MiB
    node_.channels[3] = c;
    open();
  }
  ~TillTest() override { std::filesystem::remove_all(folder_); }
  void open() {
    settings_.folder = folder_.string();
    till_ = std::make_unique<Till>(node_, genesis_, me_.id, settings_, clock_);
    const Status opened = till_->open();
    ASSERT_TRUE(opened) << opened.error().message;
  }
  Bytes voucher(std::uint64_t paid) {
    return encode_scale(transfer::make_voucher(file_, genesis_, paid));
  }
  Result<proto::Toll> pay(const Bytes& voucher, std::uint64_t bytes) {
    return till_->toll({"10.0.0.1", voucher, false}, bytes);
  }
  Result<std::size_t> settle() {
    return till_->settle(me_, [] { return true; });
  }

  std::filesystem::path folder_;
  Hash256 genesis_;
  AccountKey me_ = *make_account_key(SignatureKind::ed25519, Key256(Bytes(32, 5)));
  transfer::ChannelFile file_;
  TillNode node_;
  FakeClock clock_;
  TillSettings settings_;
  std::unique_ptr<Till> till_;
};

TEST_F(TillTest, ServesWhatIsPaidForAndOneLinkMore) {
  EXPECT_TRUE(pay(voucher(0), flow::kLinkBytes)->open);  // lent
  const auto more = pay(voucher(0), 1);
  ASSERT_TRUE(more);
  EXPECT_FALSE(more->open);
  EXPECT_EQ(more->served, flow::kLinkBytes);
  EXPECT_TRUE(pay(voucher(flow::kLinkBytes), flow::kLinkBytes)->open);
  EXPECT_TRUE(pay(voucher(kVoucherBytes + 5 * flow::kLinkBytes), 16 * kMiB)->open);
  EXPECT_EQ(till_->report().paid_bytes, 2 * flow::kLinkBytes + 16 * kMiB);
}

TEST_F(TillTest, RefusesForgedForeignAndFallingVouchers) {
  ASSERT_TRUE(pay(voucher(2 * kMiB), kMiB)->open);
  auto bytes = voucher(4 * kMiB);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] ^= 1U;
    const auto forged = pay(bytes, kMiB);
    EXPECT_FALSE(forged && forged->open) << i;
    bytes[i] ^= 1U;
  }
  EXPECT_FALSE(pay(Bytes(10, 7), kMiB));
  const auto falls = pay(voucher(kMiB), 1);
  ASSERT_TRUE(falls);
  EXPECT_FALSE(falls->open);
  EXPECT_EQ(falls->paid, 2 * kMiB);
  // Another server's channel, another's key, an offer too low.
  node_.channels[4] = node_.channels[3];
  node_.channels[4].server = AccountId{};
  file_.channel = 4;
  EXPECT_EQ(pay(voucher(kMiB), 1).error().message, "voucher: for another server");
  file_.channel = 5;
  EXPECT_FALSE(pay(voucher(kMiB), 1));
  settings_.price_per_mib = 1001;
  open();
  file_.channel = 3;
  EXPECT_FALSE(pay(voucher(4 * kMiB), 1));
}

TEST_F(TillTest, NeverTakesMoreThanTheDepositHas) {
  ASSERT_TRUE(pay(voucher(100 * kMiB), 16 * kMiB)->open);
  EXPECT_FALSE(pay(voucher(100 * kMiB + flow::kLinkBytes), kMiB)->open);
  node_.channels[3].deposit += 1000;  // topped up: asked again at once
  EXPECT_TRUE(pay(voucher(100 * kMiB + flow::kLinkBytes), kMiB)->open);
}

TEST_F(TillTest, AKillBetweenVoucherAndSettlementLosesNothing) {
  ASSERT_TRUE(pay(voucher(10 * kMiB), 9 * kMiB)->open);
  open();  // another process over the same folder
  EXPECT_EQ(till_->report().channels, 1U);
  const auto again = pay(voucher(10 * kMiB), 2 * kMiB);  // 9 were served
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->open);
  EXPECT_EQ(again->served, 9 * kMiB);
  EXPECT_EQ(*settle(), 1U);
  ASSERT_EQ(node_.settled.size(), 1U);
  EXPECT_EQ(*flow::shown_bytes(genesis_, node_.channels[3], node_.settled[0]), 10 * kMiB);
}

TEST_F(TillTest, SettlesWhatIsWorthItsFeeAndWhatElseWouldBeLost) {
  ASSERT_TRUE(pay(voucher(3 * kMiB), kMiB)->open);
  EXPECT_EQ(*settle(), 0U);  // 3000 for a fee of 1000
  node_.channels[3].closes_at = 99;
  EXPECT_EQ(*settle(), 1U);
  node_.channels[3].bytes = 3 * kMiB;
  node_.channels[3].paid = 3000;
  EXPECT_EQ(*settle(), 0U);
  // The chain has closed it: the book goes.
  node_.channels.erase(3);
  EXPECT_EQ(*settle(), 0U);
  EXPECT_EQ(till_->report().channels, 0U);
  EXPECT_TRUE(list_dir(settings_.folder)->empty());
}

TEST_F(TillTest, AClosingChannelBuysNothing) {
  node_.channels[3].closes_at = 99;
  EXPECT_FALSE(pay(voucher(kMiB), 1)->open);
}

TEST_F(TillTest, GivesAnAddressItsShareOfADay) {
  settings_.unpaid_per_day = 1000;
  open();
  EXPECT_TRUE(till_->toll({"10.0.0.1", {}}, 600)->open);
  EXPECT_TRUE(till_->toll({"10.0.0.1", {}}, 400)->open);
  EXPECT_FALSE(till_->toll({"10.0.0.1", {}}, 1)->open);
  EXPECT_TRUE(till_->toll({"10.0.0.2", {}}, 1000)->open);
  EXPECT_FALSE(till_->toll({"10.0.0.3", {}}, 1001)->open);
  clock_.now_unix += 86'400;
  EXPECT_TRUE(till_->toll({"10.0.0.1", {}}, 1000)->open);
  EXPECT_TRUE(pay(voucher(kMiB), kMiB)->open);  // who pays is not counted
}

TEST_F(TillTest, ProbesAreFreeUpToTheirShare) {
  settings_.unpaid_per_day = 1000 + kProbeLeast;
  open();
  const auto probe = [&](std::uint64_t bytes) {
    return till_->toll({"10.0.0.1", {}, true}, bytes)->open;
  };
  EXPECT_TRUE(till_->toll({"10.0.0.1", {}}, 1000 + kProbeLeast)->open);
  EXPECT_TRUE(probe(kProbedPerDay - kProbeLeast));
  EXPECT_TRUE(probe(1));  // counts as kProbeLeast
  EXPECT_FALSE(probe(1));
  clock_.now_unix += 86'400;
  EXPECT_TRUE(probe(kProbedPerDay));
  EXPECT_TRUE(probe(1));  // out of what is free for reading
  EXPECT_FALSE(till_->toll({"10.0.0.1", {}}, 1001)->open);
}

TEST_F(TillTest, ADamagedBookIsSetAsideAndItsChannelGoesOn) {
  ASSERT_TRUE(pay(voucher(kMiB), 1)->open);
  for (const std::string& damaged : {std::string("x"), std::string(2000, 'x'), std::string()}) {
    const std::string path = settings_.folder + "/3.channel";
    ASSERT_TRUE(write_file(path, as_bytes(damaged), {.replace = true}));
    open();
    EXPECT_EQ(till_->report().damaged, 1U);
    EXPECT_EQ(till_->report().channels, 0U);
    EXPECT_EQ(*read_file(path + ".damaged", 4000), Bytes(damaged.begin(), damaged.end()));
    EXPECT_FALSE(path_exists(path));
    ASSERT_TRUE(pay(voucher(kMiB), 1)->open);
  }
}

TEST(Vouchers, ShowWhatTheySayAndLendOneLink) {
  transfer::ChannelFile file;
  file.channel = 9;
  file.seed = Key256(Bytes(32, 3));
  flow::Channel c;
  c.signer = ed25519_public(file.seed);
  for (const std::uint64_t links : {0U, 1U, 63U, 64U, 65U, 1000U}) {
    const auto v = transfer::make_voucher(file, Hash256(), links * flow::kLinkBytes);
    EXPECT_LT(v.links, flow::kLinksMax);
    EXPECT_EQ(*flow::shown_bytes(Hash256(), c, v), links * flow::kLinkBytes);
  }
  EXPECT_EQ(transfer::paid_for(0, 1), 0U);
  EXPECT_EQ(transfer::paid_for(0, flow::kLinkBytes), 0U);
  EXPECT_EQ(transfer::paid_for(0, flow::kLinkBytes + 1), flow::kLinkBytes);
  EXPECT_EQ(transfer::paid_for(kMiB, 16 * kMiB), 17 * kMiB - flow::kLinkBytes);
}

}  // namespace till_test
}  // namespace cess::miner
