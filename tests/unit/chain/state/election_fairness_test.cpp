// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
// Chance in elections: fair among equals, hurt by nobody who withholds its own proof, bent no
// further than the design says by who chooses among seeds. Fixed seeds; bounds of five deviations.
#include <cmath>

#include "unit/chain/state/validators.hpp"

namespace cess {
namespace election_fairness_test {

using namespace election;

ValidatorsOptions by_lot() {
  ValidatorsOptions o;
  o.validators = 8;
  o.seats = 4;
  o.others = 0;
  o.params = {
      {"election", {{"weight_reputation", 0U}, {"weight_stake", 0U}, {"weight_random", 100U}}}};
  return o;
}

// How often each of eight served in `eras`, if the last `withhold` never send a proof.
std::map<std::string, int> served(Era eras, std::size_t withhold) {
  ValidatorChain chain(by_lot());
  std::map<std::string, int> out;
  for (Era era = 1; era <= eras; ++era) {
    chain.to_seed();
    for (const auto& v : names("v", 8)) chain.beat(v);
    for (const auto& v : names("v", 8 - withhold)) chain.submit(v);
    while (chain.clock().era < era) chain.step();
    for (const auto& m : chain.members(era)) ++out[m];
  }
  return out;
}

double deviation(double trials, double p) { return std::sqrt(trials * p * (1 - p)); }

TEST(ElectionFairness, EqualsServeEquallyOften) {
  const auto counts = served(50, 0);
  for (const auto& v : names("v", 8)) EXPECT_NEAR(counts.at(v), 25, 5 * deviation(50, 0.5)) << v;
}

TEST(ElectionFairness, WhoWithholdsHurtsOnlyItself) {
  const auto counts = served(50, 3);
  for (const auto& v : names("v", 5)) EXPECT_NEAR(counts.at(v), 40, 5 * deviation(50, 0.8)) << v;
  for (const auto* v : {"v5", "v6", "v7"}) EXPECT_EQ(counts.count(v), 0U) << v;
}

// One candidate of eight also makes the last j blocks before the cut-off. It knows its own output
// for each of the 2^j seeds and takes the one at which its own random score is highest.
TEST(ElectionFairness, ChoosingAmongSeedsGainsWhatTheDesignSays) {
  const int trials = 80;
  const auto score = [](const std::string& who, const Hash256& seed) {
    const auto beta = *vrf_output(vrf_prove(seed_for(who, "vrf"), seed.view()));
    std::array<std::uint8_t, 8> head{};
    std::copy_n(beta.begin(), 8, head.begin());
    return random_score(head);
  };
  for (const int j : {0, 1, 2}) {
    int elected = 0;
    for (int t = 0; t < trials; ++t) {
      Hash256 best;
      Score own = 0;
      for (int choice = 0; choice < 1 << j; ++choice) {
        const auto seed = sha256(as_bytes(std::to_string(t) + "/" + std::to_string(choice)));
        const auto s = score("v0", seed);
        if (choice == 0 || s > own) {
          own = s;
          best = seed;
        }
      }
      int better = 0;
      for (int v = 1; v < 8; ++v) better += score("v" + std::to_string(v), best) > own ? 1 : 0;
      if (better < 4) ++elected;
    }
    const double bound = 1 - std::pow(0.5, 1 << j);
    EXPECT_LE(elected, trials * bound + 5 * deviation(trials, bound)) << j;
    EXPECT_GE(elected, trials * 0.5 - 5 * deviation(trials, 0.5)) << j;
  }
}

}  // namespace election_fairness_test
}  // namespace cess
