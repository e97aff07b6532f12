// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/chunks.hpp"

#include <algorithm>

#include "fingerprint/hash.hpp"
#include "fingerprint/iscc.hpp"
#include "fingerprint/iscc_tables.hpp"

namespace cess::fp {
namespace {

constexpr std::size_t kChunkSizeMin = 256;
constexpr std::size_t kChunkSizeCentre = 640;
constexpr std::size_t kChunkSizeMax = 8192;
constexpr std::uint32_t kMaskSmall = (1U << 11U) - 1;  ///< before the centre a cut is rare
constexpr std::uint32_t kMaskLarge = (1U << 9U) - 1;   ///< after it, frequent

std::uint64_t chunk_hash(ByteView chunk) {
  std::uint64_t hash = chunk.size() * kGolden;
  for (; chunk.size() >= 8; chunk = chunk.subspan(8)) {
    hash = (hash ^ load_le<std::uint64_t>(chunk.data())) * 0x9fb21c651e98df25U;
    hash ^= hash >> 32U;
  }
  for (const std::uint8_t byte : chunk) hash = (hash ^ byte) * 0x9fb21c651e98df25U;
  return mix64(hash);
}

}  // namespace

std::size_t cut_chunk(ByteView data) {
  const std::size_t size = data.size();
  std::uint32_t pattern = 0;
  std::size_t i = std::min(kChunkSizeMin, size);
  for (const std::size_t end = std::min(kChunkSizeCentre, size); i < end; ++i) {
    pattern = (pattern >> 1U) + kIsccGear[data[i]];
    if ((pattern & kMaskSmall) == 0) return i + 1;
  }
  for (const std::size_t end = std::min(kChunkSizeMax, size); i < end; ++i) {
    pattern = (pattern >> 1U) + kIsccGear[data[i]];
    if ((pattern & kMaskLarge) == 0) return i + 1;
  }
  return i;
}

struct DataHasher::Impl {
  SketchBuilder builder;
  IsccMinHash iscc;
  Bytes tail;  ///< less than a largest chunk: where it ends is not known yet
  std::uint64_t size_bytes = 0;

  void take(ByteView chunk) {
    // All chunks weigh the same: the two low bits are cleared.
    builder.add(chunk_hash(chunk) & ~std::uint64_t{3});
    iscc.add(xxh32(chunk));
  }
  /// Cuts while the next cut is certain; returns what is left.
  ByteView cut(ByteView data) {
    while (data.size() >= kChunkSizeMax) {
      const std::size_t size = cut_chunk(data);
      take(data.first(size));
      data = data.subspan(size);
    }
    return data;
  }
};

DataHasher::DataHasher() : impl_(std::make_unique<Impl>()) {}
DataHasher::~DataHasher() = default;
DataHasher::DataHasher(DataHasher&&) noexcept = default;
DataHasher& DataHasher::operator=(DataHasher&&) noexcept = default;

void DataHasher::update(ByteView part) {
  Impl& my = *impl_;
  my.size_bytes += part.size();
  while (!my.tail.empty() && !part.empty()) {
    // The chunk that began in an earlier part is completed first, from a small buffer.
    const std::size_t more = std::min(part.size(), 2 * kChunkSizeMax - my.tail.size());
    append(my.tail, part.first(more));
    part = part.subspan(more);
    const ByteView rest = my.cut(my.tail);
    const auto used = static_cast<std::ptrdiff_t>(my.tail.size() - rest.size());
    my.tail.erase(my.tail.begin(), my.tail.begin() + used);
    if (more >= my.tail.size()) {  // what is left lies in `part` too: go on there without copying
      part = ByteView(part.data() - my.tail.size(), part.size() + my.tail.size());
      my.tail.clear();
    }
  }
  if (part.empty()) return;
  append(my.tail, my.cut(part));
}

DataFeatures DataHasher::finish() {
  Impl& my = *impl_;
  for (ByteView data = my.tail; !data.empty();) {
    const std::size_t size = cut_chunk(data);
    my.take(data.first(size));
    data = data.subspan(size);
  }
  if (my.size_bytes == 0) my.iscc.add(xxh32({}));
  DataFeatures out;
  out.size_bytes = my.size_bytes;
  out.sketch = my.builder.sketch();
  out.minhash = my.builder.minhash();
  out.iscc = my.iscc.bits256();
  *impl_ = Impl{};
  return out;
}

}  // namespace cess::fp
