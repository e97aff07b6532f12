// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "base/endian.hpp"
#include "base/hex.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"
#include "sys/process.hpp"
#include "sys/random.hpp"
#include "sys/terminal.hpp"

namespace cess {
namespace {

/// A folder of its own for each test.
class Sys : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/cess-sys-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    dir_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  [[nodiscard]] std::string at(const std::string& name) const { return dir_ + "/" + name; }
  static mode_t mode_of(const std::string& path) {
    struct stat st {};
    EXPECT_EQ(::stat(path.c_str(), &st), 0);
    return st.st_mode & 07777U;
  }
  std::string dir_;
};

TEST_F(Sys, NewFileHasNoNameUntilCommit) {
  auto file = NewFile::create(at("x"), {});
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->write(as_bytes("hello")));
  EXPECT_FALSE(path_exists(at("x")));
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(as_text(*read_file(at("x"), 100)), "hello");
  EXPECT_EQ(list_dir(dir_)->size(), 1U);
  EXPECT_FALSE(file->commit());  // once only
}

TEST_F(Sys, NewFileThatIsNotCommittedLeavesNothing) {
  { ASSERT_TRUE(NewFile::create(at("x"), {})->write(as_bytes("hello"))); }
  EXPECT_TRUE(list_dir(dir_)->empty());
}

TEST_F(Sys, NewFileRefusesATakenNameUnlessReplacing) {
  ASSERT_TRUE(write_file(at("x"), as_bytes("old"), {}));
  const auto refused = write_file(at("x"), as_bytes("new"), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::usage);
  EXPECT_EQ(refused.error().hint, "--force replaces it");
  // A name that appears between create and commit is refused as well.
  auto late = NewFile::create(at("y"), {});
  ASSERT_TRUE(write_file(at("y"), as_bytes("first"), {}));
  EXPECT_EQ(late->commit().error().code, Code::usage);
  EXPECT_EQ(as_text(*read_file(at("y"), 100)), "first");
  ASSERT_TRUE(write_file(at("x"), as_bytes("new"), {.mode = 0644, .replace = true}));
  EXPECT_EQ(as_text(*read_file(at("x"), 100)), "new");
  EXPECT_EQ(list_dir(dir_)->size(), 2U);
}

TEST_F(Sys, ReplacingALinkLeavesItsTargetAlone) {
  ASSERT_TRUE(write_file(at("target"), as_bytes("precious"), {}));
  ASSERT_EQ(::symlink(at("target").c_str(), at("link").c_str()), 0);
  ASSERT_TRUE(write_file(at("link"), as_bytes("new"), {.mode = 0644, .replace = true}));
  EXPECT_EQ(as_text(*read_file(at("target"), 100)), "precious");
  EXPECT_EQ(as_text(*read_file(at("link"), 100)), "new");
  EXPECT_FALSE(std::filesystem::is_symlink(at("link")));
}

TEST_F(Sys, NewFileRefusesDirectoriesAndFifos) {
  EXPECT_EQ(NewFile::create(dir_, {.mode = 0644, .replace = true}).error().code, Code::system);
  EXPECT_FALSE(NewFile::create(at("x/"), {}));
  EXPECT_FALSE(NewFile::create(at("absent/x"), {}));
  EXPECT_EQ(NewFile::create("", {}).error().code, Code::usage);
  ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
  EXPECT_FALSE(NewFile::create(at("fifo"), {.mode = 0644, .replace = true}));
}

TEST_F(Sys, ModeIsExactWhateverTheUmask) {
  const mode_t old = ::umask(0);
  ASSERT_TRUE(write_file(at("key"), as_bytes("k"), {.mode = 0600, .replace = false}));
  ::umask(0777);
  ASSERT_TRUE(write_file(at("pub"), as_bytes("k"), {}));
  ASSERT_TRUE(make_dir(at("d"), 0700, false));
  ::umask(old);
  EXPECT_EQ(mode_of(at("key")), 0600U);
  EXPECT_EQ(mode_of(at("pub")), 0644U);
  EXPECT_EQ(mode_of(at("d")), 0700U);
}

