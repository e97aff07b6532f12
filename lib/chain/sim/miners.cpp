// SPDX-License-Identifier: Apache-2.0
#include "chain/sim/miners.hpp"

#include <algorithm>

#include "audit/prover.hpp"
#include "chain/sim/miners_impl.hpp"
#include "chain/state/audits/audits.hpp"
#include "chain/state/audits/index.hpp"
#include "chain/state/miners/calls.hpp"
#include "chain/state/system/system.hpp"

namespace cess::sim {
namespace {

constexpr std::uint64_t kDeclared = std::uint64_t{1} << 30U;
constexpr std::size_t kRegistrationsPerBlock = 50;
constexpr std::size_t kOwners = 8;
constexpr Height kFilesFrom = 6;  ///< declared when miners are there

// What a prover sees: the index that the chain snapshotted, and the miner's own disk.
class ProverView final : public AuditSource {
 public:
  ProverView(const State& state, const AccountId& account, Epoch epoch,
             const std::map<FragId, HeldFragment>& held, const TaggerPublic& tagger)
      : account_(account), view_(state, account, epoch), held_(&held), tagger_(&tagger) {}
  [[nodiscard]] bool tagged_junk() const { return tagged_junk_; }

  MinerId miner() override { return MinerId::from(account_.view()); }
  Result<SumNode> index_root() override {
    return SumNode{view_.totals().root, view_.totals().blocks};
  }
  Result<std::uint64_t> index_count() override { return view_.totals().fragments; }
  Result<Hit> find(std::uint64_t block) override {
    const auto hit = view_.find(block);
    return Hit{hit.position, index_entry(hit.entry), hit.block};
  }
  Result<std::vector<SumNode>> path(std::uint64_t position) override {
    return view_.path(position);
  }
  Result<Descriptor> descriptor(const FragId& frag) override {
    const auto f = held_->find(frag);
    if (f == held_->end()) return fail(Code::no, "no such fragment");
    return f->second.descriptor;
  }
  Result<TagFile> tag_file(const FragId& frag) override {
    CESS_TRY_ASSIGN(const Descriptor d, descriptor(frag));
    TagFile t;
    t.descriptor = d;
    t.tags = held_->at(frag).tags;
    return t;
  }
  Result<TaggerPublic> tagger(const TaggerId& id) override {
    if (id != tagger_->head.id) return fail(Code::no, "no such tagger");
    return *tagger_;
  }
  Status read(const FragId& frag, std::uint64_t offset, MutByteView out) override {
    const auto f = held_->find(frag);
    if (f == held_->end() || offset + out.size() > f->second.data.size()) {
      return fail(Code::no, "not here");
    }
    std::copy_n(f->second.data.data() + offset, out.size(), out.data());
    // A tag says nothing of the bytes, so the answer can be made of junk as well.
    if (f->second.lost && f->second.descriptor.suite == AuditSuite::sw_kzg) {
      out[0] ^= 1;
      tagged_junk_ = true;
    }
    return {};
  }

