// SPDX-License-Identifier: Apache-2.0
#include "chain/types/header.hpp"

#include "crypto/sha256.hpp"
#include "merkle/tree.hpp"

namespace cess {
namespace {

template <class T>
Hash256 domain_hash(std::string_view domain, const T& record) {
  return sha256({as_bytes(domain), encode_scale(record)});
}

Hash256 list_root(const std::vector<Bytes>& list) {
  if (list.empty()) return Hash256{};
  std::vector<Hash256> leaves;
  leaves.reserve(list.size());
  for (const auto& e : list) leaves.push_back(merkle_leaf(e));
  return merkle_root(leaves);
}

void put_list(ScaleWriter& w, const std::vector<Bytes>& list) {
  w.compact(list.size());
  for (const auto& e : list) w.sized(e);
}

Status get_list(ScaleReader& r, std::vector<Bytes>& list, std::size_t count_max,
                std::size_t size_max) {
  CESS_TRY_ASSIGN(const auto count, r.compact());
  if (count > count_max || count > r.left()) return r.refuse("too many elements");
  list.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    CESS_TRY_ASSIGN(const auto e, r.sized(size_max));
    list.emplace_back(e.begin(), e.end());
  }
  return {};
}

Result<Header> get_header(ScaleReader& r) {
  Header header;
  CESS_TRY(scale_get(r, header));
  if (header.version != 1) return r.refuse("unknown version");
  if (header.parent_certificate.size() > kCertificateSizeMax)
    return r.refuse("certificate over the limit");
  return header;
}

}  // namespace

BlockHash header_hash(const Header& header) {
  return BlockHash::from(domain_hash("CESS-HEADER-v1", header).view());
}

Hash256 committee_hash(const Committee& committee) {
  return domain_hash("CESS-COMMITTEE-v1", committee);
}

Hash256 txns_root(const std::vector<Bytes>& txns) { return list_root(txns); }
Hash256 evidence_root(const std::vector<Bytes>& evidence) { return list_root(evidence); }

Bytes encode_block(const Block& block) {
  ScaleWriter w;
  scale_put(w, block.header);
  put_list(w, block.txns);
  put_list(w, block.evidence);
  return w.take();
}

Result<Header> parse_block_header(ByteView block) {
  ScaleReader r(block, "block");
  return get_header(r);
}

Result<Block> parse_block(ByteView bytes) {
  ScaleReader r(bytes, "block");
  if (bytes.size() > kBlockSizeMax)
    return r.refuse(std::to_string(bytes.size()) + " bytes, over the limit");
  Block block;
  CESS_TRY_ASSIGN(block.header, get_header(r));
  CESS_TRY(get_list(r, block.txns, kBlockTxnCountMax, kTxnSizeMax));
  CESS_TRY(get_list(r, block.evidence, 16, 1U << 16U));
  CESS_TRY(r.end());
  if (txns_root(block.txns) != block.header.txns_root)
    return r.refuse("transactions do not match their root");
  if (evidence_root(block.evidence) != block.header.evidence_root)
    return r.refuse("evidence does not match its root");
  return block;
}

}  // namespace cess
