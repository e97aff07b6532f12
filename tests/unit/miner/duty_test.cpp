// SPDX-License-Identifier: Apache-2.0
// links: store transfer chain_state chain_types codec podr2 merkle crypto json sys base
// The restoral duty over a chain and a maker in memory, with a store on the disk: claims, kills,
// wrong bytes, orders that are others' turn.
#include "miner/duty.hpp"

#include <map>

#include "chain/state/files/calls.hpp"
#include "chain/state/files/layout.hpp"
#include "unit/store/fixture.hpp"

namespace cess::miner {
namespace duty_test {

const AccountId kMe = AccountId::from(Bytes(32, 7));
const AccountId kOther = AccountId::from(Bytes(32, 8));

using Place = std::tuple<Fid, std::uint32_t, std::uint16_t>;

class FakeChain final : public DutyChain {
 public:
  FakeChain() {
    file_.file_id = FileId::from(Bytes(32, 3));
    file_.profile.k = 1;
    file_.profile.m = 3;
    file_.profile.fragment_size = 65'536;
    file_.segment_count = 8;
    file_.state = files::FileState::active;
    file_.length = 7 * 65'280 + 1000;
  }
  [[nodiscard]] const Hash256& genesis() const override { return genesis_; }
  [[nodiscard]] const AccountId& me() const override { return kMe; }
  Result<Height> height() override { return ++now; }
  Result<std::vector<OrderAt>> orders() override {
    std::vector<OrderAt> out;
    for (auto& [k, order] : orders_) {
      if (!order.claimant.is_zero() && order.seed.is_zero()) order.seed.bytes.fill(5);
      out.push_back({std::get<0>(k), std::get<1>(k), std::get<2>(k), order});
    }
    return out;
  }
  Result<std::optional<miners::Miner>> record() override { return miners::Miner{}; }
  Result<std::optional<files::File>> file(const Fid&) override { return file_; }
  Result<std::optional<files::Fragment>> fragment(const OrderAt& at) override {
    return fragments_.at({at.fid, at.segment, at.column});
  }
  Result<files::Params> params() override { return files::Params{}; }
  Result<std::optional<std::string>> objection(const OrderAt&, const files::File&) override {
    ++asked;
    return objection_;
  }
  Result<Pending> claim(const OrderAt& at) override {
    const Place k{at.fid, at.segment, at.column};
    ++claims;
    return [this, k]() -> Status {
      auto& order = orders_.at(k);
      if (faster) order.claimant = kOther;
      if (!order.claimant.is_zero()) return fail(Code::no, "claimed until height 9");
      order.claimant = kMe;
      order.until = now + 20;
      return {};
    };
  }
  Result<Pending> complete(const files::CompleteRestoral& call) override {
    if (away) return fail(Code::peer, "no node");
    const Place k{call.fid, call.segment, call.column};
    const auto order = orders_.at(k);
    State rules;
    files::kParams.put(rules, files::Params{});
    const auto places = files::restoral_leaves(rules, file_, call.segment, order.seed);
    EXPECT_EQ(call.leaves.size(), places.size());
    for (std::size_t i = 0; i < places.size() && i < call.leaves.size(); ++i) {
      EXPECT_TRUE(files::verify_opening(fragments_.at(k), places[i], call.leaves[i])) << i;
    }
    return [this, k]() -> Status {
      orders_.erase(k);
      return {};
    };
  }

  /// A lost fragment with these bytes; the order is open long enough for everybody's turn.
  void lose(std::uint32_t segment, std::uint16_t column) {
    Bytes data(files::fragment_length(file_, segment));
    fake_random(segment * 100 + column)->fill(data);
    Descriptor d;
    d.file = file_.file_id;
    d.segment = segment;
    d.fragment = column;
    d.length = data.size();
    d.root = fragment_root(data);
    const Place k{fid, segment, column};
    fragments_[k] = {d.root, frag_id(d), {}, false};
    bytes_[k] = std::move(data);
    orders_[k] = {1, {}, {}, 0, {}};
  }

  Fid fid = Fid::from(Bytes(32, 4));
  Height now = 100;
  std::optional<std::string> objection_;
  bool faster = false;
  bool away = false;
  int asked = 0;
  int claims = 0;
  std::map<Place, files::RestoralOrder> orders_;
  std::map<Place, files::Fragment> fragments_;
  std::map<Place, Bytes> bytes_;

 private:
  Hash256 genesis_;
  files::File file_;
};

class FakeMaker final : public FragmentMaker {
 public:
  explicit FakeMaker(FakeChain& chain) : chain_(chain) {}
  Status check(const OrderAt&) override { return {}; }
  Result<Remade> make(const OrderAt& at, const files::File&, const files::Fragment&) override {
    ++makes;
    Remade out;
    out.data = chain_.bytes_.at({at.fid, at.segment, at.column});
    if (lies-- > 0) out.data[out.data.size() / 2] ^= 1U;
    return out;
  }
  int makes = 0;
  int lies = 0;

