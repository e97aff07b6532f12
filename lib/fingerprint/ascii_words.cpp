// SPDX-License-Identifier: Apache-2.0
// Character by character, half of the time goes into waiting for the word's hash and half into not
// knowing where it ends. So borders are found first, 64 bytes at a time; then 16 words are hashed
// side by side, as far as the longest goes.
#include "fingerprint/ascii_words.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/bytes.hpp"
#include "base/endian.hpp"
#include "fingerprint/wide.hpp"

namespace cess::fp {
namespace {

constexpr std::size_t kAsciiChunk = 64;
constexpr std::size_t kLettersAtOnce = 8;
/// Side by side costs what kLanes words as long as the longest do. Where the words there are have
/// less than a fifth of these letters they are hashed one by one.
constexpr std::size_t kLanesIdleMax = 5;
using Four = std::uint64_t __attribute__((vector_size(32)));

/// One bit for each of 64 bytes that are 0 or 1.
std::uint64_t as_bits(const std::uint8_t* flags) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < kAsciiChunk / 8; ++i) {
    const auto eight = load_le<std::uint64_t>(flags + 8 * i);
    bits |= ((eight * 0x0102040810204080U) >> 56U) << (8 * i);
  }
  return bits;
}

/// Where the lowest bit that is set stands, of bits that begin at `at`.
std::uint16_t bit_place(std::size_t at, std::uint64_t bits) {
  return static_cast<std::uint16_t>(at + static_cast<unsigned>(std::countr_zero(bits)));
}

/// Folds a chunk, as fold_ascii() does, and marks its letters by 1; false if it is not all ASCII or
/// has a hyphen that ends a line. One byte behind the chunk is read. Masks instead of branches, so
/// that the compiler makes vectors of it.
CESS_FP_WIDER bool fold_chunk(const std::uint8_t* __restrict text, std::uint8_t* __restrict folded,
                              std::uint8_t* __restrict flags) {
  std::uint32_t other = 0;
  for (std::size_t i = 0; i < kAsciiChunk; ++i) {
    const std::uint8_t f = fold_ascii(text[i]);
    folded[i] = f;
    flags[i] = f != 0 ? 1 : 0;
    const std::uint8_t hyphen = text[i] == '-' ? 0x80 : 0;
    const std::uint8_t line_end = text[i + 1] == '\n' || text[i + 1] == '\r' ? 0x80 : 0;
    other |= (text[i] & 0x80U) | (hyphen & line_end);
  }
  return other == 0;
}

/// The first `size` bytes of eight; zeros behind them.
inline std::uint64_t first_bytes(std::uint64_t eight, std::size_t size) {
  return size >= 8 ? eight : eight & ((std::uint64_t{1} << (8 * size)) - 1);
}

/// The next letter of four words, which leaves `letters`; 0: the word has ended.
inline __attribute__((always_inline)) void hash_letters(Four& state, Four& letters) {
  const Four letter = letters & 0xffU;
  Four next = (state ^ letter) * kWordStep;
  next ^= next >> 32U;
  const Four has = Four{} - ((letter + 0xffU) >> 8U);
  state ^= (state ^ next) & has;
  letters >>= 8U;
}

}  // namespace

/// Folds the text's beginning and finds its words; the bytes taken.
std::size_t AsciiWords::find(std::string_view text) {
  const std::uint8_t* const bytes = as_bytes(text).data();
  const std::size_t size = std::min(text.size(), kSize + 1);
  alignas(kAsciiChunk) std::array<std::uint8_t, kAsciiChunk> flags;
  std::size_t starts = 0;
  std::size_t ends = 0;
  std::uint64_t within = 0;  ///< 1: the last byte is a letter
  std::size_t at = 0;
  for (; at + kAsciiChunk < size; at += kAsciiChunk) {
    if (!fold_chunk(bytes + at, folded_.data() + at, flags.data())) break;
    const std::uint64_t letters = as_bits(flags.data());
    const std::uint64_t behind_letter = (letters << 1U) | within;
    for (std::uint64_t s = letters & ~behind_letter; s != 0; s &= s - 1)
      starts_[starts++] = bit_place(at, s);
    for (std::uint64_t e = ~letters & behind_letter; e != 0; e &= e - 1)
      ends_[ends++] = bit_place(at, e);
    within = letters >> 63U;
  }
  count_ = ends;
  return starts == ends ? at : starts_[ends];
}

/// Hashes kLanes words, or as many as are left, from the `first` on.
CESS_FP_WIDER void AsciiWords::hash(std::size_t first, Word* out) const {
  const std::size_t lanes = std::min(kLanes, count_ - first);
  std::array<std::size_t, kLanes> starts{};
  std::array<std::size_t, kLanes> ends{};
  std::size_t longest = 0;
  std::size_t all = 0;
  for (std::size_t i = 0; i < lanes; ++i) {
    starts[i] = starts_[first + i];
    ends[i] = ends_[first + i];
    longest = std::max(longest, ends[i] - starts[i]);
    all += ends[i] - starts[i];
  }
  if (longest * kLanes > kLanesIdleMax * all) {
    for (std::size_t i = 0; i < lanes; ++i) {
      WordHash word;
      for (std::size_t at = starts[i]; at < ends[i]; ++at) word.add(folded_[at]);
      out[i] = {word.state, word.letters};
    }
    return;
  }
  Four a = Four{} + kWordSeed;
  Four b = a;
  Four c = a;
  Four d = a;
  for (std::size_t done = 0; done < longest; done += kLettersAtOnce) {
    std::array<std::uint64_t, kLanes> letters;
    for (std::size_t i = 0; i < kLanes; ++i) {
      const std::size_t at = std::min(starts[i] + done, ends[i]);
      letters[i] = first_bytes(load_le<std::uint64_t>(folded_.data() + at), ends[i] - at);
    }
    Four letters_a;
    Four letters_b;
    Four letters_c;
    Four letters_d;
    std::memcpy(&letters_a, &letters[0], sizeof letters_a);
    std::memcpy(&letters_b, &letters[4], sizeof letters_b);
    std::memcpy(&letters_c, &letters[8], sizeof letters_c);
    std::memcpy(&letters_d, &letters[12], sizeof letters_d);
    const std::size_t steps = std::min(kLettersAtOnce, longest - done);
    for (std::size_t k = 0; k < steps; ++k) {
      hash_letters(a, letters_a);
      hash_letters(b, letters_b);
      hash_letters(c, letters_c);
      hash_letters(d, letters_d);
    }
  }
  std::array<std::uint64_t, kLanes> states;
  std::memcpy(&states[0], &a, sizeof a);
  std::memcpy(&states[4], &b, sizeof b);
  std::memcpy(&states[8], &c, sizeof c);
  std::memcpy(&states[12], &d, sizeof d);
  for (std::size_t i = 0; i < lanes; ++i) out[i] = {states[i], ends[i] - starts[i]};
}

std::size_t AsciiWords::scan(std::string_view text, std::vector<Word>& out) {
  const std::size_t taken = find(text);
  const std::size_t before = out.size();
  out.resize(before + count_);
  for (std::size_t first = 0; first < count_; first += kLanes)
    hash(first, out.data() + before + first);
  return taken;
}

}  // namespace cess::fp
