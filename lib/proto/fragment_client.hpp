// SPDX-License-Identifier: Apache-2.0
// The fragment protocol, client half: one miner, one connection, one thread at a time (but for
// abort). Errors: Code::no: not there (404); Code::input: refused, with the miner's words;
// Code::busy: full or loaded, try again; Code::peer: the way to it failed.
#pragma once

#include <memory>
#include <optional>

#include "net/http_client.hpp"
#include "proto/fragment_service.hpp"
#include "proto/guard.hpp"

namespace cess::proto {

struct FragmentClientOptions {
  net::ClientLimits limits{.wait_ms_max = 60'000, .body_size_max = 256U << 20U};
  std::uint64_t piece_size = kPieceSizeMax;  ///< of a PUT; at most kPieceSizeMax
};

/// An answer to a reader that pays.
struct PaidPiece {
  Bytes data;        ///< empty when `due`
  bool due = false;  ///< the server wants more, or will not take it: `why`
  std::string why;
  std::uint64_t paid = 0;  ///< by its books, when due
  std::uint64_t served = 0;
};

class FragmentClient {
 public:
  /// Of a miner at `server` whose sign_key is `key`. `seed` signs what is sent; null: reads only.
  /// Connects at the first call.
  FragmentClient(net::Endpoint server, const Ed25519Public& key, const Hash256& genesis,
                 const Key256* seed, FragmentClientOptions options = {});
  ~FragmentClient();
  FragmentClient(FragmentClient&&) noexcept;
  FragmentClient& operator=(FragmentClient&&) noexcept;

  Result<Json> status();
  Result<std::vector<bool>> held(const Fid& fid, std::uint16_t column, std::uint32_t first,
                                 std::uint32_t count);
  /// Once before the first tagged fragment.
  Status put_tagger(const Fid& fid, const TaggerId& id, ByteView file);
  Status put_manifest(const Fid& fid, ByteView text);
  Result<Bytes> get_manifest(const Fid& fid);
  /// Sends what the miner does not have yet, in pieces. `tags`: as FragmentService::put_piece.
  /// `root`: of the fragment, if it is known; then its bytes need not be hashed to be signed for.
  Status put_fragment(const FragmentAt& at, ByteView data, ByteView tags,
                      const std::optional<Hash256>& root = std::nullopt);
  Result<PutState> put_state(const FragmentAt& at);
  /// Bytes [offset, offset + size), or as many as there are; not checked against anything.
  Result<Bytes> get_fragment(const FragmentAt& at, std::uint64_t offset, std::uint64_t size);
  Result<Bytes> get_fragment(const FragId& frag, std::uint64_t offset, std::uint64_t size);
  /// As get_fragment, paid with `voucher` (SCALE of flow::Voucher).
  Result<PaidPiece> get_fragment_paid(const FragmentAt& at, std::uint64_t offset,
                                      std::uint64_t size, ByteView voucher);
  Result<Bytes> get_tags(const FragmentAt& at);
  Result<Bytes> get_tags(const FragId& frag);
  Result<Bytes> get_segment_tags(const Fid& fid, std::uint32_t segment);
  Result<Bytes> get_tagger(const Fid& fid, const TaggerId& id);
  /// FragmentService::prove_range; the caller checks it.
  Result<Bytes> get_range_proof(const FragId& frag, std::uint64_t offset, std::uint64_t size);
  /// A proof of idle space by its SHA-256, which the caller compares.
  Result<Bytes> get_idle_blob(const Hash256& digest);
  /// `receipt`: SCALE of files::SlotReceipt without signature. Asked twice it answers the same.
  Result<Ed25519Signature> sign_receipt(const Fid& fid, ByteView receipt);
  /// Any thread: ends a call that waits, and all later ones.
  void abort();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A miner's endpoint as the chain has it: "https://host:port", or "host:port". Code::input.
Result<net::Endpoint> parse_miner_endpoint(std::string_view text);

}  // namespace cess::proto
