// SPDX-License-Identifier: Apache-2.0
// A store in a folder of its own, and fragments to put into it.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/hex.hpp"
#include "merkle/tree.hpp"
#include "store/scrub.hpp"
#include "store/writer.hpp"

namespace cess {

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "cess-store.XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    path_ = folder_ + "/disk";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void init(std::uint64_t capacity = 64U << 20U) {
    StoreConfig config;
    config.miner.bytes.fill(7);
    config.capacity_bytes = capacity;
    config.created = "2026-01-02T03:04:05Z";
    const Status done = Store::init(path_, config);
    ASSERT_TRUE(done) << done.error().message;
  }
  std::unique_ptr<Store> open() {
    auto store = Store::open(path_);
    EXPECT_TRUE(store) << (store ? "" : store.error().message);
    return store ? std::move(*store) : nullptr;
  }
  std::unique_ptr<StoreReader> reader() {
    auto store = StoreReader::open(path_);
    EXPECT_TRUE(store) << (store ? "" : store.error().message);
    return store ? std::move(*store) : nullptr;
  }

  static FileId file_id_of(std::uint8_t n) {
    FileId id;
    id.bytes.fill(n);
    return id;
  }
  static Bytes bytes_of(std::uint64_t seed, std::size_t size) {
    Bytes data(size);
    fake_random(seed)->fill(data);
    return data;
  }
  /// Puts `count` untagged fragments of `size` bytes as one segment of file `file`.
  static Result<std::vector<StoredFragment>> put(Store& store, std::uint8_t file,
                                                 std::uint32_t segment, std::uint16_t count,
                                                 std::size_t size) {
    SegmentPut group(store, file_id_of(file), segment);
    for (std::uint16_t i = 0; i < count; ++i) {
      const Bytes data = bytes_of((std::uint64_t{file} << 32U) + segment * 64U + i, size);
      CESS_TRY(group.add_fragment(i, 0, fragment_root(data), data));
    }
    return group.commit();
  }
  /// All bytes under the store, folders included.
  [[nodiscard]] std::uint64_t bytes_on_disk() const {
    struct stat st {};
    std::uint64_t sum =
        ::lstat(path_.c_str(), &st) == 0 ? static_cast<std::uint64_t>(st.st_size) : 0;
    std::error_code gone;
    for (auto it = std::filesystem::recursive_directory_iterator(path_, gone);
         it != std::filesystem::recursive_directory_iterator(); it.increment(gone)) {
      if (::lstat(it->path().c_str(), &st) == 0) sum += static_cast<std::uint64_t>(st.st_size);
    }
    return sum;
  }
  [[nodiscard]] std::string file_of(const FragId& id) const {
    const std::string hex = to_hex(id);
    return path_ + "/fragments/" + hex.substr(0, 2) + "/" + hex.substr(2, 2) + "/" + hex + ".frag";
  }
  static void flip(const std::string& file, std::uint64_t offset) {
    const int fd = ::open(file.c_str(), O_RDWR);
    ASSERT_GE(fd, 0) << file;
    std::uint8_t byte = 0;
    ASSERT_EQ(::pread(fd, &byte, 1, static_cast<off_t>(offset)), 1);
    byte ^= 1;
    ASSERT_EQ(::pwrite(fd, &byte, 1, static_cast<off_t>(offset)), 1);
    ::close(fd);
  }
  std::vector<ScrubFinding> scrub_all(StoreReader& store) {
    std::vector<ScrubFinding> out;
    ScrubOptions options;
    options.clock = &system_clock();
    options.check_manifest = [](const Fid& fid, ByteView text) {
      return as_text(text) == to_hex(fid);  // these tests' manifests
    };
    options.found = [&](const ScrubFinding& f) -> Status {
      out.push_back(f);
      return {};
    };
    const auto done = scrub(store, options);
    EXPECT_TRUE(done) << (done ? "" : done.error().message);
    return out;
  }

  std::string folder_;
  std::string path_;
};

}  // namespace cess
