// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base
// Blocks of random calls of all modules, whatever modules there are: arguments are made from the
// fields a call declares. Invariants hold after every block, the same blocks give the same roots,
// and a call that is taken back leaves nothing behind.
#include <random>

#include "unit/chain/state/test_chain.hpp"

namespace cess {
namespace random_calls_test {

class Arguments {
 public:
  explicit Arguments(std::uint64_t seed) : chance_(seed) {}

  Bytes of(const CallInfo& call) {
    ScaleWriter w;
    for (const auto& f : call.fields) put(w, f.type);
    return w.take();
  }
  std::uint64_t below(std::uint64_t n) { return chance_() % n; }

 private:
  std::uint64_t number() { return chance_() % 4 == 0 ? chance_() >> chance_() % 64 : below(6); }
  Hash256 hash() { return sha256(as_bytes("hash " + std::to_string(below(6)))); }

  // A type as type_name writes it.
  void put(ScaleWriter& w, std::string_view type) {
    if (type.ends_with("[]") || type.ends_with("?")) return put_some(w, type);
    if (type.front() == '{') return put_record(w, type.substr(1, type.size() - 2));
    if (type == "bool") return w.u8(static_cast<std::uint8_t>(below(2)));
    if (type == "amount") return w.u128(amount());
    if (type == "account") return w.raw(TestChain::id(kNames.at(below(kNames.size()))).view());
    if (type == "hash") return w.raw(hash().view());
    if (type == "bytes" || type == "text") return w.sized(Bytes(below(20), 'x'));
    if (type.starts_with("bytes")) {
      return w.raw(
          Bytes(std::stoul(std::string(type.substr(5))), static_cast<std::uint8_t>(below(3))));
    }
    if (type == "u8") return w.u8(static_cast<std::uint8_t>(number()));
    if (type == "u16") return w.u16(static_cast<std::uint16_t>(number()));
    if (type == "u32") return w.u32(static_cast<std::uint32_t>(number()));
    if (type == "u64") return w.u64(number());
    const auto kinds = std::count(type.begin(), type.end(), '|') + 1;
    w.u8(static_cast<std::uint8_t>(below(static_cast<std::uint64_t>(kinds))));
  }
  void put_some(ScaleWriter& w, std::string_view type) {
    const bool list = type.back() == ']';
    const auto inner = type.substr(0, type.size() - (list ? 2 : 1));
    const auto count = below(list ? 4 : 2);
    if (list) {
      w.compact(count);
    } else {
      w.u8(static_cast<std::uint8_t>(count));
    }
    for (std::uint64_t i = 0; i < count; ++i) put(w, inner);
  }
  void put_record(ScaleWriter& w, std::string_view fields) {
    while (!fields.empty()) {
      fields.remove_prefix(fields.find(':') + 1);
      std::size_t end = 0;
      for (int depth = 0; end < fields.size() && (depth != 0 || fields[end] != ','); ++end)
        depth += fields[end] == '{' ? 1 : fields[end] == '}' ? -1 : 0;
      put(w, fields.substr(0, end));
      fields.remove_prefix(std::min(end + 1, fields.size()));
    }
  }
  Amount amount() {
    if (below(8) == 0) return (Amount{chance_()} << 64U | chance_()) >> below(128);
    return Amount{below(2000)} * kBaseUnitsPerToken / (1 + below(3));
  }

