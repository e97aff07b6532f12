// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base audit podr2 merkle
// The two proofs of service: probes by drawn verifiers, and traffic paid by vouchers; and that both
// reach the rewards.
#include "chain/state/flow/flow.hpp"
#include "chain/state/probes/probes.hpp"
#include "chain/state/rewards/rewards.hpp"
#include "unit/chain/state/audit_chain.hpp"
#include "unit/chain/state/validators.hpp"

namespace cess {
namespace probes_flow_test {

// Four validators, and miners among the others.
struct ProbeChain : ValidatorChain {
  ProbeChain() : ValidatorChain(options()) {}
  static ValidatorsOptions options() {
    ValidatorsOptions o;
    o.others = 4;
    o.blocks_per_epoch = 12;
    o.without = "files";  // fragments are put into indexes by hand
    o.params = {{"probes", {{"per_epoch", 12U}, {"report_blocks", 3U}}}};  // a slot every block
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
  probes::Report report(Height slot, const std::string& miner, bool passed, std::uint8_t signers) {
    probes::Report r;
    r.slot = slot;
    r.miner = id(miner);
    r.passed = passed;
    r.signers = signers;
    const auto message = probes::probe_message(
        genesis(), slot, probes::kSlots.get(state(), slot)->seed, r.miner, passed, r.latency);
    const auto drawn = probes::verifiers_of(state(), slot, r.miner);
    bls::SignatureSum sum;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      if ((unsigned{signers} >> i & 1U) != 0) sum.add(bls_for(name_of(drawn[i])).sign(message));
    }
    if (const auto s = sum.get()) r.signature = s->bytes();
    return r;
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

  chain.must_fail("u3", "probes.report", chain.report(slot, "u0", true, 1), "signers");
  chain.must_fail("u3", "probes.report", chain.report(slot, "u0", true, 8 | 3), "signers");
  auto wrong = chain.report(slot, "u0", true, 3);
  wrong.passed = false;
  chain.must_fail("u3", "probes.report", wrong, "signature");
  EXPECT_FALSE(rewards::kServices.has(chain.state(), chain.clock().era, chain.id("u0")));
  // Three blocks after the slot no more.
  chain.must_fail("u3", "probes.report", chain.report(slot, "u0", true, 7), "late");

  chain.step();
  const Height next = chain.height();
  chain.queue("u3", "probes.report", chain.report(next, "u0", true, 5));
  chain.queue("u3", "probes.report", chain.report(next, "u1", false, 6));
  chain.queue("u2", "probes.report", chain.report(next, "u0", false, 6));
  const auto& receipts = chain.block().receipts;
  EXPECT_TRUE(receipts[1].ok) << receipts[1].error;
  EXPECT_TRUE(receipts[2].ok) << receipts[2].error;
  EXPECT_NE(receipts[3].error.find("submitted"), std::string::npos);
  const auto service = [&](const char* who) {
    return rewards::kServices.get_or_default(chain.state(), chain.clock().era, chain.id(who));
  };
  EXPECT_EQ(service("u0").probes, 1U);
  EXPECT_EQ(service("u0").probes_passed, 1U);
  EXPECT_EQ(service("u1").probes, 1U);
  EXPECT_EQ(service("u1").probes_passed, 0U);
  for (int i = 0; i < 8; ++i) chain.step();
  EXPECT_FALSE(probes::kSlots.has(chain.state(), next));
  EXPECT_EQ(probes::kReports.keys(chain.state(), 9).size(), 0U);
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
  chain.must("bob", "flow.settle", chain.settle(chain.voucher(16 * kMib, 6)));  // 1.5 MiB more
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
