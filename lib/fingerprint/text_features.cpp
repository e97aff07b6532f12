// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/text_features.hpp"

#include <algorithm>

#include "fingerprint/hash.hpp"
#include "fingerprint/text_scan.hpp"

namespace cess::fp {
namespace {

/// Letters of a shingle that earn a second, third and fourth vote.
constexpr std::uint32_t kShingleVotes[] = {12, 17, 22};

std::uint64_t word_shingle(const Word* words, std::size_t count) {
  std::uint64_t hash = 0;
  std::uint32_t letters = 0;
  for (std::size_t i = 0; i < count; ++i) {
    hash = (hash ^ words[i].hash) * 0x9fb21c651e98df25U;
    hash ^= hash >> 29U;
    letters += words[i].letters;
  }
  const std::uint64_t weight = (letters >= kShingleVotes[0] ? 1U : 0U) +
                               (letters >= kShingleVotes[1] ? 1U : 0U) +
                               (letters >= kShingleVotes[2] ? 1U : 0U);
  return (mix64(hash) & ~std::uint64_t{3}) | weight;
}

}  // namespace

TextFeatures text_features(std::string_view utf8) {
  // What it has asked of ICU is known to the next text of this thread.
  static thread_local TextScanner scanner;
  SketchBuilder builder;
  TextFeatures out;
  std::vector<Word> words;
  while (!utf8.empty()) {
    const std::size_t before = words.size();
    utf8.remove_prefix(scanner.scan(utf8, words));
    out.words += words.size() - before;
    if (words.size() < kShingleWords) continue;
    for (std::size_t i = 0; i + kShingleWords <= words.size(); ++i)
      builder.add(word_shingle(words.data() + i, kShingleWords));
    words.erase(words.begin(), words.end() - (kShingleWords - 1));
  }
  // A text of one or two words is one feature.
  if (out.words < kShingleWords && !words.empty())
    builder.add(word_shingle(words.data(), words.size()));
  out.sketch = builder.sketch();
  out.minhash = builder.minhash();
  out.simhash = sketch_simhash(out.sketch);
  return out;
}

}  // namespace cess::fp
