// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy merkle crypto json base
// A block of 10,000 transfers between random ones of a million accounts: execution with fees,
// nonces, events and audit records, then the root. Beside it what it stands on: the Merkle tree
// alone with as many changed leaves, and the signatures, which are checked elsewhere and add up.
// Items are transfers. CESS_BENCH_ACCOUNTS: another size of the state.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <random>

#include "base/endian.hpp"
#include "chain/state/kernel/runtime.hpp"
#include "chain/state/treasury/treasury.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/sha256.hpp"
#include "merkle/sparse_tree.hpp"

namespace cess {
namespace {

constexpr std::size_t kBlockTxns = 10'000;
constexpr Amount kEach = 100 * kBaseUnitsPerToken;

std::size_t account_count() {
  const char* text = std::getenv("CESS_BENCH_ACCOUNTS");
  return text == nullptr ? 1'000'000 : std::strtoull(text, nullptr, 10);
}

AccountId account_of(std::uint64_t i) {
  std::uint8_t b[8];
  store_le(b, i);
  return AccountId::from(sha256(ByteView(b)).view());
}

// The state all benchmarks share; each leaves it a few blocks further.
struct Chain {
  Runtime runtime;
  State state;
  Hash256 genesis;
  Height height = 0;
  std::vector<AccountId> accounts;
  std::vector<std::uint64_t> nonces;
  std::mt19937_64 chance{1};

  Chain() {
    auto spec = runtime.default_spec("dev");
    spec["params"]["accounts"]["lifetime_blocks_max"] = 1'000'000;
    genesis = runtime.genesis(state, spec).value();
    for (std::size_t i = 0; i < account_count(); ++i) {
      accounts.push_back(account_of(i));
      const auto ok = cess::accounts::pool_to_account(state, treasury::kSale, accounts[i], kEach);
      CESS_CHECK(ok.has_value());
    }
    nonces.resize(accounts.size());
    state.take_changes();
    benchmark::DoNotOptimize(state.root());
  }

  std::vector<Bytes> make_txns() {
    std::vector<Bytes> out;
    for (std::size_t i = 0; i < kBlockTxns; ++i) {
      const auto from = chance() % accounts.size();
      Txn txn;
      txn.body.genesis = genesis;
      txn.body.sender = accounts[from];
      txn.body.nonce = nonces[from]++;
      txn.body.valid_until = height + 1000;
      txn.body.module = cess::accounts::kModule;
      txn.body.args =
          encode_scale(cess::accounts::Transfer{accounts[chance() % accounts.size()], 1});
      txn.signature.resize(64);
      out.push_back(encode_scale(txn));
    }
    return out;
  }
  BlockInfo next() {
    BlockInfo info;
    info.height = ++height;
    info.time_ms = 1'700'000'000'000 + height * 1000;
    info.proposer = accounts[0];
    return info;
  }
};

Chain& chain() {
  static Chain one;
  return one;
}

std::vector<ReadTxn> read_all(const std::vector<Bytes>& txns) {
  std::vector<ReadTxn> out;
  out.reserve(txns.size());
  for (const auto& t : txns) out.push_back(read_txn(t).value());
  return out;
}

void count_transfers(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBlockTxns));
}

void bench_execute(benchmark::State& state) {
  auto& c = chain();
  for (auto _ : state) {
    state.PauseTiming();
    const auto txns = read_all(c.make_txns());
    const auto info = c.next();
    state.ResumeTiming();
    const auto result = c.runtime.execute(c.state, info, txns, c.genesis);
    state.PauseTiming();
    for (const auto& r : result.receipts) CESS_CHECK(r.ok);
    state.ResumeTiming();
  }
  count_transfers(state);
}

// Strict decoding and hashing of the canonical bytes.
void bench_read_txns(benchmark::State& state) {
  const auto nonces = chain().nonces;
  const auto txns = chain().make_txns();
  chain().nonces = nonces;
  for (auto _ : state) benchmark::DoNotOptimize(read_all(txns));
  count_transfers(state);
}

// The tree alone, with the leaves that a block of transfers changes: sender, recipient, record.
void bench_tree_alone(benchmark::State& state) {
  SparseTree tree;
  std::mt19937_64 chance(2);
  const auto n = 2 * account_count();
  const auto leaf = [&](std::uint64_t i, std::uint64_t v) {
    return SparseChange{Hash256::from(account_of(i).view()),
                        Hash256::from(account_of(n + v).view())};
  };
  std::vector<SparseChange> leaves;
  for (std::uint64_t i = 0; i < n; ++i) leaves.push_back(leaf(i, i));
  tree.update(leaves);
  benchmark::DoNotOptimize(tree.root());
  for (auto _ : state) {
    state.PauseTiming();
    leaves.clear();
    for (std::size_t i = 0; i < 3 * kBlockTxns; ++i) leaves.push_back(leaf(chance() % n, chance()));
    state.ResumeTiming();
    tree.update(leaves);
    benchmark::DoNotOptimize(tree.root());
  }
  count_transfers(state);
}

void bench_verify_signature(benchmark::State& state) {
  const Key256 key(account_of(0).view());
  Txn txn;
  txn.body.sender = AccountId::from(ed25519_public(key));
  txn.body.args = encode_scale(accounts::Transfer{});
  const auto s = ed25519_sign(key, txn_signed_bytes(txn.body));
  txn.signature.assign(s.begin(), s.end());
  for (auto _ : state) CESS_CHECK(verify_txn_signature(txn));
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(bench_execute)->Name("chain-state/transfers-at-1e6")->Unit(benchmark::kMillisecond);
BENCHMARK(bench_tree_alone)
    ->Name("chain-state/transfers-at-1e6/ceiling")
    ->Unit(benchmark::kMillisecond);
BENCHMARK(bench_read_txns)->Name("chain-state/read-txns")->Unit(benchmark::kMillisecond);
BENCHMARK(bench_verify_signature)
    ->Name("chain-state/verify-signature")
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace cess

BENCHMARK_MAIN();
