// SPDX-License-Identifier: Apache-2.0
#include "codec/segment_encoder.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "base/check.hpp"
#include "crypto/aead.hpp"
#include "crypto/ctr.hpp"
#include "crypto/sha256.hpp"
#include "erasure/code.hpp"
#include "merkle/tree.hpp"

namespace cess {
namespace {

/// Strips of all fragments that go through code, mask and hash together: 4+8 of them are 192 KiB.
constexpr std::size_t kStrip = 16384;
/// Leaves of one 64 KiB column: a complete subtree, because columns are aligned to it.
constexpr std::size_t kColumnLeaves = kChunkSize / kLeafSize;

/// What one worker needs for itself.
struct EncodeWorker {
  EncodeWorker(const FileKeys& keys, const Key256& first_key, unsigned columns)
      : aead(keys.aead, first_key),
        leaves(columns * kColumnLeaves),
        nodes(columns * kColumnLeaves) {
    if (keys.mask) mask.emplace(*keys.mask);
    messages.reserve(columns * kColumnLeaves);
    hashes.resize(columns * kColumnLeaves);
  }
  Aead aead;
  std::optional<AesCtr> mask;
  std::uint64_t keyed_for = UINT64_MAX;  // the segment whose key `aead` has
  std::vector<const std::uint8_t*> messages;
  std::vector<Hash256> hashes;  // in the order of messages
  std::vector<Hash256> leaves;  // of one column: fragment after fragment
  std::vector<Hash256> nodes;
};

}  // namespace

EncodedSegment::EncodedSegment(const FileHeader& h)
    : roots(h.profile.columns()),
      distinct_(h.masked() ? h.profile.columns() : h.profile.n()),
      bytes_(std::size_t{distinct_} * h.profile.fragment_size) {}

ByteView EncodedSegment::fragment(unsigned column) const {
  return ByteView(bytes_.view())
      .subspan(std::size_t{column % distinct_} * fragment_length, fragment_length);
}

struct SegmentEncoder::Impl {
  Impl(const FileHeader& header, const FileKeys& file_keys, WorkPool& workers)
      : profile(header.profile),
        keys(file_keys),
        pool(workers),
        n(profile.n()),
        distinct(header.masked() ? profile.columns() : n) {
    auto made = ErasureCode::make(profile.k, profile.m, profile.matrix);
    CESS_CHECK(made.has_value());  // the profile was checked
    code.emplace(std::move(*made));
    for (std::size_t w = 0; w < pool.workers(); ++w) {
      scratch.emplace_back(keys, keys.enc, distinct);
    }
  }

  void encode(EncodedSegment& out, ByteView plain, bool final, Roots roots);
  void encrypt_chunk(std::size_t chunk, EncodeWorker& w);
  void column(std::size_t index, bool encrypt, EncodeWorker& w);
  void code_strip(std::size_t from, std::size_t size);
  void mask_strip(std::size_t from, std::size_t size, EncodeWorker& w);
  void hash_strip(std::size_t from, std::size_t size, std::size_t column_from, EncodeWorker& w);
  void close_column(std::size_t index, std::size_t leaf_count, EncodeWorker& w);
  void close_roots();

  [[nodiscard]] std::uint8_t* at(std::size_t col, std::size_t offset) const {
    return base + col * length + offset;
  }

  Profile profile;
  const FileKeys& keys;
  WorkPool& pool;
  unsigned n;
  unsigned distinct;
  std::optional<ErasureCode> code;
  std::vector<EncodeWorker> scratch;

