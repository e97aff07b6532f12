// SPDX-License-Identifier: Apache-2.0
// Random access: one chunk needs 64 KiB of one fragment. The AEAD judges every piece, so no root is
// computed and nothing else is read unless that piece is damaged or not at hand. Then roots find k
// good fragments. With --public anybody can seal a piece: then no fragment is used before its root
// was checked.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "codec/decode.hpp"
#include "crypto/aead.hpp"
#include "crypto/ctr.hpp"
#include "erasure/code.hpp"
#include "merkle/tree.hpp"

namespace cess {
namespace {

constexpr unsigned kSubsetsMax = 1024;
constexpr unsigned kPicksMax = 65536;  // also those with two replicas of one fragment

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
      fits_.assign(set_.at(segment_).size(), Fit::unknown);
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
  /// The stretch that is wanted of one fragment, unmasked.
  struct Piece {
    unsigned index = 0;
    std::size_t ref = 0;  // in the set's fragments of the segment
    Bytes data;
  };
  using Pick = std::vector<const Piece*>;
  enum class Fit : std::uint8_t { unknown, no, yes };

  RangeReader(const FragmentSet& set, const FileKeys& keys, const Say& warn, ErasureCode code)
      : set_(set),
        keys_(keys),
        warn_(warn),
        layout_(set.manifest().layout()),
        code_(std::move(code)),
        aead_(keys.aead, keys.enc) {
    const auto& stanzas = set.manifest().header.stanzas;
    in_clear_ = std::any_of(stanzas.begin(), stanzas.end(),
                            [](const Stanza& s) { return s.type == StanzaType::in_clear; });
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
      const auto& refs = set_.at(segment_);
      for (std::size_t i = 0; i < refs.size() && !found; ++i) {
        found = refs[i].pos.index == index && (!in_clear_ || root_fits(i)) &&
                read_unmasked(refs[i], offset, MutByteView(sealed_).subspan(done, size));
      }
      if (!found) return false;
      done += size;
    }
    return true;
  }

  // The stretch of every data fragment that the chunk touches, from k fragments at a time: first
  // the first k, then k whose roots fit, at last any.
  Status rebuild(std::uint64_t number, std::uint64_t from, const AeadNonce& nonce) {
    const Profile& p = set_.profile();
    const std::uint64_t length = layout_.segment_fragment_length(segment_);
    // In a short segment the chunk may wrap from one fragment to the next: then take them whole.
    const bool inside = from / length == (from + sealed_.size() - 1) / length;
    const std::uint64_t offset = inside ? from % length : 0;
    const std::size_t size = inside ? sealed_.size() : static_cast<std::size_t>(length);
    const auto& refs = set_.at(segment_);
    std::vector<Piece> pieces;
    for (std::size_t i = 0; i < refs.size(); ++i) {
      Piece piece{refs[i].pos.index, i, Bytes(size)};
      if (read_unmasked(refs[i], offset, piece.data)) pieces.push_back(std::move(piece));
    }
    const auto accept = [](const Piece&) { return true; };
    const unsigned different = count(distinct(pieces, p.n(), accept));
    if (different < p.k) return too_few(different);
    if (warned_ != segment_) {
      warn_(fmt::format("segment {}: pieces of fragment {} are damaged or missing; rebuilding them",
                        segment_, from / length));
      warned_ = segment_;
    }
    const auto not_bad = [this](const Piece& piece) { return fits_[piece.ref] != Fit::no; };
    const auto good = [this](const Piece& piece) { return root_fits(piece.ref); };
    const auto tried = [&](const Pick& pick) {
      return count(pick) == p.k && try_pieces(pick, from, offset) && open(nonce);
    };
    if (!in_clear_ && tried(distinct(pieces, p.k, not_bad))) return {};
    const Pick fitting = distinct(pieces, p.k, good);
    if (tried(fitting)) return {};
    if (in_clear_) {
      if (count(fitting) < p.k) return too_few(count(fitting));
      std::erase_if(pieces, [&](const Piece& piece) { return !root_fits(piece.ref); });
    }
    return try_subsets(number, pieces, tried);
  }

