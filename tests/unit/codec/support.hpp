// SPDX-License-Identifier: Apache-2.0
// What several tests of the codec need: files in memory, a small valid bundle, tar headers by hand.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "codec/bundle.hpp"
#include "codec/header.hpp"
#include "codec/manifest.hpp"
#include "sys/file.hpp"
#include "sys/random.hpp"

namespace cess::test {

/// An anonymous file with `data`, positioned at its start.
inline Fd memory_file(ByteView data = {}) {
  Fd fd(::memfd_create("cess-test", MFD_CLOEXEC));
  EXPECT_TRUE(fd.valid());
  EXPECT_TRUE(write_full(fd.get(), data, "memory"));
  ::lseek(fd.get(), 0, SEEK_SET);
  return fd;
}

inline Bytes contents(int fd) {
  const off_t size = ::lseek(fd, 0, SEEK_END);
  Bytes out(static_cast<std::size_t>(size));
  EXPECT_TRUE(pread_full(fd, out, 0, "memory"));
  return out;
}

inline Bytes random_bytes(std::size_t size, std::uint64_t seed) {
  Bytes out(size);
  fake_random(seed)->fill(out);
  return out;
}

/// A folder of its own, removed at the end.
class TempDir {
 public:
  TempDir() {
    const char* base = std::getenv("TMPDIR");
    path_ = std::string(base != nullptr ? base : "/tmp") + "/cess-test-XXXXXX";
    EXPECT_NE(::mkdtemp(path_.data()), nullptr);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    const std::string command = "rm -rf '" + path_ + "'";
    if (std::system(command.c_str()) != 0) ADD_FAILURE() << command;
  }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// A header that parses; its MAC and stanza mean nothing.
inline FileHeader plain_header(std::uint8_t k = 2, std::uint8_t m = 1, std::uint8_t copies = 1) {
  FileHeader h;
  h.profile.k = k;
  h.profile.m = m;
  h.profile.copies = copies;
  h.profile.fragment_size = 65536;
  h.salt = Hash256::from(random_bytes(32, 1));
  h.commitment = Hash256::from(random_bytes(32, 2));
  h.stanzas.push_back({StanzaType::in_clear, random_bytes(32, 3)});
  return h;
}

}  // namespace cess::test
