// SPDX-License-Identifier: Apache-2.0
// Random access: one chunk needs 64 KiB of one fragment. The AEAD judges every piece, so no root is
// computed and nothing else is read unless that piece is damaged or not at hand.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "codec/decode.hpp"
#include "crypto/aead.hpp"
#include "crypto/ctr.hpp"
#include "erasure/code.hpp"

namespace cess {
namespace {

constexpr unsigned kSubsetsMax = 1024;

class RangeReader {
 public:
  static Result<RangeReader> make(const FragmentSet& set, const FileKeys& keys, const Say& warn) {
    const Profile& p = set.profile();
    CESS_TRY_ASSIGN(auto code, ErasureCode::make(p.k, p.m, p.matrix));
    return RangeReader(set, keys, warn, std::move(code));
  }

  /// Authenticated plaintext of a chunk of the file.
  Result<ByteView> chunk(std::uint64_t number) {
    const std::uint64_t per_segment = layout_.chunks_per_segment();
    segment_ = static_cast<std::uint32_t>(number / per_segment);
    const std::uint64_t in_segment = number % per_segment;
    if (keyed_for_ != segment_) {
      aead_.rekey(segment_key(keys_.enc, segment_));
      keyed_for_ = segment_;
    }
    const std::uint64_t from = in_segment * kChunkSize;
    const auto size = static_cast<std::size_t>(
        std::min<std::uint64_t>(kChunkSize, layout_.ciphertext_length(segment_) - from));
    const AeadNonce nonce = chunk_nonce(in_segment, number + 1 == layout_.chunk_count());
    sealed_.resize(size);
    if (read_direct(from) && open(nonce)) return ByteView(plain_);
    CESS_TRY(rebuild(number, from, nonce));
    return ByteView(plain_);
  }

 private:
  RangeReader(const FragmentSet& set, const FileKeys& keys, const Say& warn, ErasureCode code)
      : set_(set),
        keys_(keys),
        warn_(warn),
        layout_(set.manifest().layout()),
        code_(std::move(code)),
        aead_(keys.aead, keys.enc) {
    if (keys.mask) mask_.emplace(*keys.mask);
  }

  bool open(const AeadNonce& nonce) {
    plain_.resize(sealed_.size() - kAeadTagSize);
    return aead_.open(plain_, nonce, {}, sealed_);
  }

  bool read_unmasked(const FragmentRef& ref, std::uint64_t offset, MutByteView out) {
    if (!set_.read(ref, offset, out)) return false;
    if (mask_) mask_->apply(out, mask_prefix(ref.pos), offset);
    return true;
  }

  // From the data fragments that hold the chunk: one, or in a short segment perhaps several. Of
  // each the first replica that can be read.
  bool read_direct(std::uint64_t from) {
    const std::uint64_t length = layout_.segment_fragment_length(segment_);
    std::size_t done = 0;
    while (done < sealed_.size()) {
      const std::uint64_t index = (from + done) / length;
      const std::uint64_t offset = (from + done) % length;
      const auto size =
          static_cast<std::size_t>(std::min<std::uint64_t>(length - offset, sealed_.size() - done));
      bool found = false;
      for (const FragmentRef& ref : set_.at(segment_)) {
        found = ref.pos.index == index &&
                read_unmasked(ref, offset, MutByteView(sealed_).subspan(done, size));
        if (found) break;
      }
      if (!found) return false;
      done += size;
    }
    return true;
  }

