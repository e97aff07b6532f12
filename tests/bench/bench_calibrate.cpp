// SPDX-License-Identifier: Apache-2.0
// links: fingerprint
// How close unrelated contents come: lines of cess-fingerprint on standard input, whose files are
// .../GROUP/NAME or .../GROUP--NAME/NAME; all pairs of one kind and of different groups are taken
// for unrelated. Told for each kind: verdicts, with the upper bound of the false alarms at 95 %
// (Poisson; three divided by the pairs where none was seen), the strength that one of 10^4 pairs
// comes to and the peer's distance likewise (what bench_fingerprint takes), and for each feature
// the pairs by distance. Pairs that are not told unrelated go to standard error, to be looked at.
// As many threads as processors, or JOBS.
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "fingerprint/compare.hpp"
#include "fingerprint/encoding.hpp"
#include "picture_peer.hpp"

namespace {

using cess::fp::Comparison;
using cess::fp::Evidence;
using cess::fp::Fingerprint;
using cess::fp::Kind;
using cess::fp::Verdict;

struct Item {
  std::string path;
  std::string group;
  Fingerprint print;
};

std::string group_of(const std::string& path) {
  const auto end = path.rfind('/');
  const auto begin = path.rfind('/', end - 1);
  const std::string folder = path.substr(begin + 1, end - begin - 1);
  return folder.substr(0, folder.find("--"));
}

/// The largest mean under which `seen` events or fewer come in one of 20 cases.
double upper_bound_95(std::uint64_t seen) {
  double low = static_cast<double>(seen);
  double high = low + 10 * std::sqrt(low + 1) + 10;
  for (int i = 0; i < 60; ++i) {
    const double mean = (low + high) / 2;
    double term = std::exp(-mean);
    double sum = term;
    for (std::uint64_t k = 1; k <= seen; ++k) sum += term *= mean / static_cast<double>(k);
    (sum > 0.05 ? low : high) = mean;
  }
  return high;
}

struct FeatureCount {
  std::uint64_t scale = 0;
  std::uint64_t derived_max = 0;
  std::uint64_t within = 0;
  std::vector<std::uint64_t> distances;
};

struct KindCount {
  std::uint64_t items = 0;
  std::uint64_t pairs = 0;
  std::array<std::uint64_t, 4> verdicts{};
  std::map<std::string, FeatureCount> features;
  cess::bench::CrossPairs cross;
};

void count(KindCount& to, const Comparison& c) {
  ++to.pairs;
  ++to.verdicts[static_cast<std::size_t>(c.verdict)];
  for (const Evidence& e : c.evidence) {
    FeatureCount& f = to.features[e.feature];
    f.scale = e.scale;
    f.derived_max = e.derived_max;
    f.within += e.derived_max != 0 && e.distance <= e.derived_max ? 1U : 0U;
    f.distances.push_back(e.distance);
  }
}

void merge(KindCount& to, const KindCount& from) {
  to.pairs += from.pairs;
  to.cross.add(from.cross);
  for (std::size_t i = 0; i < to.verdicts.size(); ++i) to.verdicts[i] += from.verdicts[i];
  for (const auto& [name, f] : from.features) {
    FeatureCount& all = to.features[name];
    all.scale = f.scale;
    all.derived_max = f.derived_max;
    all.within += f.within;
    all.distances.insert(all.distances.end(), f.distances.begin(), f.distances.end());
  }
}

std::string row_of(const Item& a, const Item& b, const Comparison& c) {
  std::string row = std::string(cess::fp::verdict_name(c.verdict)) + " " +
                    std::to_string(c.strength) + "  " + a.path + "  " + b.path;
  for (const Evidence& e : c.evidence) {
    if (e.derived_max == 0) continue;
    row += "  " + e.feature + " " + std::to_string(e.distance) + "/" +
           std::to_string(e.derived_max) + " (" + e.note + ")";
  }
  return row;
}

void compare_with_later(const std::vector<Item>& items, std::size_t i, KindCount& k) {
  for (std::size_t j = i + 1; j < items.size(); ++j) {
    if (items[i].group == items[j].group) continue;
    const Comparison c = cess::fp::compare(items[i].print, items[j].print);
    count(k, c);
    k.cross.add(c.strength, cess::bench::peer_distance(items[i].print, items[j].print));
    if (c.verdict != Verdict::same && c.verdict != Verdict::derived) continue;
    std::fprintf(stderr, "%s\n", row_of(items[i], items[j], c).c_str());  // a line is written whole
  }
}

void print_rate(const char* what, std::uint64_t seen, std::uint64_t pairs) {
  std::printf("  %-22s %10llu   rate %.2e   at most %.2e at 95 %%\n", what,
              static_cast<unsigned long long>(seen),
              static_cast<double>(seen) / static_cast<double>(pairs),
              upper_bound_95(seen) / static_cast<double>(pairs));
}

void print(std::string_view name, KindCount& k) {
  std::printf("%.*s: %llu files, %llu pairs of different groups\n", static_cast<int>(name.size()),
              name.data(), static_cast<unsigned long long>(k.items),
              static_cast<unsigned long long>(k.pairs));
  print_rate("same or derived", k.verdicts[1] + k.verdicts[2], k.pairs);
  print_rate("of these same", k.verdicts[2], k.pairs);
  std::printf("  %-22s %10llu\n", "unknown", static_cast<unsigned long long>(k.verdicts[3]));
  std::printf("  one of 10^4: strength %u and more, peer's distance %d and less\n",
              k.cross.strength_limit(), k.cross.distance_limit());
  for (auto& [feature, f] : k.features) {
    std::sort(f.distances.begin(), f.distances.end());
    if (f.derived_max != 0)
      print_rate((feature + " <= " + std::to_string(f.derived_max)).c_str(), f.within, k.pairs);
    std::printf("  %-22s of %llu:", feature.c_str(), static_cast<unsigned long long>(f.scale));
    // The distance below which a share of the pairs lies.
    for (const double share : {0.0, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 0.5}) {
      const auto at = static_cast<std::size_t>(share * static_cast<double>(f.distances.size()));
      std::printf(
          "  %g: %llu", share,
          static_cast<unsigned long long>(f.distances[std::min(at, f.distances.size() - 1)]));
    }
    std::printf("\n");
  }
  std::printf("\n");
}

}  // namespace

int main() {
  std::map<Kind, std::vector<Item>> kinds;
  std::string line;
  while (std::getline(std::cin, line)) {
    auto f = cess::fp::parse_fingerprint_json(line, "line");
    const auto j = cess::parse_json(line, "line", {.size_max = 16U << 20U});
    if (!f || !j) return 3;
    const std::string path = j->at("file").get<std::string>();
    kinds[f->content.kind].push_back({path, group_of(path), std::move(*f)});
  }
  const char* const jobs = std::getenv("JOBS");
  const auto threads = static_cast<std::size_t>(
      std::max(1, jobs != nullptr ? std::atoi(jobs)
                                  : static_cast<int>(std::thread::hardware_concurrency())));
  for (auto& [kind, items] : kinds) {
    std::vector<KindCount> counts(threads);
    std::atomic<std::size_t> next = 0;
    std::vector<std::thread> workers;
    for (KindCount& mine : counts) {
      workers.emplace_back([&mine, &next, &all = items] {
        for (std::size_t i = next++; i < all.size(); i = next++) compare_with_later(all, i, mine);
      });
    }
    for (std::thread& w : workers) w.join();
    KindCount k;
    for (const KindCount& c : counts) merge(k, c);
    k.items = items.size();
    if (k.pairs != 0) print(cess::fp::kind_name(kind), k);
  }
  return 0;
}
