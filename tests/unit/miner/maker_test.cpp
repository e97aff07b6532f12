// SPDX-License-Identifier: Apache-2.0
// links: transfer store codec podr2 merkle chain_state chain_types chain_client tagger
// A lost fragment made again from its neighbours, whatever one of them does; and what nobody can
// make again.
#include "miner/maker.hpp"

#include "podr2/tag.hpp"
#include "podr2/tag_file.hpp"
#include "sys/file.hpp"
#include "unit/store/fixture.hpp"
#include "unit/transfer/fake_world.hpp"
#include "unit/transfer/staged_bundle.hpp"

namespace cess::miner {
namespace maker_test {

using transfer::account;
using transfer::own_tagger;

/// Nothing may be asked of it: the world is asked.
class NoNode final : public client::Rpc {
  Result<Json> ask(const std::string& method, Json /*params*/) override {
    return fail(Code::peer, "nobody answers " + method);
  }
};

constexpr std::uint32_t kSegment = 1;
constexpr std::uint16_t kLost = 2;

class MakerTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    init();
    store_ = open();
    shelf_ = std::make_unique<Shelf>(*store_);
    ASSERT_TRUE(write_file(folder_ + "/in", bytes_of(1, 300'000), {}));
  }

  /// A file of three segments, 2 + 2, with all its miners; then that of column 2 is gone.
  void lose(bool masked, bool in_clear) {
    Recipients to;
    to.in_clear = in_clear;
    if (!in_clear) to.keys.push_back(x25519_public(Key256(Bytes(32, 5))));
    const auto made = transfer::stage_small(folder_ + "/in", folder_ + "/bundle", to, masked,
                                            {&own_tagger().tagger, own_tagger().file, 1});
    ASSERT_TRUE(made) << made.error().message;
    const transfer::Staged* const staged = &made->staged;
    world_.declare(*staged, 2);
    transfer::DeliverOptions options;
    options.poll_ms = 1;
    ASSERT_TRUE(transfer::deliver(*staged, world_, world_, options));
    at_ = {staged->fid(), kSegment, kLost, {}};
    fragment_.root = staged->manifest().segments[kSegment].roots[kLost];
    fragment_.tagger = own_tagger().tagger.id();
    auto& gone = miner(3);
    lost_ = gone.fragments.at({kSegment, kLost});
    const auto tags = parse_tag_files(gone.tags.at(kSegment), files::kColumnsMax);
    ASSERT_TRUE(tags);
    for (const TagFile& t : *tags) {
      if (t.descriptor.fragment == kLost) fragment_.frag = frag_id(t.descriptor);
    }
    gone.away = true;
    for (std::uint32_t s = 0; s < staged->manifest().segments.size(); ++s) {
      for (std::uint16_t c = 0; c < 4; ++c) {
        if (c != kLost) world_.moved_[{s, c}] = account(static_cast<std::uint8_t>(c + 1));
      }
    }
  }
  transfer::FakeMiner& miner(std::uint8_t n) { return world_.miners_.at(account(n)); }
  Result<Remade> make() {
    PeerMaker maker({node_, world_, *shelf_, seed_, world_.genesis(), [](const auto&) {}, &world_});
    return maker.make(at_, *world_.file_, fragment_);
  }
  void expect_made() {
    const auto made = make();
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->data, lost_);
    EXPECT_EQ(sha256(made->manifest), world_.file_->manifest);
    // What it has can be put on the shelf: the tags fit, its own among them.
    ASSERT_TRUE(shelf_->put({world_.file_->file_id, at_.segment, at_.column, 0}, fragment_.root,
                            made->tags, made->data));
    EXPECT_TRUE(store_->fragment(fragment_.frag));
  }
  void expect_not(const std::string& words) {
    const auto made = make();
    ASSERT_FALSE(made);
    EXPECT_NE(made.error().message.find(words), std::string::npos) << made.error().message;
  }

  NoNode node_;
  transfer::FakeWorld world_{8};
  std::unique_ptr<Store> store_;
  std::unique_ptr<Shelf> shelf_;
  Key256 seed_{Bytes(32, 4)};
  OrderAt at_;
  files::Fragment fragment_;
  Bytes lost_;
};

TEST_F(MakerTest, FromItsNeighbours) {
  lose(false, true);
  expect_made();
}

TEST_F(MakerTest, APublicMaskIsTakenOffAndPutOn) {
  lose(true, true);
  expect_made();
}

TEST_F(MakerTest, ALiarAmongThemIsPassedOver) {
  lose(false, true);
  miner(1).lies = true;
  expect_made();
}

TEST_F(MakerTest, TagsThatDoNotFitAreAskedOfTheNext) {
  lose(false, true);
  auto all = *parse_tag_files(miner(1).tags[kSegment], files::kColumnsMax);
  miner(1).tags[kSegment].clear();
  for (TagFile& t : all) {
    if (t.descriptor.fragment == kLost) t.tags.back() ^= 1;
    append(miner(1).tags[kSegment], encode_tag_file(t));
  }
  miner(2).tags.erase(kSegment);
  miner(2).taggers.clear();
  expect_made();
}

TEST_F(MakerTest, WithoutTagsThereIsNothingToAnswerWith) {
  lose(false, true);
  for (const std::size_t column : {0U, 1U, 3U})
    miner(static_cast<std::uint8_t>(column + 1)).tags.clear();
  expect_not("nobody has the fragment's tags; column 0: nothing of this segment");
}

TEST_F(MakerTest, FewerThanKAreTooFew) {
  lose(false, true);
  miner(1).away = true;
  expect_made();
  miner(4).away = true;
  expect_not("");
}

TEST_F(MakerTest, WhatIsMadeHasTheChainsRoot) {
  lose(false, true);
  fragment_.root.bytes[0] ^= 1;
  expect_not("what was made does not have the fragment's root");
}

TEST_F(MakerTest, ItsOwnersMaskIsNobodysToMake) {
  lose(true, false);
  expect_not("its owner masked it: nobody else can make it again");
}

TEST_F(MakerTest, AnOrderForNoFragmentIsRefused) {
  lose(false, true);
  at_.column = 4;
  expect_not("its file has no such fragment");
  at_.column = kLost;
  at_.segment = 3;
  expect_not("its file has no such fragment");
}

}  // namespace maker_test
}  // namespace cess::miner
