// SPDX-License-Identifier: Apache-2.0
#include "chain/sim/miners.hpp"

#include <algorithm>

#include "audit/prover.hpp"
#include "base/endian.hpp"
#include "chain/sim/state_app.hpp"
#include "chain/sim/world.hpp"
#include "chain/state/audits/audits.hpp"
#include "chain/state/audits/index.hpp"
#include "chain/state/miners/calls.hpp"
#include "chain/state/system/system.hpp"
#include "crypto/sha256.hpp"
#include "merkle/tree.hpp"
#include "podr2/descriptor.hpp"

namespace cess::sim {
namespace {

constexpr std::uint64_t kDeclared = std::uint64_t{1} << 30U;
constexpr std::size_t kFragments = 8;
constexpr std::size_t kFragmentSize = 256;
constexpr std::size_t kRegistrationsPerBlock = 50;

enum class Kind : std::uint8_t { honest, cheat, mortal };

Bytes noise(std::uint64_t seed, std::size_t size) {
  Bytes out;
  Random r(seed);
  while (out.size() < size) out.push_back(static_cast<std::uint8_t>(r.next()));
  return out;
}

// A miner's disk: small untagged fragments, some of which may be gone; then it answers with junk.
class MinerDisk final : public AuditSource {
 public:
  explicit MinerDisk(const AccountId& account) : account_(account), tree_(nodes_, 0) {}
  ServiceEntry add(std::uint64_t seed) {
    Descriptor d;
    d.suite = AuditSuite::merkle;
    d.file = FileId::from(sha256({account_.view(), ByteView(noise(seed, 8))}).view());
    Bytes data = noise(seed, kFragmentSize);
    d.length = data.size();
    d.root = fragment_root(data);
    const FragId id = frag_id(d);
    CESS_CHECK(tree_.append(sum_leaf({id, d.blocks(), d.tagger})).has_value());
    entries_.push_back({id, d.blocks(), d.tagger});
    fragments_[id] = {d, std::move(data), false};
    return {id, d.length, d.tagger};
  }
  void lose(std::size_t position) { fragments_.at(entries_[position].frag).lost = true; }
  [[nodiscard]] bool lost(const FragId& id) const { return fragments_.at(id).lost; }

  MinerId miner() override { return MinerId::from(account_.view()); }
  Result<SumNode> index_root() override { return tree_.root(); }
  Result<std::uint64_t> index_count() override { return entries_.size(); }
  Result<Hit> find(std::uint64_t block) override {
    CESS_TRY_ASSIGN(const auto hit, tree_.find(block));
    return Hit{hit.leaf, entries_[hit.leaf], static_cast<std::uint32_t>(hit.block_in_leaf)};
  }
  Result<std::vector<SumNode>> path(std::uint64_t position) override {
    return tree_.path(position);
  }
  Result<Descriptor> descriptor(const FragId& frag) override {
    return fragments_.at(frag).descriptor;
  }
  Result<TagFile> tag_file(const FragId& frag) override {
    TagFile t;
    t.descriptor = fragments_.at(frag).descriptor;
    return t;
  }
  Result<TaggerPublic> tagger(const TaggerId& /*id*/) override {
    return fail(Code::no, "no taggers here");
  }
  Status read(const FragId& frag, std::uint64_t offset, MutByteView out) override {
    const Fragment& f = fragments_.at(frag);
    if (offset + out.size() > f.data.size()) return fail(Code::no, "past the end");
    std::copy_n(f.data.data() + offset, out.size(), out.data());
    return {};
  }

 private:
  struct Fragment {
    Descriptor descriptor;
    Bytes data;
    bool lost = false;
  };
  AccountId account_;
  std::vector<IndexEntry> entries_;
  std::map<FragId, Fragment> fragments_;
  MemorySumNodes nodes_;
  SumTree tree_;
};

}  // namespace

struct MinerCrowd::Impl {
  struct Miner {
    AccountKey key;
    Kind kind = Kind::honest;
    Height dies_at = ~Height{0};
    std::unique_ptr<MinerDisk> disk;
    Height sent_at = 0;  ///< registration or answer, for sending again
    Epoch answered = ~Epoch{0};
    bool answer_false = false;  ///< what it sent for `answered` cannot be true
    std::set<Epoch> doomed;     ///< epochs of which a pass would be wrong
  };