  // The stretch of every data fragment that the chunk touches, from k fragments at a time.
  Status rebuild(std::uint64_t number, std::uint64_t from, const AeadNonce& nonce) {
    const Profile& p = set_.profile();
    const std::uint64_t length = layout_.segment_fragment_length(segment_);
    // In a short segment the chunk may wrap from one fragment to the next: then take them whole.
    const bool inside = from / length == (from + sealed_.size() - 1) / length;
    const std::uint64_t offset = inside ? from % length : 0;
    const std::size_t size = inside ? sealed_.size() : static_cast<std::size_t>(length);
    std::vector<Bytes> pieces;
    std::vector<unsigned> index;
    for (const FragmentRef& ref : set_.at(segment_)) {
      Bytes piece(size);
      if (!read_unmasked(ref, offset, piece)) continue;
      pieces.push_back(std::move(piece));
      index.push_back(ref.pos.index);
    }
    std::vector<bool> seen(kFragmentsMax);
    unsigned different = 0;
    for (const unsigned i : index) {
      different += seen[i] ? 0U : 1U;
      seen[i] = true;
    }
    if (different < p.k) {
      return fail(Code::no, fmt::format("segment {}: need {} of {}, have {}", segment_, p.k, p.n(),
                                        different));
    }
    if (warned_ != segment_) {
      warn_(fmt::format("segment {}: pieces of fragment {} are damaged or missing; rebuilding them",
                        segment_, from / length));
      warned_ = segment_;
    }
    std::vector<bool> pick(pieces.size());
    std::fill_n(pick.begin(), p.k, true);
    unsigned tried = 0;
    do {
      if (try_pieces(pieces, index, pick, from, offset) && open(nonce)) return {};
    } while (++tried < kSubsetsMax && std::prev_permutation(pick.begin(), pick.end()));
    return fail(Code::no, fmt::format("chunk {}: no {} of the {} pieces at hand give it back",
                                      number, p.k, pieces.size()));
  }

  bool try_pieces(const std::vector<Bytes>& pieces, const std::vector<unsigned>& index,
                  const std::vector<bool>& pick, std::uint64_t from, std::uint64_t offset) {
    const std::uint64_t length = layout_.segment_fragment_length(segment_);
    std::vector<unsigned> have;
    std::vector<const std::uint8_t*> in;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      if (!pick[i]) continue;
      have.push_back(index[i]);
      in.push_back(pieces[i].data());
    }
    const std::uint64_t first = from / length;
    const std::uint64_t last = (from + sealed_.size() - 1) / length;
    std::vector<unsigned> want;
    for (std::uint64_t i = first; i <= last; ++i) want.push_back(static_cast<unsigned>(i));
    const auto plan = code_.plan(have, want);
    if (!plan) return false;  // two replicas of one index were picked
    const std::size_t size = pieces.front().size();
    Bytes data(want.size() * size);
    std::vector<std::uint8_t*> out;
    for (std::size_t i = 0; i < want.size(); ++i) out.push_back(data.data() + i * size);
    plan->run(out, in, size);
    const std::uint64_t start = from - (first * length + offset);
    std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(start), sealed_.size(), sealed_.begin());
    return true;
  }

  const FragmentSet& set_;
  const FileKeys& keys_;
  const Say& warn_;
  Layout layout_;
  ErasureCode code_;
  Aead aead_;
  std::optional<AesCtr> mask_;
  std::uint32_t segment_ = 0;
  std::uint64_t keyed_for_ = UINT64_MAX;
  std::uint64_t warned_ = UINT64_MAX;
  Bytes sealed_, plain_;
};

}  // namespace

Status decode_range(const FragmentSet& set, const FileKeys& keys, std::uint64_t from,
                    std::uint64_t size, const WriteBytes& write, const DecodeOptions& options) {
  const std::uint64_t length = set.manifest().length;
  if (from > length || size > length - from) {
    return fail(Code::usage, fmt::format("range {}-{} is outside the file of {} bytes", from,
                                         from + size, length));
  }
  CESS_TRY_ASSIGN(auto reader, RangeReader::make(set, keys, options.warn));
  while (size > 0) {
    CESS_TRY_ASSIGN(const auto plain, reader.chunk(from / kChunkPlain));
    const auto skip = static_cast<std::size_t>(from % kChunkPlain);
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(size, plain.size() - skip));
    CESS_TRY(write(plain.subspan(skip, part)));
    if (options.progress) options.progress(part);
    from += part;
    size -= part;
  }
  return {};
}

}  // namespace cess
