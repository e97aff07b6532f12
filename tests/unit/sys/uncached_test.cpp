// SPDX-License-Identifier: Apache-2.0
// What goes past the page cache is the same bytes, whatever their number and their place in memory,
// on a file system that can and on one that cannot.
#include "sys/uncached.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "sys/file.hpp"

namespace cess {
namespace uncached_test {

Bytes some(std::size_t size) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(i * 7 + i / 4096);
  return out;
}

class Uncached : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    path_ = std::string(GetParam()) + "/uncached-XXXXXX";
    fd_ = Fd(::mkstemp(path_.data()));
    ASSERT_TRUE(fd_.valid()) << path_;
  }
  void TearDown() override { ::unlink(path_.c_str()); }
  std::string path_;
  Fd fd_;
};

TEST_P(Uncached, TheSameBytes) {
  const Bytes all = some((3U << 20U) + 5000);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kUncachedMin - 1, kUncachedMin, kUncachedMin + 1,
        std::size_t{1} << 20U, (std::size_t{2} << 20U) + 4096, all.size() - 3}) {
    for (const std::size_t from : {0U, 3U}) {
      ASSERT_EQ(::ftruncate(fd_.get(), 0), 0);
      ASSERT_EQ(::lseek(fd_.get(), 0, SEEK_SET), 0);
      const ByteView data = ByteView(all).subspan(from, size);
      const Status done = write_uncached(fd_.get(), data, path_);
      ASSERT_TRUE(done) << done.error().message;
      ASSERT_TRUE(sync_file(fd_.get(), path_));
      const auto back = read_file(path_, all.size());
      ASSERT_TRUE(back);
      EXPECT_TRUE(std::equal(back->begin(), back->end(), data.begin(), data.end()))
          << size << " from " << from;
      EXPECT_EQ(::fcntl(fd_.get(), F_GETFL) & O_DIRECT, 0);
    }
  }
}

TEST_P(Uncached, NoRoomIsAnError) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto* const old = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit less{(1U << 20U) + 100, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &less), 0);
  const Status done = write_uncached(fd_.get(), some(2U << 20U), path_);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, old);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::system);
}

std::string name_of(const testing::TestParamInfo<const char*>& info) {
  return std::string(info.param) == "/dev/shm" ? "Memory" : "Disk";
}
INSTANTIATE_TEST_SUITE_P(Places, Uncached, testing::Values("/var/tmp", "/dev/shm"), name_of);

}  // namespace uncached_test
}  // namespace cess
