// SPDX-License-Identifier: Apache-2.0
#include "pois/labels.hpp"

#include <algorithm>
#include <cstring>

#include "base/check.hpp"
#include "base/codec.hpp"
#include "base/endian.hpp"
#include "crypto/sha256.hpp"
#include "crypto/sha256_padded.hpp"
#include "pois/label_shape.hpp"

namespace cess::pois {
namespace {

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

Labeler::Way Labeler::best_way(std::size_t lanes) {
  if (lanes == kRowLanes && sha256_prefers_rows()) return Way::rows;
  return sha256_has_shani() ? Way::in_place : Way::copied;
}

Labeler::Labeler(Graph& graph, std::span<const FillerId> files, Way way)
    : graph_(graph),
      lanes_(files.size()),
      way_(way),
      messages_(files.size() * kMessageMax),
      none_(files.size()),
      draws_(Graph::drg_draw_bytes(kRun)),
      parents_(kKept) {
  CESS_CHECK(!files.empty());
  for (std::size_t i = 0; i < lanes_; ++i) {
    message_.push_back(messages_.data() + i * kMessageMax);
    std::memcpy(messages_.data() + i * kMessageMax, files[i].bytes.data(), FillerId::kSize);
  }
  if (way_ == Way::rows) fixed_rows_.resize(kRowsMax * kRowLanes);
}

// What all messages of a layer share.
void Labeler::start_layer(unsigned layer) {
  degree_ = layer == 1 ? kDrgDegree : kDegree;
  blocks_ = layer == 1 ? kFirstLayerBlocks : kLayerBlocks;
  padding_ = chunk_padding(degree_);
  for (std::size_t i = 0; i < lanes_; ++i) {
    const MutByteView message = MutByteView(messages_).subspan(i * kMessageMax, 64 * blocks_);
    store_le(message.data() + kLayerAt, std::uint32_t{layer});
    pad_sha256(message, kParentsAt + degree_ * kLabelSize);
  }
  if (way_ != Way::rows) return;
  rows_.assign(blocks_ * 16, nullptr);
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    std::uint32_t* to = fixed_rows_.data() + row * kRowLanes;
    rows_[row] = to;
    for (std::size_t i = 0; i < kRowLanes; ++i) {
      to[i] = load_be<std::uint32_t>(message_[i] + 4 * row);
    }
  }
}

void Labeler::make_rows(std::span<Hash256> labels, std::uint32_t v) {
  std::uint32_t* node = fixed_rows_.data() + kNodeRow * kRowLanes;
  std::fill_n(node, kRowLanes, __builtin_bswap32(v));  // LE64 v; its upper half stays zero
  const std::uint32_t** to = rows_.data() + kParentsRow;
  for (const Hash256* parent : std::span(parents_[v % kKept]).first(degree_)) {
    const auto* row = reinterpret_cast<const std::uint32_t*>(parent);
    for (std::size_t j = 0; j < kLabelRows; ++j) *to++ = row + j * kRowLanes;
  }
  auto* out = reinterpret_cast<std::uint32_t*>(labels.data() + v * kRowLanes);
  sha256_rows(std::span<std::uint32_t, kRowHashWords>(out, kRowHashWords), rows_);
}

void Labeler::take(std::span<Hash256* const> out, std::span<const Hash256> labels,
                   std::uint32_t first, std::uint32_t count) const {
  CESS_CHECK(out.size() == lanes_ && (std::size_t{first} + count) * lanes_ <= labels.size());
  if (way_ == Way::rows) {
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
    if (way_ == Way::rows) {
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

// The random bytes of the run of nodes that v is in.
void Labeler::draw(std::uint32_t v) { graph_.draw_drg(draws_, v / kRun * kRun); }

void Labeler::find_parents(std::span<Hash256> labels, std::span<const Hash256> before,
                           std::uint32_t v) {
  const std::size_t in_run = v % kRun;
  if (in_run == 0) draw(v);
  const Hash256** to = parents_[v % kKept].data();
  if (v == 0) {
    for (unsigned j = 0; j < kDrgDegree; ++j) *to++ = none_.data();
  } else {
    const Hash256* at = labels.data();
    for (const std::uint32_t p :
         Graph::drg_parents(v, draws_.data() + Graph::drg_draw_bytes(in_run))) {
      *to++ = at + p * lanes_;
    }
  }
  if (before.empty()) return;
  const Hash256* at = before.data();
  for (const std::uint32_t q : graph_.expander_parents(v)) *to++ = at + q * lanes_;
}

void Labeler::prefetch(const Parents& parents) const {
  for (std::size_t j = 1; j < degree_; ++j) {
    const auto* p = reinterpret_cast<const char*>(parents[j]);
    for (std::size_t i = 0; i < lanes_ * kLabelSize; i += 64) __builtin_prefetch(p + i);
  }
}

void Labeler::make_copied(std::span<Hash256> labels, std::uint32_t v) {
  std::uint8_t* to = messages_.data();
  for (std::size_t i = 0; i < lanes_; ++i) {
    store_le(to + i * kMessageMax + kNodeAt, std::uint64_t{v});
  }
  to += kParentsAt;
  for (const Hash256* parent : std::span(parents_[v % kKept]).first(degree_)) {
    for (std::size_t i = 0; i < lanes_; ++i) {
      std::memcpy(to + i * kMessageMax, parent[i].bytes.data(), kLabelSize);
    }
    to += kLabelSize;
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
  if (first == end) return;
  draw(first);
  for (std::uint32_t v = first; v < std::min(end, first + kAhead); ++v) {
    find_parents(labels, before, v);
    prefetch(parents_[v % kKept]);
  }
  for (std::uint32_t v = first; v < end; ++v) {
    const std::uint32_t ahead = v + kAhead < end ? v + kAhead : kNone;
    if (way_ == Way::in_place) {
      make_in_place(labels, before, v, ahead);
      continue;
    }
    if (ahead != kNone) {
      find_parents(labels, before, ahead);
      prefetch(parents_[ahead % kKept]);
    }
    if (way_ == Way::rows) {
      make_rows(labels, v);
    } else {
      make_copied(labels, v);
    }
  }
}

}  // namespace cess::pois
