// SPDX-License-Identifier: Apache-2.0
#include "unit/chain/consensus/test_net.hpp"

namespace cess::consensus {
namespace {

class TestJudge final : public BlockJudge {
 public:
  [[nodiscard]] bool is_invalid(const Vote& proposal, ValidatorIndex /*proposer*/,
                                ByteView proof) const override {
    const auto b = decode_test_block(proof);
    return b && b->bad && sha256(proof) == proposal.digest;
  }
};

}  // namespace

Net::Net(Options o)
    : options(o),
      registry(o.seed),
      eras{&registry, o.n, o.era_length, o.shift},
      rng(o.seed),
      judge_verifier_(registry.make_verifier()) {
  chain_id.bytes[0] = 42;
  for (std::size_t i = 0; i < o.n; ++i) add(i);
}

std::size_t Net::add(std::uint64_t number, bool observer) {
  auto node = std::make_unique<Node>();
  node->number = number;
  node->observer = observer;
  node->signer = registry.make_signer(number);
  node->verifier = registry.make_verifier();
  node->storage.place_.bytes[0] = static_cast<std::uint8_t>(nodes.size());
  EXPECT_TRUE(create_voter_record(node->storage, chain_id, node->signer->key()));
  nodes.push_back(std::move(node));
  return nodes.size() - 1;
}

void Net::boot(std::size_t i) {
  Node& node = *nodes[i];
  Voter voter;
  if (!node.observer) {
    voter.signer = node.signer.get();
    auto record = load_voter_record(node.storage, chain_id, node.signer->key());
    if (record) voter.record = *record;
    if (const auto at = resume_era.find(i); at != resume_era.end()) voter.resume_era = at->second;
    voter.place = node.storage.place();
    voter.sequence = last_voter_sequence(node.storage);
  }
  Position p;
  p.height = node.chain.size() + 1;
  p.committee = eras.of(p.height);
  if (!node.chain.empty()) {
    p.parent = node.chain.back().certificate.digest;
    p.parent_certificate = node.chain.back().certificate;
    p.parent_committee = eras.of(p.height - 1);
  }
  node.core = std::make_unique<Core>(
      Config{chain_id, options.timing, 1 << 16, !liars.contains(node.number)}, reader,
      *node.verifier, std::move(voter), p);
  ++node.life;
  node.seen = node.disk;
  step(i, event::Started{});
}

void Net::crash(std::size_t i) {
  nodes[i]->core.reset();
  ++nodes[i]->life;
}

void Net::later(std::size_t i, TimeMs in_ms, std::function<void(Node&)> f) {
  later(in_ms, [this, i, life = nodes[i]->life, f = std::move(f)] {
    if (nodes[i]->core != nullptr && nodes[i]->life == life) f(*nodes[i]);
  });
}

bool Net::run(TimeMs for_ms, const std::function<bool()>& done) {
  const TimeMs end = now + for_ms;
  while (!queue_.empty() && queue_.top().at <= end) {
    if (done()) return true;
    Entry e = queue_.top();
    queue_.pop();
    now = e.at;
    e.run();
    if (testing::Test::HasFatalFailure()) return false;
  }
  now = end;
  return done();
}

bool Net::reach(Height h, TimeMs for_ms, const std::vector<std::size_t>& who) {
  return run(for_ms, [&] {
    for (const std::size_t i : who) {
      if (height(i) < h) return false;
    }
    return true;
  });
}

void Net::step(std::size_t i, const Event& event) {
  Node& node = *nodes[i];
  if (node.core == nullptr) return;
  const std::uint64_t life = node.life;
  Actions actions = node.core->step(event, now);
  for (const Action& a : actions) {
    if (node.life == life) std::visit([&](const auto& x) { act(i, x); }, a);
  }
}

void Net::inject(std::size_t from, std::size_t to, MessagePtr message) {
  deliver(from, to, std::move(message));
}

void Net::deliver(std::size_t from, std::size_t to, MessagePtr message) {
  ++nodes[from]->sent;
  if (!filter(from, to, message)) return;
  if (options.loss > 0 && std::uniform_real_distribution<>(0, 1)(rng) < options.loss) return;
  // Everything goes through its bytes, as in the real network.
  auto decoded = decode_message(encode_message(*message), 1 << 16);
  ASSERT_TRUE(decoded) << decoded.error().message;
  auto copy = std::make_shared<const Message>(std::move(*decoded));
  const std::uint64_t number = nodes[from]->number;
  const bool observer = nodes[from]->observer;
  const auto slower = slow.find(from);
  const TimeMs more = slower == slow.end() ? 0 : slower->second;
  later(to, latency() + more, [this, from, to, number, observer, copy](Node& node) {
    std::optional<ValidatorIndex> index;
    const Height h = node.core->view().height;
    if (!observer) index = eras.of(h)->index_of(registry.key(number));
    step(to, event::Received{from, index, copy});
  });
}

// No validator that is not a liar signs two things in one turn, in however many lives.
void Net::check_signed(std::size_t i, const Message& message) {
  if (std::holds_alternative<CertificateMessage>(message)) return;
  const std::uint64_t number = nodes[i]->number;
  if (liars.contains(number)) return;
  const Vote v = vote_of(message);
  const auto [at, fresh] =
      signed_.emplace(std::tuple(number, v.height, v.round, v.kind), std::pair(v, nodes[i]->life));
  ASSERT_TRUE(fresh || at->second.first == v)
      << "validator " << number << " signed twice at height " << v.height;
}

void Net::to_key(std::size_t i, const PublicKey& key, const MessagePtr& m) {
  for (std::size_t j = 0; j < nodes.size(); ++j) {
    if (j != i && !nodes[j]->observer && nodes[j]->signer->key() == key) deliver(i, j, m);
  }
}

void Net::act(std::size_t i, const action::Send& a) {
  check_signed(i, *a.message);
  to_key(i, eras.of(nodes[i]->core->view().height)->keys()[a.to], a.message);
}

void Net::act(std::size_t i, const action::Broadcast& a) {
  check_signed(i, *a.message);
  const CommitteePtr committee = eras.of(nodes[i]->core->view().height);
  for (const PublicKey& key : committee->keys()) to_key(i, key, a.message);
  if (!std::holds_alternative<CertificateMessage>(*a.message)) return;
  for (std::size_t j = 0; j < nodes.size(); ++j) {
    const bool seated = committee->index_of(nodes[j]->signer->key()) && !nodes[j]->observer;
    if (j != i && !seated) deliver(i, j, a.message);
  }
}

void Net::act(std::size_t i, const action::Reply& a) { deliver(i, a.peer, a.message); }

void Net::act(std::size_t i, const action::Persist& a) {
  later(i, rng() % (options.sync_ms + 1), [this, i, a](Node& node) {
    if (a.block != nullptr) node.disk[a.digest] = a.block;
    ASSERT_TRUE(node.storage.write(a.slot, a.record));
    step(i, event::RecordPersisted{a.sequence});
  });
}

void Net::act(std::size_t i, const action::SetTimer& a) {
  later(i, a.at_ms > now ? a.at_ms - now : 0, [this, i](Node&) { step(i, event::Tick{}); });
}

void Net::act(std::size_t i, const action::Validate& a) {
  nodes[i]->seen[a.digest] = a.block;
  later(i, 2, [this, i, a](Node&) {
    const bool bad = decode_test_block(*a.block)->bad;
    step(i,
         event::Validated{a.height, a.digest, bad ? event::Verdict::invalid : event::Verdict::valid,
                          bad ? *a.block : Bytes{}});
  });
}

void Net::act(std::size_t i, const action::Report& a) {
  nodes[i]->reports.push_back(a.evidence);
  judge(a.evidence);
}

void Net::act(std::size_t i, const action::RequestSync& /*a*/) {
  later(i, 2 * latency(), [this, i](Node&) { sync(i); });
}

void Net::act(std::size_t i, const action::Alarm& a) { nodes[i]->alarms.push_back(a.message); }
void Net::act(std::size_t i, const action::Penalise& /*a*/) { ++nodes[i]->penalties; }

void Net::judge(const Evidence& evidence) {
  const auto decoded = decode_evidence(encode_evidence(evidence));
  ASSERT_TRUE(decoded) << decoded.error().message;
  const CommitteePtr committee = eras.of_era(vote_of(*decoded).era);
  const TestJudge test_judge;
  const auto who = verify_evidence(*judge_verifier_, chain_id, *committee, *decoded, &test_judge);
  ASSERT_FALSE(who.empty());
  for (const ValidatorIndex index : who) {
    std::uint64_t number = 0;
    while (registry.key(number) != committee->keys()[index]) ++number;
    ASSERT_TRUE(liars.contains(number)) << "honest validator " << number << " convicted";
    convicted.insert(number);
  }
}

void Net::act(std::size_t i, const action::Build& a) {
  Node& node = *nodes[i];
  TestBlock b{a.height,
              eras.era_of(a.height),
              a.parent,
              a.parent_certificate,
              now,
              {},
              {},
              (node.number << 32U) + (i << 24U) + node.salt++,
              node.proposes_bad};
  b.committee = eras.of(a.height)->hash();
  b.next_committee = eras.of_era(b.era + 1)->hash();
  const auto bytes = encode_test_block(b);
  node.seen[sha256(*bytes)] = bytes;
  later(i, 2, [this, i, a, bytes](Node&) { step(i, event::Built{a.height, a.round, bytes}); });
}

void Net::act(std::size_t i, const action::Fetch& a) {
  later(i, latency(), [this, i, a](Node& node) {
    if (node.core->view().height != a.height) return;
    for (std::size_t j = 0; j < nodes.size(); ++j) {
      MessagePtr probe;  // fetching obeys partitions
      if (j != i && (nodes[j]->core == nullptr || !filter(j, i, probe))) continue;
      const auto found = nodes[j]->seen.find(a.digest);
      if (found == nodes[j]->seen.end()) continue;
      return step(i, event::Fetched{j, a.digest, found->second});
    }
    act(i, a);
  });
}

void Net::act(std::size_t i, const action::Commit& a) {
  Node& node = *nodes[i];
  ASSERT_EQ(a.height, node.chain.size() + 1);
  ASSERT_EQ(sha256(*a.block), a.digest);
  const auto [at, fresh] = finals.emplace(a.height, a.digest);
  ASSERT_TRUE(fresh || at->second == a.digest) << "fork at height " << a.height;
  ASSERT_TRUE(verify_certificate(*judge_verifier_, chain_id, *eras.of(a.height), a.certificate));
  node.chain.push_back({a.block, a.certificate});
  node.seen[a.digest] = a.block;
  later(i, 1, [this, i, h = a.height + 1](Node&) { step(i, event::Advanced{h, eras.of(h)}); });
}

// The next block from whoever has it, until nobody has more.
void Net::sync(std::size_t i) {
  Node& node = *nodes[i];
  if (node.core->view().height != node.chain.size() + 1) return;  // Advanced is on its way
  for (std::size_t j = 0; j < nodes.size(); ++j) {
    MessagePtr probe;
    if (j == i || nodes[j]->core == nullptr || !filter(j, i, probe)) continue;
    if (nodes[j]->chain.size() <= node.chain.size()) continue;
    const Final next = nodes[j]->chain[node.chain.size()];
    step(i, event::Synced{next.block, next.certificate});
    return later(i, 4, [this, i](Node&) { sync(i); });
  }
}

}  // namespace cess::consensus
