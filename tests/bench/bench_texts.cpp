// SPDX-License-Identifier: Apache-2.0
// links: fingerprint
// The table of the evaluation of texts: paths .../GROUP/NAME on standard input, at most 20,000
// bytes of each. Every text is altered in the tiers of doc/fingerprints.md, by a generator with a
// fixed seed; told is the share that is still found by our verdict, and by the peers at the largest
// distance that at most one in 10^4 of the cross pairs (an altered text and an original of another
// group) comes to:
//   simhash64   64 bits over the words (the white paper's)
//   minhash256  one bit of each of 256 minima over shingles of three words
//   simhash256  over the same shingles
#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "fingerprint/compare.hpp"
#include "fingerprint/hash.hpp"
#include "fingerprint/set_features.hpp"
#include "fingerprint/simhash.hpp"
#include "fingerprint/text_features.hpp"

namespace {

using cess::fp::Content;
using cess::fp::Verdict;
using Words = std::vector<std::string>;  ///< each with the blanks and line ends behind it

constexpr std::size_t kPeers = 3;
constexpr std::array<const char*, kPeers> kPeerNames = {"simhash64", "minhash256", "simhash256"};

struct Chance {
  std::uint64_t state;
  std::uint64_t below(std::uint64_t n) { return cess::fp::mix64(state += cess::fp::kGolden) % n; }
};

struct Text {
  std::string group;
  Content content;
  std::uint64_t simhash64 = 0;
};

Words words_of(const std::string& text) {
  Words out;
  bool blank = true;
  for (const char c : text) {
    const bool now = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (blank && !now) out.emplace_back();
    if (!out.empty()) out.back().push_back(c);
    blank = now;
  }
  return out;
}

std::string joined(const Words& w, std::size_t from, std::size_t to) {
  std::string out;
  for (std::size_t i = from; i < to; ++i) out += w[i];
  return out;
}

/// Of 100 words `percent` replaced by another word of the text, left out, or said before another.
std::string edited(const Words& w, unsigned percent, Chance chance) {
  std::string out;
  for (const std::string& word : w) {
    if (chance.below(100) >= percent) {
      out += word;
      continue;
    }
    const std::uint64_t what = chance.below(3);
    if (what != 1) out += w[chance.below(w.size())];
    if (what == 2) out += word;
  }
  return out;
}

std::string shuffled(const Words& w, std::size_t parts, Chance chance) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < parts; ++i)
    all.push_back(joined(w, w.size() * i / parts, w.size() * (i + 1) / parts));
  for (std::size_t i = parts; i > 1; --i) std::swap(all[i - 1], all[chance.below(i)]);
  std::string out;
  for (const std::string& p : all) out += p + "\n\n";
  return out;
}

std::string reflowed(const Words& w, std::size_t width) {
  std::string out;
  std::size_t column = 0;
  for (const std::string& word : w) {
    const std::string bare = word.substr(0, word.find_last_not_of(" \n\t\r") + 1);
    if (column + bare.size() > width) out += "\r\n", column = 0;
    out += bare + ' ';
    column += bare.size() + 1;
  }
  return out;
}

std::string mapped(const std::string& text, int (*change)(int)) {
  std::string out;
  for (const char c : text) {
    const int to = static_cast<unsigned char>(c) < 0x80 ? change(c) : c;
    out.push_back(static_cast<char>(to));
  }
  return out;
}
int upper(int c) { return c >= 'a' && c <= 'z' ? c - 32 : c; }
int no_marks(int c) {
  return c == ',' || c == ';' || c == ':' || c == '"' || c == '(' || c == ')' ? ' ' : c;
}

std::map<std::string, std::string> altered(const std::string& text, const std::string& other,
                                           std::uint64_t seed) {
  const Words w = words_of(text);
  const Words o = words_of(other);
  const std::size_t n = w.size();
  const Chance chance{seed};
  const std::size_t at = Chance{seed + 1}.below(n / 2 + 1);
  return {
      {"light.reflow", reflowed(w, 60)},
      {"light.upper", mapped(text, upper)},
      {"light.marks", mapped(text, no_marks)},
      {"light.edit1", edited(w, 1, chance)},
      {"medium.edit3", edited(w, 3, chance)},
      {"medium.edit5", edited(w, 5, chance)},
      {"medium.shuffle", shuffled(w, 8, chance)},
      {"medium.trim10", joined(w, n / 20, n - n / 20)},
      {"hard.edit10", edited(w, 10, chance)},
      {"hard.edit20", edited(w, 20, chance)},
      {"hard.first half", joined(w, 0, n / 2)},
      {"hard.last half", joined(w, n / 2, n)},
      {"hard.quarter", joined(w, at, at + n / 4)},
      {"hard.half, edit10", edited(words_of(joined(w, at, at + n / 2)), 10, chance)},
      {"hard.in another", joined(o, 0, o.size() / 2) + text + joined(o, o.size() / 2, o.size())},
      {"hard.half in another", other + joined(w, 0, n / 2)}};
}