  const std::vector<std::string> kNames = {"alice", "bob", "carol", "dave", "erin", "nobody"};
  std::mt19937_64 chance_;
};

struct Named {
  ModuleId module;
  const CallInfo* call;
};
std::vector<Named> all_calls(const Runtime& runtime) {
  std::vector<Named> out;
  for (const auto& m : runtime.modules()) {
    for (const auto& c : m->calls()) out.push_back({m->id(), runtime.find_call(m->id(), c.index)});
  }
  return out;
}

TestChain governed(bool fees) {
  Json spec;
  Json members = Json::array();
  for (const char* n : {"alice", "bob"}) members.push_back(to_ss58(TestChain::id(n)));
  spec["genesis"]["governance"]["members"] = members;
  spec["genesis"]["governance"]["threshold"] = 1;
  spec["params"]["records"]["operators"] = members;
  spec["params"]["system"]["blocks_per_epoch"] = 4;
  return TestChain({.spec = spec, .fees = fees});
}

// One block of up to ten calls; some by hands that are not theirs.
void queue_random(TestChain& chain, Arguments& args, const std::vector<Named>& calls) {
  const std::array names = {"alice", "bob", "carol", "dave", "erin"};
  std::map<std::string, std::uint64_t> ahead;
  for (auto n = args.below(10); n > 0; --n) {
    const auto& c = calls.at(args.below(calls.size()));
    const std::string who = names.at(args.below(names.size()));
    Txn txn;
    txn.body.genesis = chain.genesis();
    txn.body.sender = TestChain::id(who);
    txn.body.nonce = accounts::account(chain.state(), TestChain::id(who)).nonce + ahead[who]++;
    txn.body.valid_until = chain.height() + 10;
    txn.body.tip = args.below(3);
    txn.body.module = c.module;
    txn.body.call = c.call->index;
    txn.body.args = args.of(*c.call);
    TestChain::sign(txn, who);
    chain.queue(std::move(txn));
  }
}

class RandomBlocks : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, RandomBlocks, testing::Values(1, 2, 3, 4));

TEST_P(RandomBlocks, KeepInvariantsAndGiveTheSameRoots) {
  auto one = governed(true);
  auto two = governed(true);
  const auto calls = all_calls(one.runtime());
  ASSERT_GT(calls.size(), 10U);
  Arguments args_one(GetParam());
  Arguments args_two(GetParam());
  std::size_t ok = 0;
  for (int block = 0; block < 400; ++block) {
    queue_random(one, args_one, calls);
    queue_random(two, args_two, calls);
    const auto& a = one.block();
    const auto& b = two.block();
    ASSERT_EQ(a.state_root, b.state_root) << "block " << block;
    ASSERT_EQ(a.receipts_root, b.receipts_root) << "block " << block;
    for (const auto& r : a.receipts) ok += r.ok && !r.txn.is_zero() ? 1U : 0U;
    if (HasFailure()) FAIL() << "block " << block;
  }
  // An early transfer_all may leave nobody who can pay; the more modules, the fewer calls succeed.
  EXPECT_GT(ok, 10U) << "hardly a call succeeded";
}

TEST(RandomCalls, AreTakenBackToTheBit) {
  auto chain = governed(false);
  const auto calls = all_calls(chain.runtime());
  Arguments args(11);
  for (int i = 0; i < 30; ++i) {
    queue_random(chain, args, calls);
    chain.block();
  }
  auto& state = chain.state();
  const auto root = state.root();
  BlockInfo info;
  info.height = chain.height();
  info.time_ms = 1'700'000'000'000 + info.height * 1000;
  Events events;
  for (int i = 0; i < 3000; ++i) {
    const auto& c = calls.at(args.below(calls.size()));
    Context ctx{state, info, events, {}, chain.genesis(), 0, &chain.runtime()};
    const auto kind = args.below(3) == 0 ? OriginKind::governance : OriginKind::account;
    ctx.origin = {kind, kind == OriginKind::account ? TestChain::id("alice") : AccountId{}};
    const auto mark = state.mark();
    (void)c.call->run(ctx, args.of(*c.call));
    state.rollback(mark);
  }
  EXPECT_TRUE(state.take_changes().empty());
  EXPECT_EQ(state.root(), root);
}

// What is stored loads into an equal state that goes on alike.
TEST(RandomCalls, AStoredStateGoesOnAlike) {
  auto chain = governed(true);
  const auto calls = all_calls(chain.runtime());
  Arguments args(13);
  for (int i = 0; i < 40; ++i) {
    queue_random(chain, args, calls);
    chain.block();
  }
  State loaded;
  chain.state().scan({}, {}, [&](std::string_view k, std::string_view v) {
    loaded.load(k, v);
    return true;
  });
  ASSERT_EQ(loaded.root(), chain.state().root());
  BlockInfo info;
  info.height = chain.height() + 1;
  info.time_ms = 1'700'000'000'000 + info.height * 1000;
  info.proposer = TestChain::id("proposer");
  const auto a = chain.runtime().execute(chain.state(), info, std::vector<Txn>{}, chain.genesis());
  const auto b = chain.runtime().execute(loaded, info, std::vector<Txn>{}, chain.genesis());
  EXPECT_EQ(a.state_root, b.state_root);
  EXPECT_EQ(a.receipts_root, b.receipts_root);
  EXPECT_EQ(a.changes, b.changes);
}

}  // namespace random_calls_test
}  // namespace cess
