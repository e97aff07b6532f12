// SPDX-License-Identifier: Apache-2.0
// links: store transfer chain_state chain_types codec podr2 merkle crypto json sys base
// The holding duty over a chain in memory, with a store on the disk: what is lost is reported, what
// is left over is removed when no audit can ask for it, and what was promised stays.
#include "miner/holding.hpp"

#include <fstream>
#include <map>

#include "unit/store/fixture.hpp"

namespace cess::miner {
namespace holding_test {

class FakeHolding final : public HoldingChain {
 public:
  Result<client::AuditClock> clock() override { return now; }
  Result<Height> height() override { return ++height_; }
  Result<std::vector<ServiceEntry>> index() override {
    std::vector<ServiceEntry> out;
    for (const auto& frag : held) out.push_back({frag, 1, {}});
    if (on_index) on_index();
    return out;
  }
  Result<bool> holds(const FragId& frag) override {
    ++asked;
    return held.contains(frag);
  }
  Result<bool> expects(const Fid&, std::uint32_t segment, std::uint16_t, std::uint16_t) override {
    return expected.contains(segment);
  }
  Result<bool> expects_any(const Fid&) override { return !expected.empty(); }
  Result<Pending> report_lost(std::vector<FragId> fragments) override {
    return [this, fragments]() -> Status {
      reports.push_back(fragments.size());
      if (refuses) return fail(Code::no, "the account cannot pay");
      for (const auto& frag : fragments) held.erase(frag);
      return {};
    };
  }

  client::AuditClock now{5, 6};
  std::set<FragId> held;
  std::set<std::uint32_t> expected;  // segments
  std::vector<std::size_t> reports;
  std::function<void()> on_index;
  bool refuses = false;
  int asked = 0;

