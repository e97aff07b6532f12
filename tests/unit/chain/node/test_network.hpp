// SPDX-License-Identifier: Apache-2.0
// Whole nodes on one loop, over real TLS, with real BLS and real files.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>

#include "chain/node/detail/node_impl.hpp"
#include "chain/node/detail/rpc.hpp"
#include "chain/node/devnet.hpp"

namespace cess::node {

constexpr std::size_t kValidators = 4;  // a quorum is three

struct Network {
  std::string path;
  net::Loop loop;
  Runtime runtime;
  std::vector<std::unique_ptr<Node>> nodes;
  std::vector<std::string> lines;

  bool archive = true;
  Height keep_blocks = 20'000;
  Spacing spacing;
  std::uint64_t round_ms = 0;

  explicit Network(std::size_t running, std::size_t validators = kValidators,
                   std::uint64_t block_ms = 100, bool pruned = false) {
    if (pruned) {
      archive = false;
      keep_blocks = 100;
    }
    spacing = {8, 8, 16};
    std::string name = testing::TempDir() + "cess-net-XXXXXX";
    path = ::mkdtemp(name.data());
    DevnetOptions options;
    options.validators = validators;
    options.block_ms = block_ms;
    EXPECT_TRUE(make_devnet(path + "/net", options, runtime, system_random()));
    for (std::size_t i = 0; i < running; ++i) start(i);
  }
  ~Network() {
    nodes.clear();
    std::filesystem::remove_all(path);
  }
  [[nodiscard]] std::string folder(std::size_t i) const {
    return path + "/net/node-" + std::to_string(i);
  }

  /// Ports are whatever is free; each node dials those started before it.
  void start(std::size_t i) {
    NodeConfig config;
    config.listen = {"127.0.0.1", 0};
    config.archive = archive;
    config.keep_blocks = keep_blocks;
    for (const auto& other : nodes) {
      if (other) config.peers.push_back({*other->peers().local(), other->peers().own_key()});
    }
    ASSERT_TRUE(write_config(folder(i), config, true));
    NodeOptions options;
    options.folder = folder(i);
    options.spacing = spacing;
    options.round_ms = round_ms;
    options.log = [this](const std::string& line) { lines.push_back(line); };
    if (nodes.size() <= i) nodes.resize(i + 1);
    nodes[i] = std::make_unique<Node>(loop, options);
    const Status opened = nodes[i]->open();
    ASSERT_TRUE(opened) << opened.error().message;
  }
  /// A node that only follows; with a checkpoint it begins with the state of a later block.
  std::unique_ptr<Node> observer(const std::string& name, std::optional<SyncFrom> from,
                                 bool peers = true) {
    const std::string own = path + "/net/" + name;
    EXPECT_TRUE(make_dir(own, 0755, false));
    EXPECT_TRUE(write_keys(own, make_keys(system_random(), false), false));
    std::filesystem::copy(folder(0) + "/spec.json", own + "/spec.json");
    NodeConfig config;
    config.sync_from = from;
    for (const auto& other : nodes) {
      if (other && peers)
        config.peers.push_back({*other->peers().local(), other->peers().own_key()});
    }
    EXPECT_TRUE(write_config(own, config, false));
    NodeOptions options;
    options.folder = own;
    options.spacing = spacing;
    options.round_ms = round_ms;
    options.log = [this](const std::string& line) { lines.push_back(line); };
    auto node = std::make_unique<Node>(loop, options);
    EXPECT_TRUE(node->open());
    return node;
  }
  void stop(std::size_t i) {
    nodes[i]->close();
    nodes[i].reset();
  }
  /// Runs the loop until `done`; false after a time that only something that hangs takes.
  template <class F>
  bool until(F done) {
    const std::uint64_t end = loop.now_ms() + 120'000;
    while (!done()) {
      if (loop.now_ms() > end) return false;
      loop.run_some(1'000);
    }
    return true;
  }
};

}  // namespace cess::node