TEST_F(Sys, ReadFileKeepsItsLimitToTheByte) {
  ASSERT_TRUE(write_file(at("x"), Bytes(70'000, 7), {}));
  EXPECT_EQ(read_file(at("x"), 70'000)->size(), 70'000U);
  EXPECT_EQ(read_file(at("x"), 69'999).error().code, Code::input);
  EXPECT_EQ(read_file(at("x"), 70'001)->size(), 70'000U);
  ASSERT_TRUE(write_file(at("empty"), {}, {}));
  EXPECT_TRUE(read_file(at("empty"), 0)->empty());
}

TEST_F(Sys, ReadFileRefusesWhatIsNoFile) {
  EXPECT_EQ(read_file(dir_, 10).error().code, Code::system);
  EXPECT_EQ(open_read(dir_).error().code, Code::system);
  ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
  EXPECT_NE(read_file(at("fifo"), 10).error().message.find("a FIFO"), std::string::npos);
  EXPECT_FALSE(read_file("/dev/zero", 10));
  EXPECT_EQ(read_file(at("absent"), 10).error().message,
            "cannot open '" + at("absent") + "': No such file or directory");
}

TEST_F(Sys, SecretFilesMustBePrivate) {
  ASSERT_TRUE(write_file(at("key"), as_bytes("k"), {.mode = 0600, .replace = false}));
  EXPECT_TRUE(read_secret_file(at("key"), 10));
  for (const mode_t bad : {0640U, 0604U, 0644U, 0660U, 0666U, 0777U, 0610U}) {
    ASSERT_EQ(::chmod(at("key").c_str(), bad), 0);
    EXPECT_NE(read_secret_file(at("key"), 10).error().message.find("expected 0600"),
              std::string::npos);
  }
  ASSERT_EQ(::chmod(at("key").c_str(), 0400), 0);
  EXPECT_TRUE(read_secret_file(at("key"), 10));
  ASSERT_EQ(::symlink(at("key").c_str(), at("link").c_str()), 0);
  EXPECT_FALSE(read_secret_file(at("link"), 10));
  ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
  EXPECT_FALSE(read_secret_file(at("fifo"), 10));
}

TEST_F(Sys, StampTellsAChange) {
  ASSERT_TRUE(write_file(at("x"), as_bytes("one"), {}));
  const auto fd = open_read(at("x"));
  const auto stamp = file_stamp(fd->get(), "x");
  EXPECT_TRUE(check_unchanged(fd->get(), *stamp, "x"));
  std::filesystem::resize_file(at("x"), 2);
  EXPECT_EQ(check_unchanged(fd->get(), *stamp, "x").error().message, "'x' changed while reading");
}

TEST_F(Sys, LockIsExclusiveNamesItsHolderAndEndsWithIt) {
  {
    const auto held = lock_file(at("lock"), true);
    ASSERT_TRUE(held);
    const auto other = lock_file(at("lock"), true);
    EXPECT_EQ(other.error().code, Code::busy);
    EXPECT_NE(other.error().message.find(std::to_string(::getpid())), std::string::npos)
        << other.error().message;
    EXPECT_EQ(lock_file(at("lock"), false).error().code, Code::busy);
  }
  const auto one = lock_file(at("lock"), false);
  const auto two = lock_file(at("lock"), false);
  EXPECT_TRUE(one && two);
  EXPECT_EQ(lock_file(at("lock"), true).error().code, Code::busy);
}

TEST_F(Sys, ListDirIsSortedAndSkipsLinks) {
  for (const char* n : {"b", "a", "c"}) ASSERT_TRUE(write_file(at(n), {}, {}));
  ASSERT_EQ(::symlink("a", at("l").c_str()), 0);
  EXPECT_EQ(*list_dir(dir_), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_FALSE(list_dir(at("absent")));
}

TEST(SysPath, Parent) {
  EXPECT_EQ(parent_path("a"), ".");
  EXPECT_EQ(parent_path("a/b"), "a");
  EXPECT_EQ(parent_path("a/b/"), "a");
  EXPECT_EQ(parent_path("/b"), "/");
  EXPECT_EQ(parent_path("/"), "/");
  EXPECT_EQ(parent_path(""), ".");
}

TEST(SysPipe, ReadsAreWholeAndWritesToAFullDeviceFail) {
  int fds[2];
  ASSERT_EQ(::pipe(fds), 0);
  Fd in(fds[0]);
  Fd out(fds[1]);
  ASSERT_TRUE(write_full(out.get(), as_bytes("ab"), "pipe"));
  ASSERT_TRUE(write_full(out.get(), as_bytes("cd"), "pipe"));
  out = Fd();
  Bytes buffer(10);
  EXPECT_EQ(*read_full(in.get(), buffer, "pipe"), 4U);
  const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  EXPECT_EQ(write_full(full.get(), as_bytes("x"), "out").error().message,
            "cannot write 'out': No space left on device");
}

TEST(SysRandom, SystemDiffersSeededRepeats) {
  EXPECT_NE(to_hex(system_random().key().view()), to_hex(system_random().key().view()));
  // First outputs of SplitMix64 for seed 1234567, as published with its Java and C references.
  const auto r = fake_random(1234567);
  std::uint8_t out[16];
  r->fill(out);
  EXPECT_EQ(load_le<std::uint64_t>(out), 6457827717110365317U);
  EXPECT_EQ(load_le<std::uint64_t>(out + 8), 3203168211198807973U);
}

TEST(SysClock, Rfc3339OverAllOfTime) {
  EXPECT_EQ(format_rfc3339(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_rfc3339(951'782'400), "2000-02-29T00:00:00Z");
  EXPECT_EQ(format_rfc3339(1'700'000'000), "2023-11-14T22:13:20Z");
  EXPECT_EQ(format_rfc3339(2'147'483'648), "2038-01-19T03:14:08Z");
  EXPECT_EQ(format_rfc3339(-1), "1969-12-31T23:59:59Z");
  EXPECT_EQ(format_rfc3339(INT64_MAX), "9999-12-31T23:59:59Z");
  EXPECT_EQ(format_rfc3339(INT64_MIN), "0000-01-01T00:00:00Z");
  for (std::int64_t t = -62'167'219'200; t < 253'402'300'799; t += 86'399 * 97) {
    std::tm tm{};
    const std::time_t when = t;
    ::gmtime_r(&when, &tm);
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
                  tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    ASSERT_EQ(format_rfc3339(t), text);
  }
  const std::uint64_t before = system_clock().monotonic_ns();
  EXPECT_LE(before, system_clock().monotonic_ns());
}

TEST(SysTerminal, ControlBytesBecomeHarmless) {
  EXPECT_EQ(escape_control("plain 'ü' 漢 🙂"), "plain 'ü' 漢 🙂");
  EXPECT_EQ(escape_control("a\nb\tc\x1b[2J\x7f"), "a\\nb\\tc\\x1b[2J\\x7f");
  EXPECT_EQ(escape_control("\xc2\x9b"
                           "31m"),
            "\\xc2\\x9b"
            "31m");  // C1 CSI
  EXPECT_EQ(escape_control("\xff\xc0\xaf\xed\xa0\x80"), "\\xff\\xc0\\xaf\\xed\\xa0\\x80");
  EXPECT_EQ(escape_control(std::string_view("\0x", 2)), "\\x00x");
}

/// Runs `body` in a child and returns its wait status.
template <class F>
int in_child(F body) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    body();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return status;
}

TEST_F(Sys, TermRemovesTemporaryFilesAndStaysTerm) {
  ASSERT_TRUE(write_file(at("temp"), {}, {}));
  ASSERT_TRUE(write_file(at("kept"), {}, {}));
  const int status = in_child([&] {
    prepare_process("test");
    remove_on_signal(at("temp"));
    remove_on_signal(at("kept"));
    keep_on_signal(at("kept"));
    ::raise(SIGTERM);
  });
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGTERM);
  EXPECT_FALSE(path_exists(at("temp")));
  EXPECT_TRUE(path_exists(at("kept")));
}

TEST_F(Sys, NoFileTakesDescriptors0To2) {
  const int status = in_child([&] {
    for (int fd : {0, 1, 2}) ::close(fd);
    prepare_process("test");
    char byte = 0;
    if (::read(0, &byte, 1) != -1) ::_exit(10);  // use still fails
    if (::write(1, &byte, 1) != -1) ::_exit(11);
    const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::_exit(fd > 2 ? 0 : 12);
  });
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace cess
