// SPDX-License-Identifier: Apache-2.0
// A store of 33 MiB on a real disk, and fillers of 1 MiB for it.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "idle/maker.hpp"
#include "store/writer.hpp"

namespace cess::idle {

namespace fs = std::filesystem;

class IdleStore : public testing::Test {
 protected:
  IdleStore() {
    // Memory where there is some: hundreds of syncs otherwise wait for a busy disk.
    std::string name =
        std::string(::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp") + "/cess-idle.XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    store = folder_ + "/disk";
    StoreConfig config;
    config.capacity_bytes = 33U << 20U;
    config.miner.bytes[0] = 7;
    config.created = "2026-01-01T00:00:00Z";
    EXPECT_TRUE(Store::init(store, config));
    options.params.log2_nodes = 15;  // 1 MiB
    options.threads = 2;
    options.memory_bytes = 64U << 20U;
  }
  ~IdleStore() override { fs::remove_all(folder_); }

  [[nodiscard]] std::uint64_t bytes_on_disk() const {
    struct stat st {};
    std::uint64_t sum =
        ::lstat(store.c_str(), &st) == 0 ? static_cast<std::uint64_t>(st.st_size) : 0;
    for (const auto& e : fs::recursive_directory_iterator(store)) {
      if (::lstat(e.path().c_str(), &st) == 0) sum += static_cast<std::uint64_t>(st.st_size);
    }
    return sum;
  }
  std::string scratch() { return folder_ + "/scratch"; }

  std::string folder_;
  std::string store;
  MakeOptions options;
};

}  // namespace cess::idle
