// SPDX-License-Identifier: Apache-2.0
#include "chain/sim/counter_app.hpp"

#include <algorithm>
#include <set>

#include "chain/ledger/judge.hpp"
#include "crypto/sha256.hpp"

namespace cess::sim {
namespace {

using consensus::Committee;
using consensus::CommitteePtr;
using consensus::Height;
using consensus::PublicKey;
using consensus::event::Verdict;

constexpr std::size_t kTxnsPerBlock = 100;
constexpr std::size_t kPoolMax = 1000;
constexpr std::size_t kDoneMax = 2000;

// Everything a snapshot keeps.
struct CounterState {
  Height height = 0;
  Hash256 root;
  Hash256 parent;  // digest of the last block
  std::uint64_t time_ms = kWorldStartMs;
  std::map<std::uint64_t, std::uint64_t> counters;
  std::uint64_t order = 1;  // depends on the order of what was executed
  std::set<std::uint64_t> done;
  std::uint64_t forgotten = 0;  // numbers up to here are done or too late
  std::set<PublicKey> registered;
  std::map<PublicKey, consensus::Era> barred_until;
  std::set<Hash256> offences;
  std::vector<PublicKey> convicted;
  std::map<consensus::Era, CommitteePtr> committees;
};

class CounterApp final : public App {
 public:
  CounterApp(const CounterSpec& spec, CryptoWorld& crypto, const Hash256& chain)
      : spec_(spec), crypto_(&crypto), chain_(chain) {
    s_.registered.insert(spec.genesis.begin(), spec.genesis.end());
    s_.registered.insert(spec.standby.begin(), spec.standby.end());
    s_.committees[0] = *Committee::make(0, sha256(chain.view()), spec.genesis);
    s_.root = compute_root();
  }

  [[nodiscard]] Height height() const override { return s_.height; }
  [[nodiscard]] Hash256 root() const override { return s_.root; }
  [[nodiscard]] CommitteePtr committee() const override { return of(era_of(s_.height + 1)); }
  [[nodiscard]] CommitteePtr parent_committee() const override { return of(era_of(s_.height)); }
  [[nodiscard]] bool has_work() const override { return !pool_.empty() || !evidence_.empty(); }

  void submit(const Bytes& txn) override {
    auto t = decode_scale<CounterTxn>(txn, "transaction");
    if (!t || is_done(t->number) || pool_.size() >= kPoolMax) return;
    pool_.emplace(t->number, txn);
  }
  void report(const Bytes& evidence) override {
    const auto e = consensus::decode_evidence(evidence);
    if (e && !convicts(*e).empty()) evidence_.emplace(sha256(evidence), evidence);
  }

  [[nodiscard]] Block build(const BuildInput& in) override;
  [[nodiscard]] Verdict validate(const ParsedBlock& b, bool fresh, const PublicKey& proposer,
                                 std::uint64_t wall_ms) override;
  void execute(const ParsedBlock& b) override;

  [[nodiscard]] Value snapshot() const override { return std::make_shared<CounterState>(s_); }
  void restore(const Value& snapshot) override {
    s_ = *std::static_pointer_cast<const CounterState>(snapshot);
    pool_.clear();
    evidence_.clear();
  }
  [[nodiscard]] std::vector<PublicKey> convicted() const override { return s_.convicted; }

 private:
  [[nodiscard]] bool is_done(std::uint64_t number) const {
    return number <= s_.forgotten || s_.done.contains(number);
  }
  [[nodiscard]] consensus::Era era_of(Height h) const {
    return h == 0 ? 0 : (h - 1) / spec_.era_blocks;
  }
  [[nodiscard]] CommitteePtr of(consensus::Era era) const {
    const auto found = s_.committees.find(era);
    return found == s_.committees.end() ? nullptr : found->second;
  }
  [[nodiscard]] Hash256 next_committee() const {
    const auto next = of(era_of(s_.height + 1) + 1);
    return next ? next->hash() : Hash256();
  }
  void elect();
  void run(const CounterTxn& t);
  // Keys that the evidence convicts of something they have not been convicted of.
  [[nodiscard]] std::vector<std::pair<Hash256, PublicKey>> convicts(
      const consensus::Evidence& e) const;
  [[nodiscard]] Hash256 compute_root() const;

