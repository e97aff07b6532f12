// SPDX-License-Identifier: Apache-2.0
#include "chain/node/wire.hpp"

#include <array>

#include "base/codec.hpp"
#include "chain/consensus/messages.hpp"

namespace cess::node::wire {
namespace {

constexpr std::size_t kHeaderSizeMax = 4096;
constexpr std::size_t kCommitteeSizeMax = 64 * 1024;
constexpr std::size_t kErasMax = 4096;
constexpr std::size_t kKeySizeMax = 1024;
constexpr std::size_t kValueSizeMax = std::size_t{1} << 20U;
constexpr std::size_t kAddressSizeMax = 300;
constexpr std::size_t kPositionSizeMax = 8192;

// ---- writing: one overload per message

void put_hashes(Writer& w, const std::vector<TxnHash>& hashes) {
  w.le(static_cast<std::uint16_t>(hashes.size()));
  for (const auto& h : hashes) w.id(h);
}
void put_certified(Writer& w, const SnapshotOffer::Certified& c) {
  w.sized(c.header).sized(c.certificate);
}

void put(Writer& w, const Head& m) { w.le(m.height).id(m.hash).le(m.oldest).le(m.snapshot_height); }
void put(Writer& w, const AskRange& m) { w.le(m.first).le(m.count); }
void put(Writer& w, const Range& m) {
  w.le(m.first).le(static_cast<std::uint16_t>(m.blocks.size()));
  for (const auto& b : m.blocks) w.sized(*b);
  consensus::write_certificate_maybe(w, m.last);
}
void put(Writer& w, const AskBlock& m) { w.le(m.height).id(m.digest); }
void put(Writer& w, const OneBlock& m) { w.id(m.digest).sized(*m.block); }
void put(Writer& w, const TxnHave& m) { put_hashes(w, m.hashes); }
void put(Writer& w, const TxnWant& m) { put_hashes(w, m.hashes); }
void put(Writer& w, const Txns& m) {
  w.le(static_cast<std::uint16_t>(m.txns.size()));
  for (const Bytes& t : m.txns) w.sized(t);
}
void put(Writer& w, const EvidenceNote& m) { w.sized(m.evidence); }
void put(Writer& w, const AskSnapshot& m) { w.le(m.trusted); }
void put(Writer& w, const SnapshotOffer& m) {
  w.le(m.height).sized(m.checkpoint_header).le(static_cast<std::uint16_t>(m.committees.size()));
  for (const Bytes& c : m.committees) w.sized(c);
  w.le(static_cast<std::uint16_t>(m.links.size()));
  for (const auto& l : m.links) put_certified(w, l);
  put_certified(w, m.target);
  w.sized(m.parent_header).sized(m.position);
}
void put(Writer& w, const AskChunk& m) { w.le(m.height).sized(m.after); }
void put(Writer& w, const Chunk& m) {
  w.le(m.height).sized(m.after).le(static_cast<std::uint32_t>(m.pairs.size()));
  for (const auto& [k, v] : m.pairs) w.sized(k).sized(v);
  w.le(static_cast<std::uint8_t>(m.end ? 1 : 0));
}
void put(Writer& w, const Addresses& m) {
  w.le(static_cast<std::uint8_t>(m.entries.size()));
  for (const auto& e : m.entries) w.raw(ByteView(e.node_key)).sized(as_bytes(e.address));
}

// ---- reading

Result<Bytes> take(Reader& r, std::size_t size_max, std::string_view field) {
  CESS_TRY_ASSIGN(const auto v, r.sized(size_max, field));
  return Bytes(v.begin(), v.end());
}
template <class Count>
Result<std::size_t> take_count(Reader& r, std::size_t max, std::string_view field) {
  CESS_TRY_ASSIGN(const auto n, r.le<Count>(field));
  // Every element takes at least four bytes.
  if (n > max || n > r.left()) return r.refuse("too many: " + std::string(field));
  return static_cast<std::size_t>(n);
}
Status get_hashes(Reader& r, std::vector<TxnHash>& out) {
  CESS_TRY_ASSIGN(const auto n, take_count<std::uint16_t>(r, kHashesMax, "hashes"));
  for (std::size_t i = 0; i < n; ++i) {
    CESS_TRY_ASSIGN(out.emplace_back(), r.id<TxnHash>("hash"));
  }
  return {};
}
Status get_certified(Reader& r, SnapshotOffer::Certified& c) {
  CESS_TRY_ASSIGN(c.header, take(r, kHeaderSizeMax, "header"));
  CESS_TRY_ASSIGN(c.certificate, take(r, consensus::kCertificateSizeMax, "certificate"));
  return {};
}

Status get(Reader& r, Head& m) {
  CESS_TRY_ASSIGN(m.height, r.le<std::uint64_t>("height"));
  CESS_TRY_ASSIGN(m.hash, r.id<BlockHash>("hash"));
  CESS_TRY_ASSIGN(m.oldest, r.le<std::uint64_t>("oldest"));
  CESS_TRY_ASSIGN(m.snapshot_height, r.le<std::uint64_t>("snapshot"));
  return {};
}
Status get(Reader& r, AskRange& m) {
  CESS_TRY_ASSIGN(m.first, r.le<std::uint64_t>("first"));
  CESS_TRY_ASSIGN(m.count, r.le<std::uint32_t>("count"));
  return {};
}
Status get(Reader& r, Range& m) {
  CESS_TRY_ASSIGN(m.first, r.le<std::uint64_t>("first"));
  CESS_TRY_ASSIGN(const auto n, take_count<std::uint16_t>(r, kRangeBlocksMax, "blocks"));
  for (std::size_t i = 0; i < n; ++i) {
    CESS_TRY_ASSIGN(auto b, take(r, kBlockSizeMax, "block"));
    m.blocks.push_back(std::make_shared<const Bytes>(std::move(b)));
  }
  CESS_TRY_ASSIGN(m.last, consensus::read_certificate_maybe(r));
  return {};
}
Status get(Reader& r, AskBlock& m) {
  CESS_TRY_ASSIGN(m.height, r.le<std::uint64_t>("height"));
  CESS_TRY_ASSIGN(m.digest, r.id<consensus::Digest>("digest"));
  return {};
}
Status get(Reader& r, OneBlock& m) {
  CESS_TRY_ASSIGN(m.digest, r.id<consensus::Digest>("digest"));
  CESS_TRY_ASSIGN(auto b, take(r, kBlockSizeMax, "block"));
  m.block = std::make_shared<const Bytes>(std::move(b));
  return {};
}
Status get(Reader& r, TxnHave& m) { return get_hashes(r, m.hashes); }
Status get(Reader& r, TxnWant& m) { return get_hashes(r, m.hashes); }
Status get(Reader& r, Txns& m) {
  CESS_TRY_ASSIGN(const auto n, take_count<std::uint16_t>(r, kTxnBatchMax, "transactions"));
  for (std::size_t i = 0; i < n; ++i) {
    CESS_TRY_ASSIGN(m.txns.emplace_back(), take(r, kTxnSizeMax, "transaction"));
  }
  return {};
}
Status get(Reader& r, EvidenceNote& m) {
  CESS_TRY_ASSIGN(m.evidence, take(r, 1U << 16U, "evidence"));
  return {};
}
Status get(Reader& r, AskSnapshot& m) {
  CESS_TRY_ASSIGN(m.trusted, r.le<std::uint64_t>("trusted height"));
  return {};
}
Status get(Reader& r, SnapshotOffer& m) {
  CESS_TRY_ASSIGN(m.height, r.le<std::uint64_t>("height"));
  CESS_TRY_ASSIGN(m.checkpoint_header, take(r, kHeaderSizeMax, "checkpoint"));
  CESS_TRY_ASSIGN(const auto committees, take_count<std::uint16_t>(r, kErasMax, "committees"));
  for (std::size_t i = 0; i < committees; ++i) {
    CESS_TRY_ASSIGN(m.committees.emplace_back(), take(r, kCommitteeSizeMax, "committee"));
  }
  CESS_TRY_ASSIGN(const auto links, take_count<std::uint16_t>(r, kErasMax, "links"));
  for (std::size_t i = 0; i < links; ++i) CESS_TRY(get_certified(r, m.links.emplace_back()));
  CESS_TRY(get_certified(r, m.target));
  CESS_TRY_ASSIGN(m.parent_header, take(r, kHeaderSizeMax, "parent header"));
  CESS_TRY_ASSIGN(m.position, take(r, kPositionSizeMax, "position"));
  return {};
}
Status get(Reader& r, AskChunk& m) {
  CESS_TRY_ASSIGN(m.height, r.le<std::uint64_t>("height"));
  CESS_TRY_ASSIGN(m.after, take(r, kKeySizeMax, "key"));
  return {};
}
Status get(Reader& r, Chunk& m) {
  CESS_TRY_ASSIGN(m.height, r.le<std::uint64_t>("height"));
  CESS_TRY_ASSIGN(m.after, take(r, kKeySizeMax, "key"));
  CESS_TRY_ASSIGN(const auto n, take_count<std::uint32_t>(r, kPairsMax, "pairs"));
  for (std::size_t i = 0; i < n; ++i) {
    auto& [key, value] = m.pairs.emplace_back();
    CESS_TRY_ASSIGN(key, take(r, kKeySizeMax, "key"));
    CESS_TRY_ASSIGN(value, take(r, kValueSizeMax, "value"));
  }
  CESS_TRY_ASSIGN(const auto end, r.le<std::uint8_t>("end"));
  if (end > 1) return r.refuse("neither yes nor no");
  m.end = end == 1;
  return {};
}
Status get(Reader& r, Addresses& m) {
  CESS_TRY_ASSIGN(const auto n, take_count<std::uint8_t>(r, kAddressesMax, "addresses"));
  for (std::size_t i = 0; i < n; ++i) {
    auto& e = m.entries.emplace_back();
    CESS_TRY_ASSIGN(const auto key, r.raw(32, "node key"));
    std::copy(key.begin(), key.end(), e.node_key.begin());
    CESS_TRY_ASSIGN(const auto text, r.sized(kAddressSizeMax, "address"));
    e.address = std::string(as_text(text));
  }
  return {};
}

template <std::size_t I = 0>
Result<Message> read_kind(Reader& r, std::size_t kind) {
  if constexpr (I == std::variant_size_v<Message>) {
    return r.refuse("unknown kind " + std::to_string(kind));
  } else {
    if (kind != I) return read_kind<I + 1>(r, kind);
    std::variant_alternative_t<I, Message> m;
    CESS_TRY(get(r, m));
    CESS_TRY(r.end());
    return Message(std::move(m));
  }
}

}  // namespace

net::ChannelRules channel_rules() {
  net::ChannelRules rules{};
  rules[kVotes] = {64U << 10U, true};
  rules[kProposals] = {static_cast<std::uint32_t>(kBlockSizeMax + (64U << 10U)), false};
  rules[kControl] = {64U << 10U, true};
  rules[kBodies] = {static_cast<std::uint32_t>(kBlockSizeMax + kRangeBytesMax), false};
  return rules;
}

Bytes encode(const Message& message) {
  Writer w;
  w.le(static_cast<std::uint8_t>(message.index()));
  std::visit([&](const auto& m) { put(w, m); }, message);
  return w.take();
}

Result<Message> decode(ByteView bytes) {
  Reader r(bytes, "message");
  CESS_TRY_ASSIGN(const auto kind, r.le<std::uint8_t>("kind"));
  return read_kind(r, kind);
}

net::Channel channel_of(const Message& m) {
  const bool large = std::holds_alternative<Range>(m) || std::holds_alternative<OneBlock>(m) ||
                     std::holds_alternative<Txns>(m) || std::holds_alternative<Chunk>(m) ||
                     std::holds_alternative<SnapshotOffer>(m);
  return large ? kBodies : kControl;
}

}  // namespace cess::node::wire
