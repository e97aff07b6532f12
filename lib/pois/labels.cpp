// SPDX-License-Identifier: Apache-2.0
#include "pois/labels.hpp"

#include <algorithm>
#include <cstring>

#include "base/check.hpp"
#include "base/codec.hpp"
#include "base/endian.hpp"
#include "crypto/sha256.hpp"
#include "crypto/sha256_padded.hpp"

namespace cess::pois {
namespace {

constexpr std::size_t kLayerAt = 32;
constexpr std::size_t kNodeAt = 36;
constexpr std::size_t kParentsAt = 44;
constexpr std::size_t kMessageMax = 64 * kLayerBlocks;
// Nodes between asking for a parent's cache line and hashing it.
constexpr std::size_t kAhead = 6;

static_assert(kParentsAt + kDrgDegree * kLabelSize + 9 <= 64 * kFirstLayerBlocks);
static_assert(kParentsAt + kDegree * kLabelSize + 9 <= 64 * kLayerBlocks);

}  // namespace

Hash256 hash_label(const FillerId& file, unsigned layer, std::uint32_t v,
                   std::span<const Hash256> drg, std::span<const Hash256> expander) {
  Writer w;
  w.id(file).le(std::uint32_t{layer}).le(std::uint64_t{v});
  for (const Hash256& label : drg) w.id(label);
  for (const Hash256& label : expander) w.id(label);
  return sha256(w.bytes());
}

Hash256 hash_column(std::span<const Hash256> column) {
  const std::uint8_t prefix = 0x02;
  return sha256(
      {ByteView(&prefix, 1),
       ByteView(reinterpret_cast<const std::uint8_t*>(column.data()), column.size_bytes())});
}

Labeler::Labeler(Graph& graph, std::span<const FillerId> files)
    : graph_(graph),
      lanes_(files.size()),
      messages_(files.size() * kMessageMax),
      drg_(Graph::kRunMax),
      expander_(Graph::kRunMax) {
  CESS_CHECK(!files.empty());
  for (std::size_t i = 0; i < lanes_; ++i) {
    message_.push_back(messages_.data() + i * kMessageMax);
    std::memcpy(messages_.data() + i * kMessageMax, files[i].bytes.data(), FillerId::kSize);
  }
}

void Labeler::prefetch(std::span<const Hash256> labels, std::span<const Hash256> before,
                       std::size_t at) const {
  const auto touch = [this](const Hash256* row) {
    const auto* p = reinterpret_cast<const char*>(row);
    for (std::size_t i = 0; i < lanes_ * kLabelSize; i += 64) __builtin_prefetch(p + i);
  };
  for (unsigned j = 1; j < kDrgDegree; ++j) touch(labels.data() + drg_[at][j] * lanes_);
  if (before.empty()) return;
  for (const std::uint32_t q : expander_[at]) touch(before.data() + q * lanes_);
}

void Labeler::make(std::span<Hash256> labels, std::span<const Hash256> before, std::uint32_t v,
                   std::size_t at) {
  const auto fill = [this](std::size_t parent, const Hash256* row) {
    std::uint8_t* to = messages_.data() + kParentsAt + parent * kLabelSize;
    for (std::size_t i = 0; i < lanes_; ++i) {
      std::memcpy(to + i * kMessageMax, row[i].bytes.data(), kLabelSize);
    }
  };
  for (std::size_t i = 0; i < lanes_; ++i) {
    store_le(messages_.data() + i * kMessageMax + kNodeAt, std::uint64_t{v});
  }
  if (v == 0) {
    for (std::size_t i = 0; i < lanes_; ++i) {
      std::memset(messages_.data() + i * kMessageMax + kParentsAt, 0, kDrgDegree * kLabelSize);
    }
  } else {
    for (unsigned j = 0; j < kDrgDegree; ++j) fill(j, labels.data() + drg_[at][j] * lanes_);
  }
  if (!before.empty()) {
    for (unsigned j = 0; j < kExpanderDegree; ++j) {
      fill(kDrgDegree + j, before.data() + expander_[at][j] * lanes_);
    }
  }
  sha256_padded(labels.subspan(v * lanes_, lanes_), message_, blocks_);
}

void Labeler::run(std::span<Hash256> labels, std::span<const Hash256> before, unsigned layer,
                  std::uint32_t first, std::uint32_t end) {
  CESS_CHECK(layer >= 1 && layer <= kLayers && before.empty() == (layer == 1));
  CESS_CHECK(labels.size() == graph_.params().nodes() * lanes_);
  CESS_CHECK(layer == 1 || before.size() == labels.size());
  CESS_CHECK(first <= end && end <= graph_.params().nodes());
  blocks_ = layer == 1 ? kFirstLayerBlocks : kLayerBlocks;
  const std::size_t size = kParentsAt + (layer == 1 ? kDrgDegree : kDegree) * kLabelSize;
  for (std::size_t i = 0; i < lanes_; ++i) {
    const MutByteView message = MutByteView(messages_).subspan(i * kMessageMax, 64 * blocks_);
    store_le(message.data() + kLayerAt, std::uint32_t{layer});
    pad_sha256(message, size);
  }
  for (std::uint32_t run = first; run < end; run += Graph::kRunMax) {
    const std::size_t count = std::min<std::size_t>(Graph::kRunMax, end - run);
    graph_.drg_parents(std::span(drg_).first(count), run);
    if (layer > 1) {
      for (std::size_t i = 0; i < count; ++i) {
        expander_[i] = graph_.expander_parents(static_cast<std::uint32_t>(run + i));
      }
    }
    for (std::size_t i = 0; i < std::min(count, kAhead); ++i) prefetch(labels, before, i);
    for (std::size_t i = 0; i < count; ++i) {
      if (i + kAhead < count) prefetch(labels, before, i + kAhead);
      make(labels, before, static_cast<std::uint32_t>(run + i), i);
    }
  }
}

}  // namespace cess::pois
