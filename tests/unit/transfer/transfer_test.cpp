// SPDX-License-Identifier: Apache-2.0
// Files delivered and fetched in a world of liars, sluggards and dead: what comes back is what went
// in, or an error that says why.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>

#include "base/hex.hpp"
#include "codec/tree.hpp"
#include "sys/file.hpp"
#include "transfer/download.hpp"
#include "transfer/late_tags.hpp"
#include "unit/transfer/fake_world.hpp"
#include "unit/transfer/staged_bundle.hpp"

namespace cess::transfer {
namespace {

constexpr std::size_t kSize = 600'000;  // five segments of two 64 KiB fragments

class TransferTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "transfer-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    content_.resize(kSize);
    for (std::size_t i = 0; i < kSize; ++i) {
      content_[i] = static_cast<std::uint8_t>(i * i / 251 + i);
    }
    ASSERT_TRUE(write_file(folder_ + "/in", content_, {}));
    stage_as("bundle", {});
    deliver_.poll_ms = 1;
    download_.fetch.hedge_ms_min = 20;
    download_.fetch.wait_ms = 1;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void stage_as(const std::string& name, const Tagging& tagging) {
    auto made = stage_small(folder_ + "/in", folder_ + "/" + name, everybody(), true, tagging);
    ASSERT_TRUE(made) << made.error().message;
    staged_ = std::move(made->staged);
    keys_ = std::move(made->keys);
    world_.declare(*staged_, 2);
  }

  Result<Bytes> fetch(std::uint64_t from = 0, std::uint64_t size = kSize) {
    CESS_TRY_ASSIGN(const auto manifest,
                    fetch_manifest(staged_->fid(), world_, world_, download_.fetch));
    Bytes out;
    CESS_TRY(download(
        manifest, keys_, from, size, world_, world_,
        [&](ByteView bytes) -> Status {
          append(out, bytes);
          return {};
        },
        download_));
    return out;
  }
  void deliver_all() {
    const Status done = deliver(*staged_, world_, world_, deliver_);
    ASSERT_TRUE(done) << done.error().message;
  }
  FakeMiner& miner(std::uint8_t n) { return world_.miners_.at(account(n)); }
  unsigned puts() {
    unsigned sum = 0;
    for (const auto& [id, m] : world_.miners_) sum += m.puts;
    return sum;
  }

  std::string folder_;
  Bytes content_;
  FileKeys keys_;
  std::optional<Staged> staged_;
  FakeWorld world_{8};
  DeliverOptions deliver_;
  DownloadOptions download_;
};

TEST_F(TransferTest, DeliversAndFetches) {
  DeliverProgress last;
  deliver_.progress = [&](const DeliverProgress& p) { last = p; };
  deliver_all();
  EXPECT_EQ(world_.file_->state, files::FileState::active);
  EXPECT_EQ(puts(), 5U * 4U);
  EXPECT_EQ(last.bytes_sent, last.bytes_total);
  EXPECT_EQ(last.slots_reported, 12U);
  const auto back = fetch();
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, content_);
}

TEST_F(TransferTest, ABundleThatAStoppedMachineLeftIsKnown) {
  ASSERT_TRUE(staged_->check());
  const std::string frag = staged_->folder() + "/fragments/" + fragment_name({1, 0, 0}) + ".frag";
  const auto good = read_file(frag, 1U << 20U);
  ASSERT_TRUE(good);
  const Bytes zeros(good->size());
  for (const ByteView bad : {ByteView(zeros), ByteView(), ByteView(*good).first(7)}) {
    ASSERT_TRUE(write_file(frag, bad, {.mode = 0600, .replace = true}));
    EXPECT_FALSE(staged_->check());
  }
  ASSERT_TRUE(write_file(frag, *good, {.mode = 0600, .replace = true}));
  EXPECT_TRUE(staged_->check());
  const std::string tag = staged_->folder() + "/tags/" + fragment_name({0, 1, 0}) + ".tag";
  ASSERT_TRUE(write_file(tag, Bytes(100), {.mode = 0600, .replace = true}));
  EXPECT_FALSE(staged_->check());
}

TEST_F(TransferTest, AMinerHearsOfATaggerBeforeItsTags) {
  stage_as("tagged", {&own_tagger().tagger, own_tagger().file, 1});
  deliver_all();
  EXPECT_EQ(puts(), 20U) << "nothing was refused";
  for (std::uint8_t n = 1; n <= 4; ++n)
    EXPECT_TRUE(miner(n).taggers.contains(own_tagger().tagger.id()));
  EXPECT_EQ(*fetch(), content_);
}

