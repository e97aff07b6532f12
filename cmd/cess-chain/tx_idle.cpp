// SPDX-License-Identifier: Apache-2.0
// What `cess-store idle commit` prints, as a transaction.
#include "chain/client/state.hpp"
#include "chain/state/idle/idle.hpp"
#include "pois/documents.hpp"
#include "tx_send.hpp"

namespace cess {

bool is_idle_commit(std::string_view text) {
  const std::size_t at = text.find("cess.idle_commit/1");
  return at != std::string_view::npos && at < 32;
}

Result<client::CallData> idle_commit_call(client::Rpc& rpc, const AccountKey& key,
                                          std::string_view text, const std::string& name) {
  CESS_TRY_ASSIGN(const auto doc, pois::parse_batch_document(text, name));
  CESS_TRY_ASSIGN(const auto info, client::synced_info(rpc));
  CESS_TRY_ASSIGN(const auto params, client::get(rpc, idle_space::kParams));
  const auto owner =
      idle_space::owner_of(params.value_or(idle_space::Params{}), info.genesis, key.id);
  if (doc.batch.owner.chain_id != owner.chain_id) {
    return fail(Code::input,
                "the fillers are for another chain: '" + doc.batch.owner.chain_id + "'",
                doc.batch.owner.chain_id,
                "`cess-store idle generate --chain " + owner.chain_id + "` makes this one's");
  }
  if (doc.batch.owner.miner != owner.miner) {
    return fail(Code::input, "the fillers are not of the key's miner", to_ss58(key.id));
  }
  if (doc.batch.owner.params != owner.params) {
    return fail(Code::input,
                "the chain's fillers have " + std::to_string(owner.params.file_bytes()) + " bytes");
  }
  return client::encode_call("idle.commit", idle_space::Commit{doc.batch.first, doc.batch.comms});
}

}  // namespace cess
