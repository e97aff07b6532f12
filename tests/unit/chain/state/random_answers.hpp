// SPDX-License-Identifier: Apache-2.0
// Calls that only a chain with a past can accept, made from what its state asks for at the moment:
// answers to audits with real proofs over the bytes of files that were declared, fillers and what
// judges say of them, reports of probes, claims of what eras have earned. Files that include it say
// // links: chain_state chain_types economy audit pois podr2 crypto merkle json base
#pragma once

#include <functional>

#include "audit/prover.hpp"
#include "chain/state/audits/audits.hpp"
#include "chain/state/idle/idle.hpp"
#include "chain/state/probes/probes.hpp"
#include "chain/state/rewards/rewards.hpp"
#include "unit/chain/state/files_fixture.hpp"
#include "unit/chain/state/validators.hpp"

namespace cess {

struct RandomMade {
  std::string who;
  ModuleId module = 0;
  std::uint8_t call = 0;
  Bytes args;
};

template <Record A>
std::optional<RandomMade> random_made(TestChain& chain, const std::string& who,
                                      std::string_view call, const A& args) {
  const auto found = chain.runtime().find_call(call);
  if (!found) return std::nullopt;
  return RandomMade{who, found->first, found->second->index, encode_scale(args)};
}

/// A miner's disk as the chain's index sees it, for files of one segment.
class RandomDisk final : public AuditSource {
 public:
  RandomDisk(const State& state, const AccountId& who, Epoch epoch,
             const std::map<Fid, TestFile>& files)
      : state_(&state), account_(who), view_(state, who, epoch), files_(&files) {}
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
    const auto place = files::kFragmentPlaces.get(*state_, frag);
    const auto file = place ? files::kFiles.get(*state_, place->fid) : std::nullopt;
    if (!file || !files_->contains(place->fid)) return fail(Code::no, "not here");
    Descriptor d;
    d.file = file->file_id;
    d.segment = place->segment;
    d.fragment = place->column;
    d.root = files_->at(place->fid).declare.roots.at(place->column);
    d.length = bytes_of(*place).size();
    return d;
  }
  Result<TagFile> tag_file(const FragId& frag) override {
    TagFile t;
    CESS_TRY_ASSIGN(t.descriptor, descriptor(frag));
    return t;
  }
  Result<TaggerPublic> tagger(const TaggerId& /*id*/) override {
    return fail(Code::no, "nothing is tagged here");
  }
  Status read(const FragId& frag, std::uint64_t offset, MutByteView out) override {
    const auto place = files::kFragmentPlaces.get(*state_, frag);
    if (!place || !files_->contains(place->fid)) return fail(Code::no, "not here");
    const Bytes& bytes = bytes_of(*place);
    if (offset + out.size() > bytes.size()) return fail(Code::no, "past the end");
    std::copy_n(bytes.data() + offset, out.size(), out.data());
    return {};
  }

 private:
  const Bytes& bytes_of(const files::FragmentPlace& p) {
    return files_->at(p.fid).data.at(p.segment).at(p.column);
  }
  const State* state_;
  AccountId account_;
  IndexView view_;
  const std::map<Fid, TestFile>* files_;
};

class RandomAnswers {
 public:
  using Below = std::function<std::uint64_t(std::uint64_t)>;
  RandomAnswers(TestChain& chain, std::vector<std::string> names, Below below)
      : chain_(&chain), names_(std::move(names)), below_(std::move(below)) {}

  /// The declaration of a file whose bytes are remembered.
  files::Declare declaration(const std::string& who) {
    auto f =
        make_test_file(who, std::to_string(below_(40)), test_profile(1, 1), 1 + below_(3000), true);
    const auto declare = f.declare;
    files_.emplace(declare.fid, std::move(f));
    return declare;
  }

  /// Whatever is asked for; begins to look anywhere.
  std::optional<RandomMade> any() {
    const auto from = below_(5);
    for (std::uint64_t i = from; i < from + 5; ++i) {
      auto made = of_kind(i % 5);
      if (made) return made;
    }
    return std::nullopt;
  }
  idle_space::Appoint appointment(const std::string& who) {
    const auto key = judge_key(who);
    const auto message = idle_space::appoint_message(chain_->genesis(), TestChain::id(who));
    return {key.public_key().bytes(), key.prove_possession().bytes(), key.sign(message).bytes()};
  }

 private:
  std::optional<RandomMade> of_kind(std::uint64_t kind) {
    if (kind < 2) return audit();
    if (kind == 2) return probe();
    return kind == 3 ? claim() : idle();
  }
  const State& state() { return chain_->state(); }
  std::optional<std::string> name_of(const AccountId& who) {
    for (const auto& n : names_) {
      if (TestChain::id(n) == who) return n;
    }
    return std::nullopt;
  }

