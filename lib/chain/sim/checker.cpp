// SPDX-License-Identifier: Apache-2.0
#include "chain/sim/checker.hpp"

#include "base/endian.hpp"
#include "base/hex.hpp"

namespace cess::sim {
namespace {

using consensus::Vote;

constexpr consensus::Height kHeightsKept = 200;

// From the signed bytes of messages.hpp, read here by hand.
Vote parse_signed(ByteView m) {
  Vote v;
  v.era = load_le<std::uint64_t>(m.data() + 43);
  v.height = load_le<std::uint64_t>(m.data() + 51);
  v.round = load_le<std::uint32_t>(m.data() + 59);
  v.kind = static_cast<consensus::Kind>(m[63]);
  v.digest = Hash256::from(m.subspan(64, 32));
  v.prepared = load_le<std::uint32_t>(m.data() + 96);
  return v;
}

std::tuple<consensus::Height, consensus::Round, std::uint8_t> place_of(const Vote& v) {
  return {v.height, v.round, static_cast<std::uint8_t>(v.kind)};
}

std::string text(const Vote& v) {
  return "kind " + std::to_string(static_cast<int>(v.kind)) + " height " +
         std::to_string(v.height) + " round " + std::to_string(v.round) + " digest " +
         to_hex(v.digest).substr(0, 8) + " prepared " + std::to_string(v.prepared);
}

// Round of what a record holds as prepared at its height, plus one; 0: nothing.
std::uint64_t prepared_in(const consensus::VoterRecord& r) {
  if (!r.prepared || r.prepared->height != r.last.height) return 0;
  return std::uint64_t{r.prepared->round} + 1;
}

std::string name(NodeId node) { return "node " + std::to_string(node); }

}  // namespace

void Checker::fail(std::string rule, std::string what) {
  if (!violation_) violation_ = Violation{std::move(rule), std::move(what)};
}

void Checker::signing(std::uint64_t key_number, ByteView message) {
  if (message.size() != consensus::kSignedBytesSize) return;
  const Vote v = parse_signed(message);
  auto& book = signed_[key_number];
  const auto [it, fresh] = book.emplace(place_of(v), v);
  if (!fresh && it->second != v) {
    fail("double vote",
         "key " + std::to_string(key_number) + " signs " + text(v) + " after " + text(it->second));
  }
  if (fresh && std::next(it) != book.end()) {
    fail("order of votes", "key " + std::to_string(key_number) + " signs " + text(v) + " after " +
                               text(book.rbegin()->second));
  }
  if (book.size() > 4 * kHeightsKept) book.erase(book.begin());
}

void Checker::durable(NodeId node, ByteView record) {
  const auto r = consensus::decode_voter_record(record);
  if (!r) {
    fail("record", name(node) + " keeps a record that cannot be read");
    return;
  }
  const auto found = durable_.find(node);
  if (found != durable_.end() && place_of(r->last) < place_of(found->second.last)) {
    fail("record", name(node) + " sets its record back from " + text(found->second.last) + " to " +
                       text(r->last));
  }
  if (found != durable_.end() && prepared_in(*r) < prepared_in(found->second) &&
      r->last.height == found->second.last.height) {
    fail("record", name(node) + " forgets what it prepared, with " + text(r->last));
  }
  durable_[node] = *r;
}

void Checker::leaving(NodeId node, const Vote& vote) {
  const auto found = durable_.find(node);
  const bool covered =
      found != durable_.end() && place_of(vote) <= place_of(found->second.last) &&
      (place_of(vote) != place_of(found->second.last) || vote == found->second.last);
  if (!covered) {
    fail("record", name(node) + " sends a vote that its record does not hold: " + text(vote));
  }
}

void Checker::final(NodeId node, const consensus::action::Commit& commit,
                    const consensus::Committee& committee) {
  const auto& cert = commit.certificate;
  auto [it, fresh] = finals_.try_emplace(commit.height);
  Final& f = it->second;
  if (fresh) {
    f.digest = commit.digest;
    highest_ = std::max(highest_, commit.height);
    era_ = std::max(era_, committee.era());
    if (finals_.size() > 20'000) finals_.erase(finals_.begin());
  } else if (f.digest != commit.digest) {
    fail("agreement", name(node) + " takes " + to_hex(commit.digest).substr(0, 8) +
                          " for final at height " + std::to_string(commit.height) +
                          ", others took " + to_hex(f.digest).substr(0, 8));
    return;
  }
  if (!f.certificates.insert(cert.signers.bits ^ cert.round * 0x9e3779b97f4a7c15U).second) return;
  // ⌊(2n-1)/3⌋+1, counted here once more.
  const std::size_t n = committee.size();
  const std::size_t wanted = (2 * n - 1) / 3 + 1;
  std::vector<consensus::PublicKey> keys;
  for (consensus::ValidatorIndex i = 0; i < n; ++i) {
    if (cert.signers.has(i)) keys.push_back(committee.keys()[i]);
  }
  const std::string at = " at height " + std::to_string(commit.height);
  if (keys.size() < wanted || cert.signers.size != n || (cert.signers.bits >> n) != 0) {
    fail("certificate", name(node) + " takes " + std::to_string(keys.size()) + " of " +
                            std::to_string(n) + " signers for a quorum" + at);
    return;
  }
  if (cert.kind != consensus::Kind::commit || cert.era != committee.era() ||
      cert.height != commit.height || cert.digest != commit.digest) {
    fail("certificate", name(node) + " takes a certificate of something else" + at);
    return;
  }
  const auto message = consensus::signed_bytes(chain_, cert.vote());
  if (!crypto_->verifier().verify_aggregate(keys, message, cert.aggregate)) {
    fail("certificate", name(node) + " takes a certificate with a wrong signature" + at);
    return;
  }
  for (const auto& key : keys) {
    const auto honest = honest_.find(key);
    if (honest == honest_.end()) continue;
    const auto& book = signed_[honest->second];
    const auto entry = book.find(place_of(cert.vote()));
    if (entry == book.end() ? !book.empty() && place_of(cert.vote()) > book.begin()->first
                            : entry->second != cert.vote()) {
      fail("certificate", name(node) + " takes a certificate with the name of key " +
                              std::to_string(honest->second) + ", which never signed it," + at);
      return;
    }
  }
}

void Checker::header(NodeId node, const Header& header, const consensus::Certificate& certificate,
                     const consensus::Committee& committee) {
  const std::string at = " at height " + std::to_string(header.height);
  bool turn = false;
  for (consensus::Round r = 0; r <= std::min<consensus::Round>(certificate.round, 64); ++r) {
    const auto proposer = committee.proposer(header.height, r);
    turn = turn || names_(committee.keys()[proposer]) == header.proposer;
  }
  if (!turn) fail("turn", name(node) + " takes a block of somebody whose turn it was not" + at);
  if (header.era != committee.era()) fail("era", name(node) + " takes a block of another era" + at);
  const auto parent = finals_.find(header.height - 1);
  if (parent == finals_.end()) return;
  if (Hash256::from(header.parent.view()) != parent->second.digest) {
    fail("parent", name(node) + " takes a block of another parent" + at);
  }
  if (parent->second.root && header.state_root != *parent->second.root) {
    fail("header root", name(node) + " takes a block that names a wrong state root" + at);
  }
}

void Checker::executed(NodeId node, const App& app) {
  const auto found = finals_.find(app.height());
  if (found != finals_.end()) {
    if (!found->second.root) {
      found->second.root = app.root();
    } else if (*found->second.root != app.root()) {
      fail("root",
           name(node) + " computes another state root at height " + std::to_string(app.height()));
    }
  }
  for (const auto& key : app.convicted()) {
    if (!convicted_.insert(key).second) continue;
    const auto honest = honest_.find(key);
    if (honest != honest_.end()) {
      fail("conviction",
           "the chain convicts key " + std::to_string(honest->second) + ", which is honest");
    }
  }
}

}  // namespace cess::sim
