// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types audit podr2 economy json merkle crypto base
// An epoch of audits on chain: N miners, each with its own challenge of c = 512 blocks and its own
// proof, taken in, judged in batches and settled by the state machine itself. Keys, tags,
// challenges and proofs are real. To keep the set-up short, miners share four lists of tagged
// fragments (the index of each is its own record) and blocks are 1 KiB: a verifier's work depends
// on neither. No hash or sum is shared between miners.
//
//   bench_chain_audit                        100 miners beside the ceilings
//   CESS_AUDIT_MINERS=10000 bench_chain_audit --benchmark_filter=epoch      6 CPU minutes, 0.5 GB
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <ctime>
#include <map>
#include <string>

#include "base/check.hpp"
#include "chain/state/accounts/accounts.hpp"
#include "chain/state/audits/judge.hpp"
#include "chain/state/kernel/runtime.hpp"
#include "chain/state/miners/miners.hpp"
#include "chain/state/system/system.hpp"
#include "chain/state/taggers/taggers.hpp"
#include "crypto/sha256.hpp"
#include "podr2/prove.hpp"
#include "podr2/tag.hpp"

namespace cess {
namespace {

constexpr std::size_t kLists = 4;
constexpr std::size_t kFragments = 256;  // to a list
constexpr std::size_t kFragmentSize = 1024;
constexpr std::size_t kCoefficients = (kFragmentSize + kSectorSize - 1) / kSectorSize;
constexpr std::size_t kProofsPerBlock = 100;

Bytes noise(std::uint64_t seed, std::size_t size) {
  Bytes out;
  std::array<std::uint8_t, 16> in{};
  store_le(in.data(), seed);
  for (std::uint64_t i = 0; out.size() < size; ++i) {
    store_le(in.data() + 8, i);
    append(out, sha256(in).view());
  }
  out.resize(size);
  return out;
}

AccountId account_of(std::uint64_t i) { return AccountId::from(noise(i + 1'000'000, 32)); }

// Fragments of one tagger, and what makes proofs over them quick.
struct List {
  TaggerSecret secret;
  TaggerPublic key;
  std::vector<ServiceEntry> entries;
  std::vector<Bytes> data;
  std::vector<Bytes> tag_bytes;
  std::vector<bls::G1Affine> tags;
  std::vector<std::array<bls::Scalar, kCoefficients>> polynomials;