  CounterSpec spec_;
  CryptoWorld* crypto_;
  Hash256 chain_;
  CounterState s_;
  std::map<std::uint64_t, Bytes> pool_;
  std::map<Hash256, Bytes> evidence_;
};

Block CounterApp::build(const BuildInput& in) {
  Block b;
  for (const auto& [number, txn] : pool_) {
    if (b.txns.size() == kTxnsPerBlock) break;
    if (is_done(number)) continue;
    b.txns.push_back(txn);
  }
  for (const auto& [id, bytes] : evidence_) {
    const auto e = consensus::decode_evidence(bytes);
    if (b.evidence.size() < 10 && e && !convicts(*e).empty()) b.evidence.push_back(bytes);
  }
  if (in.variant != 0) {
    CounterTxn extra;
    extra.number = ~in.variant;
    b.txns.push_back(encode_scale(extra));
  }
  Header& h = b.header;
  h.height = in.height;
  h.parent = BlockHash::from(in.parent.view());
  h.era = era_of(in.height);
  h.time_ms = std::max(in.wall_ms, s_.time_ms + 1);
  h.proposer = account_of(in.own);
  h.txns_root = txns_root(b.txns);
  h.evidence_root = evidence_root(b.evidence);
  h.state_root = s_.root;
  if (in.wrong_root) h.state_root.bytes[0] ^= 1;
  h.committee = of(h.era)->hash();
  h.next_committee = next_committee();
  if (in.parent_certificate) {
    h.parent_certificate = consensus::encode_certificate(*in.parent_certificate);
  }
  return b;
}

Verdict CounterApp::validate(const ParsedBlock& b, bool fresh, const PublicKey& proposer,
                             std::uint64_t wall_ms) {
  const Header& h = b.block.header;
  if (h.height != s_.height + 1) return Verdict::refused;
  if (h.state_root != s_.root || h.next_committee != next_committee()) return Verdict::invalid;
  if (h.time_ms <= s_.time_ms) return Verdict::refused;
  if (fresh) {
    if (h.proposer != account_of(proposer)) return Verdict::refused;
    const std::uint64_t off = h.time_ms > wall_ms ? h.time_ms - wall_ms : wall_ms - h.time_ms;
    if (off > kTimeWindowMs) return Verdict::refused;
  }
  std::set<std::uint64_t> numbers;
  for (const Bytes& bytes : b.block.txns) {
    const auto t = decode_scale<CounterTxn>(bytes, "transaction");
    if (!t || is_done(t->number) || !numbers.insert(t->number).second) {
      return Verdict::refused;
    }
  }
  for (const Bytes& bytes : b.block.evidence) {
    const auto e = consensus::decode_evidence(bytes);
    if (!e || convicts(*e).empty()) return Verdict::refused;
  }
  return Verdict::valid;
}

void CounterApp::run(const CounterTxn& t) {
  s_.done.insert(t.number);
  if (s_.done.size() > kDoneMax) {
    s_.forgotten = *s_.done.begin();
    s_.done.erase(s_.done.begin());
  }
  pool_.erase(t.number);
  s_.order = s_.order * 31 + t.number;
  if (!t.key) {
    s_.counters[t.counter] += t.amount;
    return;
  }
  if (!crypto_->verify_possession(*t.key, t.possession)) return;
  if (s_.registered.size() < 64) s_.registered.insert(*t.key);
}

void CounterApp::execute(const ParsedBlock& b) {
  for (const Bytes& bytes : b.block.txns) {
    const auto t = decode_scale<CounterTxn>(bytes, "transaction");
    if (t) run(*t);
  }
  for (const Bytes& bytes : b.block.evidence) {
    const auto e = consensus::decode_evidence(bytes);
    if (!e) continue;
    for (const auto& [id, key] : convicts(*e)) {
      s_.offences.insert(id);
      s_.convicted.push_back(key);
      s_.barred_until[key] = b.view.era + 1 + spec_.barred_eras;
    }
    evidence_.erase(sha256(bytes));
  }
  s_.height = b.view.height;
  s_.parent = b.view.digest;
  s_.time_ms = b.view.time_ms;
  // The next committee is fixed at 5/6 of the era.
  if ((s_.height - 1) % spec_.era_blocks == spec_.era_blocks * 5 / 6) elect();
  s_.root = compute_root();
}

void CounterApp::elect() {
  const consensus::Era next = era_of(s_.height) + 1;
  std::vector<std::pair<Hash256, PublicKey>> drawn;
  std::vector<std::pair<Hash256, PublicKey>> reserve;
  for (const PublicKey& key : s_.registered) {
    const auto barred = s_.barred_until.find(key);
    const bool out = barred != s_.barred_until.end() && barred->second >= next;
    (out ? reserve : drawn).emplace_back(sha256({s_.parent.view(), ByteView(key)}), key);
  }
  std::ranges::sort(drawn);
  std::ranges::sort(reserve);
  // A committee that is too small would be less safe than one with a barred member.
  drawn.insert(drawn.end(), reserve.begin(), reserve.end());
  drawn.resize(std::min(drawn.size(), spec_.committee_size));
  std::vector<PublicKey> keys;
  for (const auto& [hash, key] : drawn) keys.push_back(key);
  s_.committees[next] = *Committee::make(next, sha256(s_.parent.view()), keys);
  if (s_.committees.size() > 8) s_.committees.erase(s_.committees.begin());
}

std::vector<std::pair<Hash256, PublicKey>> CounterApp::convicts(
    const consensus::Evidence& e) const {
  std::vector<std::pair<Hash256, PublicKey>> out;
  const CommitteePtr committee = of(consensus::vote_of(e).era);
  if (committee == nullptr) return out;
  const ledger::HeaderJudge judge(crypto_->verifier(), chain_, *committee,
                                  [&](auto i) { return account_of(committee->keys()[i]); });
  for (const auto i :
       consensus::verify_evidence(crypto_->verifier(), chain_, *committee, e, &judge)) {
    const Hash256 id = consensus::offence_id(e, i);
    if (!s_.offences.contains(id)) out.emplace_back(id, committee->keys()[i]);
  }
  return out;
}

Hash256 CounterApp::compute_root() const {
  ScaleWriter w;
  w.u64(s_.height);
  w.u64(s_.order);
  for (const auto& [counter, value] : s_.counters) w.u64(counter), w.u64(value);
  w.u64(s_.registered.size());
  for (const PublicKey& key : s_.convicted) w.raw(key);
  for (const auto& [era, committee] : s_.committees) w.raw(committee->hash().view());
  return sha256(w.bytes());
}

}  // namespace

std::unique_ptr<App> make_counter_app(const CounterSpec& spec, CryptoWorld& crypto,
                                      const Hash256& chain) {
  return std::make_unique<CounterApp>(spec, crypto, chain);
}

}  // namespace cess::sim