Text features_of(const std::string& text, std::string group) {
  Text out;
  out.group = std::move(group);
  const auto f = cess::fp::text_features(text);
  cess::fp::add_set_features(out.content, "text", f.sketch, f.minhash);
  cess::fp::SimHash<1> votes;
  for (std::string word : words_of(text)) {
    word = mapped(word.substr(0, word.find_last_not_of(" \n\t\r.,;:") + 1),
                  [](int c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    votes.add(cess::fp::token_seed(word));
  }
  out.simhash64 = cess::fp::word(votes);
  return out;
}

std::array<std::size_t, kPeers> peers(const Text& a, const Text& b) {
  const auto bits = [](const Text& t, const char* name) {
    return cess::ByteView(t.content.find(name)->data);
  };
  return {static_cast<std::size_t>(std::popcount(a.simhash64 ^ b.simhash64)),
          cess::fp::hamming(bits(a, "text_minhash"), bits(b, "text_minhash")),
          cess::fp::hamming(bits(a, "text_simhash"), bits(b, "text_simhash"))};
}

bool found(const Text& a, const Text& b) {
  const Verdict v = cess::fp::compare_text(a.content, b.content).verdict;
  return v == Verdict::same || v == Verdict::derived;
}

struct Row {
  unsigned count = 0;
  unsigned ours = 0;
  std::array<std::vector<std::size_t>, kPeers> distances;
};
using Cross = std::array<std::array<std::uint64_t, 257>, kPeers>;

/// The largest distance within which one in 10^4 cross pairs or fewer are; -1 if there is none.
int threshold_of(const std::array<std::uint64_t, 257>& cross, std::uint64_t pairs) {
  std::uint64_t sum = 0;
  int d = 0;
  while (d <= 256 && (sum + cross[static_cast<std::size_t>(d)]) * 10'000 <= pairs)
    sum += cross[static_cast<std::size_t>(d++)];
  return d - 1;
}

void print(const std::map<std::string, Row>& rows, const std::array<int, kPeers>& thresholds) {
  std::printf("%-22s %5s  %6s", "transformation", "texts", "ours");
  for (const char* name : kPeerNames) std::printf("  %10s", name);
  for (const std::string tier : {"light", "medium", "hard"}) {
    std::array<double, kPeers + 1> sums{};
    std::array<double, kPeers + 1> worst{1, 1, 1, 1};
    unsigned n = 0;
    for (const auto& [name, row] : rows) {
      if (!name.starts_with(tier)) continue;
      ++n;
      std::array<double, kPeers + 1> shares{};
      shares[0] = static_cast<double>(row.ours) / row.count;
      for (std::size_t p = 0; p < kPeers; ++p) {
        const auto hits =
            std::count_if(row.distances[p].begin(), row.distances[p].end(),
                          [&](std::size_t d) { return static_cast<int>(d) <= thresholds[p]; });
        shares[p + 1] = static_cast<double>(hits) / row.count;
      }
      std::printf("\n%-22s %5u  %6.3f", name.c_str(), row.count, shares[0]);
      for (std::size_t p = 1; p <= kPeers; ++p) std::printf("  %10.3f", shares[p]);
      for (std::size_t p = 0; p <= kPeers; ++p)
        sums[p] += shares[p], worst[p] = std::min(worst[p], shares[p]);
    }
    std::printf("\n%-22s %5s  %6.3f", (tier + " mean").c_str(), "", sums[0] / n);
    for (std::size_t p = 1; p <= kPeers; ++p) std::printf("  %10.3f", sums[p] / n);
    std::printf("\n%-22s %5s  %6.3f", (tier + " worst").c_str(), "", worst[0]);
    for (std::size_t p = 1; p <= kPeers; ++p) std::printf("  %10.3f", worst[p]);
    std::printf("\n");
  }
}

}  // namespace

int main() {
  std::vector<std::pair<std::string, std::string>> sources;
  std::string path;
  while (std::getline(std::cin, path)) {
    std::ifstream in(path, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    // Heads and tails are licences and templates more often than not.
    if (text.size() < 8'000) continue;
    text = text.substr(4'000, std::min<std::size_t>(text.size() - 6'000, 20'000));
    const auto end = path.rfind('/');
    const auto begin = path.rfind('/', end - 1);
    if (words_of(text).size() >= 300)
      sources.emplace_back(path.substr(begin + 1, end - begin - 1), text);
  }
  std::vector<Text> originals;
  for (const auto& [group, text] : sources) originals.push_back(features_of(text, group));
  std::map<std::string, Row> rows;
  Cross cross{};
  std::uint64_t pairs = 0;
  std::uint64_t alarms = 0;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const std::size_t with = (i + sources.size() / 2) % sources.size();
    for (const auto& [name, text] : altered(sources[i].second, sources[with].second, i + 1)) {
      const Text t = features_of(text, sources[i].first);
      Row& row = rows[name];
      ++row.count;
      row.ours += found(originals[i], t) ? 1U : 0U;
      const auto own = peers(originals[i], t);
      for (std::size_t p = 0; p < kPeers; ++p) row.distances[p].push_back(own[p]);
      for (std::size_t j = 0; j < originals.size(); ++j) {
        if (originals[j].group == t.group || originals[j].group == originals[with].group) continue;
        ++pairs;
        alarms += found(originals[j], t) ? 1U : 0U;
        const auto d = peers(originals[j], t);
        for (std::size_t p = 0; p < kPeers; ++p) ++cross[p][d[p]];
      }
    }
  }
  std::array<int, kPeers> thresholds{};
  for (std::size_t p = 0; p < kPeers; ++p) thresholds[p] = threshold_of(cross[p], pairs);
  print(rows, thresholds);
  std::printf(
      "\noriginals %zu, cross pairs %llu, false alarms of ours %llu (%.1e); thresholds of the "
      "peers %d, %d, %d\n",
      originals.size(), static_cast<unsigned long long>(pairs),
      static_cast<unsigned long long>(alarms),
      static_cast<double>(alarms) / static_cast<double>(pairs), thresholds[0], thresholds[1],
      thresholds[2]);
  return 0;
}
