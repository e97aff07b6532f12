// SPDX-License-Identifier: Apache-2.0
// Tags that are compared with their bytes later, many at once: what fails goes, what is good is
// compared once, and who sent wrong tags is believed no more.
#include "miner/shelf.hpp"

#include "podr2/tag.hpp"
#include "unit/podr2/podr2_fixture.hpp"
#include "unit/store/fixture.hpp"

namespace cess::miner {
namespace shelf_test {

class ShelfTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    init();
    begin();
    ASSERT_TRUE(shelf_->put_tagger(t_.pub.head.id, encode_tagger_public(t_.pub)));
  }
  void begin() {
    shelf_.reset();
    store_.reset();
    store_ = open();
    shelf_ = std::make_unique<Shelf>(*store_);
  }
  struct Sent {
    ShelfPlace place;
    Bytes data;
    TagFile tags;
    FragId id;
  };
  Sent make(std::uint32_t segment, std::uint8_t file = 1) {
    Sent s{{file_id_of(file), segment, 0, 0}, bytes_of(segment + 1, 500), {}, {}};
    std::array<std::uint8_t, 16> nonce{};
    nonce[0] = static_cast<std::uint8_t>(segment);
    s.tags = t_.tagger.tag_fragment({s.place.file, segment, 0, 0}, nonce, s.data);
    s.id = frag_id(s.tags.descriptor);
    return s;
  }
  /// Another point of G1 in the place of the tag: the descriptor and its signature stay right.
  static Sent spoil(Sent s) {
    const auto moved =
        (*bls::G1::parse(ByteView(s.tags.tags).first<kTagSize>()) + bls::G1::generator())
            .compress();
    std::copy(moved.begin(), moved.end(), s.tags.tags.begin());
    return s;
  }
  Status put(const Sent& s, TagCheck when = TagCheck::later) {
    return shelf_->put(s.place, s.tags.descriptor.root, encode_tag_file(s.tags), s.data, when);
  }
  [[nodiscard]] bool is_here(const Sent& s) const {
    const auto found = shelf_->find(s.place);
    return found && *found;
  }

  test::TestTagger& t_ = test::tagger(0);
  std::unique_ptr<Store> store_;
  std::unique_ptr<Shelf> shelf_;
};

TEST_F(ShelfTest, WrongTagsAreRefusedAtOnceOrFoundLater) {
  EXPECT_FALSE(put(spoil(make(0)), TagCheck::now));
  EXPECT_FALSE(is_here(make(0)));

  const std::vector<Sent> sent = {make(1), spoil(make(2)), make(3)};
  std::vector<FragId> ids;
  for (const Sent& s : sent) {
    ASSERT_TRUE(put(s));
    EXPECT_TRUE(is_here(s));
    ids.push_back(s.id);
  }
  const auto bad = shelf_->settle(ids);
  ASSERT_TRUE(bad);
  EXPECT_EQ(*bad, std::vector<FragId>{sent[1].id});
  EXPECT_TRUE(is_here(sent[0]));
  EXPECT_FALSE(is_here(sent[1]));
  EXPECT_TRUE(is_here(sent[2]));
  // Its tagger is believed no more, and good tags of it are still taken.
  const Status refused = put(spoil(make(4)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::input);
  EXPECT_FALSE(is_here(make(4)));
  EXPECT_TRUE(put(make(2)));
  EXPECT_TRUE(is_here(make(2)));
}

TEST_F(ShelfTest, WhatWasPutBeforeARestartIsComparedToo) {
  const Sent good = make(1);
  const Sent wrong = spoil(make(2));
  ASSERT_TRUE(put(good));
  ASSERT_TRUE(put(wrong));
  begin();
  const auto bad = shelf_->settle(std::vector{good.id, wrong.id});
  ASSERT_TRUE(bad);
  EXPECT_EQ(*bad, std::vector<FragId>{wrong.id});
}

TEST_F(ShelfTest, WhatIsGoodIsComparedOnce) {
  const Sent good = make(1);
  ASSERT_TRUE(put(good));
  ASSERT_TRUE(shelf_->settle(std::vector{good.id}));
  // Damage is the scrub's to find from here on.
  flip(file_of(good.id), 7);
  const auto again = shelf_->settle(std::vector{good.id});
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->empty());
  begin();
  const auto afresh = shelf_->settle(std::vector{good.id});
  ASSERT_TRUE(afresh);
  EXPECT_EQ(*afresh, std::vector<FragId>{good.id});
}