  StateWorld* world;
  bool strict = false;  ///< nothing disturbs the network: a miss is a fault of the chain
  std::vector<Miner> list;
  std::multimap<Height, std::size_t> due;
  std::optional<Epoch> scheduled;
  Epoch strict_from = 2;
  std::uint64_t passed = 0, missing = 0, wrong = 0, caught = 0;
  std::string unfair;

  void registrations(World& w, const State& state, Height height);
  void schedule(const State& state, Epoch epoch);
  void answer(World& w, const State& state, Height height, std::size_t number, Epoch epoch);
  void judge(const State& state, Epoch epoch);
};

MinerCrowd::MinerCrowd(StateWorld& world, const Options& options)
    : impl_(std::make_unique<Impl>()) {
  impl_->world = &world;
  impl_->strict = options.faults.empty() && options.liars.empty() && options.twins == 0 &&
                  options.network.loss_permille == 0;
  Random r = Random::stream(options.seed, "miners");
  const std::uint64_t blocks = options.duration / (options.timing.interval_ms_max * kMs) + 1;
  for (std::size_t i = 0; i < options.miners; ++i) {
    Impl::Miner m;
    m.key = account_key(options.seed, "miner", i);
    m.disk = std::make_unique<MinerDisk>(m.key.id);
    const auto fate = r.below(100);
    if (fate < 7) m.kind = Kind::cheat;
    if (fate >= 7 && fate < 12) {
      m.kind = Kind::mortal;
      m.dies_at = r.between(blocks / 4, blocks);
    }
    impl_->list.push_back(std::move(m));
  }
}

MinerCrowd::~MinerCrowd() = default;

std::vector<std::pair<AccountId, Amount>> MinerCrowd::purses() const {
  std::vector<std::pair<AccountId, Amount>> out;
  for (const auto& m : impl_->list) out.emplace_back(m.key.id, 5000 * kBaseUnitsPerToken);
  return out;
}

void MinerCrowd::adjust(Json& spec) const {
  auto& p = spec["params"]["audits"];
  p["count_min"] = 16U;
  p["count_max"] = 64U;
}

void MinerCrowd::fill(State& state) {
  for (std::size_t i = 0; i < impl_->list.size(); ++i) {
    Impl::Miner& m = impl_->list[i];
    for (std::size_t f = 0; f < kFragments; ++f) {
      const Status ok = index_append(state, m.key.id, m.disk->add(i * 1000 + f));
      CESS_CHECK(ok.has_value());
      // A cheat keeps the first half only.
      if (m.kind == Kind::cheat && f >= kFragments / 2) m.disk->lose(f);
    }
  }
}

void MinerCrowd::Impl::registrations(World& w, const State& state, Height height) {
  std::size_t sent = 0;
  for (std::size_t i = 0; i < list.size() && sent < kRegistrationsPerBlock; ++i) {
    Miner& m = list[i];
    if (miners::kMiners.has(state, m.key.id) || (m.sent_at != 0 && m.sent_at + 10 > height)) {
      continue;
    }
    miners::Register r;
    r.endpoint = "http://miner" + std::to_string(i) + ".example:80";
    r.ip = {0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0xff,
            0xff,
            10,
            static_cast<std::uint8_t>(i >> 8U),
            static_cast<std::uint8_t>(i),
            1};
    r.region = "DE";
    r.declared = kDeclared;
    r.stake = miners::requirement(state, kDeclared);
    const auto nonce = accounts::account(state, m.key.id).nonce;
    w.submit(world->make_txn(m.key, nonce, height, "miners.register", r));
    m.sent_at = height;
    ++sent;
  }
}

void MinerCrowd::Impl::schedule(const State& state, Epoch epoch) {
  scheduled = epoch;
  due.clear();
  const auto round = audits::kRounds.get(state, epoch);
  if (!round) return;
  for (std::size_t i = 0; i < list.size(); ++i) {
    due.emplace(audits::window_of(*round, list[i].key.id).first - 1, i);
  }
}

void MinerCrowd::Impl::answer(World& w, const State& state, Height height, std::size_t number,
                              Epoch epoch) {
  Miner& m = list[number];
  const auto round = audits::kRounds.get(state, epoch);
  if (height >= m.dies_at || !round || audits::kResults.has(state, epoch, m.key.id) ||
      audits::kSubmissions.has(state, epoch, m.key.id)) {
    return;
  }
  const auto window = audits::window_of(*round, m.key.id);
  if (height + 1 > window.last) return;
  const auto challenge = audits::challenge_of(state, world->genesis(), epoch, m.key.id);
  if (!challenge) return;
  const auto proof = answer_challenge(*m.disk, *challenge, {1, false, {}});
  if (!proof) return;
  audits::SubmitProof out;
  out.epoch = epoch;
  out.challenge = challenge_seed(*challenge);
  for (const auto& l : proof->leaves) {
    audits::LeafProof leaf{l.k, encode_descriptor(l.descriptor), l.data, l.path};
    if (m.disk->lost(frag_id(l.descriptor))) {
      leaf.data[0] ^= 1;  // it has to say something
      m.doomed.insert(epoch);
    }
    out.leaves.push_back(std::move(leaf));
  }
  const auto nonce = accounts::account(state, m.key.id).nonce;
  w.submit(world->make_txn(m.key, nonce, height, "audits.submit_proof", out));
  due.emplace(height + 6, number);  // again, should it have been lost
}

void MinerCrowd::Impl::judge(const State& state, Epoch epoch) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Miner& m = list[i];
    const auto r = audits::kResults.get(state, epoch, m.key.id);
    if (!r) continue;
    const bool pass = r->outcome == audits::Outcome::passed;
    passed += pass ? 1U : 0U;
    missing += r->outcome == audits::Outcome::missing ? 1U : 0U;
    wrong += r->outcome == audits::Outcome::wrong ? 1U : 0U;
    const std::string who =
        "miner " + std::to_string(i) + " in epoch " + std::to_string(epoch) + ": ";
    if (pass && m.doomed.contains(epoch)) unfair = who + "passed with false leaves";
    if (m.doomed.contains(epoch) && !pass) ++caught;
    if (m.kind == Kind::cheat) continue;
    if (r->outcome == audits::Outcome::wrong) unfair = who + "told true and judged false";
    const bool alive = m.kind == Kind::honest;
    if (!pass && alive && strict && epoch >= strict_from)
      unfair = who + "answered and counted as missing";
  }
}

void MinerCrowd::new_block(World& w, StateApp& app) {
  if (impl_->list.empty()) return;
  const State& state = app.ledger().state();
  const Height height = app.height();
  const auto clock = system::clock(state);
  if (clock.epoch < 2) impl_->registrations(w, state, height);
  if (impl_->scheduled != clock.epoch) impl_->schedule(state, clock.epoch);
  while (!impl_->due.empty() && impl_->due.begin()->first <= height) {
    const std::size_t number = impl_->due.begin()->second;
    impl_->due.erase(impl_->due.begin());
    impl_->answer(w, state, height, number, clock.epoch);
  }
  if (app.last() == nullptr) return;
  for (const EventRecord& e : app.last()->receipts.front().events) {
    if (e.module != audits::kModule || e.kind != 3) continue;
    const auto settled = decode_scale<audits::Settled>(e.data, "event");
    if (settled) impl_->judge(state, settled->epoch);
  }
}

std::string MinerCrowd::unfairness() const { return impl_->unfair; }

Json MinerCrowd::report() const {
  return {{"passed", impl_->passed},
          {"missing", impl_->missing},
          {"false", impl_->wrong},
          {"cheats_caught", impl_->caught}};
}

}  // namespace cess::sim
