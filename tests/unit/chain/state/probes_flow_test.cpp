// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base audit podr2 merkle pois
// The two proofs of service: probes by drawn verifiers, and traffic paid by vouchers; and that both
// reach the rewards.
#include "chain/state/flow/flow.hpp"
#include "chain/state/idle/idle.hpp"
#include "chain/state/probes/probes.hpp"
#include "chain/state/rewards/rewards.hpp"
#include "unit/chain/state/audit_chain.hpp"
#include "unit/chain/state/validators.hpp"

namespace cess {
namespace probes_flow_test {

// Four validators, and miners among the others.
struct ProbeChain : ValidatorChain {
  explicit ProbeChain(std::uint32_t report_blocks = 3) : ValidatorChain(options(report_blocks)) {
    for (const auto& v : names("v", 4)) {
      const auto key = judge_of(v);
      queue(v, "idle.appoint",
            idle_space::Appoint{key.public_key().bytes(), key.prove_possession().bytes(),
                                key.sign(idle_space::appoint_message(genesis(), id(v))).bytes()});
    }
    for (const auto& r : step().receipts) EXPECT_TRUE(r.ok) << r.error;
  }
  static bls::SecretKey judge_of(const std::string& name) {
    return *bls::SecretKey::generate(sha256(as_bytes("judge key of " + name)).view());
  }
  static ValidatorsOptions options(std::uint32_t report_blocks = 3) {
    ValidatorsOptions o;
    o.others = 4;
    o.blocks_per_epoch = 12;
    o.without = "files";  // fragments are put into indexes by hand
    o.params = {{"probes", {{"per_epoch", 12U}, {"report_blocks", report_blocks}}}};
    // A slot every block.
    return o;
  }
  void join(const std::string& name, std::uint8_t n) {
    miners::Register r;
    r.endpoint = "http://" + name + ".example:80";
    r.ip = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, n, 0, 1};
    r.region = "DE";
    r.declared = 1U << 30U;
    r.stake = miners::requirement(state(), r.declared);
    must(name, "miners.register", r);
    ServiceEntry e;
    e.frag = FragId::from(sha256(as_bytes(name)).view());
    e.length = 300'000;
    ASSERT_TRUE(index_append(state(), id(name), e));
  }
  std::vector<AccountId> drawn(Height slot, const std::string& miner) {
    return probes::verifiers_of(state(), slot, id(miner));
  }
  probes::Report report(Height slot, const AccountId& verifier,
                        std::vector<probes::Verdict> verdicts) {
    std::ranges::sort(verdicts, {}, &probes::Verdict::miner);
    const auto seed = probes::kSlots.get(state(), slot)->seed;
    const auto m = probes::report_message(genesis(), slot, seed, verifier, verdicts);
    return {slot, verifier, verdicts, judge_of(name_of(verifier)).sign(m).bytes()};
  }
  probes::Report report(Height slot, const std::string& miner, std::size_t i, bool passed) {
    return report(slot, drawn(slot, miner)[i], {{id(miner), passed, probes::Latency::fast}});
  }
  rewards::Service service(const char* who) {
    return rewards::kServices.get_or_default(state(), clock().era, id(who));
  }
  std::uint64_t draws_of(const AccountId& who) {
    return election::kCredits.get_or_default(state(), clock().era, who).draws;
  }
};

TEST(Probes, TwoOfThreeDrawnVerifiersDecide) {
  ProbeChain chain;
  chain.join("u0", 1);
  chain.join("u1", 2);
  chain.step();
  const Height slot = chain.height();
  ASSERT_TRUE(probes::kSlots.has(chain.state(), slot));
  const auto probe = probes::probe_of(chain.state(), slot, chain.id("u0"));
  ASSERT_TRUE(probe);
  EXPECT_EQ(probe->verifiers.size(), 3U);
  EXPECT_EQ(probe->size, 65'536U);
  EXPECT_LE(probe->offset + probe->size, 300'000U);

  auto wrong = chain.report(slot, "u0", 0, true);
  wrong.verdicts[0].passed = false;
  chain.must_fail("u3", "probes.report", wrong, "signature");
  wrong = chain.report(slot, "u0", 0, true);
  wrong.verifier = chain.drawn(slot, "u0")[1];
  chain.must_fail("u3", "probes.report", wrong, "signature");
  EXPECT_EQ(chain.service("u0").probes, 0U);
  // Three blocks after the slot no more.
  chain.step();
  chain.must_fail("u3", "probes.report", chain.report(slot, "u0", 0, true), "late");

  chain.step();
  const Height next = chain.height();
  const auto by = chain.drawn(next, "u0");
  const auto before = chain.draws_of(by[2]);
  chain.queue("u3", "probes.report", chain.report(next, "u0", 0, true));
  chain.queue("u3", "probes.report", chain.report(next, "u0", 1, false));
  chain.queue("u3", "probes.report", chain.report(next, "u1", 0, false));
  chain.queue("u3", "probes.report", chain.report(next, "u1", 2, false));
  for (const auto& r : chain.block().receipts) EXPECT_TRUE(r.ok) << r.error;
  EXPECT_EQ(chain.service("u0").probes, 0U);  // one against one
  EXPECT_EQ(chain.service("u1").probes, 1U);
  EXPECT_EQ(chain.service("u1").probes_passed, 0U);
  chain.must_fail("u3", "probes.report", chain.report(next, "u0", 0, false), "submitted");
  chain.must("u3", "probes.report", chain.report(next, "u0", 2, true));
  EXPECT_EQ(chain.service("u0").probes, 1U);
  EXPECT_EQ(chain.service("u0").probes_passed, 1U);
  EXPECT_GT(chain.draws_of(by[2]), before);
  for (int i = 0; i < 8; ++i) chain.step();
  EXPECT_FALSE(probes::kSlots.has(chain.state(), next));
  EXPECT_EQ(probes::kTallies.keys(chain.state(), 9).size(), 0U);
}

TEST(Probes, OneReportSaysAllOfASlotAndSkipsWhatIsOld) {
  ProbeChain chain(20);
  chain.join("u0", 1);
  chain.join("u1", 2);
  chain.join("u2", 3);
  chain.step();
  const Height slot = chain.height();
  // Of four validators two or three are drawn for both.
  AccountId both;
  AccountId none;
  for (const auto& v : names("v", 4)) {
    const auto in = [&](const char* m) {
      return std::ranges::count(chain.drawn(slot, m), chain.id(v)) != 0;
    };
    if (in("u0") && in("u1")) both = chain.id(v);
    if (!in("u0")) none = chain.id(v);
  }
  const probes::Verdict u0{chain.id("u0"), true, {}};
  const probes::Verdict u1{chain.id("u1"), true, {}};
  chain.must_fail("u3", "probes.report", chain.report(slot, none, {u0}), "not drawn");
  auto twice = chain.report(slot, both, {u0, u0});
  chain.must_fail("u3", "probes.report", twice, "do not rise");
  chain.must_fail("u3", "probes.report", chain.report(slot, both, {}), "want 1 to");
  // Its vote for u0 is known when that for u1 comes with it.
  chain.queue("u3", "probes.report", chain.report(slot, both, {u0}));
  chain.queue("u3", "probes.report", chain.report(slot, both, {u0, u1}));
  for (const auto& r : chain.block().receipts) EXPECT_TRUE(r.ok) << r.error;
  EXPECT_TRUE(probes::kTallies.has(chain.state(), slot, chain.id("u1")));
}

TEST(Probes, WhoHoldsNothingIsNotCounted) {
  ProbeChain chain;
  miners::Register r;
  r.endpoint = "http://empty.example:80";
  r.ip = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 9, 0, 1};
  r.region = "DE";
  r.declared = 1U << 30U;
  r.stake = miners::requirement(chain.state(), r.declared);
  chain.must("u0", "miners.register", r);
  chain.step();
  const Height slot = chain.height();
  EXPECT_FALSE(probes::probe_of(chain.state(), slot, chain.id("u0")));
  chain.must_fail("u3", "probes.report", chain.report(slot, "u0", 0, true), "nothing of it is new");
}

TEST(Probes, SlotsComeAsOftenAsSaidAndVerifiersInTurn) {
  ValidatorsOptions o = ProbeChain::options();
  o.params = {{"probes", {{"per_epoch", 3U}, {"report_blocks", 400U}}}};
  ValidatorChain chain(o);
  std::map<AccountId, int> drawn;
  for (int i = 0; i < 300; ++i) chain.step();
  const auto slots = probes::kSlots.keys(chain.state(), 1000);
  EXPECT_NEAR(static_cast<double>(slots.size()), 75, 25);  // one block in four
  for (const auto& key : slots) {
    for (const auto& v : probes::verifiers_of(chain.state(), std::get<0>(key), chain.id("u0"))) {
      ++drawn[v];
    }
  }
  EXPECT_EQ(drawn.size(), 4U);
}

// ---- flow

struct FlowChain : test::AuditChain {
  FlowChain() : AuditChain(Json::object()) {
    flow::Open o;
    o.server = id("bob");
    o.key = ed25519_public(key("session"));
    o.price_per_mib = 1'000'000;
    o.deposit = kBaseUnitsPerToken;
    must("alice", "flow.open", o);
  }
  flow::Voucher voucher(std::uint64_t bytes, std::uint32_t links = 0, std::uint64_t channel = 0) {
    flow::Voucher v;
    v.channel = channel;
    v.bytes = bytes;
    // w_64 is the secret; w_0 the anchor.
    Hash256 w = sha256(as_bytes("w"));
    for (std::uint32_t i = flow::kLinksMax; i > 0; --i) {
      if (i == links) v.link = w;
      w = sha256(w.view());
    }
    v.anchor = w;
    v.links = links;
    const auto m = flow::voucher_message(genesis(), channel, bytes, v.anchor);
    const auto s = ed25519_sign(key("session"), m);
    std::copy(s.begin(), s.end(), v.signature.begin());
    return v;
  }
  flow::Settle settle(const flow::Voucher& v) { return {{v}}; }
};

TEST(Flow, VouchersPayToTheLinkAndATenthIsBurned) {
  FlowChain chain;
  constexpr std::uint64_t kMib = 1U << 20U;
  const Amount before = chain.balance("bob");
  const Amount issued = accounts::kIssued.get_or_default(chain.state());
  chain.must("bob", "flow.settle", chain.settle(chain.voucher(16 * kMib)));
  EXPECT_EQ(chain.balance("bob") - before, 16 * 1'000'000 * 9 / 10);
  EXPECT_EQ(issued - accounts::kIssued.get_or_default(chain.state()), 1'600'000U);
  // 1.5 MiB more.
  chain.must("bob", "flow.settle_one", flow::SettleOne{chain.voucher(16 * kMib, 6)});
  chain.must_fail("carol", "flow.settle_one", flow::SettleOne{chain.voucher(17 * kMib)},
                  "no channel");
  EXPECT_EQ(chain.balance("bob") - before, Amount{17'500'000} * 9 / 10);
  chain.must_fail("bob", "flow.settle", chain.settle(chain.voucher(16 * kMib, 6)), "submitted");
  chain.must_fail("bob", "flow.settle", chain.settle(chain.voucher(16 * kMib, 5)), "submitted");
  chain.must_fail("carol", "flow.settle", chain.settle(chain.voucher(32 * kMib)), "no channel");
  auto v = chain.voucher(32 * kMib, 3);
  v.link.bytes[0] ^= 1U;
  chain.must_fail("bob", "flow.settle", chain.settle(v), "link");
  v = chain.voucher(32 * kMib);
  v.bytes += 1;
  chain.must_fail("bob", "flow.settle", chain.settle(v), "not signed");
  v = chain.voucher(32 * kMib, 0, 1);
  v.channel = 0;  // signed for another channel
  chain.must_fail("bob", "flow.settle", chain.settle(v), "not signed");
  v = chain.voucher(32 * kMib, 64);
  v.links = 65;
  chain.must_fail("bob", "flow.settle", chain.settle(v), "64 links");
  chain.must_fail("bob", "flow.settle", chain.settle(chain.voucher(std::uint64_t{1} << 60U)),
                  "the deposit has less");
}

TEST(Flow, DepositsComeBackAfterTheWait) {
  FlowChain chain;
  const Amount before = chain.balance("alice");
  chain.must_fail("carol", "flow.close", flow::Close{0}, "no channel of the sender's");
  chain.must("alice", "flow.close", flow::Close{0});
  chain.must_fail("alice", "flow.top_up", flow::TopUp{0, 5}, "closing");
  chain.must("bob", "flow.settle", chain.settle(chain.voucher(1U << 20U)));  // still in time
  chain.advance(60);
  EXPECT_FALSE(flow::kChannels.has(chain.state(), 0));
  EXPECT_EQ(chain.balance("alice"), before + kBaseUnitsPerToken - 1'000'000);
  EXPECT_EQ(accounts::held(chain.state(), chain.id("alice"), flow::kDeposit), 0U);
}

TEST(Flow, CountsForMinersUpToTheDeposit) {
  FlowChain chain;
  chain.join("bob");
  const auto flow_of = [&] {
    return rewards::kServices
        .get_or_default(chain.state(), system::clock(chain.state()).era, chain.id("bob"))
        .paid_bytes;
  };
  chain.must("bob", "flow.settle", chain.settle(chain.voucher(5U << 20U)));
  EXPECT_EQ(flow_of(), 5U << 20U);
  const std::uint64_t cap = std::uint64_t{1} << 38U;
  chain.must("bob", "flow.settle", chain.settle(chain.voucher(cap + (1U << 30U))));
  EXPECT_EQ(flow_of(), cap);
  const auto burned =
      rewards::kBurned.get_or_default(chain.state(), system::clock(chain.state()).era);
  EXPECT_GT(burned.traffic, 0U);
}

}  // namespace probes_flow_test
}  // namespace cess
