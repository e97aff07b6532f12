// SPDX-License-Identifier: Apache-2.0
// links: fingerprint
// The table of the evaluation of sounds: lines of cess-fingerprint on standard input, whose files
// are
// .../excerpts/PIECE/N.flac and .../made/TIER.ALTERATION/PIECE.*, and as argument a file with the
// peer's raw fingerprints: a path, a blank, numbers with commas (fpcalc -raw). For each alteration
// the share that is still found by our verdict, and by Chromaprint's bits, aligned: the lowest
// share of bits that differ at any offset with 20 items or half of the shorter in common, up to the
// largest share that at most one in 10^4 of the cross pairs comes to; or up to the second argument,
// percent, without cross pairs.
#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "fingerprint/compare.hpp"
#include "fingerprint/encoding.hpp"

namespace {

using Items = std::vector<std::uint32_t>;

struct Sound {
  std::string piece;
  std::string row;
  cess::fp::Fingerprint print;
  Items peer;
};

struct Row {
  unsigned count = 0;
  unsigned ours = 0;
  std::vector<unsigned> peer;
};

std::string part_of(const std::string& path, unsigned from_end) {
  std::size_t end = path.size();
  while (from_end-- > 0) end = path.rfind('/', end - 1);
  const std::size_t begin = path.rfind('/', end - 1);
  return path.substr(begin + 1, end - begin - 1);
}

std::string package_of(const std::string& piece) { return piece.substr(0, piece.find("--")); }

/// Of 10000 bits how many differ at the best offset.
unsigned peer_distance(const Items& a, const Items& b) {
  if (a.empty() || b.empty()) return 10000;
  const auto size_a = static_cast<std::int64_t>(a.size());
  const auto size_b = static_cast<std::int64_t>(b.size());
  const std::int64_t least = std::max<std::int64_t>(20, std::min(size_a, size_b) / 2);
  unsigned best = 10000;
  for (std::int64_t offset = least - size_b; offset <= size_a - least; ++offset) {
    const std::int64_t from = std::max<std::int64_t>(0, offset);
    const std::int64_t to = std::min(size_a, size_b + offset);
    if (to <= from) continue;
    std::uint64_t wrong = 0;
    for (std::int64_t i = from; i < to; ++i) {
      wrong += static_cast<std::uint64_t>(
          std::popcount(a[static_cast<std::size_t>(i)] ^ b[static_cast<std::size_t>(i - offset)]));
    }
    best = std::min(
        best, static_cast<unsigned>(wrong * 10000 / (32 * static_cast<std::uint64_t>(to - from))));
  }
  return best;
}

bool found(const Sound& a, const Sound& b) {
  const auto v = cess::fp::compare_audio(a.print.content, b.print.content).verdict;
  return v == cess::fp::Verdict::same || v == cess::fp::Verdict::derived;
}

void print_tier(const std::map<std::string, Row>& rows, const std::string& tier,
                unsigned threshold) {
  double sums[2] = {0, 0};
  double worst[2] = {1, 1};
  unsigned n = 0;
  for (const auto& [name, row] : rows) {
    if (!name.starts_with(tier)) continue;
    const auto hits =
        std::count_if(row.peer.begin(), row.peer.end(), [&](unsigned d) { return d <= threshold; });
    const double share[2] = {static_cast<double>(row.ours) / row.count,
                             static_cast<double>(hits) / row.count};
    std::printf("%-22s %5u  %6.3f  %6.3f\n", name.c_str(), row.count, share[0], share[1]);
    for (int i = 0; i < 2; ++i) sums[i] += share[i], worst[i] = std::min(worst[i], share[i]);
    ++n;
  }
  if (n == 0) return;
  std::printf("%-22s        %6.3f  %6.3f\n", (tier + " mean").c_str(), sums[0] / n, sums[1] / n);
  std::printf("%-22s        %6.3f  %6.3f\n\n", (tier + " worst").c_str(), worst[0], worst[1]);
}

std::map<std::string, Items> peer_lines(const char* file) {
  std::map<std::string, Items> out;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto blank = line.rfind(' ');
    std::istringstream list(line.substr(blank + 1));
    Items& items = out[line.substr(0, blank)];
    for (std::string one; std::getline(list, one, ',');)
      items.push_back(static_cast<std::uint32_t>(std::stoull(one)));
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) return 2;
  // A threshold of an earlier run, in percent: cross pairs are left out.
  const bool own_only = argc == 3;
  auto peers = peer_lines(argv[1]);
  std::map<std::string, Sound> originals;
  std::vector<Sound> made;
  std::string line;
  while (std::getline(std::cin, line)) {
    auto f = cess::fp::parse_fingerprint_json(line, "line");
    const auto j = cess::parse_json(line, "line", {.size_max = 16U << 20U});
    if (!f || !j) return 3;
    const std::string path = j->at("file").get<std::string>();
    Sound s{"", "", std::move(*f), peers[path]};
    if (part_of(path, 2) == "excerpts") {
      s.piece = part_of(path, 1);
      if (path.ends_with("/0.flac")) originals.emplace(s.piece, std::move(s));
    } else {
      s.row = part_of(path, 1);
      s.piece = part_of(path, 0);
      s.piece.resize(s.piece.rfind('.'));
      made.push_back(std::move(s));
    }
  }
  std::map<std::string, Row> rows;
  std::vector<std::uint64_t> cross(10001);
  std::uint64_t pairs = 0;
  std::uint64_t alarms = 0;
  for (const Sound& m : made) {
    // A mix also contains another piece: which one the file does not say, so mixes give no cross
    // pairs. Nor do two pieces of one package: they share composers, loops and endings.
    const bool mixed = m.row.find("mix") != std::string::npos;
    for (const auto& [piece, original] : originals) {
      if (own_only && piece != m.piece) continue;
      const unsigned d = peer_distance(original.peer, m.peer);
      if (piece == m.piece) {
        Row& row = rows[m.row];
        ++row.count;
        row.ours += found(original, m) ? 1U : 0U;
        row.peer.push_back(d);
      } else if (!mixed && package_of(piece) != package_of(m.piece)) {
        ++pairs;
        ++cross[d];
        if (!found(original, m)) continue;
        ++alarms;
        std::fprintf(stderr, "false alarm: %s %s/%s\n", piece.c_str(), m.row.c_str(),
                     m.piece.c_str());
      }
    }
  }
  unsigned threshold = own_only ? 100 * static_cast<unsigned>(std::atoi(argv[2])) : 0;
  for (std::uint64_t sum = cross[0];
       !own_only && threshold < 10000 && (sum + cross[threshold + 1]) * 10'000 <= pairs;)
    sum += cross[++threshold];
  std::printf("%-22s %5s  %6s  %6s\n", "transformation", "files", "ours", "fpcalc");
  for (const char* tier : {"light", "medium", "hard"}) print_tier(rows, tier, threshold);
  std::printf(
      "originals %zu, cross pairs %llu, false alarms of ours %llu, threshold of fpcalc %.2f %% of "
      "the bits\n",
      originals.size(), static_cast<unsigned long long>(pairs),
      static_cast<unsigned long long>(alarms), threshold / 100.0);
  return 0;
}
