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

// Of a message in rows.
constexpr std::size_t kNodeRow = kNodeAt / 4;
constexpr std::size_t kParentsRow = kParentsAt / 4;
constexpr std::size_t kLabelRows = kLabelSize / 4;
constexpr std::size_t kRowsMax = kMessageMax / 4;

const std::uint32_t* rows_of(std::span<const Hash256> labels, std::size_t v) {
  return reinterpret_cast<const std::uint32_t*>(labels.data() + v * kRowLanes);
}

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
  in_rows_ = lanes_ == kRowLanes && sha256_prefers_rows();
  // One row more is zero: the parents that node 0 does not have.
  if (in_rows_) fixed_rows_.resize((kRowsMax + kLabelRows) * kRowLanes);
}

// What all messages of a layer share.
void Labeler::start_layer(unsigned layer) {
  blocks_ = layer == 1 ? kFirstLayerBlocks : kLayerBlocks;
  const std::size_t size = kParentsAt + (layer == 1 ? kDrgDegree : kDegree) * kLabelSize;
  for (std::size_t i = 0; i < lanes_; ++i) {
    const MutByteView message = MutByteView(messages_).subspan(i * kMessageMax, 64 * blocks_);
    store_le(message.data() + kLayerAt, std::uint32_t{layer});
    pad_sha256(message, size);
  }
  if (!in_rows_) return;
  rows_.assign(blocks_ * 16, nullptr);
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    std::uint32_t* to = fixed_rows_.data() + row * kRowLanes;
    rows_[row] = to;
    for (std::size_t i = 0; i < kRowLanes; ++i) {
      to[i] = load_be<std::uint32_t>(message_[i] + 4 * row);
    }
  }
}

void Labeler::make_rows(std::span<Hash256> labels, std::span<const Hash256> before, std::uint32_t v,
                        std::size_t at) {
  std::uint32_t* node = fixed_rows_.data() + kNodeRow * kRowLanes;
  std::fill_n(node, kRowLanes, __builtin_bswap32(v));  // LE64 v; its upper half stays zero
  const auto point = [this](std::size_t parent, const std::uint32_t* row) {
    const std::uint32_t** to = rows_.data() + kParentsRow + parent * kLabelRows;
    for (std::size_t j = 0; j < kLabelRows; ++j) to[j] = row + j * kRowLanes;
  };
  for (unsigned j = 0; j < kDrgDegree; ++j) {
    const std::uint32_t* none = fixed_rows_.data() + kRowsMax * kRowLanes;
    point(j, v == 0 ? none : rows_of(labels, drg_[at][j]));
  }
  if (!before.empty()) {
    for (unsigned j = 0; j < kExpanderDegree; ++j) {
      point(kDrgDegree + j, rows_of(before, expander_[at][j]));
    }
  }
  auto* out = reinterpret_cast<std::uint32_t*>(labels.data() + v * kRowLanes);
  sha256_rows(std::span<std::uint32_t, kRowHashWords>(out, kRowHashWords), rows_);
}

void Labeler::take(std::span<Hash256* const> out, std::span<const Hash256> labels,
                   std::uint32_t first, std::uint32_t count) const {
  CESS_CHECK(out.size() == lanes_ && (std::size_t{first} + count) * lanes_ <= labels.size());
  if (in_rows_) {
    return sha256_unpack_rows(out, {rows_of(labels, first), count * kRowHashWords});
  }
  for (std::size_t lane = 0; lane < lanes_; ++lane) {
    const Hash256* from = labels.data() + std::size_t{first} * lanes_ + lane;
    for (std::uint32_t i = 0; i < count; ++i) out[lane][i] = from[i * lanes_];
  }
}

void Labeler::give(std::span<Hash256> labels, std::size_t lane, std::uint32_t first,
                   std::span<const Hash256> from) const {
  CESS_CHECK(lane < lanes_ && (first + from.size()) * lanes_ <= labels.size());
  Hash256* node = labels.data() + std::size_t{first} * lanes_;
  for (const Hash256& label : from) {
    if (in_rows_) {
      auto* rows = reinterpret_cast<std::uint32_t*>(node);
      for (std::size_t j = 0; j < kLabelRows; ++j) {
        rows[j * kRowLanes + lane] = load_be<std::uint32_t>(label.bytes.data() + 4 * j);
      }
    } else {
      node[lane] = label;
    }
    node += lanes_;
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
  start_layer(layer);
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
      const auto v = static_cast<std::uint32_t>(run + i);
      if (in_rows_) {
        make_rows(labels, before, v, i);
      } else {
        make(labels, before, v, i);
      }
    }
  }
}

}  // namespace cess::pois
