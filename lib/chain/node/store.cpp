// SPDX-License-Identifier: Apache-2.0
#include "chain/node/store.hpp"

#include "base/check.hpp"
#include "base/endian.hpp"
#include "chain/consensus/messages.hpp"
#include "merkle/mmr.hpp"

namespace cess::node {
namespace {

constexpr std::string_view kPositionKey = "mposition";
constexpr std::string_view kOldestKey = "moldest";
constexpr std::string_view kGenesisKey = "mgenesis";
constexpr std::size_t kClearBatch = 10'000;

std::string number_key(char kind, std::uint64_t n) {
  std::string key(1, kind);
  std::uint8_t be[8];
  store_be(be, n);
  return key.append(reinterpret_cast<const char*>(be), sizeof be);
}
std::string bytes_key(char kind, ByteView v) { return std::string(1, kind).append(as_text(v)); }
std::string number_value(std::uint64_t n) { return number_key('x', n).substr(1); }
std::string string_of(ByteView v) { return std::string(as_text(v)); }

tl::unexpected<Error> damaged(std::string_view what) {
  return fail(Code::system, "cannot read chain: its stored " + std::string(what) + " is damaged",
              std::string(what),
              "remove the data folder and let the node sync again; keep voter-0 and voter-1");
}

Result<std::optional<std::uint64_t>> number_at(const Kv& kv, const std::string& key,
                                               std::string_view what) {
  CESS_TRY_ASSIGN(const auto value, kv.get(key));
  if (!value) return std::optional<std::uint64_t>{};
  if (value->size() != 8) return damaged(what);
  return std::optional<std::uint64_t>{load_be<std::uint64_t>(as_bytes(*value).data())};
}

Result<std::optional<Bytes>> bytes_at(const Kv& kv, const std::string& key) {
  CESS_TRY_ASSIGN(const auto value, kv.get(key));
  if (!value) return std::optional<Bytes>{};
  const auto view = as_bytes(*value);
  return std::optional<Bytes>{Bytes(view.begin(), view.end())};
}

/// Nodes of the range: read from the database, new ones into the changes.
class KvNodes final : public MmrNodes {
 public:
  KvNodes(const Kv& kv, KvChanges& changes) : kv_(kv), changes_(changes) {}
  Result<Hash256> get(std::uint64_t position) override {
    const std::string key = number_key('n', position);
    if (const auto it = changes_.find(key); it != changes_.end())
      return Hash256::from(as_bytes(*it->second));
    CESS_TRY_ASSIGN(const auto value, kv_.get(key));
    if (!value || value->size() != Hash256::kSize) return damaged("range of headers");
    return Hash256::from(as_bytes(*value));
  }
  Status put(std::uint64_t position, const Hash256& node) override {
    changes_.insert_or_assign(number_key('n', position), string_of(node.view()));
    return {};
  }

