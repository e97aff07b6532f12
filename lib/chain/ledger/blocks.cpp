// SPDX-License-Identifier: Apache-2.0
#include "chain/ledger/blocks.hpp"

#include "base/endian.hpp"
#include "base/hex.hpp"
#include "chain/consensus/messages.hpp"
#include "crypto/sha256.hpp"

namespace cess::ledger {

Result<ParsedPtr> parse_whole(ByteView bytes) {
  auto parsed = std::make_shared<ParsedBlock>();
  CESS_TRY_ASSIGN(parsed->block, parse_block(bytes));
  parsed->hash = header_hash(parsed->block.header);
  parsed->txns.reserve(parsed->block.txns.size());
  for (const Bytes& txn : parsed->block.txns) {
    CESS_TRY_ASSIGN(auto t, read_txn(txn));
    parsed->txns.push_back(std::move(t));
  }
  return ParsedPtr(std::move(parsed));
}

Result<Header> parse_header(ByteView bytes) {
  CESS_TRY_ASSIGN(auto header, decode_scale<Header>(bytes, "header"));
  if (header.version != 1) return fail(Code::input, "header: unknown version", "header");
  if (header.parent_certificate.size() > kCertificateSizeMax) {
    return fail(Code::input, "header: certificate over the limit", "header");
  }
  return header;
}

Result<consensus::HeaderView> header_view(const Header& header, const BlockHash& hash) {
  consensus::HeaderView view;
  view.digest = digest_of(hash);
  view.height = header.height;
  view.era = header.era;
  view.parent = digest_of(header.parent);
  if (header.height > 1) {
    CESS_TRY_ASSIGN(view.parent_certificate,
                    consensus::decode_certificate(header.parent_certificate));
  } else if (!header.parent_certificate.empty()) {
    return fail(Code::input, "header: a certificate of genesis", "header");
  }
  view.time_ms = header.time_ms;
  view.state_root = header.state_root;
  view.committee = header.committee;
  view.next_committee = header.next_committee;
  return view;
}

Result<consensus::HeaderView> ChainReader::read_block(ByteView bytes) const {
  CESS_TRY_ASSIGN(const Block block, parse_block(bytes));
  return header_view(block.header, header_hash(block.header));
}

Result<consensus::HeaderView> ChainReader::read_header(ByteView bytes) const {
  CESS_TRY_ASSIGN(const Header header, parse_header(bytes));
  return header_view(header, header_hash(header));
}

Result<consensus::CommitteePtr> voters_of(const Committee& committee) {
  std::vector<consensus::PublicKey> keys;
  keys.reserve(committee.members.size());
  for (const CommitteeMember& m : committee.members) keys.push_back(m.bls_key);
  return consensus::Committee::make(committee.era, committee.seed, std::move(keys),
                                    committee_hash(committee));
}

Json certificate_to_json(const consensus::Certificate& c) {
  Json signers = Json::array();
  for (std::uint16_t i = 0; i < c.signers.size; ++i) {
    if (c.signers.has(i)) signers.push_back(i);
  }
  return {{"kind", c.kind == consensus::Kind::commit ? "commit" : "prepare"},
          {"era", c.era},
          {"height", c.height},
          {"round", c.round},
          {"digest", to_hex(c.digest)},
          {"size", c.signers.size},
          {"signers", std::move(signers)},
          {"aggregate", to_hex(ByteView(c.aggregate))}};
}

Hash256 block_vrf_alpha(const Hash256& era_seed, Height height) {
  std::uint8_t le[8];
  store_le(le, height);
  return sha256({as_bytes("CESS-BLOCK-VRF-v1"), era_seed.view(), ByteView(le, sizeof le)});
}

}  // namespace cess::ledger
