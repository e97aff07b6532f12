// SPDX-License-Identifier: Apache-2.0
// What is final: headers, blocks, certificates, committees, transactions, events.
#include <algorithm>
#include <array>

#include "chain/consensus/messages.hpp"
#include "chain/node/detail/rpc.hpp"
#include "chain/node/detail/rpc_params.hpp"
#include "chain/state/election/election.hpp"

namespace cess::node {
namespace {

constexpr std::size_t kEventsMax = 1000;
constexpr Height kEventBlocksMax = 10'000;
constexpr Era kEraLinksMax = 4096;

tl::unexpected<Error> not_found(const std::string& what) {
  return fail(Code::no, "no " + what + " here", what);
}

/// What "storage.*" stands for: all that happens to stored data and the space for it.
constexpr std::array<std::string_view, 6> kStorage = {"territory", "miners", "files",
                                                      "audits",    "idle",   "taggers"};

/// "module.event", "module.*", "storage.*" or "*".
bool matches(const std::string& filter, const std::string& event) {
  if (filter.empty() || filter == "*") return true;
  if (filter == "storage.*")
    return std::ranges::find(kStorage, std::string_view(event).substr(0, event.find('.'))) !=
           kStorage.end();
  if (filter.ends_with(".*")) return event.starts_with(filter.substr(0, filter.size() - 1));
  return event == filter;
}

}  // namespace

Result<Height> Rpc::height_of(const Json& params, const char* key) const {
  const auto it = params.find(key);
  const Height head = node_.durable_height();
  if (it == params.end() || (it->is_string() && it->get<std::string>() == "head")) return head;
  Height height = 0;
  if (it->is_string() && it->get<std::string>().size() >= 64) {
    CESS_TRY_ASSIGN(const auto hash, id_param<BlockHash>(params, key));
    CESS_TRY_ASSIGN(const auto found, node_.store().height_of(hash));
    if (!found) return not_found("block '" + to_hex(hash) + "'");
    height = *found;
  } else {
    CESS_TRY_ASSIGN(height, number_param(params, key, ~std::uint64_t{0}));
  }
  if (height > head)
    return fail(Code::no,
                "no block " + std::to_string(height) + " yet, the head is " + std::to_string(head));
  return height;
}

FinalPtr Rpc::recent(Height height) const {
  for (const FinalPtr& f : recent_) {
    if (f->position.height == height) return f;
  }
  return nullptr;
}

tl::unexpected<Error> Rpc::no_block(Height height) const {
  if (height == 0) return fail(Code::no, "no block 0: the chain begins with block 1", "0");
  return fail(Code::no, "no block " + std::to_string(height) + " here", std::to_string(height),
              height < node_.oldest_ ? "it was pruned; ask an archive node" : "");
}

Result<ledger::ParsedPtr> Rpc::block_at(Height height) const {
  if (const FinalPtr f = recent(height)) return f->parsed;
  CESS_TRY_ASSIGN(const auto bytes, node_.store().block(height));
  if (!bytes) return no_block(height);
  return ledger::parse_whole(*bytes);
}

Result<Header> Rpc::header_at(Height height) const {
  if (const FinalPtr f = recent(height)) return f->parsed->block.header;
  CESS_TRY_ASSIGN(const auto bytes, node_.store().block(height));
  if (!bytes) return no_block(height);
  return parse_block_header(*bytes);
}

Result<Json> Rpc::header_json(Height height) const {
  CESS_TRY_ASSIGN(const Header h, header_at(height));
  const FinalPtr known = recent(height);
  std::optional<consensus::Certificate> certificate;
  if (known) certificate = known->certificate;
  if (!known) {
    CESS_TRY_ASSIGN(certificate, node_.store().certificate(height));
  }
  Json out = {{"height", h.height},
              {"hash", to_hex(header_hash(h))},
              {"header", to_json_value(h)},
              {"header_bytes", to_hex(encode_scale(h))},
              {"certificate", nullptr}};
  if (certificate) {
    out["certificate"] = ledger::certificate_to_json(*certificate);
    out["certificate_bytes"] = to_hex(encode_certificate(*certificate));
  }
  return out;
}

void Rpc::reply_header(Call& c, Height height) {
  if (height != 0) return c.reply(header_json(height));
  c.reply(Json{{"height", 0},
               {"hash", to_hex(node_.ledger().position().genesis)},
               {"header", nullptr},
               {"header_bytes", nullptr},
               {"certificate", nullptr}});
}

void Rpc::chain_head(Call& c) { reply_header(c, node_.durable_height()); }

void Rpc::chain_header(Call& c) {
  CESS_RPC_ASSIGN(const Height height, height_of(c.params, "at"));
  reply_header(c, height);
}

void Rpc::chain_block(Call& c) {
  CESS_RPC_ASSIGN(const Height height, height_of(c.params, "at"));
  CESS_RPC_ASSIGN(const auto parsed, block_at(height));
  CESS_RPC_ASSIGN(Json out, header_json(height));
  CESS_RPC_ASSIGN(const auto receipts, node_.store().receipts(height));
  out["txns"] = Json::array();
  for (const ReadTxn& t : parsed->txns) {
    out["txns"].push_back({{"hash", to_hex(t.hash)}, {"txn", node_.runtime().txn_to_json(t.txn)}});
  }
  out["receipts"] = Json::array();
  for (const Receipt& r : receipts.value_or(std::vector<Receipt>{})) {
    out["receipts"].push_back(node_.runtime().receipt_to_json(r));
  }
  out["evidence"] = Json::array();
  for (const Bytes& e : parsed->block.evidence) out["evidence"].push_back(to_hex(e));
  if (flag_param(c.params, "bytes")) out["block_bytes"] = to_hex(encode_block(parsed->block));
  c.reply(std::move(out));
}

void Rpc::chain_certificate(Call& c) {
  CESS_RPC_ASSIGN(const Height height, height_of(c.params, "at"));
  CESS_RPC_ASSIGN(Json out, header_json(height));
  out.erase("header");
  c.reply(std::move(out));
}

void Rpc::chain_committee(Call& c) {
  CESS_RPC_ASSIGN(const Era era,
                  number_param(c.params, "era", ~std::uint64_t{0}, node_.ledger().next_era()));
  const auto committee = node_.ledger().committee_of_era(era);
  if (!committee) return c.reply(not_found("committee of era " + std::to_string(era)));
  Json out = to_json_value(*committee);
  out["hash"] = to_hex(committee_hash(*committee));
  out["committee_bytes"] = to_hex(encode_scale(*committee));
  c.reply(std::move(out));
}

void Rpc::chain_spec(Call& c) { c.reply(node_.spec()); }

Result<Json> Rpc::txn_json(const TxnPlace& place) const {
  CESS_TRY_ASSIGN(const auto parsed, block_at(place.height));
  CESS_TRY_ASSIGN(const auto receipts, node_.store().receipts(place.height));
  if (place.index >= parsed->txns.size())
    return fail(Code::system, "index of transactions is damaged");
  const ReadTxn& t = parsed->txns[place.index];
  Json out = {{"hash", to_hex(t.hash)},
              {"height", place.height},
              {"index", place.index},
              {"txn", node_.runtime().txn_to_json(t.txn)},
              {"txn_bytes", to_hex(parsed->block.txns[place.index])},
              {"receipt", nullptr}};
  if (receipts && place.index + 1 < receipts->size()) {
    out["receipt"] = node_.runtime().receipt_to_json((*receipts)[place.index + 1]);
  }
  return out;
}

void Rpc::chain_txn(Call& c) {
  CESS_RPC_ASSIGN(const auto hash, id_param<TxnHash>(c.params, "hash"));
  CESS_RPC_ASSIGN(const auto place, node_.store().place_of(hash));
  if (!place) return c.reply(not_found("final transaction '" + to_hex(hash) + "'"));
  c.reply(txn_json(*place));
}

/// Which events; refused if no event could ever pass, for silence looks like peace.
Result<std::string> Rpc::filter_param(const Json& params) const {
  if (!params.contains("filter")) return std::string();
  CESS_TRY_ASSIGN(std::string filter, text_param(params, "filter"));
  if (filter.empty() || filter == "*" || filter == "storage.*") return filter;
  const std::size_t dot = filter.find('.');
  const Module* module = node_.runtime().find(std::string_view(filter).substr(0, dot));
  if (module != nullptr && dot != std::string::npos) {
    const std::string name = filter.substr(dot + 1);
    for (const EventInfo& e : module->events()) {
      if (name == "*" || name == e.name) return filter;
    }
  }
  return wrong_param("filter", "no event is named so: want module.event, module.*, storage.* or *");
}

Json Rpc::block_events(Height height, const BlockHash& hash, const std::vector<Receipt>& receipts,
                       const std::string& filter, std::size_t limit) const {
  Json out = Json::array();
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    for (const EventRecord& e : receipts[i].events) {
      if (out.size() >= limit) return out;
      Json data = node_.runtime().event_to_json(e);
      const std::string name = data.value("event", "");
      if (!matches(filter, name)) continue;
      data.erase("event");
      const std::size_t dot = name.find('.');
      Json event = {
          {"height", height}, {"hash", to_hex(hash)}, {"index", nullptr}, {"txn", nullptr}};
      if (i > 0) {
        event["index"] = i - 1;
        event["txn"] = to_hex(receipts[i].txn);
      }
      event["module"] = name.substr(0, dot);
      event["event"] = dot == std::string::npos ? name : name.substr(dot + 1);
      event["data"] = std::move(data);
      out.push_back(std::move(event));
    }
  }
  return out;
}