  std::optional<RandomMade> audit() {
    const Epoch epoch = system::clock(state()).epoch;
    const auto round = audits::kRounds.get(state(), epoch);
    const Height next = chain_->height() + 1;
    for (const auto& name : names_) {
      const AccountId who = TestChain::id(name);
      if (!round || audits::kSubmissions.has(state(), epoch, who)) continue;
      const auto window = audits::window_of(*round, who);
      if (next < window.first || next > window.last) continue;
      const auto asked = audits::challenge_of(state(), chain_->genesis(), epoch, who);
      if (!asked) continue;
      RandomDisk disk(state(), who, epoch, files_);
      const auto proof = answer_challenge(disk, *asked, {1, false, {}});
      if (!proof) continue;
      audits::SubmitProof out;
      out.epoch = epoch;
      out.challenge = challenge_seed(*asked);
      for (const auto& l : proof->leaves)
        out.leaves.push_back({l.k, encode_descriptor(l.descriptor), l.data, l.path});
      // One in eight lies, and is found out.
      if (below_(8) == 0 && !out.leaves.empty()) out.leaves[0].data[0] ^= 1U;
      return random_made(*chain_, name, "audits.submit_proof", out);
    }
    return std::nullopt;
  }

  // What a drawn verifier saw of a miner, if the slot has not heard of it yet.
  std::optional<RandomMade> probe() {
    for (const auto& key : probes::kSlots.keys(state(), 100)) {
      const Height slot = std::get<0>(key);
      if (slot + 10 < chain_->height()) continue;  // soon late
      for (const auto& name : names_) {
        const AccountId miner = TestChain::id(name);
        const auto asked = probes::probe_of(state(), slot, miner);
        const auto tally = probes::kTallies.get_or_default(state(), slot, miner);
        if (!asked || tally.decided) continue;
        for (std::size_t i = 0; i < asked->verifiers.size(); ++i) {
          const auto verifier = name_of(asked->verifiers[i]);
          if (!verifier || ((tally.passed | tally.failed) >> i & 1) != 0) continue;
          return probe_report(slot, *verifier, {miner, below_(4) != 0, probes::Latency::fast});
        }
      }
    }
    return std::nullopt;
  }
  std::optional<RandomMade> probe_report(Height slot, const std::string& verifier,
                                         const probes::Verdict& verdict) {
    probes::Report r;
    r.slot = slot;
    r.verifier = TestChain::id(verifier);
    r.verdicts = {verdict};
    const auto seed = probes::kSlots.get(state(), slot)->seed;
    r.signature =
        judge_key(verifier)
            .sign(probes::report_message(chain_->genesis(), slot, seed, r.verifier, r.verdicts))
            .bytes();
    return random_made(*chain_, verifier, "probes.report", r);
  }

  std::optional<RandomMade> claim() {
    for (const auto& name : names_) {
      const auto own = rewards::kMiners.get(state(), TestChain::id(name));
      if (own && own->free > 0)
        return random_made(*chain_, name, "rewards.claim", rewards::Claim{});
    }
    return std::nullopt;
  }

  static bls::SecretKey judge_key(const std::string& name) {
    return *bls::SecretKey::generate(sha256(as_bytes("judge key of " + name)).view());
  }
  std::optional<RandomMade> idle() {
    const std::string who = names_.at(below_(names_.size()));
    const AccountId id = TestChain::id(who);
    if (below_(3) == 0) return random_made(*chain_, who, "idle.appoint", appointment(who));
    const auto batch = idle_space::kBatches.get(state(), id);
    if (!batch) {
      const auto space = idle_space::kSpaces.get_or_default(state(), id);
      return random_made(*chain_, who, "idle.commit",
                         idle_space::Commit{space.rear, {sha256(as_bytes(who))}});
    }
    if (batch->trial.stage == idle_space::Stage::proof) {
      return random_made(
          *chain_, who, "idle.prove",
          idle_space::Prove{idle_space::Kind::batch, batch->first, sha256(as_bytes("blob")), 4});
    }
    if (batch->trial.stage == idle_space::Stage::verdict) return verdict(who, *batch);
    return std::nullopt;
  }
  std::optional<RandomMade> verdict(const std::string& who, const idle_space::BatchTrial& batch) {
    idle_space::Verdict v;
    v.miner = TestChain::id(who);
    v.number = batch.first;
    v.opinion = below_(4) != 0 ? idle_space::Opinion::good : idle_space::Opinion::bad;
    const auto message = idle_space::verdict_message(chain_->genesis(), v.miner, v.kind, v.number,
                                                     batch.trial, v.opinion);
    bls::SignatureSum sum;
    for (std::size_t i = 0; i < batch.trial.judges.size(); ++i) {
      const auto judge = name_of(batch.trial.judges[i]);
      if (!judge) continue;
      sum.add(judge_key(*judge).sign(message));
      v.signers = static_cast<std::uint16_t>(v.signers | 1U << i);
    }
    const auto signature = sum.get();
    if (!signature) return std::nullopt;
    v.signature = signature->bytes();
    return random_made(*chain_, who, "idle.verdict", v);
  }

  TestChain* chain_;
  std::vector<std::string> names_;
  Below below_;
  std::map<Fid, TestFile> files_;
};

}  // namespace cess
