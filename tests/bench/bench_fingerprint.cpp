// SPDX-License-Identifier: Apache-2.0
// links: fingerprint
// The table of the evaluation of pictures: lines of cess-fingerprint on standard input, whose files
// are
// .../originals/NAME.* and .../TIER.TRANSFORMATION/NAME.*. For each transformation the share of
// pictures that is still found by our verdict, and by plain PDQ at the largest threshold whose
// share of false alarms over all cross pairs is at most 1e-4. Cross pairs: every transformed
// picture with every original that it was not made from.
#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "fingerprint/compare.hpp"
#include "fingerprint/encoding.hpp"
#include "fingerprint/simhash.hpp"

namespace {

using cess::fp::Fingerprint;
using cess::fp::Verdict;

struct Row {
  unsigned count = 0;
  unsigned ours = 0;
  std::vector<std::size_t> pdq;
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

std::size_t pdq_distance(const Fingerprint& a, const Fingerprint& b) {
  return cess::fp::hamming(a.content.similarity, b.content.similarity);
}

bool found(const Fingerprint& a, const Fingerprint& b) {
  const Verdict v = cess::fp::compare_image(a.content, b.content).verdict;
  return v == Verdict::same || v == Verdict::derived;
}

void print_tier(const std::map<std::string, Row>& rows, const std::string& tier,
                std::size_t threshold) {
  double ours = 0;
  double pdq = 0;
  double worst = 1;
  double worst_pdq = 1;
  unsigned n = 0;
  for (const auto& [name, row] : rows) {
    if (!name.starts_with(tier) || row.count == 0) continue;
    const auto hits = std::count_if(row.pdq.begin(), row.pdq.end(),
                                    [&](std::size_t d) { return d <= threshold; });
    const double a = static_cast<double>(row.ours) / row.count;
    const double b = static_cast<double>(hits) / row.count;
    std::printf("%-22s %5u  %6.3f  %6.3f\n", name.c_str(), row.count, a, b);
    ours += a;
    pdq += b;
    worst = std::min(worst, a);
    worst_pdq = std::min(worst_pdq, b);
    ++n;
  }
  if (n == 0) return;
  std::printf("%-22s        %6.3f  %6.3f\n%-22s        %6.3f  %6.3f\n\n", (tier + " mean").c_str(),
              ours / n, pdq / n, (tier + " worst").c_str(), worst, worst_pdq);
}

}  // namespace

int main() {
  std::map<std::string, Fingerprint> originals;
  std::vector<std::pair<std::string, Fingerprint>> made;
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
  std::map<std::string, Row> rows;
  std::array<std::uint64_t, 257> cross{};
  std::uint64_t pairs = 0;
  std::uint64_t alarms = 0;
  for (const auto& [path, f] : made) {
    for (const auto& [name, original] : originals) {
      const bool hit = found(original, f);
      const std::size_t d = pdq_distance(original, f);
      if (name == name_of(path)) {
        Row& row = rows[folder_of(path)];
        ++row.count;
        row.ours += hit ? 1U : 0U;
        row.pdq.push_back(d);
        continue;
      }
      ++pairs;
      ++cross[d];
      if (!hit) continue;
      ++alarms;
      std::fprintf(stderr, "false alarm: %s %s\n", name.c_str(), path.c_str());
    }
  }
  std::size_t threshold = 0;
  for (std::uint64_t sum = cross[0];
       threshold < 256 && (sum + cross[threshold + 1]) * 10'000 <= pairs;) {
    sum += cross[++threshold];
  }
  std::printf("%-22s %5s  %6s  %6s\n", "transformation", "files", "ours", "pdq");
  for (const char* tier : {"light", "medium", "hard"}) print_tier(rows, tier, threshold);
  std::printf("originals %zu, cross pairs %llu, false alarms of ours %llu, threshold of pdq %zu\n",
              originals.size(), static_cast<unsigned long long>(pairs),
              static_cast<unsigned long long>(alarms), threshold);
  return 0;
}