 private:
  const Kv& kv_;
  KvChanges& changes_;
};

}  // namespace

Result<std::optional<ledger::Position>> ChainStore::position() const {
  CESS_TRY_ASSIGN(const auto value, kv_->get(kPositionKey));
  if (!value) return std::optional<ledger::Position>{};
  auto position = decode_scale<ledger::Position>(as_bytes(*value), "position");
  if (!position) return damaged("position");
  return std::optional<ledger::Position>{std::move(*position)};
}

Result<std::optional<Hash256>> ChainStore::genesis_root() const {
  CESS_TRY_ASSIGN(const auto value, kv_->get(kGenesisKey));
  if (!value) return std::optional<Hash256>{};
  if (value->size() != Hash256::kSize) return damaged("root at genesis");
  return std::optional<Hash256>{Hash256::from(as_bytes(*value))};
}

KvChanges ChainStore::genesis_root_changes(const Hash256& root) {
  return {{std::string(kGenesisKey), string_of(root.view())}};
}

Result<State> ChainStore::load_state() const {
  State state;
  CESS_TRY(kv_->scan("s", {}, [&](std::string_view key, std::string_view value) {
    state.load(key.substr(1), value);
    return true;
  }));
  return state;
}

Result<std::optional<Bytes>> ChainStore::block(Height height) const {
  return bytes_at(*kv_, number_key('b', height));
}

Result<std::optional<consensus::Certificate>> ChainStore::certificate(Height height) const {
  CESS_TRY_ASSIGN(const auto value, kv_->get(number_key('c', height)));
  if (!value) return std::optional<consensus::Certificate>{};
  auto certificate = consensus::decode_certificate(as_bytes(*value));
  if (!certificate) return damaged("certificate");
  return std::optional<consensus::Certificate>{std::move(*certificate)};
}

Result<std::optional<std::vector<Receipt>>> ChainStore::receipts(Height height) const {
  CESS_TRY_ASSIGN(const auto value, kv_->get(number_key('r', height)));
  if (!value) return std::optional<std::vector<Receipt>>{};
  auto receipts = decode_scale<std::vector<Receipt>>(as_bytes(*value), "receipts");
  if (!receipts) return damaged("receipts");
  return std::optional<std::vector<Receipt>>{std::move(*receipts)};
}

Result<std::optional<Height>> ChainStore::height_of(const BlockHash& hash) const {
  return number_at(*kv_, bytes_key('h', hash.view()), "index of blocks");
}

Result<std::optional<TxnPlace>> ChainStore::place_of(const TxnHash& txn) const {
  CESS_TRY_ASSIGN(const auto value, kv_->get(bytes_key('t', txn.view())));
  if (!value) return std::optional<TxnPlace>{};
  if (value->size() != 12) return damaged("index of transactions");
  const auto* p = as_bytes(*value).data();
  return std::optional<TxnPlace>{
      TxnPlace{load_be<std::uint64_t>(p), load_be<std::uint32_t>(p + 8)}};
}

Result<std::optional<Bytes>> ChainStore::pending_block(const consensus::Digest& digest) const {
  CESS_TRY_ASSIGN(auto bytes, bytes_at(*kv_, bytes_key('p', digest.view())));
  if (bytes && bytes->size() >= 8) bytes->erase(bytes->begin(), bytes->begin() + 8);
  return bytes;
}

Result<std::optional<Height>> ChainStore::era_end(Era era) const {
  return number_at(*kv_, number_key('e', era), "index of eras");
}

Result<Height> ChainStore::oldest() const {
  CESS_TRY_ASSIGN(const auto n, number_at(*kv_, std::string(kOldestKey), "oldest block"));
  return n.value_or(1);
}

Result<Hash256> ChainStore::mmr_node(std::uint64_t position) const {
  KvChanges none;
  return KvNodes(*kv_, none).get(position);
}

KvChanges ChainStore::block_changes(const ledger::ParsedBlock& parsed, ByteView bytes,
                                    const consensus::Certificate& certificate,
                                    const BlockResult& result, const ledger::Position& position,
                                    bool era_ends) const {
  KvChanges out;
  const Height height = position.height;
  for (const auto& [key, value] : result.changes) out.emplace_hint(out.end(), "s" + key, value);
  out.insert_or_assign(number_key('b', height), string_of(bytes));
  out.insert_or_assign(number_key('c', height), string_of(encode_certificate(certificate)));
  out.insert_or_assign(number_key('r', height), string_of(encode_scale(result.receipts)));
  out.insert_or_assign(bytes_key('h', parsed.hash.view()), number_value(height));
  for (std::size_t i = 0; i < parsed.txns.size(); ++i) {
    std::uint8_t be[4];
    store_be(be, static_cast<std::uint32_t>(i));
    out.insert_or_assign(bytes_key('t', parsed.txns[i].hash.view()),
                         number_value(height) + string_of(ByteView(be, 4)));
  }
  if (era_ends)
    out.insert_or_assign(number_key('e', parsed.block.header.era), number_value(height));
  out.insert_or_assign(std::string(kPositionKey), string_of(encode_scale(position)));
  KvNodes nodes(*kv_, out);
  Mmr range(nodes, height);
  (void)range.append(Hash256::from(parsed.hash.view()));
  // Blocks of votes for this height and below are of no more use.
  (void)kv_->scan("p", {}, [&](std::string_view key, std::string_view value) {
    if (value.size() < 8 || load_be<std::uint64_t>(as_bytes(value).data()) <= height) {
      out.insert_or_assign(std::string(key), std::nullopt);
    }
    return true;
  });
  return out;
}

KvChanges ChainStore::pending_changes(Height height, const consensus::Digest& digest,
                                      ByteView block) {
  KvChanges out;
  out.emplace(bytes_key('p', digest.view()), number_value(height) + string_of(block));
  return out;
}

Result<KvChanges> ChainStore::prune_changes(Height from, Height to) const {
  KvChanges out;
  for (Height h = from; h < to; ++h) {
    CESS_TRY_ASSIGN(const auto bytes, block(h));
    if (bytes) {
      const auto parsed = ledger::parse_whole(*bytes);
      if (!parsed) return damaged("block");
      for (const ReadTxn& txn : (*parsed)->txns)
        out.insert_or_assign(bytes_key('t', txn.hash.view()), std::nullopt);
    }
    // The last header of an era stays with its block: light clients walk over it.
    CESS_TRY_ASSIGN(const auto end,
                    bytes ? era_end(ledger::parse_whole(*bytes).value()->block.header.era)
                          : Result<std::optional<Height>>{std::nullopt});
    if (end && *end == h) continue;
    out.insert_or_assign(number_key('b', h), std::nullopt);
    out.insert_or_assign(number_key('c', h), std::nullopt);
    out.insert_or_assign(number_key('r', h), std::nullopt);
  }
  out.insert_or_assign(std::string(kOldestKey), number_value(to));
  return out;
}

Status ChainStore::clear_state() {
  for (;;) {
    KvChanges out;
    CESS_TRY(kv_->scan("s", {}, [&](std::string_view key, std::string_view) {
      out.emplace_hint(out.end(), std::string(key), std::nullopt);
      return out.size() < kClearBatch;
    }));
    if (out.empty()) return {};
    CESS_TRY(kv_->write(out));
  }
}

KvChanges ChainStore::genesis_changes(const State& state, const ledger::Position& position) {
  KvChanges out;
  state.scan({}, {}, [&](std::string_view key, std::string_view value) {
    out.emplace_hint(out.end(), "s" + std::string(key), std::string(value));
    return true;
  });
  out.insert_or_assign(std::string(kPositionKey), string_of(encode_scale(position)));
  out.merge(genesis_root_changes(position.state_root));
  const std::unique_ptr<Kv> none = memory_kv();
  KvNodes nodes(*none, out);
  Mmr range(nodes, 0);
  (void)range.append(position.genesis);
  return out;
}

KvChanges ChainStore::joined_changes(const ledger::Position& position,
                                     const consensus::Certificate& parent) {
  KvChanges out;
  out.insert_or_assign(std::string(kPositionKey), string_of(encode_scale(position)));
  out.insert_or_assign(std::string(kOldestKey), number_value(position.height + 1));
  out.insert_or_assign(number_key('c', position.height), string_of(encode_certificate(parent)));
  out.insert_or_assign(bytes_key('h', position.hash.view()), number_value(position.height));
  const auto peaks = MmrPeaks::parse(position.mmr_peaks);
  CESS_CHECK(peaks.has_value());
  // The peak over the leaves up to (count >> h) << h is the last node made by the last of them.
  std::size_t next = 0;
  for (unsigned h = 64; h-- > 0;) {
    if (((peaks->count() >> h) & 1U) == 0) continue;
    const std::uint64_t end = (peaks->count() >> h) << h;
    out.insert_or_assign(number_key('n', mmr_node_count(end - 1) + h),
                         string_of(peaks->peaks()[next++].view()));
  }
  return out;
}

}  // namespace cess::node
