// SPDX-License-Identifier: Apache-2.0
// Positions: the nodes in post-order, as they are made. The perfect tree over leaves
// [i·2^h, (i+1)·2^h) is finished by its last leaf, h nodes after that leaf's own.
#include "merkle/mmr.hpp"

#include <array>
#include <bit>

#include "base/check.hpp"
#include "base/codec.hpp"
#include "base/endian.hpp"
#include "crypto/sha256.hpp"
#include "merkle/tree.hpp"

namespace cess {
namespace {

constexpr std::uint8_t kRootPrefix = 0x02;

Hash256 root_of(std::uint64_t count, const Hash256& bag) {
  std::array<std::uint8_t, 8> le{};
  store_le(le.data(), count);
  return sha256({ByteView(&kRootPrefix, 1), le, bag.view()});
}

// Peaks folded from the right; `peaks` is not empty.
Hash256 bag_of(std::span<const Hash256> peaks) {
  Hash256 bag = peaks.back();
  for (std::size_t i = peaks.size() - 1; i-- > 0;) bag = merkle_node(peaks[i], bag);
  return bag;
}

std::uint64_t position_of(unsigned height, std::uint64_t index) {
  return mmr_node_count(((index + 1) << height) - 1) + height;
}

// The peak that holds leaf `index` of `count`: where it starts and how high it is.
struct Peak {
  std::uint64_t start = 0;
  unsigned height = 0;
};
Peak peak_of(std::uint64_t index, std::uint64_t count) {
  Peak peak;
  for (std::uint64_t left = count;; left -= std::uint64_t{1} << peak.height) {
    peak.height = static_cast<unsigned>(std::bit_width(left)) - 1;
    if (index - peak.start < std::uint64_t{1} << peak.height) return peak;
    peak.start += std::uint64_t{1} << peak.height;
  }
}

// How many hashes a path has: up the peak, the bag to its right, the peaks to its left.
std::size_t path_size(std::uint64_t index, std::uint64_t count) {
  const Peak peak = peak_of(index, count);
  const std::uint64_t right = count - peak.start - (std::uint64_t{1} << peak.height);
  return peak.height + (right != 0 ? 1U : 0U) + static_cast<std::size_t>(std::popcount(peak.start));
}

}  // namespace

std::uint64_t mmr_node_count(std::uint64_t count) {
  return 2 * count - static_cast<std::uint64_t>(std::popcount(count));
}

void MmrPeaks::append(const Hash256& value) {
  CESS_CHECK(count_ < kMmrCountMax);
  Hash256 node = merkle_leaf(value.view());
  for (std::uint64_t left = count_; left % 2 == 1; left /= 2) {
    node = merkle_node(peaks_.back(), node);
    peaks_.pop_back();
  }
  peaks_.push_back(node);
  ++count_;
}

Hash256 MmrPeaks::root() const { return count_ == 0 ? Hash256{} : root_of(count_, bag_of(peaks_)); }

Bytes MmrPeaks::encode() const {
  Writer out;
  out.le(count_);
  for (const Hash256& p : peaks_) out.id(p);
  return out.take();
}

Result<MmrPeaks> MmrPeaks::parse(ByteView bytes) {
  Reader in(bytes, "range peaks");
  MmrPeaks peaks;
  CESS_TRY_ASSIGN(peaks.count_, in.le<std::uint64_t>("count"));
  if (peaks.count_ > kMmrCountMax) return in.refuse("too many leaves");
  peaks.peaks_.resize(static_cast<std::size_t>(std::popcount(peaks.count_)));
  for (Hash256& p : peaks.peaks_) {
    CESS_TRY_ASSIGN(p, in.id<Hash256>("peak"));
  }
  CESS_TRY(in.end());
  return peaks;
}

Bytes MmrProof::encode() const {
  CESS_CHECK(path.size() <= kMmrPathMax);
  Writer out;
  out.le(count).le(index).le(static_cast<std::uint8_t>(path.size()));
  for (const Hash256& p : path) out.id(p);
  return out.take();
}

Result<MmrProof> MmrProof::parse(ByteView bytes) {
  Reader in(bytes, "range proof");
  MmrProof proof;
  CESS_TRY_ASSIGN(proof.count, in.le<std::uint64_t>("count"));
  CESS_TRY_ASSIGN(proof.index, in.le<std::uint64_t>("index"));
  CESS_TRY_ASSIGN(const auto size, in.le<std::uint8_t>("path size"));
  if (proof.count > kMmrCountMax) return in.refuse("too many leaves");
  if (proof.index >= proof.count) return in.refuse("leaf past the end of the range");
  if (size != path_size(proof.index, proof.count)) return in.refuse("path of the wrong size");
  proof.path.resize(size);
  for (Hash256& p : proof.path) {
    CESS_TRY_ASSIGN(p, in.id<Hash256>("path"));
  }
  CESS_TRY(in.end());
  return proof;
}

bool verify_mmr(const Hash256& root, const Hash256& value, const MmrProof& proof) {
  if (proof.count > kMmrCountMax || proof.index >= proof.count ||
      proof.path.size() != path_size(proof.index, proof.count)) {
    return false;
  }
  const Peak peak = peak_of(proof.index, proof.count);
  Hash256 node = merkle_leaf(value.view());
  for (unsigned h = 0; h < peak.height; ++h) {
    const Hash256& sibling = proof.path[h];
    node = ((proof.index >> h) & 1U) == 0 ? merkle_node(node, sibling) : merkle_node(sibling, node);
  }
  std::size_t used = peak.height;
  const std::uint64_t end = peak.start + (std::uint64_t{1} << peak.height);
  if (end != proof.count) node = merkle_node(node, proof.path[used++]);
  while (used < proof.path.size()) node = merkle_node(proof.path[used++], node);
  return root_of(proof.count, node) == root;
}

bool verify_mmr(const Hash256& root, const Hash256& value, ByteView proof) {
  const auto parsed = MmrProof::parse(proof);
  return parsed && verify_mmr(root, value, *parsed);
}

Status Mmr::append(const Hash256& value) {
  CESS_CHECK(count_ < kMmrCountMax);
  Hash256 node = merkle_leaf(value.view());
  std::uint64_t position = mmr_node_count(count_);
  CESS_TRY(nodes_.put(position++, node));
  for (unsigned h = 0; ((count_ >> h) & 1U) == 1; ++h) {
    CESS_TRY_ASSIGN(const Hash256 left, nodes_.get(position_of(h, (count_ >> h) - 1)));
    node = merkle_node(left, node);
    CESS_TRY(nodes_.put(position++, node));
  }
  ++count_;
  return {};
}

Result<MmrPeaks> Mmr::peaks(std::uint64_t count) {
  CESS_CHECK(count <= count_);
  MmrPeaks peaks;
  peaks.count_ = count;
  for (unsigned h = 64; h-- > 0;) {
    if (((count >> h) & 1U) == 0) continue;
    CESS_TRY_ASSIGN(const Hash256 peak, nodes_.get(position_of(h, (count >> h) - 1)));
    peaks.peaks_.push_back(peak);
  }
  return peaks;
}

Result<Hash256> Mmr::root(std::uint64_t count) {
  CESS_TRY_ASSIGN(const MmrPeaks all, peaks(count));
  return all.root();
}

Result<MmrProof> Mmr::prove(std::uint64_t index, std::uint64_t count) {
  CESS_CHECK(index < count);
  CESS_TRY_ASSIGN(const MmrPeaks all, peaks(count));
  MmrProof proof{count, index, {}};
  const Peak peak = peak_of(index, count);
  for (unsigned h = 0; h < peak.height; ++h) {
    CESS_TRY_ASSIGN(const Hash256 sibling, nodes_.get(position_of(h, (index >> h) ^ 1U)));
    proof.path.push_back(sibling);
  }
  const auto left = static_cast<std::size_t>(std::popcount(peak.start));
  const auto right = std::span(all.peaks_).subspan(left + 1);
  if (!right.empty()) proof.path.push_back(bag_of(right));
  for (std::size_t i = left; i-- > 0;) proof.path.push_back(all.peaks_[i]);
  return proof;
}

Result<Hash256> MemoryMmrNodes::get(std::uint64_t position) {
  if (position >= nodes_.size()) return fail(Code::no, "no such node in the range");
  return nodes_[position];
}

Status MemoryMmrNodes::put(std::uint64_t position, const Hash256& node) {
  CESS_CHECK(position <= nodes_.size());
  if (position == nodes_.size()) {
    nodes_.push_back(node);
  } else {
    nodes_[position] = node;
  }
  return {};
}

}  // namespace cess
