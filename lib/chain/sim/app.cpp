// SPDX-License-Identifier: Apache-2.0
#include "chain/sim/app.hpp"

#include "crypto/sha256.hpp"

namespace cess::sim {
namespace {

Result<consensus::HeaderView> view_of(const Header& h) {
  consensus::HeaderView v;
  v.digest = Hash256::from(header_hash(h).view());
  v.height = h.height;
  v.era = h.era;
  v.parent = Hash256::from(h.parent.view());
  if (!h.parent_certificate.empty()) {
    CESS_TRY_ASSIGN(v.parent_certificate, consensus::decode_certificate(h.parent_certificate));
  }
  v.time_ms = h.time_ms;
  v.state_root = h.state_root;
  v.committee = h.committee;
  v.next_committee = h.next_committee;
  return v;
}

}  // namespace

std::shared_ptr<const ParsedBlock> WorldReader::parse(ByteView block) const {
  const std::pair key{mix(block, 1), mix(block, 2)};
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  if (known_.size() > 512) known_.clear();
  std::shared_ptr<ParsedBlock> out;
  auto parsed = parse_block(block);
  if (parsed) {
    auto view = view_of(parsed->header);
    if (view) out = std::make_shared<ParsedBlock>(ParsedBlock{std::move(*parsed), *view});
  }
  known_[key] = out;
  return out;
}

Result<consensus::HeaderView> WorldReader::read_block(ByteView block) const {
  const auto parsed = parse(block);
  if (parsed == nullptr) return fail(Code::input, "cannot read block: malformed");
  return parsed->view;
}

Result<consensus::HeaderView> WorldReader::read_header(ByteView header) const {
  CESS_TRY_ASSIGN(const Header h, decode_scale<Header>(header, "header"));
  return view_of(h);
}

AccountId account_of(const consensus::PublicKey& key) {
  return AccountId::from(sha256(key).view());
}

}  // namespace cess::sim
