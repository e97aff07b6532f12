// SPDX-License-Identifier: Apache-2.0
// Transactions: submit, follow, prove; the pool.
#include "chain/consensus/messages.hpp"
#include "chain/node/detail/rpc.hpp"
#include "chain/node/detail/rpc_params.hpp"
#include "merkle/tree.hpp"

namespace cess::node {
namespace {

constexpr std::uint64_t kWaitMsMax = 60'000;
constexpr std::size_t kWaitingMax = 10'000;
constexpr std::size_t kPoolListMax = 1000;

/// The siblings, one after the other.
std::string path_hex(const std::vector<Hash256>& path) {
  std::string out;
  for (const Hash256& h : path) out += to_hex(h);
  return out;
}

}  // namespace

void Rpc::tx_submit(Call& c) {
  CESS_RPC_ASSIGN(Bytes bytes, hex_param(c.params, "txn", kTxnSizeMax));
  if (!node_.synced()) return c.reply(not_synced());
  node_.submit(std::make_shared<const Bytes>(std::move(bytes)),
               [reply = c.reply](const Result<TxnHash>& r) {
                 if (!r) return reply(tl::unexpected(r.error()));
                 reply(Json{{"hash", to_hex(*r)}});
               });
}

void Rpc::tx_status(Call& c) {
  CESS_RPC_ASSIGN(const auto hash, id_param<TxnHash>(c.params, "hash"));
  CESS_RPC_ASSIGN(const auto place, node_.store().place_of(hash));
  Json out = {{"hash", to_hex(hash)}, {"status", node_.pool().find(hash) ? "pending" : "unknown"}};
  if (!place) return c.reply(std::move(out));
  out["status"] = "final";
  out["height"] = place->height;
  out["index"] = place->index;
  CESS_RPC_ASSIGN(const auto receipts, node_.store().receipts(place->height));
  if (receipts && place->index + 1 < receipts->size()) {
    const Receipt& r = (*receipts)[place->index + 1];
    out["ok"] = r.ok;
    out["error"] = r.error;
    out["fee"] = to_decimal(r.fee);
  }
  c.reply(std::move(out));
}

/// The transaction in its block, its receipt in the next, each under a certified header.
Result<Json> Rpc::proof_json(const TxnPlace& place, const Json& params) const {
  CESS_TRY_ASSIGN(const auto parsed, block_at(place.height));
  if (place.height + 1 > node_.durable_height()) {
    return fail(Code::busy, "the receipt is proven by the next block, which is not final yet");
  }
  CESS_TRY_ASSIGN(const Json header, header_json(place.height));
  CESS_TRY_ASSIGN(const Json next, header_json(place.height + 1));
  CESS_TRY_ASSIGN(const auto receipts, node_.store().receipts(place.height));
  CESS_TRY_ASSIGN(const Header next_header, header_at(place.height + 1));
  if (!receipts || place.index + 1 >= receipts->size())
    return fail(Code::no, "no receipt here any more");
  std::vector<Hash256> txn_leaves;
  for (const Bytes& t : parsed->block.txns) txn_leaves.push_back(merkle_leaf(t));
  std::vector<Hash256> receipt_leaves;
  for (const Receipt& r : *receipts) receipt_leaves.push_back(merkle_leaf(encode_scale(r)));
  Json out = {{"schema", "cess.finality_proof/1"},
              {"genesis", to_hex(node_.ledger().position().genesis)},
              {"txn_bytes", to_hex(parsed->block.txns[place.index])},
              {"index", place.index},
              {"count", txn_leaves.size()},
              {"txn_path", path_hex(merkle_path(txn_leaves, place.index))},
              {"header_bytes", header["header_bytes"]},
              {"certificate_bytes", header["certificate_bytes"]},
              {"receipt_bytes", to_hex(encode_scale((*receipts)[place.index + 1]))},
              {"receipt_path", path_hex(merkle_path(receipt_leaves, place.index + 1))},
              {"next_header_bytes", next["header_bytes"]},
              {"next_certificate_bytes", next["certificate_bytes"]}};
  if (params.contains("from")) {
    CESS_TRY_ASSIGN(out["path"], path_json(params, place.height + 1));
    return out;
  }
  const Era era = parsed->block.header.era;
  const Era next_era = next_header.era;
  const auto committee = node_.ledger().committee_of_era(era);
  if (!committee)
    return fail(Code::no, "the committee of era " + std::to_string(era) + " is forgotten");
  out["committee_bytes"] = to_hex(encode_scale(*committee));
  out["next_committee_bytes"] = nullptr;
  if (next_era != era) {
    if (const auto other = node_.ledger().committee_of_era(next_era))
      out["next_committee_bytes"] = to_hex(encode_scale(*other));
  }
  return out;
}

void Rpc::tx_proof(Call& c) {
  CESS_RPC_ASSIGN(const auto hash, id_param<TxnHash>(c.params, "hash"));
  CESS_RPC_ASSIGN(const auto place, node_.store().place_of(hash));
  if (!place)
    return c.reply(
        fail(Code::no, "no final transaction '" + to_hex(hash) + "' here", to_hex(hash)));
  c.reply(proof_json(*place, c.params));
}

void Rpc::tx_wait(Call& c) {
  CESS_RPC_ASSIGN(const auto hash, id_param<TxnHash>(c.params, "hash"));
  CESS_RPC_ASSIGN(const std::uint64_t wait_ms,
                  number_param(c.params, "wait_ms", kWaitMsMax, 30'000));
  CESS_RPC_ASSIGN(const auto place, node_.store().place_of(hash));
  const bool prove = !c.params.contains("proof") || flag_param(c.params, "proof");
  if (place && (!prove || place->height < node_.durable_height())) {
    CESS_RPC_ASSIGN(Json out, txn_json(*place));
    if (prove) {
      CESS_RPC_ASSIGN(out["proof"], proof_json(*place, c.params));
    }
    return c.reply(std::move(out));
  }
  if (waiting_.size() >= kWaitingMax) return c.reply(fail(Code::busy, "too many wait already"));
  const std::uint64_t id = ++waiting_last_;
  Waiting w;
  w.hash = hash;
  w.reply = c.reply;
  w.params = c.params;
  w.prove = prove;
  w.timer = node_.loop().start_timer(wait_ms, [this, id] {
    const auto it = waiting_.find(id);
    if (it == waiting_.end()) return;
    const auto reply = it->second.reply;
    const std::string name = to_hex(it->second.hash);
    waiting_.erase(it);
    reply(fail(Code::busy, "transaction '" + name + "' is not final yet", name));
  });
  waiting_.emplace(id, std::move(w));
}

void Rpc::tx_estimate(Call& c) {
  CESS_RPC_ASSIGN(const Bytes bytes, hex_param(c.params, "txn", kTxnSizeMax));
  if (!node_.synced()) return c.reply(not_synced());
  auto read = read_txn(bytes);
  if (!read) {
    // A body alone: as large as it will be with an Ed25519 signature.
    const auto body = decode_scale<TxnBody>(bytes, "transaction");
    if (!body) return c.reply(tl::unexpected(read.error()));
    read = to_read_txn(Txn{*body, SignatureKind::ed25519, Bytes(64)});
  }
  c.reply(Json{{"weight", node_.runtime().weight(read->txn)},
               {"size", read->size_bytes},
               {"fee", to_decimal(node_.ledger().txn_cost(*read))}});
}

void Rpc::mempool_status(Call& c) {
  const PoolStats s = node_.pool().stats();
  const PoolLimits limits;
  c.reply(Json{{"count", s.count},
               {"bytes", s.bytes},
               {"senders", s.senders},
               {"count_max", limits.count_max},
               {"bytes_max", limits.bytes_max},
               {"rate_min", std::to_string(s.rate_min)},
               {"added", s.added},
               {"replaced", s.replaced},
               {"evicted", s.evicted},
               {"expired", s.expired},
               {"refused", s.refused}});
}

void Rpc::mempool_list(Call& c) {
  CESS_RPC_ASSIGN(const std::size_t limit, number_param(c.params, "limit", kPoolListMax, 100));
  std::vector<PoolTxnPtr> list;
  if (c.params.contains("sender")) {
    CESS_RPC_ASSIGN(const AccountId sender, account_param(c.params, "sender"));
    list = node_.pool().of_sender(sender);
    if (list.size() > limit) list.resize(limit);
  } else {
    list = node_.pool().list(limit);
  }
  Json out = Json::array();
  for (const PoolTxnPtr& t : list) {
    out.push_back({{"hash", to_hex(t->hash)},
                   {"sender", to_ss58(t->sender)},
                   {"nonce", t->nonce},
                   {"fee", to_decimal(t->fee)},
                   {"size", t->bytes->size()},
                   {"valid_until", t->valid_until}});
  }
  c.reply(std::move(out));
}

}  // namespace cess::node