  explicit List(std::uint64_t n)
      : secret(TaggerSecret::make(noise(n, TaggerSecret::kRandomSize), TaggerClass::attested)),
        key(make_tagger_public(secret)) {
    const auto tagger = *Tagger::make(secret, key.head);
    std::vector<bls::G1> points;
    for (std::uint64_t i = 0; i < kFragments; ++i) {
      data.push_back(noise(n * 10'000 + i + 50, kFragmentSize));
      const auto file = tagger.tag_fragment(
          {FileId::from(noise(n, 32)), 0, 0, static_cast<std::uint16_t>(i)}, {}, data.back());
      entries.push_back({frag_id(file.descriptor), kFragmentSize, key.head.id});
      tag_bytes.push_back(file.tags);
      points.push_back(*bls::G1::parse(file.tags));
      auto& f = polynomials.emplace_back();
      for (std::size_t j = 0; j < kCoefficients; ++j) {
        const auto at = j * kSectorSize;
        f[j] = bls::Scalar::reduce(
            ByteView(data.back()).subspan(at, std::min(kSectorSize, kFragmentSize - at)));
      }
    }
    tags = bls::to_affine(points);
  }

  // The proof of podr2/prove.hpp, repeated blocks summed up first.
  [[nodiscard]] Bytes prove(const Challenge& c) const {
    std::vector<bls::Scalar> nu(kFragments);
    for (const Draw& d : draw_all(c)) nu[d.block] = nu[d.block] + bls::Scalar::reduce(d.weight);
    std::array<bls::Scalar, kCoefficients> f{};
    for (std::size_t i = 0; i < kFragments; ++i) {
      for (std::size_t j = 0; j < kCoefficients; ++j) f[j] = f[j] + nu[i] * polynomials[i][j];
    }
    const auto z = bls::Scalar::reduce(evaluation_point_wide(challenge_seed(c)));
    std::array<bls::Scalar, kCoefficients - 1> q{};
    auto carry = f[kCoefficients - 1];
    for (std::size_t j = kCoefficients - 1; j-- > 0;) {
      q[j] = carry;
      carry = f[j] + z * carry;
    }
    Bytes out;
    append(out, bls::msm_vartime(tags, nu).compress());
    append(out, bls::msm_vartime(std::span(key.powers).first(q.size()), q).compress());
    append(out, carry.bytes());
    return out;
  }

  void check_against_builder(const Challenge& c) const {
    ProofBuilder builder;
    for (const Draw& d : draw_all(c)) {
      CESS_CHECK(builder.add(d.weight, data[d.block], tag_bytes[d.block]).has_value());
    }
    const auto proof =
        builder.finish(bls::Scalar::reduce(evaluation_point_wide(challenge_seed(c))), key);
    CESS_CHECK(Bytes(proof.begin(), proof.end()) == prove(c));
  }
};

const std::vector<List>& lists() {
  static const auto all = [] {
    std::vector<List> out;
    for (std::uint64_t n = 0; n < kLists; ++n) out.emplace_back(n);
    return out;
  }();
  return all;
}

double cpu_seconds() {
  std::timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

class Network {
 public:
  explicit Network(std::uint64_t count) : count_(count) {
    Json spec = runtime_.default_spec("main");
    auto& fees = spec["params"]["accounts"];
    fees["fee_per_weight"] = fees["fee_per_byte"] = "0";
    spec["params"]["audits"]["count_max"] = 512U;
    auto& balances = spec["genesis"]["accounts"]["balances"];
    balances = Json::array();
    for (std::uint64_t i = 0; i < count; ++i) {
      balances.push_back(
          {{"account", to_ss58(account_of(i))}, {"amount", to_decimal(10 * kBaseUnitsPerToken)}});
    }
    const auto genesis = runtime_.genesis(state_, spec);
    CESS_CHECK(genesis.has_value());
    genesis_ = *genesis;
    for (const List& list : lists()) put_tagger(list);
    put_miners();
    state_.take_changes();
  }

  /// Blocks without transactions up to the first of the next epoch with a round.
  void to_round() {
    while (!audits::kRounds.has(state_, 1)) block({});
  }

  /// One epoch's proofs through the state machine. Returns the CPU time of executing its blocks.
  double audit() {
    const auto round = *audits::kRounds.get(state_, 1);
    std::multimap<Height, std::uint64_t> turns;
    for (std::uint64_t i = 0; i < count_; ++i) {
      turns.emplace(audits::window_of(round, account_of(i)).first, i);
    }
    double seconds = 0;
    while (audits::kRounds.has(state_, 1)) {
      std::vector<ReadTxn> txns;
      while (!turns.empty() && turns.begin()->first <= height_ + 1 &&
             txns.size() < kProofsPerBlock) {
        txns.push_back(answer(turns.begin()->second));
        turns.erase(turns.begin());
      }
      const double start = cpu_seconds();
      block(txns);
      seconds += cpu_seconds() - start;
    }
    std::uint64_t passed = 0;
    audits::kHistories.scan(state_, [&](const auto&, const audits::History& h) {
      passed += h.passed;
      return true;
    });
    CESS_CHECK(passed == count_);
    return seconds;
  }

 private:
  void put_tagger(const List& list) {
    taggers::TaggerRecord r;
    r.cls = taggers::Class::attested;
    r.v = list.key.head.v.compress();
    r.w = list.key.head.w.compress();
    r.sign_key = list.key.head.sign_key;
    r.list_hash = list.key.head.list_hash;
    taggers::kTaggers.put(state_, list.key.head.id, r);
  }

  // A fragment has one holder, so the lists are copied as records under each miner's name.
  void put_miners() {
    for (std::uint64_t i = 0; i < kLists; ++i) {
      for (const auto& e : lists()[i].entries) {
        CESS_CHECK(index_append(state_, account_of(i), e).has_value());
      }
    }
    for (std::uint64_t i = 0; i < count_; ++i) {
      const auto from = account_of(i % kLists);
      const auto to = account_of(i);
      miners::Miner m;
      m.state = miners::MinerState::positive;
      m.operator_id = m.beneficiary = to;
      miners::kMiners.put(state_, to, m);
      if (i < kLists) continue;
      kIndexTotals.put(state_, to, *kIndexTotals.get(state_, from));
      for (const auto& key : kIndexEntries.keys(state_, kFragments, from)) {
        kIndexEntries.put(state_, to, std::get<1>(key),
                          *kIndexEntries.get(state_, from, std::get<1>(key)));
      }
      for (const auto& key : kIndexNodes.keys(state_, kFragments, from)) {
        const auto [miner, stage, index] = key;
        kIndexNodes.put(state_, to, stage, index, *kIndexNodes.get(state_, from, stage, index));
      }
    }
  }

  ReadTxn answer(std::uint64_t i) {
    const auto c = *audits::challenge_of(state_, genesis_, 1, account_of(i));
    const List& list = lists()[i % kLists];
    if (i < kLists) list.check_against_builder(c);
    audits::SubmitProof call;
    call.epoch = 1;
    call.challenge = challenge_seed(c);
    call.groups = {{list.key.head.id, list.prove(c)}};
    Txn txn;
    txn.body.genesis = genesis_;
    txn.body.sender = account_of(i);
    txn.body.valid_until = height_ + 10;
    txn.body.module = audits::kModule;
    txn.body.args = encode_scale(call);
    txn.signature.resize(64);
    return to_read_txn(std::move(txn));
  }

  void block(const std::vector<ReadTxn>& txns) {
    BlockInfo info;
    info.height = ++height_;
    info.time_ms = height_ * 6000;
    std::array<std::uint8_t, 8> n{};
    store_le(n.data(), height_);
    info.parent = info.vrf_output = sha256(n);
    const auto result = runtime_.execute(state_, info, txns, genesis_);
    for (std::size_t i = 1; i < result.receipts.size(); ++i) CESS_CHECK(result.receipts[i].ok);
  }

  Runtime runtime_;
  State state_;
  std::uint64_t count_;
  Hash256 genesis_;
  Height height_ = 0;
};

void bench_epoch(benchmark::State& state) {
  const char* asked = std::getenv("CESS_AUDIT_MINERS");
  const std::uint64_t count = asked != nullptr ? std::strtoull(asked, nullptr, 10) : 100;
  CESS_CHECK(count >= kLists);
  double seconds = 0;
  for (auto _ : state) {
    Network network(count);
    network.to_round();
    const double s = network.audit();
    state.SetIterationTime(s);
    seconds += s;
  }
  const double each =
      1000 * seconds / static_cast<double>(count) / static_cast<double>(state.iterations());
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(count));
  state.counters["miners"] = static_cast<double>(count);
  state.counters["cpu_ms_per_miner"] = each;
}

// Ceilings: what no batch can share, and what it does share.
Challenge some_challenge() {
  Challenge c;
  c.blocks = c.fragments = kFragments;
  c.count = 512;
  return c;
}

Bytes asked_names(const Challenge& c) {
  Bytes names;
  for (const Draw& d : draw_all(c)) {
    append(names, lists()[0].entries[d.block].frag.view());
    append(names, ByteView(std::array<std::uint8_t, 4>{}));
  }
  return names;
}

void bench_hash_512(benchmark::State& state) {
  const Bytes names = asked_names(some_challenge());
  for (auto _ : state) {
    benchmark::DoNotOptimize(bls::hash_many_uncleared("CESS-BENCH", names, 36));
  }
}

void bench_sum_512(benchmark::State& state) {
  const auto c = some_challenge();
  const auto points = bls::to_affine(bls::hash_many_uncleared("CESS-BENCH", asked_names(c), 36));
  std::vector<bls::Exponent128> nus;
  for (const Draw& d : draw_all(c)) nus.push_back(d.weight);
  for (auto _ : state) benchmark::DoNotOptimize(bls::msm_vartime(points, nus));
}

// The pairings and small sums of a block's batch over four taggers, for each proof in it.
void bench_pairings(benchmark::State& state) {
  std::vector<TaggerLines> lines;
  for (const List& list : lists()) lines.emplace_back(list.key.head);
  std::vector<PreparedClaim> claims;
  for (std::size_t i = 0; i < kProofsPerBlock; ++i) {
    auto c = some_challenge();
    c.epoch = static_cast<std::uint32_t>(i);
    const List& list = lists()[i % kLists];
    const Bytes proof = list.prove(c);
    std::vector<ChallengedBlock> blocks;
    for (const Draw& d : draw_all(c)) blocks.push_back({list.entries[d.block].frag, 0, d.weight});
    const auto z = bls::Scalar::reduce(evaluation_point_wide(challenge_seed(c)));
    claims.push_back(prepare_claim({&lines[i % kLists], blocks, z, proof}));
  }
  const double start = cpu_seconds();
  for (auto _ : state) {
    for (const auto v : judge_claims(claims, CheckSeed{})) CESS_CHECK(v == Verdict::right);
  }
  state.counters["cpu_us_per_proof"] =
      1e6 * (cpu_seconds() - start) / kProofsPerBlock / static_cast<double>(state.iterations());
}

BENCHMARK(bench_hash_512)->Name("chain_audit/hash-512-to-curve")->Unit(benchmark::kMillisecond);
BENCHMARK(bench_sum_512)->Name("chain_audit/sum-512")->Unit(benchmark::kMillisecond);
BENCHMARK(bench_pairings)->Name("chain_audit/batch-of-100")->Unit(benchmark::kMillisecond);
BENCHMARK(bench_epoch)
    ->Name("chain_audit/epoch")
    ->UseManualTime()
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cess

BENCHMARK_MAIN();
