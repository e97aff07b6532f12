// SPDX-License-Identifier: Apache-2.0
// chain_find: what 32 bytes are that somebody pasted. Names are looked up; what is the name of
// nothing (roots, keys, digests inside of records and events) is searched for in pieces, each of
// which costs the loop some milliseconds.
#include <algorithm>

#include "base/endian.hpp"
#include "base/hex.hpp"
#include "chain/node/detail/rpc.hpp"
#include "chain/node/detail/rpc_params.hpp"
#include "chain/state/election/election.hpp"

namespace cess::node {
namespace {

// One answer looks at so many pairs or blocks; `next` goes on from there.
constexpr std::size_t kLooksMax = 20'000;
constexpr std::size_t kBytesMax = 8U << 20U;
constexpr std::size_t kReceiptBytes = 128;  // of one without events, about
// How far back committees are looked at.
constexpr Era kErasLookedAt = 32;
// So many blocks are new, and come before the state; of the others an answer looks at so many.
constexpr std::size_t kBlocksLookedAt = 512;
constexpr std::size_t kCursorMax = 1100;  // a phase and a key of the state

// What is searched, one after the other; the first byte of `next`.
enum class Phase : std::uint8_t { headers, pairs, events, older_headers, older_events };

bool is_id(const std::string& type) { return type == "hash" || type == "account"; }

std::string cursor_at(Phase phase, Height height) {
  std::uint8_t be[8];
  store_be(be, height);
  return std::string(1, static_cast<char>(phase))
      .append(reinterpret_cast<const char*>(be), sizeof be);
}

Height height_in(const std::string& cursor) { return load_be<Height>(as_bytes(cursor).data() + 1); }

const char* root_named(const Header& h, const Hash256& hash) {
  if (h.txns_root == hash) return "txns_root";
  if (h.evidence_root == hash) return "evidence_root";
  if (h.state_root == hash) return "state_root";
  if (h.receipts_root == hash) return "receipts_root";
  if (h.mmr_root == hash) return "mmr_root";
  // Of an era that is forgotten.
  if (h.committee == hash) return "committee_hash";
  if (h.next_committee == hash) return "next_committee_hash";
  return nullptr;
}

}  // namespace

/// What an answer may still look at, and where it is.
struct Rpc::Search {
  Hash256 hash;
  std::size_t looks = 0;
  std::size_t blocks = 0;  ///< that are new
  std::size_t bytes = kBytesMax;
  std::string
      at;  ///< cursor: phase, then a height or the key of the last pair; empty: all was seen

