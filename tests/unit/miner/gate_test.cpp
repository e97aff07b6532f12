// SPDX-License-Identifier: Apache-2.0
// Who may send: owners and taggers, as the chain says, asked as seldom as it can be.
#include "miner/gate.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "chain/state/files/files.hpp"
#include "chain/state/taggers/taggers.hpp"

namespace cess::miner {
namespace gate_test {

std::chrono::steady_clock::time_point g_time{std::chrono::hours(1)};
std::chrono::steady_clock::time_point now() { return g_time; }

Ed25519Public key(std::uint8_t n) {
  Ed25519Public k{};
  k.fill(n);
  return k;
}
Fid fid(std::uint8_t n) {
  Fid f;
  f.bytes.fill(n);
  return f;
}

class GateNode final : public client::Rpc {
 public:
  void own(const Fid& file, const Ed25519Public& who) {
    values[files::kOwners.key(file, AccountId::from(who))] = encode_scale(files::Owner{});
  }
  void tag(std::uint8_t n, taggers::TaggerState state) {
    taggers::TaggerRecord r;
    r.sign_key = key(n);
    r.state = state;
    TaggerId id;
    id.bytes.fill(n);
    records[id] = r;
  }
  std::map<std::string, Bytes> values;
  std::map<TaggerId, taggers::TaggerRecord> records;
  int gets = 0;
  int lists = 0;
  bool away = false;

 private:
  Result<Json> ask(const std::string& method, Json params) override {
    if (away) return fail(Code::peer, "connection refused");
    if (method == "state_get") {
      ++gets;
      const Bytes raw = *parse_hex(params.at("raw_key").get<std::string>(), "raw_key");
      const auto found = values.find(std::string(as_text(raw)));
      Json out = {{"height", 7U}, {"exists", found != values.end()}};
      if (found != values.end()) out["raw_value"] = to_hex(found->second);
      return out;
    }
    EXPECT_EQ(method, "state_list");
    EXPECT_EQ(params.at("item"), "taggers.tagger");
    ++lists;
    Json entries = Json::array();
    for (const auto& [id, r] : records) {
      const std::string raw = taggers::kTaggers.key(id);
      entries.push_back({{"key", Json::array({to_hex(id)})},
                         {"raw_key", to_hex(as_bytes(raw))},
                         {"value", to_json_value(r)}});
    }
    return Json{{"entries", std::move(entries)}, {"next", nullptr}};
  }
};

class GateTest : public testing::Test {
 protected:
  void SetUp() override {
    node_.own(fid(1), key(10));
    node_.tag(20, taggers::TaggerState::active);
    node_.tag(21, taggers::TaggerState::revoked);
  }
  bool may(std::uint8_t who, std::uint8_t file) {
    const Status s = gate_.may_write(key(who), fid(file));
    EXPECT_TRUE(s || s.error().code == Code::no) << s.error().message;
    return s.has_value();
  }
  static void pass(std::chrono::milliseconds time) { g_time += time; }

  GateNode node_;
  Gate gate_{node_, now};
};

using namespace std::chrono_literals;

TEST_F(GateTest, OwnersMayWriteTheirFilesTaggersAllNobodyElseAny) {
  EXPECT_TRUE(may(10, 1));
  EXPECT_FALSE(may(10, 2));
  EXPECT_FALSE(may(11, 1));
  EXPECT_TRUE(may(20, 1));
  EXPECT_TRUE(may(20, 2));
  EXPECT_FALSE(may(21, 1));
}

TEST_F(GateTest, AnOwnerIsBelievedForHalfAMinute) {
  EXPECT_TRUE(may(10, 1));
  const int gets = node_.gets;
  node_.values.clear();
  pass(29'999ms);
  EXPECT_TRUE(may(10, 1));
  EXPECT_EQ(node_.gets, gets);
  pass(1ms);
  EXPECT_FALSE(may(10, 1));
}

TEST_F(GateTest, ATaggerIsBelievedForHalfAMinute) {
  EXPECT_TRUE(may(20, 1));
  node_.tag(20, taggers::TaggerState::revoked);
  pass(29'999ms);
  EXPECT_TRUE(may(20, 1));
  pass(1ms);
  EXPECT_FALSE(may(20, 1));
}

TEST_F(GateTest, StrangersMakeTheListBeReadOnceASecond) {
  for (std::uint8_t n = 100; n < 150; ++n) EXPECT_FALSE(may(n, 1));
  EXPECT_EQ(node_.lists, 1);
  node_.tag(120, taggers::TaggerState::active);
  pass(999ms);
  EXPECT_FALSE(may(120, 1));
  pass(1ms);
  EXPECT_TRUE(may(120, 1));
  EXPECT_EQ(node_.lists, 2);
}

TEST_F(GateTest, ANodeThatIsAwayIsNoRefusal) {
  node_.away = true;
  const Status s = gate_.may_write(key(10), fid(1));
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().code, Code::peer);
  node_.away = false;
  EXPECT_TRUE(may(10, 1));
}

}  // namespace gate_test
}  // namespace cess::miner
