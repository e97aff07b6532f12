// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/blake3.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/endian.hpp"
#include "fingerprint/wide.hpp"

namespace cess::fp {
namespace {

constexpr std::array<std::uint32_t, 8> kBlakeIv = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                                   0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
constexpr std::array<std::uint8_t, 16> kBlakeOrder = {2, 6,  3,  10, 7, 0,  4,  13,
                                                      1, 11, 12, 5,  9, 14, 15, 8};
constexpr std::uint32_t kChunkStart = 1;
constexpr std::uint32_t kChunkEnd = 2;
constexpr std::uint32_t kParent = 4;
constexpr std::uint32_t kRoot = 8;
constexpr std::uint32_t kBlocksOfChunk = 16;

using BlakeWords = std::array<std::uint32_t, 16>;

void blake_mix(BlakeWords& v, std::size_t a, std::size_t b, std::size_t c, std::size_t d,
               std::uint32_t x, std::uint32_t y) {
  v[a] += v[b] + x;
  v[d] = std::rotr(v[d] ^ v[a], 16);
  v[c] += v[d];
  v[b] = std::rotr(v[b] ^ v[c], 12);
  v[a] += v[b] + y;
  v[d] = std::rotr(v[d] ^ v[a], 8);
  v[c] += v[d];
  v[b] = std::rotr(v[b] ^ v[c], 7);
}

std::array<std::uint32_t, 8> blake_compress(const std::array<std::uint32_t, 8>& h, BlakeWords m,
                                            std::uint64_t t, std::uint32_t size,
                                            std::uint32_t flags) {
  BlakeWords v{};
  std::copy(h.begin(), h.end(), v.begin());
  std::copy(kBlakeIv.begin(), kBlakeIv.begin() + 4, v.begin() + 8);
  v[12] = static_cast<std::uint32_t>(t);
  v[13] = static_cast<std::uint32_t>(t >> 32U);
  v[14] = size;
  v[15] = flags;
  for (int round = 0; round < 7; ++round) {
    for (std::size_t i = 0; i < 4; ++i)
      blake_mix(v, i, 4 + i, 8 + i, 12 + i, m[2 * i], m[2 * i + 1]);
    for (std::size_t i = 0; i < 4; ++i)
      blake_mix(v, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4, m[8 + 2 * i],
                m[9 + 2 * i]);
    BlakeWords next{};
    for (std::size_t i = 0; i < 16; ++i) next[i] = m[kBlakeOrder[i]];
    m = next;
  }
  std::array<std::uint32_t, 8> out{};
  for (std::size_t i = 0; i < 8; ++i) out[i] = v[i] ^ v[i + 8];
  return out;
}

constexpr std::size_t kBlakeLanes = 8;
constexpr std::size_t kChunkSize = 1024;
/// One word of eight chunks.
using BlakeRow = std::array<std::uint32_t, kBlakeLanes>;

constexpr auto kBlakeSchedule = [] {
  std::array<std::array<std::uint8_t, 16>, 7> out{};
  for (std::uint8_t i = 0; i < 16; ++i) out[0][i] = i;
  for (std::size_t round = 1; round < 7; ++round) {
    for (std::size_t i = 0; i < 16; ++i) out[round][i] = out[round - 1][kBlakeOrder[i]];
  }
  return out;
}();

/// blake_compress of full blocks, eight chunks beside each other.
CESS_FP_WIDE void blake_compress_rows(std::array<BlakeRow, 8>& h, const std::array<BlakeRow, 16>& m,
                                      std::uint64_t t, std::uint32_t flags) {
  std::array<BlakeRow, 16> v{};
  for (std::size_t i = 0; i < 8; ++i) v[i] = h[i];
  for (std::size_t i = 0; i < 4; ++i) v[8 + i].fill(kBlakeIv[i]);
  for (std::size_t k = 0; k < kBlakeLanes; ++k) {
    v[12][k] = static_cast<std::uint32_t>(t + k);
    v[13][k] = static_cast<std::uint32_t>((t + k) >> 32U);
  }
  v[14].fill(64);
  v[15].fill(flags);
  for (const auto& order : kBlakeSchedule) {
    for (std::size_t i = 0; i < 8; ++i) {
      const std::size_t turn = i / 4;
      BlakeRow& va = v[i % 4];
      BlakeRow& vb = v[4 + (i + turn) % 4];
      BlakeRow& vc = v[8 + (i + 2 * turn) % 4];
      BlakeRow& vd = v[12 + (i + 3 * turn) % 4];
      BlakeRow a = va;
      BlakeRow b = vb;
      BlakeRow c = vc;
      BlakeRow d = vd;
      const BlakeRow& x = m[order[2 * i]];
      const BlakeRow& y = m[order[2 * i + 1]];
      for (std::size_t k = 0; k < kBlakeLanes; ++k) {
        a[k] += b[k] + x[k];
        d[k] = std::rotr(d[k] ^ a[k], 16);
        c[k] += d[k];
        b[k] = std::rotr(b[k] ^ c[k], 12);
        a[k] += b[k] + y[k];
        d[k] = std::rotr(d[k] ^ a[k], 8);
        c[k] += d[k];
        b[k] = std::rotr(b[k] ^ c[k], 7);
      }
      va = a;
      vb = b;
      vc = c;
      vd = d;
    }
  }
  for (std::size_t i = 0; i < 8; ++i) {
    for (std::size_t k = 0; k < kBlakeLanes; ++k) h[i][k] = v[i][k] ^ v[i + 8][k];
  }
}

}  // namespace

/// Eight whole chunks, more of the input being known to follow.
void Blake3::take_chunks(ByteView bytes) {
  std::array<BlakeRow, 8> h{};
  for (std::size_t i = 0; i < 8; ++i) h[i].fill(kBlakeIv[i]);
  std::array<BlakeRow, 16> m{};
  for (std::uint32_t block = 0; block < kBlocksOfChunk; ++block) {
    for (std::size_t k = 0; k < kBlakeLanes; ++k) {
      const std::uint8_t* from = bytes.data() + k * kChunkSize + std::size_t{block} * 64;
      for (std::size_t i = 0; i < 16; ++i) m[i][k] = load_le<std::uint32_t>(from + 4 * i);
    }
    blake_compress_rows(
        h, m, chunks_,
        (block == 0 ? kChunkStart : 0) | (block + 1 == kBlocksOfChunk ? kChunkEnd : 0));
  }
  for (std::size_t k = 0; k < kBlakeLanes; ++k) {
    for (std::size_t i = 0; i < 8; ++i) chain_[i] = h[i][k];
    close_chunk();
  }
}

void Blake3::compress_block(bool last_of_all) {
  std::fill(block_.begin() + filled_, block_.end(), std::uint8_t{0});
  BlakeWords m{};
  for (std::size_t i = 0; i < 16; ++i) m[i] = load_le<std::uint32_t>(block_.data() + 4 * i);
  const bool ends = last_of_all || blocks_ + 1 == kBlocksOfChunk;
  std::uint32_t flags = (blocks_ == 0 ? kChunkStart : 0) | (ends ? kChunkEnd : 0);
  if (last_of_all && chunks_ == 0) flags |= kRoot;
  chain_ = blake_compress(blocks_ == 0 ? kBlakeIv : chain_, m, chunks_, filled_, flags);
  ++blocks_;
  filled_ = 0;
}

Blake3::Chain Blake3::parent(const Chain& left, const Chain& right, bool root) const {
  BlakeWords m{};
  std::copy(left.begin(), left.end(), m.begin());
  std::copy(right.begin(), right.end(), m.begin() + 8);
  return blake_compress(kBlakeIv, m, 0, 64, kParent | (root ? kRoot : 0));
}

void Blake3::close_chunk() {
  ++chunks_;
  // As many subtrees are full as the number of chunks is even, over and over.
  for (std::uint64_t n = chunks_; n % 2 == 0; n /= 2) {
    chain_ = parent(left_.back(), chain_, false);
    left_.pop_back();
  }
  left_.push_back(chain_);
  blocks_ = 0;
}

void Blake3::update(ByteView bytes) {
  while (!bytes.empty()) {
    // A full block is compressed when it is known not to be the last.
    if (filled_ == block_.size()) {
      compress_block(false);
      if (blocks_ == kBlocksOfChunk) close_chunk();
    }
    if (filled_ == 0 && blocks_ == 0 && bytes.size() > kBlakeLanes * kChunkSize) {
      take_chunks(bytes.first(kBlakeLanes * kChunkSize));
      bytes = bytes.subspan(kBlakeLanes * kChunkSize);
      continue;
    }
    const std::size_t n = std::min(bytes.size(), block_.size() - filled_);
    std::memcpy(block_.data() + filled_, bytes.data(), n);
    filled_ += static_cast<std::uint32_t>(n);
    bytes = bytes.subspan(n);
  }
}

Bits256 Blake3::finish() {
  compress_block(true);
  while (!left_.empty()) {
    const Chain left = left_.back();
    left_.pop_back();
    chain_ = parent(left, chain_, left_.empty());
  }
  Bits256 out{};
  for (std::size_t i = 0; i < chain_.size(); ++i) store_le(out.data() + 4 * i, chain_[i]);
  return out;
}

}  // namespace cess::fp
