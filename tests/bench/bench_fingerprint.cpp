// SPDX-License-Identifier: Apache-2.0
// links: fingerprint
// The table of the evaluation of pictures or of films: lines of cess-fingerprint on standard input,
// whose files are
// .../originals/NAME.* and .../TIER.TRANSFORMATION/NAME.*. For each transformation the share of
// them that is still found by our verdict, and by the peer at the largest threshold whose
// share of false alarms over all cross pairs is at most 1e-4. Cross pairs: every transformed
// one with every original that it was not made from. The peer is plain PDQ for pictures; for films
// PDQ of frames in any order, as vPDQ compares: of 256 parts those of one film's frames that lie
// within 31 bits of no frame of the other, the lesser of both ways. The frames are ours, without
// even borders, which vPDQ does not cut away.
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
  std::vector<std::size_t> peer;
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

constexpr std::size_t kPdqBytes = 32;  ///< of a frame's 33; the last is its quality
constexpr std::size_t kVpdqQualityMin = 50;
constexpr std::size_t kVpdqRadius = 31;

std::size_t frames_far(const cess::fp::Feature& of, const cess::fp::Feature& from) {
  std::size_t all = 0;
  std::size_t near = 0;
  for (std::size_t i = 0; i < of.count(); ++i) {
    if (of.item(i)[kPdqBytes] < kVpdqQualityMin) continue;
    ++all;
    for (std::size_t j = 0; j < from.count(); ++j) {
      if (from.item(j)[kPdqBytes] < kVpdqQualityMin ||
          cess::fp::hamming(of.item(i).first(kPdqBytes), from.item(j).first(kPdqBytes)) >
              kVpdqRadius)
        continue;
      ++near;
      break;
    }
  }
  return all == 0 ? 256 : 256 - near * 256 / all;
}

std::size_t vpdq_distance(const Fingerprint& a, const Fingerprint& b) {
  const cess::fp::Feature& x = *a.content.find("frames");
  const cess::fp::Feature& y = *b.content.find("frames");
  return std::min(frames_far(x, y), frames_far(y, x));
}

std::size_t peer_distance(const Fingerprint& a, const Fingerprint& b) {
  return a.content.kind == cess::fp::Kind::video
             ? vpdq_distance(a, b)
             : cess::fp::hamming(a.content.similarity, b.content.similarity);
}

bool found(const Fingerprint& a, const Fingerprint& b) {
  const Verdict v = cess::fp::compare(a, b).verdict;
  return v == Verdict::same || v == Verdict::derived;
}

void print_tier(const std::map<std::string, Row>& rows, const std::string& tier,
                std::size_t threshold) {
  double ours = 0;
  double peer = 0;
  double worst = 1;
  double worst_peer = 1;
  unsigned n = 0;
  for (const auto& [name, row] : rows) {
    if (!name.starts_with(tier) || row.count == 0) continue;
    const auto hits = std::count_if(row.peer.begin(), row.peer.end(),
                                    [&](std::size_t d) { return d <= threshold; });
    const double a = static_cast<double>(row.ours) / row.count;
    const double b = static_cast<double>(hits) / row.count;
    std::printf("%-22s %5u  %6.3f  %6.3f\n", name.c_str(), row.count, a, b);
    ours += a;
    peer += b;
    worst = std::min(worst, a);
    worst_peer = std::min(worst_peer, b);
    ++n;
  }
  if (n == 0) return;
  std::printf("%-22s        %6.3f  %6.3f\n%-22s        %6.3f  %6.3f\n\n", (tier + " mean").c_str(),
              ours / n, peer / n, (tier + " worst").c_str(), worst, worst_peer);
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
      const std::size_t d = peer_distance(original, f);
      if (name == name_of(path)) {
        Row& row = rows[folder_of(path)];
        ++row.count;
        row.ours += hit ? 1U : 0U;
        row.peer.push_back(d);
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
  std::printf("%-22s %5s  %6s  %6s\n", "transformation", "files", "ours", "peer");
  for (const char* tier : {"light", "medium", "hard"}) print_tier(rows, tier, threshold);
  std::printf(
      "originals %zu, cross pairs %llu, false alarms of ours %llu, threshold of the peer %zu\n",
      originals.size(), static_cast<unsigned long long>(pairs),
      static_cast<unsigned long long>(alarms), threshold);
  return 0;
}
