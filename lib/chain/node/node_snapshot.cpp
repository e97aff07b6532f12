// SPDX-License-Identifier: Apache-2.0
// States for others, and serving them.
//
// Every 64 blocks a node pins its database; the pinned state of one height is the same
// everywhere, so a fresh node may take its pieces from anybody. Pieces are pairs in order of keys.
// What they make together must have the root that the certified header of the next block names.
#include "chain/consensus/messages.hpp"
#include "chain/node/detail/node_impl.hpp"

namespace cess::node {
namespace {

constexpr std::size_t kLinksMax = 4096;

Bytes bytes_of(std::string_view v) {
  const ByteView b = as_bytes(v);
  return {b.begin(), b.end()};
}

}  // namespace

void Node::keep_snapshot(Snapshot snapshot) {
  snapshot_height_ = snapshot.position.height;
  older_snapshot_ = std::exchange(snapshot_, std::move(snapshot));
}

Result<wire::SnapshotOffer> Node::make_offer(Height trusted) const {
  const auto missing = [](const std::string& what) { return fail(Code::no, "no " + what); };
  const Height target = snapshot_height_ + 1;
  if (snapshot_height_ == 0 || target > durable_ || trusted == 0 || trusted > snapshot_height_)
    return missing("snapshot");
  const auto header_of =
      [&](Height height) -> Result<std::pair<Header, wire::SnapshotOffer::Certified>> {
    CESS_TRY_ASSIGN(const auto bytes, store_->block(height));
    CESS_TRY_ASSIGN(const auto certificate, store_->certificate(height));
    if (!bytes || !certificate) return missing("block " + std::to_string(height));
    CESS_TRY_ASSIGN(const Block block, parse_block(*bytes));
    return std::pair(block.header,
                     wire::SnapshotOffer::Certified{encode_scale(block.header),
                                                    encode_certificate(*certificate)});
  };
  wire::SnapshotOffer offer;
  offer.height = snapshot_height_;
  offer.position = encode_scale(snapshot_.position);
  CESS_TRY_ASSIGN(auto first, header_of(trusted));
  CESS_TRY_ASSIGN(auto last, header_of(target));
  CESS_TRY_ASSIGN(auto parent, header_of(snapshot_height_));
  offer.checkpoint_header = first.second.header;
  offer.target = std::move(last.second);
  offer.parent_header = std::move(parent.second.header);
  if (last.first.era - first.first.era > kLinksMax) return missing("way that short");
  for (Era era = first.first.era; era <= last.first.era; ++era) {
    const auto committee = ledger_->committee_of_era(era);
    if (!committee) return missing("committee of era " + std::to_string(era));
    offer.committees.push_back(encode_scale(*committee));
    if (era == last.first.era) break;
    CESS_TRY_ASSIGN(const auto end, store_->era_end(era));
    if (!end) return missing("end of era " + std::to_string(era));
    CESS_TRY_ASSIGN(auto link, header_of(*end));
    offer.links.push_back(std::move(link.second));
  }
  return offer;
}

void Node::receive(Peer& peer, wire::AskSnapshot&& m) {
  if (!core_) return;
  const auto offer = make_offer(m.trusted);
  if (offer) return send(peer.key, *offer);
  log("no snapshot for peer " + to_hex(peer.key).substr(0, 8) + ": " + offer.error().message);
}

void Node::receive(Peer& peer, wire::AskChunk&& m) {
  const Snapshot* from = nullptr;
  if (snapshot_.kv && snapshot_.position.height == m.height) from = &snapshot_;
  if (older_snapshot_.kv && older_snapshot_.position.height == m.height) from = &older_snapshot_;
  if (from == nullptr) return;
  wire::Chunk out;
  out.height = m.height;
  out.after = m.after;
  out.end = true;
  std::string start = "s";
  start.append(as_text(m.after));
  if (!m.after.empty()) start.push_back('\0');
  std::size_t size = 0;
  const Status read = from->kv->scan("s", start, [&](std::string_view key, std::string_view value) {
    if (size >= wire::kChunkBytesMax || out.pairs.size() >= wire::kPairsMax) {
      out.end = false;
      return false;
    }
    size += key.size() + value.size();
    out.pairs.emplace_back(bytes_of(key.substr(1)), bytes_of(value));
    return true;
  });
  if (read) send(peer.key, out);
}

}  // namespace cess::node
