// SPDX-License-Identifier: Apache-2.0
#include "decode_bytes.hpp"

#include <array>

#include "chain/client/send.hpp"
#include "chain/consensus/evidence.hpp"
#include "chain/consensus/messages.hpp"
#include "chain/ledger/blocks.hpp"
#include "chain/ledger/judge.hpp"
#include "decode_messages.hpp"

namespace cess {
namespace {

using Decoded = std::optional<Json>;

Json decoded(const char* kind) { return {{"schema", "cess.decoded/1"}, {"kind", kind}}; }

Decoded decode_txn_body(ByteView bytes) {
  const auto body = decode_scale<TxnBody>(bytes, "transaction body");
  if (!body || body->version != 1 ||
      client::runtime().find_call(body->module, body->call) == nullptr)
    return std::nullopt;
  Json j = decoded("txn_body");
  j["txn"] = client::runtime().txn_to_json(Txn{*body, SignatureKind::ed25519, {}});
  return j;
}

struct EvidenceParts {
  Json operator()(const consensus::TwoVotes& e) const {
    return {{"first", signed_vote_to_json(e.first)}, {"second", signed_vote_to_json(e.second)}};
  }
  Json operator()(const consensus::Amnesia& e) const {
    return {{"commit", signed_vote_to_json(e.commit)},
            {"round_change", signed_vote_to_json(e.round_change)}};
  }
  Json operator()(const consensus::CertificateAmnesia& e) const {
    return {{"commit", ledger::certificate_to_json(e.commit)},
            {"round_change", signed_vote_to_json(e.round_change)}};
  }
  Json operator()(const consensus::TwoCertificates& e) const {
    return {{"first", ledger::certificate_to_json(e.first)},
            {"second", ledger::certificate_to_json(e.second)}};
  }
  Json operator()(const consensus::InvalidProposal& e) const {
    Json out = {{"proposal", signed_vote_to_json(e.proposal)},
                {"proof", to_hex(ByteView(e.proof))}};
    const auto proof = decode_scale<ledger::InvalidHeaderProof>(e.proof, "proof");
    const auto proposed = proof ? ledger::parse_header(proof->proposed) : Result<Header>(Header());
    const auto right = proof ? ledger::parse_header(proof->final_header) : Result<Header>(Header());
    if (proof && proposed && right) {
      out["proposed"] = to_json_value(*proposed);
      out["final"] = to_json_value(*right);
      out["wrong"] = ledger::contradiction(*proposed, *right);
    }
    return out;
  }
};

Decoded decode_receipt(ByteView bytes) {
  const auto receipt = decode_scale<Receipt>(bytes, "receipt");
  if (!receipt) return std::nullopt;
  Json j = decoded("receipt");
  j["receipt"] = client::runtime().receipt_to_json(*receipt);
  return j;
}

Decoded decode_key(ByteView bytes) {
  const auto item = item_of_key(as_text(bytes));
  if (!item) return std::nullopt;
  Json j = decoded("state_key");
  j["item"] = item->first;
  j["key"] = *item->second.key_to_json(as_text(bytes));
  return j;
}

// A stored value stands beside its key.
Decoded decode_pair(const Json& document) {
  const auto bytes_of = [&](const char* name) -> std::optional<Bytes> {
    const auto it = document.find(name);
    if (it == document.end() || !it->is_string()) return std::nullopt;
    auto bytes = parse_hex(it->get<std::string>(), name);
    return bytes ? std::optional<Bytes>(std::move(*bytes)) : std::nullopt;
  };
  const auto key = bytes_of("raw_key");
  if (!key) return std::nullopt;
  Decoded out = decode_key(*key);
  const auto value = bytes_of("raw_value");
  if (out && value) {
    const auto item = item_of_key(as_text(*key));
    (*out)["value"] = item->second.value_to_json(as_text(*value)).value_or(Json());
  }
  return out;
}

}  // namespace

std::optional<Json> decode_txn(ByteView bytes) {
  const auto txn = parse_txn(bytes);
  if (!txn) return std::nullopt;
  Json j = decoded("txn");
  j["hash"] = to_hex(txn_hash(bytes));
  j["txn"] = client::runtime().txn_to_json(*txn);
  j["signature_valid"] = verify_txn_signature(*txn);
  return j;
}

std::optional<Json> decode_header(ByteView bytes) {
  const auto header = decode_scale<Header>(bytes, "header");
  if (!header || header->version != 1) return std::nullopt;
  Json j = decoded("header");
  j["hash"] = to_hex(header_hash(*header));
  j["header"] = to_json_value(*header);
  return j;
}

std::optional<Json> decode_block(ByteView bytes) {
  const auto block = parse_block(bytes);
  if (!block) return std::nullopt;
  Json j = decoded("block");
  j["hash"] = to_hex(header_hash(block->header));
  j["header"] = to_json_value(block->header);
  j["txns"] = Json::array();
  for (const auto& t : block->txns) {
    const auto txn = parse_txn(t);
    j["txns"].push_back(txn ? client::runtime().txn_to_json(*txn) : Json(to_hex(ByteView(t))));
  }
  return j;
}

std::optional<Json> decode_certificate(ByteView bytes) {
  const auto c = consensus::decode_certificate(bytes);
  if (!c) return std::nullopt;
  Json j = decoded("certificate");
  j["certificate"] = ledger::certificate_to_json(*c);
  return j;
}

std::optional<Json> decode_evidence(ByteView bytes) {
  const auto e = consensus::decode_evidence(bytes);
  if (!e) return std::nullopt;
  Json j = decoded("evidence");
  j["letter"] = std::string(1, consensus::letter_of(*e));
  j["evidence"] = std::visit(EvidenceParts{}, *e);
  return j;
}

std::optional<Json> decode_committee(ByteView bytes) {
  const auto c = decode_scale<Committee>(bytes, "committee");
  if (!c || c->members.empty()) return std::nullopt;
  Json j = decoded("committee");
  j["hash"] = to_hex(committee_hash(*c));
  j["committee"] = to_json_value(*c);
  return j;
}

std::optional<std::pair<std::string, ItemInfo>> item_of_key(std::string_view key) {
  if (key.size() < 2) return std::nullopt;
  const auto* module = client::runtime().find(static_cast<ModuleId>(key[0]));
  if (module == nullptr) return std::nullopt;
  for (auto& item : module->items()) {
    if (item.item != static_cast<std::uint8_t>(key[1]) || !item.key_to_json(key)) continue;
    return std::pair(module->name() + "." + item.name, std::move(item));
  }
  return std::nullopt;
}

std::optional<Json> decode_bytes(ByteView bytes) {
  // In order of how much a format demands: the last ones would fit others by chance.
  for (const auto decode :
       {decode_voter_slot, decode_txn, decode_block, decode_header, decode_evidence,
        decode_certificate, decode_consensus_message, decode_frames, decode_committee,
        decode_txn_body, decode_receipt, decode_key, decode_node_message}) {
    if (auto found = decode(bytes)) return found;
  }
  return std::nullopt;
}

Result<Json> decode_value(const std::string& item, ByteView bytes) {
  for (const auto& module : client::runtime().modules()) {
    for (const auto& info : module->items()) {
      const std::string whole = module->name() + "." + info.name;
      if (item != whole && item != info.name) continue;
      CESS_TRY_ASSIGN(Json value, info.value_to_json(as_text(bytes)));
      Json j = decoded("state_value");
      j["item"] = whole;
      j["value"] = std::move(value);
      return j;
    }
  }
  return fail(Code::usage, "no item '" + item + "'", item,
              "`cess-chain items` lists what is stored");
}

std::optional<Json> decode_document(const Json& document) {
  if (!document.is_object()) return std::nullopt;
  Json parts = Json::object();
  for (const auto& [name, value] : document.items()) {
    if (value.is_object()) {
      if (auto inner = decode_document(value)) parts[name] = std::move((*inner)["parts"]);
      continue;
    }
    if (!value.is_string() || name == "raw_value" || name == "raw_key") continue;
    if (!name.ends_with("_bytes") && name != "txn" && name != "body") continue;
    const auto bytes = parse_hex(value.get<std::string>(), name);
    if (!bytes) continue;
    if (auto found = decode_bytes(*bytes)) parts[name] = std::move(*found);
  }
  if (auto pair = decode_pair(document)) parts["entry"] = std::move(*pair);
  if (parts.empty()) return std::nullopt;
  Json out = decoded("document");
  const auto schema = document.find("schema");
  if (schema != document.end()) out["document"] = *schema;
  out["parts"] = std::move(parts);
  return out;
}

}  // namespace cess
