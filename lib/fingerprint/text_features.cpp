// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/text_features.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "fingerprint/hash.hpp"
#include "fingerprint/text_scan.hpp"
#include "fingerprint/wide.hpp"

namespace cess::fp {
namespace {

/// Letters of a shingle that earn a second, third and fourth vote.
constexpr std::uint64_t kShingleVotes[] = {12, 17, 22};

std::uint64_t shingle_step(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0x9fb21c651e98df25U;
  return hash ^ (hash >> 29U);
}

std::uint64_t shingle_end(std::uint64_t hash, std::uint64_t letters) {
  std::uint64_t weight = 0;
  for (const std::uint64_t votes : kShingleVotes) weight += letters >= votes ? 1U : 0U;
  return (mix64(hash) & ~std::uint64_t{3}) | weight;
}

/// The shingles that begin at each of the first `size` words.
CESS_FP_WIDER void word_shingles(const Word* __restrict words, std::size_t size,
                                 std::uint64_t* __restrict out) {
  static_assert(kShingleWords == 3);
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint64_t first = shingle_step(0, words[i].hash);
    const std::uint64_t two = shingle_step(first, words[i + 1].hash);
    out[i] = shingle_end(shingle_step(two, words[i + 2].hash),
                         words[i].letters + words[i + 1].letters + words[i + 2].letters);
  }
}

/// One shingle of a text that has no more words.
std::uint64_t short_shingle(std::span<const Word> words) {
  std::uint64_t hash = 0;
  std::uint64_t letters = 0;
  for (const Word& word : words) {
    hash = shingle_step(hash, word.hash);
    letters += word.letters;
  }
  return shingle_end(hash, letters);
}

/// Adds all shingles of kShingleWords words.
void add_shingles(SketchBuilder& builder, std::span<const Word> words) {
  std::array<std::uint64_t, 256> shingles;
  while (words.size() >= kShingleWords) {
    const std::size_t size = std::min(shingles.size(), words.size() - (kShingleWords - 1));
    word_shingles(words.data(), size, shingles.data());
    for (std::size_t i = 0; i < size; ++i) builder.add(shingles[i]);
    words = words.subspan(size);
  }
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
    add_shingles(builder, words);
    words.erase(words.begin(), words.end() - (kShingleWords - 1));
  }
  // A text of one or two words is one feature.
  if (out.words < kShingleWords && !words.empty()) builder.add(short_shingle(words));
  out.sketch = builder.sketch();
  out.minhash = builder.minhash();
  out.simhash = sketch_simhash(out.sketch);
  return out;
}

}  // namespace cess::fp
