// SPDX-License-Identifier: Apache-2.0
// links: chain_consensus crypto base
// Whole networks of cores: agreement, progress, crashes.
#include "unit/chain/consensus/test_net.hpp"

namespace cess::consensus {
namespace core_test {

std::vector<std::size_t> first(std::size_t n) {
  std::vector<std::size_t> out(n);
  for (std::size_t i = 0; i < n; ++i) out[i] = i;
  return out;
}
void boot_all(Net& net) {
  for (std::size_t i = 0; i < net.nodes.size(); ++i) net.boot(i);
}

class Sizes : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(N, Sizes, testing::Values(1, 2, 3, 4, 5, 6, 7, 10, 11, 13));

TEST_P(Sizes, FinaliseOneBlockPerInterval) {
  Net net({.n = GetParam()});
  boot_all(net);
  ASSERT_TRUE(net.reach(20, 20 * 1200, first(GetParam())));
  for (const auto& node : net.nodes) {
    EXPECT_TRUE(node->alarms.empty()) << node->alarms.front();
    EXPECT_EQ(node->penalties, 0U);
    EXPECT_TRUE(node->reports.empty());
    for (const Final& f : node->chain) EXPECT_EQ(f.certificate.round, 0U);
  }
}

TEST_P(Sizes, ProceedWithFSilent) {
  const std::size_t n = GetParam();
  Net net({.n = n, .seed = 5});
  const std::size_t f = fault_count_max(n);
  for (std::size_t i = f; i < n; ++i) net.boot(i);
  std::vector<std::size_t> up = first(n);
  up.erase(up.begin(), up.begin() + static_cast<std::ptrdiff_t>(f));
  EXPECT_TRUE(net.reach(12, 12 * 8000, up));
}

}  // namespace core_test
}  // namespace cess::consensus