TEST_F(TransferTest, TagsMadeLateAreMadeOnce) {
  const Tagging tagging{&own_tagger().tagger, own_tagger().file, 2};
  stage_as("tagged", tagging);
  const auto tag_path = [&](std::uint32_t segment, std::uint16_t column) {
    return staged_->folder() + "/tags/" + fragment_name({segment, column, 0}) + ".tag";
  };
  // A run that was killed had made those of the first segment.
  const Bytes kept = *read_file(tag_path(0, 1), 4096);
  for (std::uint32_t s = 1; s < 5; ++s) {
    for (std::uint16_t c = 0; c < 4; ++c) std::filesystem::remove(tag_path(s, c));
  }
  EXPECT_FALSE(staged_->check());
  EXPECT_TRUE(staged_->check(true));
  const auto late = LateTags::start(*staged_, tagging, system_random());
  ASSERT_TRUE(late) << late.error().message;
  deliver_.tagged = [&](std::uint32_t segment) { return (*late)->wait(segment); };
  deliver_all();
  EXPECT_EQ(puts(), 20U) << "nothing was refused";
  EXPECT_TRUE(staged_->check());
  EXPECT_EQ(*read_file(tag_path(0, 1), 4096), kept);
  EXPECT_EQ(*fetch(), content_);
}

TEST_F(TransferTest, TagsAreNotMadeForOtherBytes) {
  const std::string name = fragment_name({3, 1, 0});
  const std::string frag = staged_->folder() + "/fragments/" + name + ".frag";
  Bytes bytes = *read_file(frag, 1U << 20U);
  bytes[5] ^= 1;
  ASSERT_TRUE(write_file(frag, bytes, {.mode = 0600, .replace = true}));
  std::filesystem::remove_all(staged_->folder() + "/tags");
  const auto late =
      LateTags::start(*staged_, {&own_tagger().tagger, own_tagger().file, 1}, system_random());
  ASSERT_TRUE(late) << late.error().message;
  EXPECT_TRUE((*late)->wait(2));
  const Status wrong = (*late)->wait(3);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::input);
  EXPECT_FALSE(path_exists(staged_->folder() + "/tags/" + name + ".tag"));
  EXPECT_FALSE((*late)->wait(4));  // the same error for all that waits
}

TEST_F(TransferTest, StoppedAndCalledAgainSendsNothingTwice) {
  miner(3).away = true;
  int looks = 0;
  deliver_.go_on = [&] { return ++looks < 30; };
  const Status stopped = deliver(*staged_, world_, world_, deliver_);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Code::busy);
  miner(3).away = false;
  deliver_.go_on = nullptr;
  deliver_all();
  EXPECT_EQ(puts(), 5U * 4U);
}

TEST_F(TransferTest, AMinerThatRefusesIsAskedAgain) {
  miner(2).refuse_puts = 3;
  std::string warned;
  deliver_.warn = [&](const std::string& text) { warned = text; };
  deliver_all();
  EXPECT_NE(warned.find("the disk is full"), std::string::npos) << warned;
}

TEST_F(TransferTest, FollowsARedraw) {
  miner(1).away = true;
  world_.on_block = [&](Height h) {
    if (h != 20) return;
    for (auto& [at, slot] : world_.slots_) {
      if (slot.miner == account(1) && !slot.reported) slot.miner = account(7);
    }
  };
  deliver_all();
  EXPECT_EQ(miner(7).puts, 5U);
  const auto back = fetch();
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, content_);
}

TEST_F(TransferTest, TheChainsReasonIsTheErrorOfAFailedDeal) {
  miner(1).away = true;
  world_.on_block = [&](Height h) {
    if (h != 20) return;
    world_.file_->state = files::FileState::failed;
    world_.file_->reason = "too few miners in DE";
  };
  const Status done = deliver(*staged_, world_, world_, deliver_);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::no);
  EXPECT_NE(done.error().message.find("failed: too few miners in DE"), std::string::npos);
}

