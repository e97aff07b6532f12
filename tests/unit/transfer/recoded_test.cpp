// SPDX-License-Identifier: Apache-2.0
// Deliveries without a bundle: fragments come from the file, after a kill and for stragglers too,
// and never from a file that has changed.
#include "transfer/recoded.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <future>

#include "unit/transfer/fake_world.hpp"
#include "unit/transfer/staged_bundle.hpp"

namespace cess::transfer {
namespace recoded_test {

constexpr std::size_t kFull = 2 * kChunkPlain;  // a segment of two fragments of 64 KiB
constexpr std::size_t kSegments = 8;
constexpr std::size_t kFileSize = (kSegments - 1) * kFull + 1000;

class RecodedTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "recoded-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    Bytes text(kFileSize);
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<std::uint8_t>(i * i / 251);
    ASSERT_TRUE(write_file(folder_ + "/in", text, {}));
    fd_ = Fd(::open((folder_ + "/in").c_str(), O_RDWR | O_CLOEXEC));
    deliver_.poll_ms = 1;
    deliver_.blocks_idle_max = 10'000;
    deliver_.tagged = [this](std::uint32_t s) { return recoded_->tagged(s); };
    deliver_.fragment = [this](std::uint32_t s, std::uint16_t c) {
      return recoded_->fragment(s, c);
    };
  }
  void TearDown() override {
    recoded_.reset();
    std::filesystem::remove_all(folder_);
  }
  [[nodiscard]] std::string bundle() const { return folder_ + "/bundle"; }

  void encode() {
    Profile profile;
    profile.k = 2;
    profile.m = 2;
    profile.fragment_size = kFragmentSizeUnit;
    auto header = make_header(profile, AeadId::aes_256_gcm, true, everybody(), system_random());
    ASSERT_TRUE(header);
    EncodeOptions options;
    options.threads = 2;
    auto made =
        Recoded::encode(fd_.get(), "in", std::move(*header), bundle(), options, system_random());
    ASSERT_TRUE(made) << made.error().message;
    recoded_ = std::move(*made);
  }
  void resume() {
    recoded_.reset();
    ASSERT_TRUE(Recoded::left_in(bundle()));
    auto made = Recoded::resume(fd_.get(), "in", bundle(), 2);
    ASSERT_TRUE(made) << made.error().message;
    recoded_ = std::move(*made);
  }
  void begin() {
    ASSERT_TRUE(recoded_->begin({&own_tagger().tagger, own_tagger().file, 1}));
    world_.declare(recoded_->staged(), 4);
  }
  /// Another text in a segment, and nothing that shows it from outside.
  void alter(std::uint32_t segment) {
    struct stat st {};
    ASSERT_EQ(::fstat(fd_.get(), &st), 0);
    ASSERT_EQ(::pwrite(fd_.get(), "?", 1, static_cast<off_t>(segment * kFull + 77)), 1);
    const struct timespec times[] = {st.st_atim, st.st_mtim};
    ASSERT_EQ(::futimens(fd_.get(), times), 0);
  }
  [[nodiscard]] std::map<std::string, Bytes> tag_files() const {
    std::map<std::string, Bytes> out;
    const auto names = *list_dir(bundle() + "/tags");
    for (const std::string& name : names)
      out[name] = *read_file(bundle() + "/tags/" + name, 1U << 20U);
    return out;
  }
  unsigned puts() {
    unsigned sum = 0;
    for (const auto& [id, m] : world_.miners_) sum += m.puts;
    return sum;
  }

  std::string folder_;
  Fd fd_;
  std::unique_ptr<Recoded> recoded_;
  FakeWorld world_{4};
  DeliverOptions deliver_;
};