  // Roots that fit, or too few of them, and yet no plaintext: the manifest itself is not to be
  // trusted.
  Status try_subsets(std::uint64_t number, const std::vector<Piece>& pieces,
                     const std::function<bool(const Pick&)>& works) {
    const unsigned k = set_.profile().k;
    std::vector<bool> chosen(pieces.size());
    std::fill_n(chosen.begin(), k, true);
    unsigned tried = 0;
    for (unsigned seen = 0; seen < kPicksMax && tried < kSubsetsMax; ++seen) {
      const auto in = [&](const Piece& piece) {
        return chosen[static_cast<std::size_t>(&piece - pieces.data())];
      };
      const Pick pick = distinct(pieces, k, in);
      if (count(pick) == k) {  // else two replicas of one index were picked
        ++tried;
        if (works(pick)) return {};
      }
      if (!std::prev_permutation(chosen.begin(), chosen.end())) break;
    }
    return fail(Code::no, fmt::format("chunk {}: no {} of the {} pieces at hand give it back",
                                      number, k, pieces.size()));
  }

  [[nodiscard]] Status too_few(unsigned have) const {
    const Profile& p = set_.profile();
    return fail(Code::no,
                fmt::format("segment {}: need {} of {}, have {}", segment_, p.k, p.n(), have));
  }

  // Up to `most` pieces of different fragments that `accept` takes, lowest index first.
  static Pick distinct(const std::vector<Piece>& pieces, unsigned most,
                       const std::function<bool(const Piece&)>& accept) {
    Pick pick;
    for (const Piece& piece : pieces) {
      if (pick.size() == most) break;
      if (!pick.empty() && pick.back()->index == piece.index) continue;
      if (accept(piece)) pick.push_back(&piece);
    }
    return pick;
  }
  static unsigned count(const Pick& pick) { return static_cast<unsigned>(pick.size()); }

  // Whether a fragment of the segment, read whole, has the root of the manifest. Found out once.
  bool root_fits(std::size_t number) {
    if (fits_[number] != Fit::unknown) return fits_[number] == Fit::yes;
    const FragmentRef& ref = set_.at(segment_)[number];
    const std::uint64_t length = layout_.segment_fragment_length(segment_);
    bool fits = ref.size == length;
    if (fits) {
      whole_.resize(static_cast<std::size_t>(length));
      const std::size_t column = std::size_t{ref.pos.replica} * set_.profile().n() + ref.pos.index;
      fits = set_.read(ref, 0, whole_).has_value() &&
             fragment_root(whole_) == set_.manifest().segments[segment_].roots[column];
    }
    fits_[number] = fits ? Fit::yes : Fit::no;
    if (!fits) warn_(fmt::format("fragment {} is damaged; using another", fragment_name(ref.pos)));
    return fits;
  }

  bool try_pieces(const Pick& pick, std::uint64_t from, std::uint64_t offset) {
    const std::uint64_t length = layout_.segment_fragment_length(segment_);
    std::vector<unsigned> have;
    std::vector<const std::uint8_t*> in;
    for (const Piece* piece : pick) {
      have.push_back(piece->index);
      in.push_back(piece->data.data());
    }
    const std::uint64_t first = from / length;
    const std::uint64_t last = (from + sealed_.size() - 1) / length;
    std::vector<unsigned> want;
    for (std::uint64_t i = first; i <= last; ++i) want.push_back(static_cast<unsigned>(i));
    const auto plan = code_.plan(have, want);
    if (!plan) return false;
    const std::size_t size = pick.front()->data.size();
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
  bool in_clear_ = false;  // the AEAD is no judge
  std::uint32_t segment_ = 0;
  std::uint64_t keyed_for_ = UINT64_MAX;
  std::uint64_t warned_ = UINT64_MAX;
  std::vector<Fit> fits_;  // of the segment's fragments, in the order of the set
  Bytes sealed_, plain_, whole_;
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