 private:
  Height height_ = 100;
};

class HoldingTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    init();
    store_ = open();
    shelf_ = std::make_unique<Shelf>(*store_);
    begin();
  }
  void begin(HoldingOptions options = {}) {
    duty_ = std::make_unique<HoldingDuty>(
        HoldingDuty::Parts{*shelf_, chain_,
                           [this](const std::string& text) { log_ += text + "\n"; },
                           [] { return false; }},
        options);
  }
  /// `count` fragments of segment `segment` of file `file`, all of them the chain's.
  std::vector<FragId> give(std::uint8_t file, std::uint32_t segment, std::uint16_t count) {
    const auto stored = put(*store_, file, segment, count, 70'000);
    EXPECT_TRUE(stored);
    std::vector<FragId> out;
    for (const auto& f : *stored) {
      out.push_back(f.id);
      chain_.held.insert(f.id);
    }
    return out;
  }
  void give_manifest(std::uint8_t file) {
    ASSERT_TRUE(store_->put_manifest(fid_of(file), file_id_of(file), as_bytes("a manifest")));
  }
  static Fid fid_of(std::uint8_t n) { return Fid::from(Bytes(32, n)); }
  void look() {
    const Status done = duty_->step();
    ASSERT_TRUE(done) << done.error().message;
  }
  void next_epoch() {
    ++chain_.now.epoch;
    ++chain_.now.snapshot;
  }
  [[nodiscard]] bool there(const FragId& id) { return store_->fragment(id).has_value(); }
  [[nodiscard]] std::string file_of(const FragId& id) const {
    for (const auto& e : std::filesystem::recursive_directory_iterator(path_)) {
      if (!e.is_regular_file() || e.path().filename().string().find(to_hex(id)) != 0) continue;
      if (std::filesystem::file_size(e.path()) == 70'000) return e.path().string();
    }
    return {};
  }
  void damage(const FragId& id) { std::filesystem::resize_file(file_of(id), 69'999); }
  /// Who does not read it sees nothing.
  void change(const FragId& id) {
    std::fstream(file_of(id), std::ios::binary | std::ios::in | std::ios::out) << "other";
  }

  FakeHolding chain_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Shelf> shelf_;
  std::unique_ptr<HoldingDuty> duty_;
  std::string log_;
};

TEST_F(HoldingTest, WhatIsGoneIsReportedOnceAndWhatIsThereIsNot) {
  auto ids = give(1, 0, 4);
  look();
  EXPECT_TRUE(chain_.reports.empty());
  ASSERT_TRUE(store_->remove_fragments({ids.data(), 1}));
  damage(ids[1]);
  look();  // the same epoch: nobody looks
  EXPECT_TRUE(chain_.reports.empty());
  next_epoch();
  look();
  EXPECT_EQ(chain_.reports, std::vector<std::size_t>{2});
  EXPECT_EQ(chain_.held, std::set<FragId>(ids.begin() + 2, ids.end()));
  EXPECT_EQ(duty_->report().reported, 2U);
  next_epoch();
  look();
  EXPECT_EQ(chain_.reports.size(), 1U);
}

TEST_F(HoldingTest, AMarkIsSeenAtOnceAndJudgedOnce) {
  auto ids = give(1, 0, 3);
  look();
  change(ids[2]);
  const auto checked = store_->check_fragment(ids[2]);
  ASSERT_TRUE(checked);
  EXPECT_FALSE(*checked);
  ASSERT_TRUE(store_->check_fragment(ids[0]));
  look();
  EXPECT_EQ(chain_.reports, std::vector<std::size_t>{1});
  EXPECT_FALSE(chain_.held.contains(ids[2]));
  const int asked = chain_.asked;
  look();
  EXPECT_EQ(chain_.asked, asked);
}

TEST_F(HoldingTest, ARefusedReportIsMadeAgainLater) {
  auto ids = give(1, 0, 3);
  ASSERT_TRUE(store_->remove_fragments({ids.data(), 1}));
  HoldingOptions options;
  options.retry_blocks = 3;
  begin(options);
  chain_.refuses = true;
  for (int i = 0; i < 3; ++i) look();
  EXPECT_EQ(chain_.reports.size(), 1U);
  EXPECT_NE(duty_->report().waits.find("cannot pay"), std::string::npos);
  EXPECT_EQ(duty_->report().lost, 1U);
  chain_.refuses = false;
  look();
  look();
  EXPECT_EQ(chain_.reports.size(), 2U);
  EXPECT_EQ(duty_->report().lost, 0U);
  EXPECT_EQ(duty_->report().waits, "");
}

TEST_F(HoldingTest, WhatCameBackOrIsAnothersByNowIsNotReported) {
  auto ids = give(1, 0, 3);
  ASSERT_TRUE(store_->remove_fragments({ids.data(), 2}));
  HoldingOptions options;
  options.retry_blocks = 1;
  begin(options);
  chain_.refuses = true;
  look();
  EXPECT_EQ(chain_.reports, std::vector<std::size_t>{2});
  give(1, 0, 3);
  chain_.held.erase(ids[1]);
  chain_.refuses = false;
  look();
  look();
  EXPECT_EQ(chain_.reports.size(), 1U);
  EXPECT_EQ(duty_->report().lost, 0U);
}

TEST_F(HoldingTest, AnotherStoreThanTheChainMeansIsNotReported) {
  for (std::uint8_t i = 0; i < 5; ++i) chain_.held.insert(FragId::from(Bytes(32, i)));
  HoldingOptions options;
  options.lost_max = 4;
  begin(options);
  look();
  EXPECT_TRUE(chain_.reports.empty());
  EXPECT_NE(duty_->report().waits.find("right store"), std::string::npos);
  // Many, but not most of all.
  give(1, 0, 5);
  next_epoch();
  look();
  EXPECT_EQ(chain_.reports, std::vector<std::size_t>{5});
}

TEST_F(HoldingTest, MoreThanOneReportTakesAreSeveral) {
  for (std::uint8_t i = 0; i < 100; ++i) chain_.held.insert(FragId::from(Bytes(32, i)));
  HoldingOptions options;
  options.report_any = true;
  begin(options);
  look();
  EXPECT_EQ(chain_.reports, (std::vector<std::size_t>{64, 36}));
}

TEST_F(HoldingTest, WhatIsLeftOverGoesWhenNoAuditCanAskForIt) {
  const auto ids = give(1, 0, 2);
  give_manifest(1);
  look();
  chain_.held.clear();
  next_epoch();  // epoch 6, newest snapshot 7
  look();
  EXPECT_EQ(duty_->report().left, 2U);
  next_epoch();  // epoch 7: its round asks for the snapshot
  look();
  EXPECT_TRUE(there(ids[0]));
  next_epoch();
  look();
  EXPECT_FALSE(there(ids[0]));
  EXPECT_FALSE(there(ids[1]));
  EXPECT_EQ(duty_->report().removed, 2U);
  EXPECT_EQ(duty_->report().left, 0U);
  // The manifest follows.
  next_epoch();
  look();
  next_epoch();
  look();
  ASSERT_TRUE(store_->file(fid_of(1)));
  EXPECT_FALSE(*store_->file(fid_of(1)));
}

TEST_F(HoldingTest, WhatIsExpectedOrOfNoKnownFileStays) {
  const auto expected = give(1, 3, 1);
  const auto unknown = give(2, 0, 1);
  give_manifest(1);
  chain_.held.clear();
  chain_.expected.insert(3);
  for (int i = 0; i < 6; ++i) {
    look();
    next_epoch();
  }
  EXPECT_TRUE(there(expected[0]));
  EXPECT_TRUE(there(unknown[0]));
  EXPECT_EQ(duty_->report().unknown, 1U);
  // The deal is over.
  chain_.expected.clear();
  for (int i = 0; i < 3; ++i) {
    look();
    next_epoch();
  }
  EXPECT_FALSE(there(expected[0]));
}

TEST_F(HoldingTest, WhatWasPromisedMeanwhileStays) {
  const auto ids = give(1, 0, 1);
  give_manifest(1);
  chain_.held.clear();
  for (int i = 0; i < 2; ++i) {
    look();
    next_epoch();
  }
  // In the look that would remove it a receipt is signed, after the chain was asked.
  chain_.on_index = [&] { EXPECT_TRUE(shelf_->promise(ids)); };
  look();
  next_epoch();
  EXPECT_TRUE(there(ids[0]));
  chain_.on_index = {};
  look();  // the promise is one look old
  next_epoch();
  EXPECT_TRUE(there(ids[0]));
  for (int i = 0; i < 4; ++i) {
    look();
    next_epoch();
  }
  EXPECT_FALSE(there(ids[0]));
  EXPECT_FALSE(shelf_->promise(ids));
}

}  // namespace holding_test
}  // namespace cess::miner
