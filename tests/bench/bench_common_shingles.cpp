// SPDX-License-Identifier: Apache-2.0
// links: fingerprint
// Which shingles texts of different origin share: paths .../GROUP/NAME on standard input, one a
// line. Writes lib/fingerprint/common_shingles_table.hpp, which names what it was made of: a Bloom
// filter of the shingles that occur in texts of at least GROUPS_MIN groups, the most frequent
// first, until the filter is full enough.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "fingerprint/common_shingles.hpp"
#include "fingerprint/kinds.hpp"
#include "fingerprint/text_extract.hpp"
#include "fingerprint/text_features.hpp"

namespace {

/// Licences and preambles are at the head.
constexpr std::size_t kHead = 8'000;

std::string group_of(const std::string& path) {
  const auto end = path.rfind('/');
  const auto begin = path.rfind('/', end - 1);
  return path.substr(begin + 1, end - begin - 1);
}

/// All shingles: a sketch is complete for texts of up to 256, so the text is taken in pieces that
/// overlap.
void add_shingles(std::string_view text, std::set<std::uint64_t>& to) {
  constexpr std::size_t kPiece = 600;
  constexpr std::size_t kLap = 100;
  for (std::size_t at = 0; at < text.size(); at += kPiece) {
    const auto f = cess::fp::text_features(text.substr(at, kPiece + kLap));
    to.insert(f.sketch.smallest.begin(), f.sketch.smallest.end());
  }
}

}  // namespace

int main(int argc, char** argv) {
  const unsigned groups_min = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 3;
  const std::size_t count_max = argc > 2 ? static_cast<std::size_t>(std::atoi(argv[2])) : 16000;
  std::map<std::string, std::set<std::uint64_t>> groups;
  std::string path;
  std::size_t files = 0;
  while (std::getline(std::cin, path)) {
    std::ifstream in(path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    const auto view = cess::as_bytes(bytes);
    const auto found = cess::fp::detect(view);
    std::string store;
    const auto text = cess::fp::extract_text(view, found.type, store);
    if (found.kind != cess::fp::Kind::text || !text) continue;
    ++files;
    add_shingles(text->substr(0, kHead), groups[group_of(path)]);
  }
  std::unordered_map<std::uint64_t, unsigned> counts;
  for (const auto& [name, all] : groups) {
    for (const std::uint64_t shingle : all) ++counts[shingle];
  }
  std::vector<std::pair<unsigned, std::uint64_t>> common;
  for (const auto& [shingle, n] : counts) {
    if (n >= groups_min) common.emplace_back(n, shingle);
  }
  std::sort(common.begin(), common.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  std::fprintf(stderr, "%zu files, %zu groups, %zu shingles, %zu in %u groups or more\n", files,
               groups.size(), counts.size(), common.size(), groups_min);
  if (common.size() > count_max) common.resize(count_max);
  std::array<std::uint64_t, cess::fp::kCommonShingleWords> words{};
  for (const auto& [n, shingle] : common) {
    for (const std::size_t bit : cess::fp::common_shingle_bits(shingle))
      words[bit / 64] |= std::uint64_t{1} << (bit % 64);
  }
  std::printf(
      "// SPDX-License-Identifier: Apache-2.0\n"
      "// Made by tests/bench/fingerprint/common of %zu texts of %zu source packages of Debian 12: "
      "the\n"
      "// %zu shingles that occur in %u packages or more. What it means: common_shingles.hpp.\n"
      "#pragma once\n\n#include <cstdint>\n\nnamespace cess::fp {\n\n// clang-format off\n"
      "inline constexpr std::uint64_t kCommonShingles[%zu] = {\n",
      files, groups.size(), common.size(), common.empty() ? groups_min : common.back().first,
      words.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::printf("0x%016llx,%s", static_cast<unsigned long long>(words[i]),
                i % 6 == 5 || i + 1 == words.size() ? "\n" : "");
  }
  std::printf("};\n// clang-format on\n\n}  // namespace cess::fp\n");
  return 0;
}