TEST_F(TransferTest, DeliveryGivesUpWhenNothingMoves) {
  for (auto& [id, m] : world_.miners_) m.away = true;
  deliver_.blocks_idle_max = 20;
  const Status done = deliver(*staged_, world_, world_, deliver_);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::peer);
  EXPECT_NE(done.error().message.find("connection refused"), std::string::npos);
}

TEST_F(TransferTest, AnyTwoMinersAreEnough) {
  deliver_all();
  for (std::uint8_t a = 1; a <= 4; ++a) {
    for (std::uint8_t b = static_cast<std::uint8_t>(a + 1); b <= 4; ++b) {
      miner(a).away = miner(b).away = true;
      const auto back = fetch();
      ASSERT_TRUE(back) << back.error().message;
      EXPECT_EQ(*back, content_);
      miner(a).away = miner(b).away = false;
    }
  }
}

TEST_F(TransferTest, TooFewMinersIsAnErrorThatNamesTheReasons) {
  deliver_all();
  for (std::uint8_t i = 1; i <= 3; ++i) miner(i).away = true;
  const auto back = fetch();
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().code, Code::peer);
  EXPECT_NE(back.error().message.find("only 1 of 2"), std::string::npos) << back.error().message;
  EXPECT_NE(back.error().message.find("connection refused"), std::string::npos);
}

TEST_F(TransferTest, WhoDoesNotAnswerIsToldAndInTheEndNamed) {
  deliver_all();
  for (std::uint8_t i = 1; i <= 3; ++i) miner(i).stalls = true;
  download_.fetch.tell_ms = 0;
  std::string told;
  download_.fetch.waiting = [&](const std::string& text) {
    if (text.find("1 of 2 fragments at hand") == std::string::npos) return;
    told = text;
    download_.fetch.patience_ms = 0;  // from now on
  };
  const auto back = fetch();
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().code, Code::peer);
  EXPECT_NE(back.error().message.find("only 1 of 2"), std::string::npos) << back.error().message;
  for (const std::string& text : {told, back.error().message}) {
    EXPECT_NE(text.find("column 0, miner " + to_ss58(account(1)) + ": no answer"),
              std::string::npos)
        << text;
  }
}

TEST_F(TransferTest, WhoDoesNotGiveTheManifestIsNamed) {
  deliver_all();
  for (std::uint8_t i = 1; i <= 4; ++i) miner(i).stalls = true;
  download_.fetch.tell_ms = 0;
  std::string told;
  download_.fetch.waiting = [&](const std::string& text) {
    told = text;
    if (text.find(to_ss58(account(4))) != std::string::npos) download_.fetch.patience_ms = 0;
  };
  const auto back = fetch();
  ASSERT_FALSE(back);
  for (std::uint8_t i = 1; i <= 4; ++i) {
    const std::string silent = "miner " + to_ss58(account(i)) + ": no answer";
    EXPECT_NE(told.find(silent), std::string::npos) << told;
    EXPECT_NE(back.error().message.find(silent), std::string::npos) << back.error().message;
  }
}

TEST_F(TransferTest, WrongBytesAreReplacedAndTheirMinerNamed) {
  download_.fetch.hedge_ms_min = 3'600'000;  // at once, not when a rival would be asked
  deliver_all();
  miner(1).lies = miner(2).lies = true;
  std::set<std::string> warned;
  download_.fetch.warn = [&](const std::string& text) { warned.insert(text); };
  const auto back = fetch();
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, content_);
  for (const std::string& w : warned) EXPECT_NE(w.find("wrong bytes"), std::string::npos);
  EXPECT_FALSE(warned.empty());  // the first two columns are asked first
}

TEST_F(TransferTest, WhoStallsGetsARival) {
  deliver_all();
  miner(1).stalls = miner(2).stalls = true;
  const auto back = fetch();
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, content_);
}

TEST_F(TransferTest, FollowsRepairedFragments) {
  deliver_all();
  // Columns 0 and 1 were lost and rebuilt on miners 5 and 6; column 2 is gone.
  for (std::uint8_t i = 1; i <= 2; ++i) {
    for (const auto& [at, bytes] : miner(i).fragments) world_.moved_[at] = account(i + 4);
    miner(static_cast<std::uint8_t>(i + 4)).fragments = std::move(miner(i).fragments);
    miner(i).fragments.clear();
  }
  miner(3).away = miner(4).away = true;
  miner(3).manifest.clear();
  const auto back = fetch();
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, content_);
}

