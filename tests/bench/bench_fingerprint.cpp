// SPDX-License-Identifier: Apache-2.0
// links: fingerprint
// The table of the evaluation of pictures or of films: lines of cess-fingerprint on standard input,
// whose files are
// .../originals/NAME.* and .../TIER.TRANSFORMATION/NAME.*. For each transformation the share of
// them that is still found by our verdict; by our evidence at the strength, and by the peer
// (picture_peer.hpp) at the distance, that at most one of 10^4 cross pairs comes to. Cross pairs:
// every transformed one with every original that it was not made from, none left out. Arguments: a
// strength and a distance that a larger set allows (bench_calibrate); the stricter limit counts.
#include <algorithm>
#include <array>
#include <atomic>
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

using cess::fp::Fingerprint;
using cess::fp::Verdict;

struct Row {
  unsigned count = 0;
  unsigned ours = 0;
  std::vector<std::uint32_t> strengths;
  std::vector<std::size_t> peer;
};

struct Limits {
  std::uint32_t strength = cess::fp::kStrengthTold;
  int distance = cess::bench::kPeerScale;
};

std::string folder_of(const std::string& path) {
  const auto end = path.rfind('/');
  const auto begin = path.rfind('/', end - 1);
  return path.substr(begin + 1, end - begin - 1);
}

std::string name_of(const std::string& path) {
  const auto begin = path.rfind('/') + 1;
  return path.substr(begin, path.rfind('.') - begin);
}

using Shares = std::array<double, 3>;  ///< ours as told, ours at the limit, the peer at its limit

Shares shares_of(const Row& row, const Limits& at) {
  const auto strong = std::count_if(row.strengths.begin(), row.strengths.end(),
                                    [&](std::uint32_t s) { return s >= at.strength; });
  const auto near = std::count_if(row.peer.begin(), row.peer.end(), [&](std::size_t d) {
    return static_cast<int>(d) <= at.distance;
  });
  const double n = row.count;
  return {row.ours / n, static_cast<double>(strong) / n, static_cast<double>(near) / n};
}

void print_shares(const std::string& name, const std::string& files, const Shares& s) {
  std::printf("%-22s %5s  %6.3f  %6.3f  %6.3f\n", name.c_str(), files.c_str(), s[0], s[1], s[2]);
}

void print_tier(const std::map<std::string, Row>& rows, const std::string& tier, const Limits& at) {
  Shares sum{};
  Shares worst{1, 1, 1};
  unsigned n = 0;
  for (const auto& [name, row] : rows) {
    if (!name.starts_with(tier) || row.count == 0) continue;
    const Shares s = shares_of(row, at);
    print_shares(name, std::to_string(row.count), s);
    for (std::size_t i = 0; i < s.size(); ++i) sum[i] += s[i], worst[i] = std::min(worst[i], s[i]);
    ++n;
  }
  if (n == 0) return;
  for (double& s : sum) s /= n;
  print_shares(tier + " mean", "", sum);
  print_shares(tier + " worst", "", worst);
  std::printf("\n");
}

using Originals = std::map<std::string, Fingerprint>;
using Made = std::vector<std::pair<std::string, Fingerprint>>;

struct Counts {
  std::map<std::string, Row> rows;
  cess::bench::CrossPairs cross;
  std::uint64_t alarms = 0;
};

void count_one(const std::string& path, const Fingerprint& f, const Originals& originals,
               Counts& to) {
  for (const auto& [name, original] : originals) {
    const auto c = cess::fp::compare(original, f);
    const bool hit = c.verdict == Verdict::same || c.verdict == Verdict::derived;
    const std::size_t d = cess::bench::peer_distance(original, f);
    if (name == name_of(path)) {
      Row& row = to.rows[folder_of(path)];
      ++row.count;
      row.ours += hit ? 1U : 0U;
      row.strengths.push_back(c.strength);
      row.peer.push_back(d);
      continue;
    }
    to.cross.add(c.strength, d);
    if (!hit) continue;
    ++to.alarms;
    std::fprintf(stderr, "false alarm: %s %s\n", name.c_str(), path.c_str());
  }
}

void merge(Counts& to, const Counts& from) {
  to.cross.add(from.cross);
  to.alarms += from.alarms;
  for (const auto& [name, row] : from.rows) {
    Row& all = to.rows[name];
    all.count += row.count;
    all.ours += row.ours;
    all.strengths.insert(all.strengths.end(), row.strengths.begin(), row.strengths.end());
    all.peer.insert(all.peer.end(), row.peer.begin(), row.peer.end());
  }
}

Counts count_all(const Made& made, const Originals& originals) {
  std::vector<Counts> counts(std::max(1U, std::thread::hardware_concurrency()));
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> workers;
  for (Counts& mine : counts) {
    workers.emplace_back([&] {
      for (std::size_t i = next++; i < made.size(); i = next++)
        count_one(made[i].first, made[i].second, originals, mine);
    });
  }
  for (std::thread& w : workers) w.join();
  Counts all;
  for (const Counts& c : counts) merge(all, c);
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 1 && argc != 3) return 2;
  Limits at;
  if (argc == 3) {
    at.strength = static_cast<std::uint32_t>(std::atoi(argv[1]));
    at.distance = std::atoi(argv[2]);
  }
  Originals originals;
  Made made;
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto f = cess::fp::parse_fingerprint_json(line, "line");
    const auto j = cess::parse_json(line, "line", {.size_max = 16U << 20U});
    if (!f || !j) return 3;
    const std::string path = j->at("file").get<std::string>();
    if (folder_of(path) == "originals") {
      originals.emplace(name_of(path), *f);
    } else {
      made.emplace_back(path, *f);
    }
  }
  const Counts all = count_all(made, originals);
  at.strength = std::max(at.strength, all.cross.strength_limit());
  at.distance = std::min(at.distance, all.cross.distance_limit());
  std::printf("%-22s %5s  %6s  %6s  %6s\n", "transformation", "files", "ours", "1e-4", "peer");
  for (const char* tier : {"light", "medium", "hard"}) print_tier(all.rows, tier, at);
  std::printf(
      "originals %zu, cross pairs %llu, false alarms of ours %llu; 1e-4: strength %u, the peer's "
      "distance %d\n",
      originals.size(), static_cast<unsigned long long>(all.cross.pairs),
      static_cast<unsigned long long>(all.alarms), at.strength, at.distance);
  return 0;
}
