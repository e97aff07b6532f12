// SPDX-License-Identifier: Apache-2.0
// What a miner does for the network, as the fragment protocol sees it: an interface, so that the
// protocol is tested without a disk or a chain. Called by several threads at once. Errors become
// statuses: Code::no 404, Code::input 409 (the sender is wrong), Code::busy 503, others 500.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "crypto/ed25519.hpp"
#include "json/json.hpp"
#include "proto/range.hpp"

namespace cess::proto {

/// A fragment by its place; column = replica · (k+m) + index.
struct FragmentAt {
  Fid fid;
  std::uint32_t segment = 0;
  std::uint16_t column = 0;
  friend auto operator<=>(const FragmentAt&, const FragmentAt&) = default;
};

/// How far a fragment has come.
struct PutState {
  std::uint64_t received = 0;  ///< bytes from the start that survive a kill
  bool stored = false;         ///< whole, checked, kept
  std::string no_room = {};    ///< why these bytes find none now; empty: they do
};

/// Bytes of something stored.
struct Piece {
  Bytes data;
  ByteRange range;
};

/// Who asks for bytes of a fragment.
struct Reader {
  std::string remote;  ///< its address, without the port
  Bytes voucher;       ///< what it pays with (SCALE of flow::Voucher), or empty
  bool probe = false;  ///< asks for a range with its path, as verifiers do
};
/// What is asked for them.
struct Toll {
  bool open = true;             ///< they may go; else 402
  std::string why;              ///< not open
  std::string price_per_mib{};  ///< in tokens
  std::uint64_t paid = 0;       ///< of the channel, cumulative, as the server has them
  std::uint64_t served = 0;
};

class FragmentService {
 public:
  virtual ~FragmentService() = default;
  /// Empty: in good health; else why not.
  virtual std::string health() = 0;
  virtual std::string metrics() = 0;
  virtual Json status() = 0;

  /// Whether this key may send anything for this file. Code::no: no (403).
  virtual Status may_write(const Ed25519Public& caller, const Fid& fid) = 0;
  virtual Status put_manifest(const Fid& fid, ByteView text) = 0;
  /// A tagger's public file, which the fragments' tags are checked and proven with.
  virtual Status put_tagger(const TaggerId& id, ByteView file) = 0;
  virtual Result<Bytes> manifest(const Fid& fid) = 0;
  /// Which of these segments of a column are stored.
  virtual Result<std::vector<bool>> held(const Fid& fid, std::uint16_t column, std::uint32_t first,
                                         std::uint32_t count) = 0;
  /// A piece of a fragment at `range`. `tags`, with the first piece: its tag file, and those of the
  /// segment's other fragments, so that whoever rebuilds one of them later finds them; none:
  /// untagged.
  /// Returns once the piece survives a kill; with the last one the fragment is judged and stored.
  /// Code::input when `range` does not begin where the last piece ended. `root`: the sender's word
  /// is for a fragment of this root and nobody has compared it with the bytes of `data`, which are
  /// all of it: to be refused unless it is theirs.
  virtual Result<PutState> put_piece(const FragmentAt& at, const ByteRange& range, ByteView tags,
                                     ByteView data, const std::optional<Hash256>& root) = 0;
  virtual Result<PutState> put_state(const FragmentAt& at) = 0;
  /// `range` is the field Range, or empty.
  virtual Result<Piece> read(const FragmentAt& at, std::string_view range) = 0;
  virtual Result<Piece> read(const FragId& frag, std::string_view range) = 0;
  virtual Result<Bytes> tags(const FragmentAt& at) = 0;
  virtual Result<Bytes> tags(const FragId& frag) = 0;
  /// The tag files that are kept of a segment, of whatever fragments, one behind the other.
  virtual Result<Bytes> segment_tags(const Fid& fid, std::uint32_t segment) = 0;
  /// The public file of a tagger whose tags are here.
  virtual Result<Bytes> tagger(const TaggerId& id) = 0;
  /// A proof of idle space that the miner has announced on the chain, by its SHA-256.
  virtual Result<Bytes> idle_blob(const Hash256& digest);
  /// A range with the path to the fragment's root (podr2/range_proof.hpp), as probes ask for it.
  virtual Result<Bytes> prove_range(const FragId& frag, std::uint64_t offset, std::uint64_t size);
  /// Called with bytes that are about to go out; what it counts as served is kept before it
  /// answers. Code::input: the voucher is none, with the reason. The default lets all go.
  virtual Result<Toll> toll(const Reader& reader, std::uint64_t bytes);
  /// The signature of an unsigned receipt (SCALE of files::SlotReceipt) for a slot that is
  /// complete.
  virtual Result<Ed25519Signature> sign_receipt(ByteView receipt) = 0;
};

/// What a reader pays with: base64 of SCALE of flow::Voucher.
constexpr const char* kVoucherField = "CESS-Voucher";
constexpr std::size_t kVoucherSizeMax = 256;
constexpr std::size_t kTagsSizeMax = 1U << 20U;
constexpr std::size_t kTaggerSizeMax = 1U << 20U;
constexpr std::size_t kReceiptSizeMax = 64U << 10U;
/// Most bytes of a fragment in one request.
constexpr std::uint64_t kPieceSizeMax = 16U << 20U;

}  // namespace cess::proto