TEST_F(TransferTest, RangesOverBothSidesOfSegments) {
  deliver_all();
  const std::uint64_t segment = 2 * kChunkPlain;
  for (const auto& [from, size] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {0, 1}, {kSize - 1, 1}, {segment - 1, 2}, {segment, segment}, {1, kSize - 2}, {7, 0}}) {
    const auto back = fetch(from, size);
    ASSERT_TRUE(back) << back.error().message;
    const auto begin = content_.begin() + static_cast<std::ptrdiff_t>(from);
    EXPECT_EQ(*back, Bytes(begin, begin + static_cast<std::ptrdiff_t>(size)));
  }
}

TEST_F(TransferTest, AFileAppearsWhenItIsWhole) {
  deliver_all();
  const std::string path = folder_ + "/out";
  for (std::uint8_t i = 1; i <= 3; ++i) miner(i).away = true;
  EXPECT_FALSE(download_file(staged_->manifest(), keys_, path, false, world_, world_, download_));
  EXPECT_FALSE(path_exists(path));
  for (std::uint8_t i = 1; i <= 3; ++i) miner(i).away = false;
  const Status done =
      download_file(staged_->manifest(), keys_, path, false, world_, world_, download_);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(*read_file(path, kSize), content_);
  EXPECT_FALSE(download_file(staged_->manifest(), keys_, path, false, world_, world_, download_));
  EXPECT_EQ(list_dir(folder_)->size(), 3U);  // in, bundle, out
}

TEST_F(TransferTest, ADownloadGoesOnWhereItsPartIsKnownToBeWhole) {
  deliver_all();
  const std::string path = folder_ + "/out";
  const std::string part = path + "." + to_hex(staged_->fid()).substr(0, 16) + ".part";
  // Killed after three segments were synced, and some bytes of the fourth were written.
  const std::size_t synced = 3 * 2 * kChunkPlain;
  Bytes torn(content_.begin(), content_.begin() + synced + 1000);
  torn.back() ^= 0xff;
  ASSERT_TRUE(write_file(part, torn, {}));
  ASSERT_TRUE(write_file(part + ".done", as_bytes("3\n"), {}));
  const Status done =
      download_file(staged_->manifest(), keys_, path, false, world_, world_, download_);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(*read_file(path, kSize), content_);
  for (const auto& [id, m] : world_.miners_) EXPECT_LE(m.gets, 2U);  // two segments were left
}

TEST_F(TransferTest, AFolderGoesOnWhereItsPartIsKnownToBeWhole) {
  const std::string tree = folder_ + "/tree";
  ASSERT_TRUE(make_dir(tree, 0755, false));
  for (const char* name : {"/a", "/b", "/c"}) ASSERT_TRUE(write_file(tree + name, content_, {}));
  const auto source = TreeSource::start(tree, {});
  ASSERT_TRUE(source);
  Bytes stream(4 * kSize);
  const auto size = read_full((*source)->fd(), stream, "tree");
  ASSERT_TRUE(size && *size < stream.size());
  stream.resize(*size);
  ASSERT_TRUE(write_file(folder_ + "/in", stream, {.replace = true}));
  stage_as("tree-bundle", {});
  deliver_all();
  // Killed when all but the last file were there for good.
  const std::string part = folder_ + "/out." + to_hex(staged_->fid()).substr(0, 16) + ".part";
  ASSERT_TRUE(make_dir(part, 0700, false));
  std::uint64_t synced = 0;
  UnpackOptions unpack;
  unpack.checkpoint_bytes = 1;
  unpack.checkpoint = [&](std::uint64_t at) -> Status {
    synced = at;
    return {};
  };
  const auto in = open_read(folder_ + "/in");
  ASSERT_TRUE(in && unpack_tree(in->get(), "in", part, unpack));
  std::filesystem::remove(part + "/c");
  ASSERT_TRUE(write_file(part + "/a", as_bytes("there"), {.replace = true}));
  ASSERT_TRUE(write_file(part + ".done", as_bytes(std::to_string(synced) + "\n"), {}));
  const Status done =
      download_tree(staged_->manifest(), keys_, folder_ + "/out", world_, world_, download_);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(*read_file(folder_ + "/out/c", kSize), content_);
  EXPECT_EQ(read_file(folder_ + "/out/a", kSize)->size(), 5U);  // not fetched again
}

}  // namespace
}  // namespace cess::transfer