 private:
  FakeChain& chain_;
};

class DutyTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    init();
    begin();
  }
  /// As a process that starts anew.
  void begin(DutyOptions options = {}) {
    duty_.reset();
    shelf_.reset();
    store_.reset();
    store_ = open();
    shelf_ = std::make_unique<Shelf>(*store_);
    duty_ = std::make_unique<RestoralDuty>(
        RestoralDuty::Parts{*shelf_, chain_, maker_,
                            [this](const std::string& text) { log_ += text + "\n"; },
                            [] { return false; }},
        options);
  }
  void steps(int count) {
    for (int i = 0; i < count; ++i) {
      const auto done = duty_->step();
      ASSERT_TRUE(done) << done.error().message;
    }
  }
  [[nodiscard]] bool kept(std::uint32_t segment, std::uint16_t column) {
    const auto stored = store_->fragment(chain_.fragments_.at({chain_.fid, segment, column}).frag);
    return stored && store_->read_verified(*stored);
  }

  FakeChain chain_;
  FakeMaker maker_{chain_};
  std::unique_ptr<Store> store_;
  std::unique_ptr<Shelf> shelf_;
  std::unique_ptr<RestoralDuty> duty_;
  std::string log_;
};

TEST_F(DutyTest, AnOrderIsClaimedMadeKeptProven) {
  chain_.lose(2, 1);
  steps(2);
  EXPECT_TRUE(chain_.orders_.empty());
  EXPECT_TRUE(kept(2, 1));
  EXPECT_EQ(duty_->report().counts.restored, 1U);
  steps(1);
  EXPECT_EQ(duty_->report().waits, "no restoral orders");
  EXPECT_EQ(duty_->report().counts.let_pass, 0U);
}

TEST_F(DutyTest, KilledAtAnyPointItGoesOnWithItsClaim) {
  chain_.lose(2, 1);
  steps(1);
  begin();  // after the claim
  chain_.away = true;
  steps(1);  // made and kept, but not told
  EXPECT_TRUE(kept(2, 1));
  begin();
  chain_.away = false;
  steps(1);
  EXPECT_TRUE(chain_.orders_.empty());
  EXPECT_EQ(chain_.claims, 1);
  EXPECT_EQ(maker_.makes, 1);
}

TEST_F(DutyTest, WrongBytesAreNeverKept) {
  chain_.lose(2, 1);
  maker_.lies = 2;
  steps(3);
  EXPECT_FALSE(kept(2, 1));
  EXPECT_EQ(chain_.orders_.size(), 1U);
  EXPECT_NE(duty_->report().waits.find("root"), std::string::npos) << duty_->report().waits;
  steps(1);
  EXPECT_TRUE(kept(2, 1));
  EXPECT_TRUE(chain_.orders_.empty());
  EXPECT_EQ(duty_->report().counts.failed_makes, 2U);
}

TEST_F(DutyTest, WhatTheRulesForbidIsNotClaimedAndNotAskedEachBlock) {
  chain_.lose(2, 1);
  chain_.objection_ = "the file's region rule excludes it";
  steps(10);
  EXPECT_EQ(chain_.claims, 0);
  EXPECT_EQ(chain_.asked, 1);
  EXPECT_NE(duty_->report().waits.find("region rule"), std::string::npos);
  chain_.objection_.reset();
  steps(20);
  EXPECT_TRUE(chain_.orders_.empty());
}

TEST_F(DutyTest, OneOfASegmentAndNoMoreThanItsShare) {
  for (std::uint32_t s = 0; s < 6; ++s) {
    for (std::uint16_t c = 0; c < 2; ++c) chain_.lose(s, c);
  }
  steps(1);
  std::map<std::uint32_t, int> mine;
  for (const auto& [k, order] : chain_.orders_) {
    if (order.claimant == kMe) ++mine[std::get<1>(k)];
  }
  EXPECT_EQ(mine.size(), DutyOptions{}.claims_max);
  for (const auto& [segment, count] : mine) EXPECT_EQ(count, 1) << segment;
}

TEST_F(DutyTest, WhoeverIsFasterHasIt) {
  chain_.lose(2, 1);
  chain_.faster = true;
  steps(3);
  EXPECT_EQ(chain_.claims, 1);
  EXPECT_EQ(duty_->report().counts.failed_claims, 1U);
  EXPECT_EQ(maker_.makes, 0);
}

TEST_F(DutyTest, AClaimThatRanOutIsCountedAndLeftToOthers) {
  chain_.lose(2, 1);
  steps(1);
  auto& order = chain_.orders_.begin()->second;
  order = {1, {}, kMe, 0, {}};
  chain_.now = 200;
  // Seen as ours, with too few blocks left; then it opens again.
  order.claimant = kMe;
  order.until = 201;
  steps(1);
  order = {1, {}, kMe, chain_.now + 100, {}};
  steps(2);
  EXPECT_EQ(duty_->report().counts.let_pass, 1U);
  EXPECT_EQ(chain_.claims, 1);
  EXPECT_NE(duty_->report().waits.find("another miner's turn"), std::string::npos);
  // Nobody else could: when the others' time is over it tries again.
  chain_.now = order.until + DutyOptions{}.retry_blocks;
  steps(1);
  EXPECT_EQ(chain_.claims, 2);
}

TEST_F(DutyTest, WithoutRoomNothingIsClaimed) {
  chain_.lose(2, 1);
  DutyOptions options;
  options.room_bytes = 1U << 30U;
  begin(options);
  steps(3);
  EXPECT_EQ(chain_.claims, 0);
  EXPECT_NE(duty_->report().waits.find("no room"), std::string::npos);
}

}  // namespace duty_test
}  // namespace cess::miner
