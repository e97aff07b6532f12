// SPDX-License-Identifier: Apache-2.0
// Blocks of the chain's format as consensus wants to see them, and parsed whole. Pure.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "chain/consensus/committee.hpp"
#include "chain/consensus/header_view.hpp"
#include "chain/types/header.hpp"
#include "json/json.hpp"

namespace cess::ledger {

/// A block with everything that can be computed from its bytes alone.
struct ParsedBlock {
  Block block;
  BlockHash hash;
  std::vector<ReadTxn> txns;
};
using ParsedPtr = std::shared_ptr<const ParsedBlock>;

/// Strict; Code::input. Signatures are not looked at.
Result<ParsedPtr> parse_whole(ByteView block);
Result<Header> parse_header(ByteView header);

/// Code::input if the parent's certificate is malformed, or missing above height 1.
Result<consensus::HeaderView> header_view(const Header& header, const BlockHash& hash);

/// The reader of consensus. Stateless; any thread.
class ChainReader final : public consensus::BlockReader {
 public:
  [[nodiscard]] Result<consensus::HeaderView> read_block(ByteView block) const override;
  [[nodiscard]] Result<consensus::HeaderView> read_header(ByteView header) const override;
};

/// Block hashes are what consensus calls digests.
inline consensus::Digest digest_of(const BlockHash& hash) {
  return consensus::Digest::from(hash.view());
}
inline BlockHash hash_of(const consensus::Digest& digest) { return BlockHash::from(digest.view()); }

/// The voters' view of a committee; its hash is committee_hash(). Code::input: no members or a key
/// twice.
Result<consensus::CommitteePtr> voters_of(const Committee& committee);

/// For people and programs: "kind", "era", "height", "round", "digest", "size", "signers"
/// (indices), "aggregate".
Json certificate_to_json(const consensus::Certificate& certificate);

/// What the proposer of `height` proves its chance over: SHA-256("CESS-BLOCK-VRF-v1" ‖ seed ‖ LE64
/// height).
Hash256 block_vrf_alpha(const Hash256& era_seed, Height height);

}  // namespace cess::ledger
