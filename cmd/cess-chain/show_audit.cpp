// SPDX-License-Identifier: Apache-2.0
#include "show_audit.hpp"

#include "audit/proof.hpp"
#include "chain/state/audits/document.hpp"

namespace cess {
namespace {

constexpr std::uint32_t kPagesMax = 64;

// The stored value of a key, or nothing.
template <class V>
Result<std::optional<V>> get(RpcClient& rpc, const char* item, const Json& key) {
  CESS_TRY_ASSIGN(const Json answer, rpc.call("state_get", {{"item", item}, {"key", key}}));
  if (!answer.value("exists", false)) return std::optional<V>();
  CESS_TRY_ASSIGN(const auto text, detail::json_text(answer["raw_value"], item));
  CESS_TRY_ASSIGN(const Bytes bytes, parse_hex(text, item));
  CESS_TRY_ASSIGN(V value, decode_scale<V>(bytes, item));
  return std::optional<V>(std::move(value));
}

}  // namespace

Result<Json> show_audit(RpcClient& rpc, const std::string& miner, const std::string& epoch) {
  CESS_TRY_ASSIGN(const AccountId who, parse_account(miner, "miner"));
  const Json key = {epoch, to_ss58(who)};
  CESS_TRY_ASSIGN(const auto rejected, get<audits::Rejected>(rpc, "audits.rejected", key));
  if (!rejected) {
    CESS_TRY_ASSIGN(const auto result, get<audits::AuditResult>(rpc, "audits.result", key));
    if (!result) return fail(Code::no, "no audit of '" + miner + "' in epoch " + epoch, miner);
    Json out = {{"schema", "cess.audit/1"}, {"miner", to_ss58(who)}, {"epoch", epoch}};
    out.update(to_json_value(*result));
    return out;
  }
  if (rejected->pages > kPagesMax)
    return fail(Code::peer, "the node's record of the audit is over the limit", miner);
  std::vector<audits::RejectedPage> pages;
  for (std::uint32_t i = 0; i < rejected->pages; ++i) {
    CESS_TRY_ASSIGN(auto page, get<audits::RejectedPage>(rpc, "audits.rejected_page",
                                                         {epoch, to_ss58(who), std::to_string(i)}));
    if (!page) return fail(Code::peer, "the node lacks a page of the audit", miner);
    pages.push_back(std::move(*page));
  }
  CESS_TRY_ASSIGN(const Json info, rpc.call("node_info"));
  CESS_TRY_ASSIGN(const auto genesis, JsonView(info, "answer of the node").id<Hash256>("genesis"));
  CESS_TRY_ASSIGN(const Amount number, parse_decimal(epoch, "epoch"));
  CESS_TRY_ASSIGN(
      const AuditProof proof,
      audits::rejected_document(genesis, static_cast<Epoch>(number), who, *rejected, pages));
  return proof_to_json(proof);
}

}  // namespace cess