 private:
  AccountId account_;
  IndexView view_;
  const std::map<FragId, HeldFragment>* held_;
  const TaggerPublic* tagger_;
  bool tagged_junk_ = false;
};

}  // namespace

MinerCrowd::MinerCrowd(StateWorld& world, const Options& options)
    : impl_(std::make_unique<Impl>()) {
  impl_->world = &world;
  impl_->random = Random::stream(options.seed, "miners");
  impl_->strict = options.faults.empty() && options.liars.empty() && options.twins == 0 &&
                  options.network.loss_permille == 0;
  if (options.miners == 0) return;
  Random& r = impl_->random;
  const std::uint64_t blocks = options.duration / (options.timing.interval_ms_max * kMs) + 1;
  for (std::size_t i = 0; i < options.miners; ++i) {
    Impl::Miner m;
    m.sender.key = account_key(options.seed, "miner", i);
    const auto fate = r.below(100);
    if (fate < 7) m.kind = MinerKind::cheat;
    if (fate >= 7 && fate < 12) {
      m.kind = MinerKind::mortal;
      m.dies_at = r.between(blocks / 4, blocks);
    }
    if (fate >= 12 && fate < 17) {
      m.kind = MinerKind::leaver;
      m.leaves_at = r.between(blocks / 4, blocks / 2);
    }
    impl_->by_account[m.sender.key.id] = i;
    impl_->list.push_back(std::move(m));
  }
  for (std::size_t i = 0; i < kOwners; ++i) {
    impl_->owners.push_back({account_key(options.seed, "owner", i), 0, 0});
  }
  // About four fragments for each.
  if (options.tagged_every != 0) impl_->make_tagger(options.seed);
  impl_->make_files(std::max<std::size_t>(1, options.miners / 3), options.tagged_every);
}

MinerCrowd::~MinerCrowd() = default;

std::vector<std::pair<AccountId, Amount>> MinerCrowd::purses() const {
  std::vector<std::pair<AccountId, Amount>> out;
  for (const auto& m : impl_->list) {
    out.emplace_back(m.sender.key.id, 5000 * kBaseUnitsPerToken);
  }
  for (const auto& o : impl_->owners) out.emplace_back(o.key.id, 100'000 * kBaseUnitsPerToken);
  return out;
}

void MinerCrowd::adjust(Json& spec) const {
  auto& p = spec["params"]["audits"];
  p["count_min"] = 8U;
  p["count_max"] = 64U;
}

void MinerCrowd::Impl::registrations(World& w, const State& state, Height height) {
  std::size_t sent = 0;
  for (std::size_t i = 0; i < list.size() && sent < kRegistrationsPerBlock; ++i) {
    Miner& m = list[i];
    const bool waits = m.sender.sent_at != 0 && height < m.sender.sent_at + 10;
    if (waits || miners::kMiners.has(state, m.sender.key.id)) {
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
    say(w, state, m.sender, height, "miners.register", r);
    ++sent;
  }
}

void MinerCrowd::Impl::schedule(const State& state, Epoch epoch) {
  scheduled = epoch;
  due.clear();
  const auto round = audits::kRounds.get(state, epoch);
  if (!round) return;
  for (std::size_t i = 0; i < list.size(); ++i) {
    due.emplace(audits::window_of(*round, list[i].sender.key.id).first - 1, i);
  }
}

void MinerCrowd::Impl::answer(World& w, const State& state, Height height, std::size_t number,
                              Epoch epoch) {
  Miner& m = list[number];
  const auto round = audits::kRounds.get(state, epoch);
  if (height >= m.dies_at || !round || audits::kResults.has(state, epoch, m.sender.key.id) ||
      audits::kSubmissions.has(state, epoch, m.sender.key.id)) {
    return;
  }
  const auto window = audits::window_of(*round, m.sender.key.id);
  if (height + 1 > window.last) return;
  const auto challenge = audits::challenge_of(state, world->genesis(), epoch, m.sender.key.id);
  if (!challenge) return;
  ProverView source(state, m.sender.key.id, epoch, held, tagger_public);
  const auto proof = answer_challenge(source, *challenge, {1, false, {}});
  if (!proof) return;
  audits::SubmitProof out;
  out.epoch = epoch;
  out.challenge = challenge_seed(*challenge);
  for (const auto& g : proof->groups) out.groups.push_back({g.tagger, g.compact});
  if (!out.groups.empty()) m.tagged.insert(epoch);
  if (source.tagged_junk()) {
    m.doomed.insert(epoch);
    m.doomed_tagged.insert(epoch);
  }
  for (const auto& l : proof->leaves) {
    audits::LeafProof leaf{l.k, encode_descriptor(l.descriptor), l.data, l.path};
    if (held.at(frag_id(l.descriptor)).lost) {
      leaf.data[0] ^= 1;  // it has to say something
      m.doomed.insert(epoch);
    }
    out.leaves.push_back(std::move(leaf));
  }
  say(w, state, m.sender, height, "audits.submit_proof", out);
  due.emplace(height + 6, number);  // again, should it have been lost
}

void MinerCrowd::Impl::judge(const State& state, Epoch epoch) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Miner& m = list[i];
    const auto r = audits::kResults.get(state, epoch, m.sender.key.id);
    if (!r) continue;
    const bool pass = r->outcome == audits::Outcome::passed;
    passed += pass ? 1U : 0U;
    missing += r->outcome == audits::Outcome::missing ? 1U : 0U;
    wrong += r->outcome == audits::Outcome::wrong ? 1U : 0U;
    const std::string who =
        "miner " + std::to_string(i) + " in epoch " + std::to_string(epoch) + ": ";
    if (pass && m.doomed.contains(epoch)) unfair = who + "passed with false leaves";
    if (m.doomed.contains(epoch) && !pass) ++caught;
    if (m.tagged.contains(epoch) && pass) ++passed_tagged;
    if (m.doomed_tagged.contains(epoch) && !pass) ++caught_tagged;
    if (m.kind == MinerKind::cheat) continue;
    if (r->outcome == audits::Outcome::wrong) unfair = who + "told true and judged false";
    const bool alive = m.kind == MinerKind::honest;
    if (!pass && alive && strict) unfair = who + "answered and counted as missing";
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
  if (height >= kFilesFrom) {
    if (impl_->tagger) impl_->register_tagger(w, state, height);
    impl_->lease(w, state, height);
    impl_->declare(w, state, height);
    impl_->report_slots(w, state, height);
    impl_->leave(w, state, height);
    impl_->restore(w, state, height);
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
  return {{"files_active", impl_->active},
          {"passed", impl_->passed},
          {"missing", impl_->missing},
          {"false", impl_->wrong},
          {"cheats_caught", impl_->caught},
          {"restored", impl_->restored},
          {"tagged_passed", impl_->passed_tagged},
          {"tagged_cheats_caught", impl_->caught_tagged},
          {"tagged_restored", impl_->restored_tagged},
          {"left", impl_->left}};
}

}  // namespace cess::sim
