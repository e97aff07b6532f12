// SPDX-License-Identifier: Apache-2.0
// links: idle sys base crypto
// The folder of proofs that wait for their judges.
#include "idle/blobs.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "base/hex.hpp"
#include "sys/file.hpp"

namespace cess::idle {
namespace blobs_test {

class TempDir {
 public:
  TempDir() {
    std::string name = testing::TempDir() + "cess-blobs.XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(Blobs, AreNamedByTheirHashAndGoWhenTheirTimeIsOver) {
  const TempDir dir;
  const std::string folder = dir.path() + "/blobs";
  ASSERT_TRUE(forget_blobs(folder, 5, 1));  // nothing was ever kept
  const auto early = keep_blob(folder, as_bytes("early"), 1000);
  const auto late = keep_blob(folder, as_bytes("late"), 1500);
  ASSERT_TRUE(early && late);
  // Of FIPS 180-4, by coreutils' sha256sum of the five bytes "early".
  EXPECT_EQ(to_hex(*early), "f408830bcc7fab370819172244aa32e3ba66a848835911c02629d9a4dff77992");
  const auto there = [&](const Hash256& digest) {
    return path_exists(folder + "/" + to_hex(digest));
  };
  ASSERT_TRUE(forget_blobs(folder, 1999, 1000));
  EXPECT_TRUE(there(*early));
  ASSERT_TRUE(forget_blobs(folder, 2000, 1000));
  EXPECT_FALSE(there(*early));
  EXPECT_TRUE(there(*late));
  ASSERT_TRUE(forget_blobs(folder, 100, 0));  // a clock that went back removes nothing
  EXPECT_TRUE(there(*late));
  ASSERT_TRUE(forget_blobs(folder, 2500, 1000));
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST(Blobs, KeptAgainTheirTimeBeginsAgain) {
  const TempDir dir;
  const auto digest = keep_blob(dir.path(), as_bytes("again"), 1000);
  ASSERT_TRUE(digest);
  ASSERT_TRUE(keep_blob(dir.path(), as_bytes("again"), 1800));
  ASSERT_TRUE(forget_blobs(dir.path(), 2500, 1000));
  EXPECT_TRUE(path_exists(dir.path() + "/" + to_hex(*digest)));
}

TEST(Blobs, WithoutADateTheirTimeBeginsNow) {
  const TempDir dir;
  const auto digest = keep_blob(dir.path(), as_bytes("undated"), 1);
  ASSERT_TRUE(digest);
  const std::string path = dir.path() + "/" + to_hex(*digest);
  for (const char* text : {"", "-1", "12x", "99999999999999999999"}) {
    ASSERT_TRUE(write_file(path + ".at", as_bytes(text), {.replace = true}));
    ASSERT_TRUE(forget_blobs(dir.path(), 5000, 1000));
    EXPECT_TRUE(path_exists(path)) << text;
    ASSERT_TRUE(forget_blobs(dir.path(), 5999, 1000));
    EXPECT_TRUE(path_exists(path)) << text;
  }
  std::filesystem::remove(path + ".at");
  ASSERT_TRUE(forget_blobs(dir.path(), 7000, 1000));
  EXPECT_TRUE(path_exists(path));
  ASSERT_TRUE(forget_blobs(dir.path(), 8000, 1000));
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(Blobs, OtherFilesStay) {
  const TempDir dir;
  for (const char* name : {"answers", "answers.at", "scratch", "00ff", "00ff.at"}) {
    ASSERT_TRUE(write_file(dir.path() + "/" + name, as_bytes("1"), {}));
  }
  ASSERT_TRUE(forget_blobs(dir.path(), 1U << 30U, 0));
  for (const char* name : {"answers", "answers.at", "scratch", "00ff", "00ff.at"}) {
    EXPECT_TRUE(path_exists(dir.path() + "/" + name)) << name;
  }
}

}  // namespace blobs_test
}  // namespace cess::idle
