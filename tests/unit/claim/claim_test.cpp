// SPDX-License-Identifier: Apache-2.0
// links: claim chain_client chain_state chain_types fingerprint economy crypto json base podr2
// merkle What is made of a fingerprint and of a node's answers, also of answers that are none.
#include "claim/claim.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "fingerprint/encoding.hpp"

namespace cess::claim {
namespace claim_test {

class FakeRightsNode final : public client::Rpc {
 public:
  std::map<std::string, Json> answers;
  std::vector<std::string> asked;
  std::map<std::string, std::string> state;  ///< keys and values in hexadecimal

  void put_certificate(const Hash256& id, const rights::Certificate& c) {
    state[to_hex(as_bytes(rights::kCertificates.key(id)))] = to_hex(encode_scale(c));
  }
  void put_permit(const Hash256& id, const AccountId& account) {
    state[to_hex(as_bytes(rights::kPermits.key(id, account)))] = to_hex(encode_scale(Height{4}));
  }

 private:
  Result<Json> ask(const std::string& method, Json params) override {
    asked.push_back(method);
    if (method == "state_get") {
      const auto it = state.find(params.value("raw_key", std::string()));
      if (it == state.end()) return Json{{"height", "5"}, {"exists", false}};
      return Json{{"height", "5"}, {"exists", true}, {"raw_value", it->second}};
    }
    const auto it = answers.find(method);
    if (it == answers.end()) return fail(Code::no, "unexpected " + method, method);
    return parse_json(write_json(it->second), method);  // as it would come over the wire
  }
};

fp::Fingerprint sample() {
  fp::Fingerprint f;
  f.exact.bytes[0] = 7;
  f.size_bytes = 5000;
  f.content.kind = fp::Kind::audio;
  f.content.type = "audio/flac";
  f.content.duration_ms = 61'000;
  f.content.certificate = 0x0123456789abcdefU;
  f.content.similarity[3] = 9;
  f.content.features = {{"audio_bits", 1, 32, Bytes(64, 5)}};
  return f;
}

AccountKey key_of(const std::string& name) {
  return *make_account_key(SignatureKind::ed25519, Key256(sha256(as_bytes(name)).view()));
}

Hash256 named(const std::string& name) { return sha256(as_bytes(name)); }

Json match(const std::string& certificate, const std::string& holder, unsigned distance,
           bool same_bytes = false) {
  return {{"certificate", to_hex(named(certificate))},
          {"holder", to_ss58(key_of(holder).id)},
          {"distance", distance},
          {"same_bytes", same_bytes},
          {"height", 5}};
}

Json found(const std::string& policy, std::vector<Json> matches) {
  return {{"policy", policy}, {"radius", 31}, {"count", matches.size()}, {"matches", matches}};
}

TEST(Claim, APrintHasTheCommitmentOfItsFingerprint) {
  for (const auto kind :
       {fp::Kind::other, fp::Kind::text, fp::Kind::image, fp::Kind::audio, fp::Kind::video}) {
    fp::Fingerprint f = sample();
    f.content.kind = kind;
    const rights::Print p = print_of(f);
    EXPECT_EQ(rights::commitment_of(p), fp::commitment(f));
    EXPECT_EQ(to_json_value(p.kind), std::string(fp::kind_name(kind)));
    EXPECT_EQ(to_hex(p.id), "0123456789abcdef");
  }
}

TEST(Claim, NothingIsSentThatWouldBeRefused) {
  FakeRightsNode node;
  node.answers["rights_search"] = found("refuse", {match("theirs", "bob", 12)});
  const auto c = register_print(node, key_of("alice"), print_of(sample()), {}, {});
  ASSERT_TRUE(c.has_value()) << c.error().message;
  EXPECT_EQ(c->answer, Answer::refused);
  EXPECT_EQ(c->certificate, fp::commitment(sample()));
  ASSERT_EQ(c->conflicts.size(), 1U);
  EXPECT_EQ(describe(c->conflicts[0]), "certificate '" + to_hex(named("theirs")) +
                                           "' at distance 12, held by " +
                                           to_ss58(key_of("bob").id));
  EXPECT_EQ(node.asked, std::vector<std::string>{"rights_search"});
}

TEST(Claim, ParentsAndOnesOwnAreNoConflictTheSameBytesAlwaysAre) {
  FakeRightsNode node;
  const auto ask = [&](const std::vector<Hash256>& parents) {
    return register_print(node, key_of("alice"), print_of(sample()), {}, parents, true);
  };
  node.answers["rights_search"] =
      found("refuse", {match("mine", "alice", 2), match("theirs", "bob", 12)});
  rights::Certificate theirs;
  theirs.terms.derive = rights::Derive::anyone;
  node.put_certificate(named("theirs"), theirs);
  EXPECT_EQ(ask({})->answer, Answer::refused);
  EXPECT_EQ(ask({named("theirs")})->answer, Answer::registered);
  for (const std::string policy : {"refuse", "flag", "off"}) {
    node.answers["rights_search"] = found(policy, {match("theirs", "bob", 0, true)});
    EXPECT_EQ(ask({named("theirs")})->answer, Answer::refused) << policy;
  }
  node.answers["rights_search"] = found("flag", {match("theirs", "bob", 12)});
  EXPECT_EQ(ask({})->answer, Answer::registered);
  EXPECT_EQ(ask({})->conflicts.size(), 1U);
}

TEST(Claim, WhatTheChainRefusesForParentsAndNamesIsToldBefore) {
  FakeRightsNode node;
  node.answers["rights_search"] = found("refuse", {});
  const auto ask = [&](const std::vector<Hash256>& parents) {
    return register_print(node, key_of("alice"), print_of(sample()), {}, parents, true);
  };
  const auto says = [&](const std::vector<Hash256>& parents, Code code, const std::string& words) {
    const auto c = ask(parents);
    if (c.has_value()) return false;
    EXPECT_NE(c.error().message.find(words), std::string::npos) << c.error().message;
    return c.error().code == code;
  };
  EXPECT_TRUE(says({named("p")}, Code::no, "no parent '" + to_hex(named("p")) + "'"));
  rights::Certificate p;
  p.holder = key_of("bob").id;
  p.terms.derive = rights::Derive::permitted;
  node.put_certificate(named("p"), p);
  EXPECT_TRUE(says({named("p")}, Code::no, "no permission of " + to_ss58(p.holder)));
  node.put_permit(named("p"), key_of("carol").id);
  EXPECT_TRUE(says({named("p")}, Code::no, "no permission"));
  node.put_permit(named("p"), key_of("alice").id);
  EXPECT_EQ(ask({named("p")})->answer, Answer::registered);
  p.holder = key_of("alice").id;
  node.put_certificate(named("own"), p);
  EXPECT_EQ(ask({named("own"), named("p")})->answer, Answer::registered);
  p.standing = rights::Standing::struck;
  node.put_certificate(named("own"), p);
  EXPECT_TRUE(says({named("p"), named("own")}, Code::no, "was struck"));
  EXPECT_TRUE(says({named("p"), named("p")}, Code::usage, "named twice"));
  EXPECT_TRUE(says(std::vector<Hash256>(17, named("p")), Code::usage, "at most 16"));
  EXPECT_TRUE(check_text(std::string(256, 'x'), "terms"));
  EXPECT_EQ(check_text(std::string(257, 'x'), "terms").error().code, Code::usage);
  EXPECT_EQ(check_text("a\nb", "terms").error().code, Code::usage);
  // The name of a certificate that was struck stays taken, though nothing is near.
  node.put_certificate(fp::commitment(sample()), p);
  EXPECT_TRUE(says({}, Code::no, "was struck"));
  EXPECT_EQ(std::count(node.asked.begin(), node.asked.end(), "txn_submit"), 0);
}

TEST(Claim, AnUploadWithoutRoomRegistersNothing) {
  FakeRightsNode node;
  node.answers["rights_search"] = found("refuse", {});
  int asked = 0;
  const auto room = [&]() -> Status {
    ++asked;
    return fail(Code::no, "no room");
  };
  const auto claim = [&](const std::string& owner) {
    return claim_upload(node, key_of("gateway"), key_of(owner).id, print_of(sample()), {}, {},
                        room);
  };
  EXPECT_EQ(claim("alice").error().message, "no room");
  EXPECT_EQ(node.asked, (std::vector<std::string>{"rights_search", "state_get"}));
  // A conflict is told without asking for room; what the gateway has itself is another's.
  node.answers["rights_search"] = found("refuse", {match("theirs", "gateway", 3)});
  EXPECT_EQ(claim("alice")->answer, Answer::refused);
  EXPECT_EQ(asked, 1);
}

TEST(Claim, AnswersThatAreNoneAreRefused) {
  FakeRightsNode node;
  const Json good = found("refuse", {match("theirs", "bob", 12)});
  const auto bad = [&](auto change) {
    Json j = good;
    change(j);
    node.answers["rights_search"] = j;
    return !search(node, print_of(sample()), key_of("alice").id).has_value();
  };
  EXPECT_FALSE(bad([](Json&) {}));
  EXPECT_TRUE(bad([](Json& j) { j = nullptr; }));
  EXPECT_TRUE(bad([](Json& j) { j = "text"; }));
  EXPECT_TRUE(bad([](Json& j) { j["policy"] = "perhaps"; }));
  EXPECT_TRUE(bad([](Json& j) { j["radius"] = 65; }));
  EXPECT_TRUE(bad([](Json& j) { j["matches"][0]["distance"] = 257; }));
  EXPECT_TRUE(bad([](Json& j) { j["matches"][0]["holder"] = "nobody"; }));
  EXPECT_TRUE(bad([](Json& j) { j["matches"][0].erase("certificate"); }));
  EXPECT_TRUE(bad([](Json& j) { j["matches"][0]["same_bytes"] = 1; }));
  EXPECT_TRUE(bad([](Json& j) { j["matches"] = Json::object(); }));
}

TEST(Claim, ANameMeansOneCertificateOrIsRefused) {
  FakeRightsNode node;
  node.answers["rights_find"] = {{"certificates", {to_hex(named("a"))}}};
  EXPECT_EQ(find_one(node, "0123456789abcdef").value(), named("a"));
  EXPECT_EQ(find_one(node, "0x" + to_hex(named("b"))).value(), named("a"));
  EXPECT_EQ(find_one(node, "0123").error().code, Code::input);
  EXPECT_EQ(find_one(node, "photo.jpg").error().code, Code::input);
  node.answers["rights_find"] = {{"certificates", {to_hex(named("a")), to_hex(named("b"))}}};
  EXPECT_EQ(find_one(node, "0123456789abcdef").error().code, Code::input);
  EXPECT_EQ(find_all(node, "0123456789abcdef")->size(), 2U);
  node.answers["rights_find"] = {{"certificates", Json::array()}};
  EXPECT_EQ(find_one(node, "0123456789abcdef").error().code, Code::no);
  node.answers["rights_find"] = "text";
  EXPECT_FALSE(find_one(node, "0123456789abcdef").has_value());
}

}  // namespace claim_test
}  // namespace cess::claim
