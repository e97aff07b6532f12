// SPDX-License-Identifier: Apache-2.0
#include "chain/state/rights/index.hpp"

#include <algorithm>
#include <bit>

#include "base/endian.hpp"

namespace cess::rights {
namespace {

// The last page of a bucket, and where it stands; page 0 and nothing if the bucket is empty.
struct LastPage {
  std::uint8_t at = 0;
  Page page;
};

LastPage last_page(const State& state, Kind kind, std::uint8_t band, std::uint16_t value) {
  LastPage last;
  constexpr auto kPages = static_cast<std::uint8_t>(kBucketMax / kPageEntries);
  for (std::uint8_t at = 0; at < kPages; ++at) {
    auto page = kBuckets.get(state, kind, band, value, at);
    if (!page) break;
    last = {at, std::move(*page)};
  }
  return last;
}

void put_page(State& state, Kind kind, std::uint8_t band, std::uint16_t value,
              const LastPage& last) {
  if (last.page.entries.empty()) {
    kBuckets.erase(state, kind, band, value, last.at);
  } else {
    kBuckets.put(state, kind, band, value, last.at, last.page);
  }
}

std::string bucket_prefix(Kind kind, std::uint8_t band, std::uint16_t value) {
  std::string key = kBuckets.key(kind, band, value, 0);
  key.pop_back();
  return key;
}

// The hot loop: a page's bytes as they lie, without making entries of them. The count before the
// entries takes one byte.
constexpr std::size_t kEntryBytes = sizeof(Word) + 8;
static_assert(kPageEntries < 64);
void look_through(std::string_view page, const Word& word, unsigned radius,
                  std::vector<Match>& found) {
  const ByteView bytes = as_bytes(page);
  for (std::size_t at = 1; at + kEntryBytes <= bytes.size(); at += kEntryBytes) {
    int bits = 0;
    for (std::size_t i = 0; i < sizeof(Word); i += 8)
      bits +=
          std::popcount(load_le<std::uint64_t>(&bytes[at + i]) ^ load_le<std::uint64_t>(&word[i]));
    if (static_cast<unsigned>(bits) <= radius)
      found.push_back(
          {load_le<std::uint64_t>(&bytes[at + sizeof(Word)]), static_cast<unsigned>(bits)});
  }
}

// All that the buckets of a word have within the radius, a word as often as it is met.
std::vector<Match> look_up(const State& state, Kind kind, const Word& word, unsigned radius) {
  std::vector<Match> found;
  if (word == Word{}) return found;
  for (std::uint8_t band = 0; band < kBands; ++band) {
    const std::uint16_t value = band_of(word, band);
    for (unsigned probe = 0; probe <= kBandBits; ++probe) {
      const auto flip = probe == kBandBits ? 0U : 1U << probe;
      const auto look = static_cast<std::uint16_t>(value ^ flip);
      const std::string prefix = bucket_prefix(kind, band, look);
      state.scan(prefix, {}, [&](std::string_view, std::string_view page) {
        look_through(page, word, radius, found);
        return true;
      });
    }
  }
  return found;
}

// Of several with one number the first stays. A table of slots, since sorting the most there can be
// takes longer than finding them.
void keep_first_of_each(std::vector<Match>& found) {
  const std::size_t slots = std::bit_ceil(2 * found.size() + 1);
  std::vector<std::uint64_t> seen(slots);  // the number and 1; 0: free
  std::size_t kept = 0;
  for (const Match& m : found) {
    std::size_t at = (m.number * 0x9e3779b97f4a7c15U >> 32U) & (slots - 1);
    while (seen[at] != 0 && seen[at] != m.number + 1) at = (at + 1) & (slots - 1);
    if (seen[at] != 0) continue;
    seen[at] = m.number + 1;
    found[kept++] = m;
  }
  found.resize(kept);
}

// Takes the word out of one bucket; the bucket's last word takes its place.
void take_out(State& state, Kind kind, std::uint8_t band, std::uint16_t value,
              std::uint64_t number) {
  LastPage last = last_page(state, kind, band, value);
  const auto is_it = [&](const Entry& e) { return e.number == number; };
  for (std::uint8_t at = 0; at <= last.at; ++at) {
    Page page = at == last.at ? last.page : kBuckets.get_or_default(state, kind, band, value, at);
    const auto it = std::find_if(page.entries.begin(), page.entries.end(), is_it);
    if (it == page.entries.end()) continue;
    const Entry moved = last.page.entries.back();
    last.page.entries.pop_back();
    if (at != last.at) {
      *it = moved;
      kBuckets.put(state, kind, band, value, at, page);
    } else if (moved.number != number) {
      last.page.entries[static_cast<std::size_t>(it - page.entries.begin())] = moved;
    }
    return put_page(state, kind, band, value, last);
  }
  CESS_CHECK(false);
}

}  // namespace

std::uint16_t band_of(const Word& word, unsigned band) {
  return load_be<std::uint16_t>(&word[2 * std::size_t{band}]);
}

unsigned distance_of(const Word& a, const Word& b) {
  int bits = 0;
  for (std::size_t i = 0; i < a.size(); i += 8) {
    bits += std::popcount(load_le<std::uint64_t>(&a[i]) ^ load_le<std::uint64_t>(&b[i]));
  }
  return static_cast<unsigned>(bits);
}

std::uint16_t add_word(State& state, Kind kind, const Word& word, std::uint64_t number) {
  if (word == Word{}) return 0;
  std::uint16_t bands = 0;
  for (std::uint8_t band = 0; band < kBands; ++band) {
    const std::uint16_t value = band_of(word, band);
    LastPage last = last_page(state, kind, band, value);
    if (last.page.entries.size() == kPageEntries) {
      if ((std::size_t{last.at} + 1) * kPageEntries == kBucketMax) continue;
      last = {static_cast<std::uint8_t>(last.at + 1), {}};
    }
    last.page.entries.push_back({word, number});
    put_page(state, kind, band, value, last);
    bands = static_cast<std::uint16_t>(bands | 1U << band);
  }
  return bands;
}

void remove_word(State& state, Kind kind, const Word& word, std::uint64_t number,
                 std::uint16_t bands) {
  for (std::uint8_t band = 0; band < kBands; ++band) {
    if ((bands >> band & 1U) != 0) take_out(state, kind, band, band_of(word, band), number);
  }
}

std::vector<Match> find_near(const State& state, Kind kind, const Word& word, unsigned radius) {
  std::vector<Match> found = look_up(state, kind, word, radius);
  std::sort(found.begin(), found.end(), [](const Match& a, const Match& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.number < b.number;
  });
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

Earliest find_earliest(const State& state, Kind kind, const Word& word, unsigned radius,
                       std::size_t limit) {
  std::vector<Match> found = look_up(state, kind, word, radius);
  keep_first_of_each(found);
  Earliest out;
  out.count = found.size();
  const auto earlier = [](const Match& a, const Match& b) { return a.number < b.number; };
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(limit, found.size()));
  std::partial_sort(found.begin(), end, found.end(), earlier);
  out.matches.assign(found.begin(), end);
  return out;
}

std::uint8_t reach_of(std::uint16_t bands) {
  const int n = std::popcount(bands);
  return n == 0 ? 0 : static_cast<std::uint8_t>(2 * n - 1);
}

}  // namespace cess::rights