TEST_F(ShelfTest, WhatIsPutAgainIsComparedAgain) {
  const Sent good = make(1);
  ASSERT_TRUE(put(good));
  ASSERT_TRUE(put(make(2)));  // the tagger's key goes with its last fragment
  ASSERT_TRUE(shelf_->settle(std::vector{good.id}));
  ASSERT_TRUE(shelf_->remove_left(std::vector{good.id}));
  ASSERT_FALSE(is_here(good));
  // The same name, since the descriptor does not cover the tags.
  ASSERT_TRUE(put(spoil(good)));
  const auto bad = shelf_->settle(std::vector{good.id});
  ASSERT_TRUE(bad);
  EXPECT_EQ(*bad, std::vector<FragId>{good.id});
}

TEST_F(ShelfTest, OtherTagsUnderANameAreNotTakenForThoseThatLieThere) {
  const Sent good = make(1);
  ASSERT_TRUE(put(spoil(good)));
  begin();
  // The store keeps what came first; what comes again fits, and says nothing about it.
  ASSERT_TRUE(put(good));
  ASSERT_TRUE(put(good, TagCheck::now));
  const auto bad = shelf_->settle(std::vector{good.id});
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->front(), good.id);
  EXPECT_FALSE(is_here(good));
}

TEST_F(ShelfTest, GoodTagsAreNotedForWhatIsKeptOnly) {
  const Sent good = make(1);
  ASSERT_TRUE(put(make(2)));
  ASSERT_TRUE(put(good));
  // Removed and put again with others while the first wait: each is compared.
  ASSERT_TRUE(shelf_->remove_left(std::vector{good.id}));
  ASSERT_TRUE(put(spoil(good)));
  const auto bad = shelf_->settle(std::vector{good.id});
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->front(), good.id);
  EXPECT_FALSE(is_here(good));
}

TEST_F(ShelfTest, TagsThatArePointsOfNothingGoAtOnce) {
  Sent s = make(1);
  std::fill(s.tags.tags.begin(), s.tags.tags.end(), std::uint8_t{0});
  ASSERT_TRUE(put(make(2)));
  EXPECT_FALSE(put(s));
  EXPECT_FALSE(is_here(s));
  EXPECT_TRUE(is_here(make(2)));
}

TEST_F(ShelfTest, WhatWaitsNeedsNoDisk) {
  const Sent good = make(1);
  ASSERT_TRUE(put(good));
  // What was taken of the bytes when they came is enough: they are not read again.
  flip(file_of(good.id), 7);
  const auto bad = shelf_->settle(std::vector{good.id});
  ASSERT_TRUE(bad);
  EXPECT_TRUE(bad->empty());
}

TEST_F(ShelfTest, AKeyThatIsWrongInItselfIsNotKept) {
  TaggerPublic other = test::tagger(1).pub;
  std::swap(other.powers[3], other.powers[5]);
  // Another file has another id; all that is wrong is what its points say of each other.
  const Bytes file = encode_tagger_public(other);
  auto parsed = parse_tagger_public(file);
  ASSERT_TRUE(parsed);
  const TaggerId id = parsed->head.id;
  const Status refused = shelf_->put_tagger(id, file, std::move(*parsed));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::input);
  EXPECT_FALSE(store_->has_tagger(id));
  TaggerPublic good = test::tagger(1).pub;
  const Bytes right = encode_tagger_public(good);
  const TaggerId good_id = good.head.id;
  EXPECT_TRUE(shelf_->put_tagger(good_id, right, std::move(good)));
  EXPECT_TRUE(shelf_->tagger(good_id));
}

TEST_F(ShelfTest, TooManyThatWaitAreComparedWithoutBeingAsked) {
  const Sent wrong = spoil(make(0));
  ASSERT_TRUE(put(wrong));
  for (std::uint32_t s = 1; s < 64; ++s) {
    EXPECT_TRUE(is_here(wrong));
    ASSERT_TRUE(put(make(s)));
  }
  EXPECT_FALSE(is_here(wrong));
}

TEST_F(ShelfTest, AnotherSignatureIsRefusedAtOnce) {
  Sent s = make(1);
  s.tags.signature[0] ^= 1;
  EXPECT_FALSE(put(s));
  EXPECT_FALSE(is_here(s));
}

}  // namespace shelf_test
}  // namespace cess::miner