void Rpc::chain_events(Call& c) {
  CESS_RPC_ASSIGN(const Height from, number_param(c.params, "from", ~std::uint64_t{0}));
  CESS_RPC_ASSIGN(const Height to,
                  number_param(c.params, "to", ~std::uint64_t{0}, node_.durable_height()));
  CESS_RPC_ASSIGN(const std::size_t limit, number_param(c.params, "limit", kEventsMax, kEventsMax));
  CESS_RPC_ASSIGN(const std::string filter, filter_param(c.params));
  Json out = {{"events", Json::array()}, {"next", nullptr}};
  const Height last = std::min(to, node_.durable_height());
  for (Height h = std::max<Height>(from, 1); h <= last; ++h) {
    if (out["events"].size() >= limit || h >= from + kEventBlocksMax) {
      out["next"] = h;
      break;
    }
    CESS_RPC_ASSIGN(const auto receipts, node_.store().receipts(h));
    CESS_RPC_ASSIGN(const Header header, header_at(h));
    if (!receipts) continue;
    // A whole block at a time, so that `next` is a height: the limit may be passed by one block's
    // events.
    for (Json& e : block_events(h, header_hash(header), *receipts, filter, 50'000))
      out["events"].push_back(std::move(e));
  }
  c.reply(std::move(out));
}

/// One header per era between two heights, with the committees that certify them.
Result<Json> Rpc::links_json(Height from, Height to) const {
  if (from == 0 || to < from) return wrong_param("from", "not a block before the other one");
  CESS_TRY_ASSIGN(const Header first, header_at(from));
  CESS_TRY_ASSIGN(const Header last, header_at(to));
  const Era begin = first.era;
  const Era end = last.era;
  if (end - begin > kEraLinksMax) return wrong_param("from", "too many eras away");
  Json out = {{"committees", Json::array()}, {"links", Json::array()}};
  for (Era era = begin; era <= end; ++era) {
    const auto committee = node_.ledger().committee_of_era(era);
    if (!committee)
      return fail(Code::no, "no committee of era " + std::to_string(era) + " here", "committee",
                  "take a later checkpoint: who signed in an era that is forgotten cannot be "
                  "punished for signing other blocks as well");
    out["committees"].push_back(to_hex(encode_scale(*committee)));
    if (era == end) break;
    CESS_TRY_ASSIGN(const auto height, node_.store().era_end(era));
    if (!height) return not_found("end of era " + std::to_string(era));
    CESS_TRY_ASSIGN(const Json header, header_json(*height));
    out["links"].push_back({{"header_bytes", header["header_bytes"]},
                            {"certificate_bytes", header["certificate_bytes"]}});
  }
  return out;
}

void Rpc::chain_links(Call& c) {
  CESS_RPC_ASSIGN(const Height from, height_of(c.params, "from"));
  CESS_RPC_ASSIGN(const Height to, height_of(c.params, "to"));
  c.reply(links_json(from, to));
}

Result<Json> Rpc::path_json(const Json& params, Height to) const {
  CESS_TRY_ASSIGN(const Height from, height_of(params, "from"));
  if (from > to) return wrong_param("from", "a later block than what it shall prove");
  CESS_TRY_ASSIGN(const Json checkpoint, header_json(from));
  CESS_TRY_ASSIGN(Json links, links_json(from, to));
  return Json{{"checkpoint_header_bytes", checkpoint["header_bytes"]},
              {"committees", std::move(links["committees"])},
              {"links", std::move(links["links"])}};
}

}  // namespace cess::node
