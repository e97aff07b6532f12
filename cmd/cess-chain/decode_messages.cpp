// SPDX-License-Identifier: Apache-2.0
// A part of a message is tried as the one thing it should be, never as any: messages in messages
// would nest as deep as they are long.
#include "decode_messages.hpp"

#include <array>

#include "base/endian.hpp"
#include "base/hex.hpp"
#include "chain/consensus/messages.hpp"
#include "chain/consensus/voter_record.hpp"
#include "chain/ledger/blocks.hpp"
#include "chain/node/wire.hpp"
#include "chain/types/record.hpp"
#include "decode_bytes.hpp"

namespace cess {
namespace {

namespace wire = node::wire;
using Decode = std::optional<Json> (*)(ByteView);

constexpr std::size_t kMessagesMax = 16'384;
constexpr std::uint32_t kControlSizeMax = 256;  // doc/formats/peer.md

Json part(Decode decode, ByteView bytes) {
  auto found = decode(bytes);
  return found ? std::move(*found) : Json(to_hex(bytes));
}

template <class List, class Write>
Json all(const List& list, const Write& write) {
  Json out = Json::array();
  for (const auto& one : list) out.push_back(write(one));
  return out;
}

Json vote_to_json(const consensus::Vote& v) {
  static constexpr std::array kKinds = {"", "round_change", "proposal", "prepare", "commit"};
  Json j = {{"kind", kKinds.at(static_cast<std::size_t>(v.kind))},
            {"era", to_json_value(v.era)},
            {"height", to_json_value(v.height)},
            {"round", v.round},
            {"digest", to_hex(v.digest)}};
  if (v.kind == consensus::Kind::round_change) j["prepared"] = v.prepared;
  return j;
}

Json maybe(const std::optional<consensus::Certificate>& c) {
  return c ? ledger::certificate_to_json(*c) : Json(nullptr);
}

struct ConsensusParts {
  Json operator()(const consensus::Proposal& m) const {
    return {{"name", "proposal"},
            {"vote", signed_vote_to_json(m.vote)},
            {"block", part(decode_block, *m.block)},
            {"round_changes", all(m.round_changes, signed_vote_to_json)},
            {"prepared", maybe(m.prepared)}};
  }
  Json operator()(const consensus::VoteMessage& m) const {
    Json j = {{"name", "vote"}, {"vote", signed_vote_to_json(m.vote)}};
    if (m.proposal) j["proposal_signature"] = to_hex(ByteView(*m.proposal));
    return j;
  }
  Json operator()(const consensus::CertificateMessage& m) const {
    return {{"name", "certificate"}, {"certificate", ledger::certificate_to_json(m.certificate)}};
  }
  Json operator()(const consensus::RoundChange& m) const {
    return {{"name", "round_change"},
            {"vote", signed_vote_to_json(m.vote)},
            {"prepared", maybe(m.prepared)}};
  }
};

Json certified(const wire::SnapshotOffer::Certified& c) {
  return {{"header", part(decode_header, c.header)},
          {"certificate", part(decode_certificate, c.certificate)}};
}

// Names as in doc/formats/node-messages.md.
struct NodeParts {
  Json operator()(const wire::Head& m) const {
    return {{"name", "head"},
            {"height", to_json_value(m.height)},
            {"hash", to_hex(m.hash)},
            {"oldest", to_json_value(m.oldest)},
            {"snapshot_height", to_json_value(m.snapshot_height)}};
  }
  Json operator()(const wire::AskRange& m) const {
    return {{"name", "ask_range"}, {"first", to_json_value(m.first)}, {"count", m.count}};
  }
  Json operator()(const wire::Range& m) const {
    return {{"name", "range"},
            {"first", to_json_value(m.first)},
            {"blocks", all(m.blocks, [](const auto& b) { return part(decode_block, *b); })},
            {"last", maybe(m.last)}};
  }
  Json operator()(const wire::AskBlock& m) const {
    return {
        {"name", "ask_block"}, {"height", to_json_value(m.height)}, {"digest", to_hex(m.digest)}};
  }
  Json operator()(const wire::OneBlock& m) const {
    return {
        {"name", "block"}, {"digest", to_hex(m.digest)}, {"block", part(decode_block, *m.block)}};
  }
  Json operator()(const wire::TxnHave& m) const { return hashes("have", m.hashes); }
  Json operator()(const wire::TxnWant& m) const { return hashes("want", m.hashes); }
  Json operator()(const wire::Txns& m) const {
    return {{"name", "transactions"},
            {"txns", all(m.txns, [](const Bytes& t) { return part(decode_txn, t); })}};
  }
  Json operator()(const wire::EvidenceNote& m) const {
    return {{"name", "evidence"}, {"evidence", part(decode_evidence, m.evidence)}};
  }
  Json operator()(const wire::AskSnapshot& m) const {
    return {{"name", "ask_state"}, {"trusted", to_json_value(m.trusted)}};
  }
  Json operator()(const wire::SnapshotOffer& m) const {
    return {
        {"name", "state_offered"},
        {"height", to_json_value(m.height)},
        {"checkpoint", part(decode_header, m.checkpoint_header)},
        {"committees", all(m.committees, [](const Bytes& c) { return part(decode_committee, c); })},
        {"links", all(m.links, certified)},
        {"target", certified(m.target)},
        {"parent", part(decode_header, m.parent_header)},
        {"position", to_hex(ByteView(m.position))}};
  }
  Json operator()(const wire::AskChunk& m) const {
    return {{"name", "ask_piece"},
            {"height", to_json_value(m.height)},
            {"after", to_hex(ByteView(m.after))}};
  }
  Json operator()(const wire::Chunk& m) const {
    const auto pair = [](const auto& p) {
      return Json{{"raw_key", to_hex(ByteView(p.first))},
                  {"raw_value", to_hex(ByteView(p.second))}};
    };
    return {{"name", "piece"},
            {"height", to_json_value(m.height)},
            {"after", to_hex(ByteView(m.after))},
            {"pairs", all(m.pairs, pair)},
            {"end", m.end}};
  }
  Json operator()(const wire::Addresses& m) const {
    const auto entry = [](const wire::Addresses::Entry& e) {
      return Json{{"node_key", to_hex(ByteView(e.node_key))}, {"address", e.address}};
    };
    return {{"name", "addresses"}, {"entries", all(m.entries, entry)}};
  }
  static Json hashes(const char* name, const std::vector<TxnHash>& list) {
    return {{"name", name}, {"hashes", all(list, [](const TxnHash& h) { return to_hex(h); })}};
  }
};

// The transport's own.
std::optional<Json> control_to_json(ByteView body) {
  if (body.empty()) return std::nullopt;
  const ByteView rest = body.subspan(1);
  if (body[0] == 1 && rest.size() == 2)
    return Json{{"name", "hello"}, {"port", load_le<std::uint16_t>(rest.data())}};
  if (body[0] == 2 && rest.empty()) return Json{{"name", "ping"}};
  if (body[0] == 3 && rest.empty()) return Json{{"name", "pong"}};
  if (body[0] != 4) return std::nullopt;
  return Json{{"name", "goodbye"}, {"reason", std::string(as_text(rest))}};
}

std::optional<Json> on_channel(net::Channel channel, ByteView body) {
  if (channel == net::kControlChannel) return control_to_json(body);
  if (channel == wire::kVotes || channel == wire::kProposals) {
    const auto m = consensus::decode_message(body, kBlockSizeMax);
    const bool proposal = m && std::holds_alternative<consensus::Proposal>(*m);
    if (!m || proposal != (channel == wire::kProposals)) return std::nullopt;
    return std::visit(ConsensusParts{}, *m);
  }
  const auto m = wire::decode(body);
  if (!m || wire::channel_of(*m) != channel) return std::nullopt;
  return std::visit(NodeParts{}, *m);
}

Json decoded_as(const char* kind) { return {{"schema", "cess.decoded/1"}, {"kind", kind}}; }

}  // namespace

Json signed_vote_to_json(const consensus::SignedVote& v) {
  Json j = vote_to_json(v.vote);
  j["signer"] = v.signer;
  return j;
}

std::optional<Json> decode_voter_slot(ByteView bytes) {
  const auto record = consensus::decode_voter_record(bytes);
  if (!record) return std::nullopt;
  Json j = decoded_as("voter_record");
  j["sequence"] = to_json_value(record->sequence);
  j["place"] = to_hex(record->place);
  j["chain"] = to_hex(record->chain);
  j["key"] = to_hex(ByteView(record->key));
  j["last"] = record->last.height == 0 ? Json(nullptr) : vote_to_json(record->last);
  j["prepared"] = maybe(record->prepared);
  return j;
}

std::optional<Json> decode_consensus_message(ByteView bytes) {
  const auto m = consensus::decode_message(bytes, kBlockSizeMax);
  if (!m) return std::nullopt;
  Json j = decoded_as("consensus_message");
  j["message"] = std::visit(ConsensusParts{}, *m);
  return j;
}

std::optional<Json> decode_node_message(ByteView bytes) {
  const auto m = wire::decode(bytes);
  if (!m) return std::nullopt;
  Json j = decoded_as("node_message");
  j["message"] = std::visit(NodeParts{}, *m);
  return j;
}

std::optional<Json> decode_frames(ByteView bytes) {
  auto rules = wire::channel_rules();
  rules[net::kControlChannel] = {kControlSizeMax, true};
  net::FrameDecoder decoder(rules);
  Json messages = Json::array();
  bool known = true;
  const auto sink = [&](net::Channel channel, const Bytes& body) {
    auto message = on_channel(channel, body);
    known = message && messages.size() < kMessagesMax;
    if (!known) return false;
    message->emplace("channel", channel);
    messages.push_back(std::move(*message));
    return true;
  };
  if (!decoder.feed(bytes, sink) || !known || decoder.in_message() || messages.empty())
    return std::nullopt;
  Json j = decoded_as("frames");
  j["messages"] = std::move(messages);
  return j;
}

}  // namespace cess
