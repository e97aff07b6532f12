// SPDX-License-Identifier: Apache-2.0
// Folders as streams: the same tree gives the same bytes; what comes back is what went in; nothing
// gets out of the folder that is unpacked into.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <map>

#include "codec/tree.hpp"
#include "support.hpp"

namespace cess {
namespace {

using test::TempDir;
using TreeShape = std::map<std::string, std::string>;

constexpr std::int64_t kWhen = 1'234'567'890;

void put_file(const std::string& path, ByteView data, mode_t mode = 0644) {
  ASSERT_TRUE(write_file(path, data, {.mode = mode}));
  const timespec times[2] = {{kWhen, 5}, {kWhen, 5}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

const std::string kLong(200, 'n');

void make_tree(const std::string& root) {
  ASSERT_EQ(::mkdir(root.c_str(), 0755), 0);
  put_file(root + "/b", test::random_bytes(3'000'000, 1));
  put_file(root + "/a.sh", as_bytes("#!/bin/sh\n"), 0755);
  ASSERT_EQ(::mkdir((root + "/deep").c_str(), 0700), 0);
  ASSERT_EQ(::mkdir((root + "/deep/empty").c_str(), 0755), 0);
  put_file(root + "/deep/none", {}, 0600);
  put_file(root +
               "/deep/gr\xc3\xbc\xc3\x9f"
               "e",
           as_bytes("utf-8"));
  put_file(root + "/deep/\xff\xfe", as_bytes("not utf-8"));
  put_file(root + "/deep/" + kLong, as_bytes("long name"), 0444);
  ASSERT_EQ(::symlink("../b", (root + "/deep/up").c_str()), 0);
  ASSERT_EQ(::symlink("/nowhere/at/all", (root + "/out").c_str()), 0);
}

/// Every name with what counts of it.
TreeShape shape(const std::string& root) {
  TreeShape out;
  for (const auto& e : std::filesystem::recursive_directory_iterator(root)) {
    struct stat st {};
    EXPECT_EQ(::lstat(e.path().c_str(), &st), 0);
    std::string what = std::to_string(st.st_mode) + " ";
    if (S_ISLNK(st.st_mode)) what += std::filesystem::read_symlink(e.path()).string();
    if (S_ISREG(st.st_mode)) {
      const auto data = read_file(e.path().string(), 1U << 26U);
      EXPECT_TRUE(data);
      what += std::to_string(st.st_mtim.tv_sec) + " " + std::string(as_text(*data));
    }
    out[e.path().string().substr(root.size())] = what;
  }
  return out;
}

Bytes pack(const std::string& root, const TreeOptions& options = {}) {
  const Fd fd = test::memory_file();
  const Status ok = pack_tree(root, fd.get(), options);
  EXPECT_TRUE(ok) << ok.error().message;
  return test::contents(fd.get());
}

Status unpack(ByteView stream, const std::string& into, const UnpackOptions& options = {}) {
  ::mkdir(into.c_str(), 0755);
  const Fd fd = test::memory_file(stream);
  return unpack_tree(fd.get(), "stream", into, options);
}

TEST(Tree, ComesBackAsItWas) {
  ::umask(022);
  const TempDir dir;
  make_tree(dir / "in");
  const Bytes stream = pack(dir / "in");
  const Status ok = unpack(stream, dir / "out");
  ASSERT_TRUE(ok) << ok.error().message;
  EXPECT_EQ(shape(dir / "in"), shape(dir / "out"));
  EXPECT_EQ(pack(dir / "out"), stream);
}

TEST(Tree, TheSameNamesAndContentsGiveTheSameBytes) {
  const TempDir dir;
  make_tree(dir / "one");
  make_tree(dir / "two");
  EXPECT_EQ(pack(dir / "one"), pack(dir / "two"));
  const auto one = examine_tree(dir / "one", {});
  const auto two = examine_tree(dir / "two", {});
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->stamp, two->stamp);
  EXPECT_EQ(one->entries, 10U);
  // A block for each entry, contents in whole blocks, two at the end; long names take more.
  EXPECT_EQ(one->bytes, 512U * (10 + 5860 + 1 + 0 + 1 + 1 + 1 + 2));
  put_file(dir / "two/c", {});
  EXPECT_NE(pack(dir / "one"), pack(dir / "two"));
  const auto more = examine_tree(dir / "two", {});
  ASSERT_TRUE(more);
  EXPECT_NE(one->stamp, more->stamp);
}

TEST(Tree, GnuTarReadsIt) {
  const TempDir dir;
  make_tree(dir / "in");
  ASSERT_TRUE(write_file(dir / "t", pack(dir / "in"), {}));
  ASSERT_EQ(::mkdir((dir / "out").c_str(), 0755), 0);
  // Names that are no UTF-8 carry hdrcharset=BINARY, which is POSIX and which it does not know.
  const std::string command =
      "tar x --warning=no-unknown-keyword -C '" + (dir / "out") + "' -f '" + (dir / "t") + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(shape(dir / "in"), shape(dir / "out"));
}

TEST(Tree, LeavesOutWhatIsToBeLeftOut) {
  const TempDir dir;
  make_tree(dir / "in");
  const Bytes before = pack(dir / "in");
  ASSERT_EQ(::mkfifo((dir / "in/fifo").c_str(), 0644), 0);
  ASSERT_EQ(::mkdir((dir / "in/work").c_str(), 0755), 0);
  put_file(dir / "in/work/growing", as_bytes("x"));
  std::vector<std::string> warned;
  TreeOptions options;
  options.skip = dir / "in/work";
  options.warn = [&](const std::string& text) { warned.push_back(text); };
  EXPECT_EQ(pack(dir / "in", options), before);
  ASSERT_EQ(warned.size(), 1U);
  EXPECT_NE(warned[0].find("/fifo': no file, folder or symbolic link"), std::string::npos);
}

TEST(Tree, APipeEndsWithTheWordWhetherItWasAll) {
  const TempDir dir;
  make_tree(dir / "in");
  const Bytes whole = pack(dir / "in");
  auto source = TreeSource::start(dir / "in", {});
  ASSERT_TRUE(source);
  Bytes got(whole.size() + 1);
  const auto size = read_full((*source)->fd(), got, "pipe");
  ASSERT_TRUE(size);
  got.resize(*size);
  EXPECT_EQ(got, whole);
  EXPECT_TRUE((*source)->status());

  source = TreeSource::start(dir / "missing", {});
  ASSERT_TRUE(source);
  EXPECT_EQ(*read_full((*source)->fd(), got, "pipe"), 0U);
  const Status status = (*source)->status();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::system);

  source = TreeSource::start(dir / "in", {});  // nobody reads it: the thread must end all the same
  ASSERT_TRUE(source);
}

TEST(Tree, GoesOnAtACheckpoint) {
  const TempDir dir;
  make_tree(dir / "in");
  const Bytes stream = pack(dir / "in");
  std::vector<std::uint64_t> points;
  UnpackOptions options;
  options.checkpoint_bytes = 1;
  options.checkpoint = [&](std::uint64_t at) -> Status {
    points.push_back(at);
    return {};
  };
  ASSERT_TRUE(unpack(stream, dir / "whole", options));
  ASSERT_EQ(points.size(), 9U);  // before each entry but the first
  for (const std::uint64_t at : points) {
    EXPECT_EQ(at % 512, 0U);
    // Killed after the checkpoint, in the middle of something.
    const std::string into = dir / ("cut-" + std::to_string(at));
    UnpackOptions stop;
    stop.checkpoint_bytes = 1;
    stop.checkpoint = [&](std::uint64_t here) -> Status {
      return here > at ? fail(Code::busy, "killed") : Status();
    };
    (void)unpack(stream, into, stop);
    UnpackOptions rest;
    rest.start = at;
    const Status ok = unpack(ByteView(stream).subspan(at), into, rest);
    ASSERT_TRUE(ok) << ok.error().message;
    EXPECT_EQ(shape(into), shape(dir / "in"));
  }
  UnpackOptions nothing;
  nothing.start = stream.size();
  EXPECT_TRUE(unpack({}, dir / "whole", nothing));
}

// ---- streams made by hand to harm

Bytes tree_header(const std::string& name, std::uint64_t size, char type = '0',
                  const std::string& link = {}) {
  Bytes h(512, 0);
  std::memcpy(h.data(), name.data(), std::min<std::size_t>(name.size(), 100));
  std::memcpy(h.data() + 100, "0000644", 7);
  std::memcpy(h.data() + 108, "0000000", 7);
  std::memcpy(h.data() + 116, "0000000", 7);
  std::snprintf(reinterpret_cast<char*>(h.data()) + 124, 12, "%011llo",
                static_cast<unsigned long long>(size));
  std::memcpy(h.data() + 136, "00000000000", 11);
  h[156] = static_cast<std::uint8_t>(type);
  std::memcpy(h.data() + 157, link.data(), std::min<std::size_t>(link.size(), 100));
  std::memcpy(h.data() + 257,
              "ustar\0"
              "00",
              8);
  std::memset(h.data() + 148, ' ', 8);
  unsigned sum = 0;
  for (const std::uint8_t b : h) sum += b;
  std::snprintf(reinterpret_cast<char*>(h.data()) + 148, 8, "%06o", sum);
  return h;
}

Bytes with_end(const std::vector<Bytes>& parts) {
  Bytes out;
  for (const Bytes& p : parts) append(out, p);
  out.resize(out.size() + 1024);
  return out;
}

Bytes block(const std::string& text) {
  Bytes b(512, 0);
  std::memcpy(b.data(), text.data(), text.size());
  return b;
}

TEST(Tree, RefusesNamesThatLeadOut) {
  const TempDir dir;
  ASSERT_EQ(::mkdir((dir / "safe").c_str(), 0755), 0);
  for (const std::string name : {"../up", "a/../../up", "/tmp/up", "..", "a/.."}) {
    const Status s = unpack(with_end({tree_header(name, 2), block("x\n")}), dir / "safe/out");
    ASSERT_FALSE(s) << name;
    EXPECT_EQ(s.error().code, Code::input) << name;
  }
  EXPECT_FALSE(path_exists(dir / "safe/up"));
  EXPECT_FALSE(path_exists(dir / "up"));
}

TEST(Tree, WritesThroughNoLink) {
  const TempDir dir;
  ASSERT_EQ(::mkdir((dir / "outside").c_str(), 0755), 0);
  put_file(dir / "outside/precious", as_bytes("old"));
  const Bytes link = tree_header("l", 0, '2', dir / "outside");
  EXPECT_FALSE(unpack(with_end({link, tree_header("l/precious", 3), block("new")}), dir / "a"));
  EXPECT_FALSE(
      unpack(with_end({link, tree_header("l/", 0, '5'), tree_header("l/new", 0)}), dir / "b"));
  EXPECT_FALSE(path_exists(dir / "outside/new"));
  // A file of the link's name replaces the link.
  const Bytes to_file = tree_header("l", 0, '2', dir / "outside/precious");
  EXPECT_TRUE(unpack(with_end({to_file, tree_header("l", 3), block("new")}), dir / "c"));
  EXPECT_EQ(as_text(*read_file(dir / "outside/precious", 9)), "old");
  EXPECT_EQ(as_text(*read_file(dir / "c/l", 9)), "new");
}

TEST(Tree, RefusesWhatItWouldNotHaveMade) {
  const TempDir dir;
  put_file(dir / "precious", as_bytes("old"));
  const std::vector<std::vector<Bytes>> streams = {
      {tree_header("h", 0, '1', dir / "precious")},  // hard link
      {tree_header("c", 0, '3')},                    // character device
      {tree_header("b", 0, '4')},
      {tree_header("f", 0, '6')},  // FIFO
      {tree_header(".", 2), block("x\n")},
      {tree_header("d/x", 0), tree_header("d", 0)},  // a file where a folder is
      {tree_header("x", 0), tree_header("x/y", 0)},  // and the other way round
      {block("this is no tar archive at all")}};
  for (const auto& parts : streams) {
    const std::string into = dir / "out";
    EXPECT_FALSE(unpack(with_end(parts), into));
    std::filesystem::remove_all(into);
  }
  Bytes cut = with_end({tree_header("x", 5000)});
  EXPECT_FALSE(unpack(cut, dir / "cut"));
}

}  // namespace
}  // namespace cess