// FakeLink compares each fragment's root with the manifest's.
TEST_F(RecodedTest, EveryMinerGetsItsFragments) {
  encode();
  begin();
  const Status done = deliver(recoded_->staged(), world_, world_, deliver_);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(world_.file_->state, files::FileState::active);
  EXPECT_EQ(puts(), 4 * kSegments);
  EXPECT_FALSE(path_exists(bundle() + "/fragments"));
  struct stat st {};
  ASSERT_EQ(::stat((bundle() + "/recipe.json").c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777U, 0600U);
}

TEST_F(RecodedTest, WhoComesAfterAKillMakesTheSame) {
  encode();
  begin();
  for (std::uint32_t s = 0; s < kSegments; ++s) ASSERT_TRUE(recoded_->tagged(s));
  const Fid fid = recoded_->staged().fid();
  const auto tags = tag_files();
  ASSERT_EQ(tags.size(), kSegments);
  // Half of them are there, half are lost.
  bool even = false;
  for (const auto& [name, bytes] : tags) {
    if ((even = !even)) std::filesystem::remove(bundle() + "/tags/" + name);
  }
  resume();
  EXPECT_EQ(recoded_->staged().fid(), fid);
  begin();
  const Status done = deliver(recoded_->staged(), world_, world_, deliver_);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(tag_files(), tags) << "miners may hold the ones of before";
  EXPECT_EQ(puts(), 4 * kSegments);
}

TEST_F(RecodedTest, WhatIsDamagedIsNotGoneOnWith) {
  encode();
  begin();
  ASSERT_TRUE(recoded_->tagged(0));
  const std::string tag = recoded_->staged().tag_path(0, 1);
  recoded_.reset();
  const auto refused = [&] {
    const auto made = Recoded::resume(fd_.get(), "in", bundle(), 1);
    return !made && made.error().code == Code::input;
  };
  const Bytes good = *read_file(tag, 1U << 20U);
  // Each column's, in a file of all of them: as a machine that stops leaves it, another's, none.
  const std::size_t each = good.size() / 4;
  for (std::size_t column = 0; column < 4; ++column) {
    Bytes bad = good;
    std::fill_n(bad.begin() + static_cast<std::ptrdiff_t>((column + 1) * each - kTagSize), kTagSize,
                0);
    ASSERT_TRUE(write_file(tag, bad, {.replace = true}));
    EXPECT_TRUE(refused()) << column;
    bad = good;
    std::copy_n(good.begin() + static_cast<std::ptrdiff_t>((column + 1) % 4 * each), each,
                bad.begin() + static_cast<std::ptrdiff_t>(column * each));
    ASSERT_TRUE(write_file(tag, bad, {.replace = true}));
    EXPECT_TRUE(refused()) << column;
  }
  for (const std::size_t size : {good.size() - each, good.size() - 1, std::size_t{0}}) {
    ASSERT_TRUE(write_file(tag, ByteView(good).first(size), {.replace = true}));
    EXPECT_TRUE(refused()) << size;
  }
  ASSERT_TRUE(write_file(tag, good, {.replace = true}));
  const std::string recipe = bundle() + "/recipe.json";
  const Bytes text = *read_file(recipe, kRecipeSizeMax);
  // Keys and nonces too: no fragment made by others may be sent or signed.
  for (const char* field : {"\"file_id\":\"", "\"enc\":\"", "\"nonces\":\"", "\"digests\":\""}) {
    std::string other(as_text(text));
    const auto at = other.find(field) + std::string_view(field).size();
    other[at] = other[at] == '0' ? '1' : '0';
    ASSERT_TRUE(write_file(recipe, as_bytes(other), {.mode = 0600, .replace = true}));
    EXPECT_TRUE(refused()) << field;
  }
  ASSERT_TRUE(write_file(recipe, text, {.mode = 0600, .replace = true}));
  ASSERT_TRUE(Recoded::resume(fd_.get(), "in", bundle(), 1));
  ASSERT_EQ(::ftruncate(fd_.get(), kFileSize - 1), 0);
  EXPECT_TRUE(refused());
}

TEST_F(RecodedTest, NothingOfAChangedFileIsSent) {
  encode();
  begin();
  for (std::uint32_t s = 0; s < kSegments; ++s) ASSERT_TRUE(recoded_->tagged(s));
  alter(5);
  resume();
  begin();
  const Status done = deliver(recoded_->staged(), world_, world_, deliver_);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::input);
  EXPECT_EQ(done.error().message, "'in' changed while it was being stored");
  EXPECT_NE(world_.file_->state, files::FileState::active);
  for (const auto& [id, m] : world_.miners_) {
    for (std::uint16_t c = 0; c < 4; ++c) EXPECT_FALSE(m.fragments.contains({5, c}));
  }
}

// Who holds the memory of segments for long does not keep the others waiting.
TEST_F(RecodedTest, StragglersHoldNobodyUp) {
  encode();
  begin();
  for (std::uint32_t s = 0; s < kSegments; ++s) ASSERT_TRUE(recoded_->tagged(s));
  std::vector<FragmentLease> held;
  std::vector<Bytes> were;
  for (std::uint32_t s = 0; s < kSegments; ++s) {
    auto asked = std::async(std::launch::async, [&] { return recoded_->fragment(s, 1); });
    if (asked.wait_for(std::chrono::minutes(2)) != std::future_status::ready) {
      held.clear();  // or the future would wait for ever
      FAIL() << "segment " << s << " waits for who holds the others";
    }
    auto lease = asked.get();
    ASSERT_TRUE(lease);
    were.emplace_back(lease->data.begin(), lease->data.end());
    held.push_back(std::move(*lease));
  }
  // Backwards as well, while all of them are held.
  for (std::uint32_t s = kSegments; s-- > 0;) {
    const auto again = recoded_->fragment(s, 1);
    ASSERT_TRUE(again);
    EXPECT_TRUE(std::ranges::equal(again->data, were[s])) << s;
    EXPECT_TRUE(std::ranges::equal(held[s].data, were[s])) << "a lease was overwritten: " << s;
  }
}

}  // namespace recoded_test
}  // namespace cess::transfer