  // Of the segment in work:
  EncodedSegment* target = nullptr;
  ByteView input;
  std::uint8_t* base = nullptr;
  std::size_t length = 0;  // of a fragment
  std::size_t chunks = 0;
  bool last = false;
  bool hashing = true;
  Key256 seg_key;
  std::vector<Hash256> column_nodes;  // fragment after fragment, one per 64 KiB column
  std::size_t column_count = 0;
};

void SegmentEncoder::Impl::encrypt_chunk(std::size_t chunk, EncodeWorker& w) {
  if (w.keyed_for != target->segment) {
    w.aead.rekey(seg_key);
    w.keyed_for = target->segment;
  }
  const std::size_t from = chunk * kChunkPlain;
  const ByteView plain = input.subspan(from, std::min(kChunkPlain, input.size() - from));
  const bool final = last && chunk + 1 == chunks;
  w.aead.seal({base + chunk * kChunkSize, plain.size() + kAeadTagSize}, chunk_nonce(chunk, final),
              {}, plain);
}

void SegmentEncoder::Impl::code_strip(std::size_t from, std::size_t size) {
  std::array<std::uint8_t*, kFragmentsMax> all;
  for (std::size_t i = 0; i < n; ++i) all[i] = at(i, from);
  std::array<const std::uint8_t*, kFragmentsMax> data;
  std::copy_n(all.begin(), profile.k, data.begin());
  code->encode({all.data() + profile.k, profile.m}, {data.data(), profile.k}, size);
}

// Replicas share ciphertext and parity and differ in their masks. Replica 0 is masked last, in
// place.
void SegmentEncoder::Impl::mask_strip(std::size_t from, std::size_t size, EncodeWorker& w) {
  if (!w.mask) return;
  for (unsigned r = profile.copies; r-- > 0;) {
    for (unsigned i = 0; i < n; ++i) {
      std::uint8_t* to = at(std::size_t{r} * n + i, from);
      if (r != 0) std::memcpy(to, at(i, from), size);
      w.mask->apply({to, size},
                    mask_prefix({target->segment, static_cast<std::uint16_t>(i),
                                 static_cast<std::uint16_t>(r)}),
                    from);
    }
  }
}

void SegmentEncoder::Impl::hash_strip(std::size_t from, std::size_t size, std::size_t column_from,
                                      EncodeWorker& w) {
  const std::size_t first = (from - column_from) / kLeafSize;
  const std::size_t whole = size / kLeafSize;
  w.messages.clear();
  for (std::size_t c = 0; c < distinct; ++c) {
    for (std::size_t l = 0; l < whole; ++l) w.messages.push_back(at(c, from + l * kLeafSize));
  }
  const auto scatter = [&](std::size_t at_leaf, std::size_t per_fragment) {
    for (std::size_t c = 0; c < distinct; ++c) {
      for (std::size_t l = 0; l < per_fragment; ++l) {
        w.leaves[c * kColumnLeaves + at_leaf + l] = w.hashes[c * per_fragment + l];
      }
    }
  };
  if (whole > 0) {
    sha256_many({w.hashes.data(), w.messages.size()}, 0x00, w.messages, kLeafSize);
    scatter(first, whole);
  }
  // The last leaf of a short fragment.
  if (const std::size_t rest = size % kLeafSize; rest != 0) {
    w.messages.clear();
    for (std::size_t c = 0; c < distinct; ++c) w.messages.push_back(at(c, from + size - rest));
    sha256_many({w.hashes.data(), w.messages.size()}, 0x00, w.messages, rest);
    scatter(first + whole, 1);
  }
}

// Reduces the leaves of this column to one node per fragment.
void SegmentEncoder::Impl::close_column(std::size_t index, std::size_t leaf_count,
                                        EncodeWorker& w) {
  if (leaf_count == kColumnLeaves) {
    std::size_t count = distinct * kColumnLeaves;
    std::vector<Hash256>* from = &w.leaves;
    std::vector<Hash256>* to = &w.nodes;
    for (std::size_t width = kColumnLeaves; width > 1; width /= 2) {
      sha256_pairs({to->data(), count / 2}, {from->data(), count});
      std::swap(from, to);
      count /= 2;
    }
    for (std::size_t c = 0; c < distinct; ++c) column_nodes[c * column_count + index] = (*from)[c];
    return;
  }
  for (std::size_t c = 0; c < distinct; ++c) {
    column_nodes[c * column_count + index] =
        merkle_root({w.leaves.data() + c * kColumnLeaves, leaf_count});
  }
}

// In a full segment column j holds chunk j of every data fragment; in a short one chunks straddle
// fragments and were encrypted before.
void SegmentEncoder::Impl::column(std::size_t index, bool encrypt, EncodeWorker& w) {
  if (encrypt) {
    for (std::size_t i = 0; i < profile.k; ++i) encrypt_chunk(i * column_count + index, w);
  }
  const std::size_t from = index * kChunkSize;
  const std::size_t end = std::min(length, from + kChunkSize);
  for (std::size_t strip = from; strip < end; strip += kStrip) {
    const std::size_t size = std::min(kStrip, end - strip);
    code_strip(strip, size);
    mask_strip(strip, size, w);
    if (hashing) hash_strip(strip, size, from, w);
  }
  if (hashing) close_column(index, (end - from + kLeafSize - 1) / kLeafSize, w);
}

void SegmentEncoder::Impl::close_roots() {
  // A root over the roots of complete, aligned subtrees is the root over all leaves.
  for (std::size_t c = 0; c < target->roots.size(); ++c) {
    const std::size_t own = c % distinct;
    target->roots[c] = own < c
                           ? target->roots[own]
                           : merkle_root({column_nodes.data() + own * column_count, column_count});
  }
}

void SegmentEncoder::Impl::encode(EncodedSegment& out, ByteView plain, bool final, Roots roots) {
  target = &out;
  hashing = roots == Roots::compute;
  input = plain;
  last = final;
  chunks = std::max<std::size_t>(1, (plain.size() + kChunkPlain - 1) / kChunkPlain);
  out.plain_length = plain.size();
  out.ciphertext_length = plain.size() + chunks * kAeadTagSize;
  out.fragment_length = fragment_length(profile, out.ciphertext_length);
  base = out.bytes_.data();
  length = out.fragment_length;
  column_count = (length + kChunkSize - 1) / kChunkSize;
  column_nodes.resize(distinct * column_count);
  seg_key = segment_key(keys.enc, out.segment);
  const bool full = out.ciphertext_length == profile.segment_size();
  CESS_CHECK(full || final);
  if (!full) {
    const std::size_t data = profile.k * length;
    std::memset(base + out.ciphertext_length, 0, data - out.ciphertext_length);
    pool.run(chunks, [&](std::size_t c, std::size_t w) { encrypt_chunk(c, scratch[w]); });
  }
  pool.run(column_count, [&](std::size_t j, std::size_t w) { column(j, full, scratch[w]); });
  if (hashing) close_roots();
}

SegmentEncoder::SegmentEncoder(const FileHeader& header, const FileKeys& keys, WorkPool& pool)
    : impl_(std::make_unique<Impl>(header, keys, pool)) {}
SegmentEncoder::~SegmentEncoder() = default;

std::size_t SegmentEncoder::plain_size() const {
  return static_cast<std::size_t>(impl_->profile.segment_size() / kChunkSize * kChunkPlain);
}

void SegmentEncoder::encode(EncodedSegment& out, std::uint32_t segment, ByteView plain, bool final,
                            Roots roots) {
  CESS_CHECK(plain.size() <= plain_size());
  out.segment = segment;
  impl_->encode(out, plain, final, roots);
}

}  // namespace cess