  [[nodiscard]] bool is_spent() const { return looks == 0 || bytes == 0; }
  void take(std::size_t size) {
    --looks;
    bytes -= std::min(bytes, size);
  }
  [[nodiscard]] bool in(std::string_view text) const {
    return text.find(as_text(hash.view())) != std::string_view::npos;
  }
};

/// What names it: nothing here depends on how much the chain holds.
Result<Json> Rpc::named_by(const Hash256& hash) const {
  const auto what = [&](const char* kind, const char* where, Json at) {
    return Json{{"what", kind}, {where, std::move(at)}};
  };
  CESS_TRY_ASSIGN(const auto place, node_.store().place_of(TxnHash::from(hash.view())));
  if (place) return what("txn", "height", place->height);
  if (node_.pool().find(TxnHash::from(hash.view())))
    return Json{{"what", "pending"}, {"status", "waits in the pool of this node"}};
  CESS_TRY_ASSIGN(const auto height, node_.store().height_of(BlockHash::from(hash.view())));
  if (height) return what("block", "height", *height);
  if (hash == node_.ledger().position().genesis) return what("genesis", "height", 0);
  // Items of that key; then items whose keys begin with it, of which the first stands for all.
  for (const bool alone : {true, false}) {
    for (const auto& [name, item] : items_) {
      const ItemInfo& info = item.second;
      if (info.key_types.empty() || !is_id(info.key_types[0]) ||
          (info.key_types.size() == 1) != alone)
        continue;
      std::string prefix{static_cast<char>(item.first), static_cast<char>(info.item)};
      prefix.append(as_text(hash.view()));
      Json key;
      node_.ledger().state().scan(prefix, {}, [&](std::string_view k, std::string_view) {
        key = info.key_to_json(k).value_or(Json());
        return false;
      });
      if (!key.is_null())
        return Json{{"what", "item"}, {"item", name}, {"key", std::move(key)}, {"in", "key"}};
    }
  }
  const Era newest = node_.ledger().next_era() + 1;
  for (Era back = 0; back <= std::min<Era>(newest, kErasLookedAt); ++back) {
    const auto committee = node_.ledger().committee_of_era(newest - back);
    if (!committee) continue;
    if (committee_hash(*committee) == hash) return what("committee", "era", committee->era);
    if (committee->seed == hash) return what("seed", "era", committee->era);
    for (const CommitteeMember& m : committee->members) {
      if (std::ranges::equal(m.node_key, hash.bytes))
        return what("node_key", "account", to_ss58(m.account));
    }
  }
  return Json();
}

Result<Json> Rpc::find_in_header(Search& s, Height h) const {
  CESS_TRY_ASSIGN(const auto block, node_.store().block(h));
  s.take(block ? block->size() : 0);
  if (!block) return Json();
  CESS_TRY_ASSIGN(const Header header, parse_block_header(*block));
  const char* root = root_named(header, s.hash);
  return root == nullptr ? Json() : Json{{"what", root}, {"height", h}};
}

/// Ids stand raw in keys and in values: a pair costs a look at its bytes, nothing is decoded.
Json Rpc::find_in_pairs(Search& s) const {
  std::string start = s.at.substr(1);
  if (!start.empty()) start.push_back('\0');  // the next key in byte order
  std::string_view last;
  Json found;
  bool whole = true;
  node_.ledger().state().scan({}, start, [&](std::string_view key, std::string_view value) {
    if (s.is_spent()) return whole = false;
    s.take(key.size() + value.size());
    last = key;
    if (!s.in(key) && !s.in(value)) return true;
    for (const auto& [name, item] : items_) {
      if (key[0] == static_cast<char>(item.first) &&
          key[1] == static_cast<char>(item.second.item)) {
        found = {{"what", "item"},
                 {"item", name},
                 {"key", item.second.key_to_json(key).value_or(Json::array())},
                 {"in", "record"}};
      }
    }
    return found.is_null();
  });
  if (whole) {
    s.at = cursor_at(Phase::events, node_.durable_height());
  } else if (!last.empty()) {
    s.at = std::string(1, static_cast<char>(Phase::pairs)).append(last);
  }
  return found;
}

Result<Json> Rpc::find_in_events(Search& s, Height h) const {
  CESS_TRY_ASSIGN(const auto receipts, node_.store().receipts(h));
  std::size_t bytes = 0;
  std::size_t number = 0;  // of the event in its block
  for (const Receipt& r : receipts ? *receipts : std::vector<Receipt>{}) {
    bytes += kReceiptBytes;
    for (const EventRecord& e : r.events) {
      bytes += e.data.size();
      ++number;
      if (!s.in(as_text(e.data))) continue;
      CESS_TRY_ASSIGN(const Header header, header_at(h));
      Json events = block_events(h, header_hash(header), *receipts, {}, number);
      return Json{{"what", "event"}, {"event", std::move(events.back())}};
    }
  }
  s.take(bytes);
  return Json();
}

/// From the newest down: headers or events, of the new blocks or of those before.
Result<Json> Rpc::find_in_blocks(Search& s) const {
  const auto phase = static_cast<Phase>(s.at[0]);
  const bool older = phase == Phase::older_headers || phase == Phase::older_events;
  const bool headers = phase == Phase::headers || phase == Phase::older_headers;
  const auto look = headers ? &Rpc::find_in_header : &Rpc::find_in_events;
  if (older) s.looks = std::min(s.looks, s.blocks);
  const Height head = node_.durable_height();
  const Height oldest = std::max<Height>(node_.oldest_, 1);
  Height h = std::min(head, height_in(s.at));
  for (; h >= oldest && (older || head - h < s.blocks); --h) {
    s.at = cursor_at(phase, h);
    if (s.is_spent()) return Json();
    CESS_TRY_ASSIGN(Json found, (this->*look)(s, h));
    if (!found.is_null()) return found;
  }
  s.at.clear();
  if (phase == Phase::headers) s.at.push_back(static_cast<char>(Phase::pairs));
  if (phase == Phase::events && h >= oldest) s.at = cursor_at(Phase::older_headers, h);
  if (phase == Phase::older_headers) s.at = cursor_at(Phase::older_events, head - s.blocks);
  return Json();
}

void Rpc::chain_find(Call& c) {
  Search s;
  CESS_RPC_ASSIGN(s.hash, id_param<Hash256>(c.params, "hash"));
  CESS_RPC_ASSIGN(s.looks, number_param(c.params, "limit", kLooksMax, kLooksMax));
  s.looks = std::max<std::size_t>(s.looks, 1);  // or it would go nowhere
  s.blocks = std::min(s.looks, kBlocksLookedAt);
  Json found;
  if (c.params.contains("after") && !c.params["after"].is_null()) {
    CESS_RPC_ASSIGN(const Bytes raw, hex_param(c.params, "after", kCursorMax));
    s.at = std::string(as_text(raw));
    const bool has_height = !s.at.empty() && s.at[0] != static_cast<char>(Phase::pairs);
    if (s.at.empty() || raw[0] > static_cast<std::uint8_t>(Phase::older_events) ||
        (has_height && s.at.size() != sizeof(Height) + 1))
      return c.reply(wrong_param("after", "want what `next` said"));
  } else {
    CESS_RPC_ASSIGN(found, named_by(s.hash));
    s.at = cursor_at(Phase::headers, node_.durable_height());
  }
  while (found.is_null() && !s.at.empty() && !s.is_spent()) {
    if (s.at[0] == static_cast<char>(Phase::pairs)) {
      found = find_in_pairs(s);
    } else {
      CESS_RPC_ASSIGN(found, find_in_blocks(s));
    }
  }
  if (found.is_null() && s.at.empty())
    return c.reply(fail(Code::no, "no '" + to_hex(s.hash) + "' on this chain", to_hex(s.hash)));
  Json out = {{"hash", to_hex(s.hash)}, {"what", nullptr}, {"next", nullptr}};
  if (found.is_null()) {
    out["next"] = to_hex(as_bytes(s.at));
  } else {
    out.update(found);
  }
  c.reply(std::move(out));
}

}  // namespace cess::node
