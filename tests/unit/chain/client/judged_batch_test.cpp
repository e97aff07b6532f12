// SPDX-License-Identifier: Apache-2.0
// links: chain_client chain_state chain_types economy crypto json base pois merkle
// A judged batch as a node tells it: what a lie about it comes to. The chain is a real one, its
// fillers and their proof, too; the node is honest but for one answer.
#include "chain/client/judged_batch.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "unit/chain/state/idle_fixture.hpp"

namespace cess::client {
namespace judged_batch_test {

using idle_space::IdleChain;
using idle_space::Kind;
using idle_space::Opinion;
using idle_space::Stage;

/// Three fillers of u0, then two, all judged; and three of u1 between them.
class JudgedNode : public Rpc {
 public:
  using Lie = std::function<void(const std::string& method, const Json& params, Json& answer)>;
  Lie lie;
  std::map<std::string, int> asked;

  JudgedNode() : graph_({9}) {
    for (const std::string name : {"u0", "u1"}) chain_.join(name);
    judge("u0", 0, 3);
    judge("u1", 0, 3);
    judge("u0", 3, 2);
  }
  [[nodiscard]] IdleView view() {
    IdleView now;
    now.params = chain_.params();
    now.info.genesis = chain_.genesis();
    now.owner = chain_.owner("u0");
    return now;
  }
  [[nodiscard]] AccountId miner() { return chain_.id("u0"); }
  Result<JudgedBatch> ask_for(std::uint64_t first) {
    return judged_batch(*this, view(), miner(), first);
  }
  /// What the client makes of it with the miner's own bytes, as `cess-prove` does.
  bool proven(const JudgedBatch& found, std::uint64_t first) {
    const Bytes& blob = blobs_[first];
    const auto proof = pois::parse_batch_proof(blob);
    return sha256(blob) == found.digest && proof && found.asked.beacon &&
           pois::verify_batch(graph_, found.asked.batch, *found.asked.beacon, *proof);
  }
  [[nodiscard]] const std::vector<Txn>& commits() const { return commits_; }
  [[nodiscard]] std::vector<Hash256> comms(std::uint64_t first) { return comms_[first]; }

 private:
  void judge(const std::string& name, std::uint64_t first, std::uint64_t count) {
    std::vector<pois::Filler> fillers;
    std::vector<Hash256> comms;
    const auto owner = chain_.owner(name);
    for (std::uint64_t n = first; n < first + count; ++n) {
      const auto fid = pois::filler_id(owner, n);
      fillers.emplace_back(graph_, fid);
      comms.push_back(pois::commitment_hash(fid, fillers.back().commitment()));
    }
    commits_.push_back(chain_.make(name, "idle.commit", idle_space::Commit{first, comms}));
    chain_.queue(commits_.back());
    chain_.step();
    chain_.to_stage(name, Kind::batch, Stage::proof);
    const auto trial = *idle_space::kBatches.get(chain_.state(), chain_.id(name));
    const auto batch =
        idle_space::batch_of(chain_.params(), chain_.genesis(), chain_.id(name), trial);
    pois::BatchProof proof{owner.params, {}};
    for (const auto& f : pois::commit_challenges(batch, trial.trial.beacon))
      proof.files.push_back({f.file_no, fillers[f.file_no - first].prove(graph_, f.nodes)});
    const Bytes blob = pois::encode_batch_proof(proof);
    chain_.prove(name, Kind::batch, blob);
    chain_.judge(name, Kind::batch, Opinion::good);
    if (name == "u0") {
      blobs_[first] = blob;
      comms_[first] = comms;
    }
    const Height end = chain_.height();
    const Txn& txn = commits_.back();
    event(end - 5, "stage_entered", txn_hash(encode_scale(txn)),
          to_json_value(
              idle_space::StageEntered{chain_.id(name), Kind::batch, first, Stage::beacon, end}));
    event(end, "concluded", {},
          to_json_value(idle_space::Concluded{chain_.id(name), Kind::batch, first,
                                              idle_space::Outcome::accepted, count}));
  }
  void event(Height height, const char* name, std::optional<TxnHash> txn, Json data) {
    events_.push_back({{"height", height},
                       {"module", "idle"},
                       {"event", name},
                       {"txn", txn ? Json(to_hex(*txn)) : Json(nullptr)},
                       {"data", std::move(data)}});
  }
  // As it would come over the wire.
  Result<Json> ask(const std::string& method, Json params) override {
    ++asked[method];
    Json answer = honest(method, params);
    if (lie) lie(method, params, answer);
    if (answer.is_null()) return fail(Code::no, "no such thing", method);
    return parse_json(write_json(answer), method);
  }
  Json honest(const std::string& method, const Json& params) {
    if (method == "state_get") {
      const auto value =
          chain_.state().get(as_text(*parse_hex(params["raw_key"].get<std::string>(), "key")));
      Json out = {{"height", chain_.height()}, {"exists", value.has_value()}};
      if (value) out["raw_value"] = to_hex(as_bytes(*value));
      return out;
    }
    if (method == "state_list") {
      Json entries = Json::array();
      for (const auto& key : idle_space::kBatchResults.keys(chain_.state(), 100)) {
        const auto& [height, who] = key;
        entries.push_back(
            {{"key", Json::array()},
             {"raw_key", to_hex(as_bytes(idle_space::kBatchResults.key(height, who)))},
             {"value",
              to_json_value(*idle_space::kBatchResults.get(chain_.state(), height, who))}});
      }
      return {{"entries", std::move(entries)}, {"next", nullptr}};
    }
    if (method == "chain_events") {
      Json out = {{"events", Json::array()}, {"next", nullptr}};
      for (const Json& e : events_) {
        const auto height = e["height"].get<Height>();
        if (height >= params["from"].get<Height>() && height <= params["to"].get<Height>() &&
            params["filter"] == "idle." + e["event"].get<std::string>())
          out["events"].push_back(e);
      }
      return out;
    }
    if (method != "chain_txn") return nullptr;
    for (const Txn& txn : commits_) {
      if (params["hash"] == to_hex(txn_hash(encode_scale(txn))))
        return {{"txn", chain_.runtime().txn_to_json(txn)}};
    }
    return nullptr;
  }

  IdleChain chain_;
  pois::Graph graph_;
  std::vector<Txn> commits_;
  std::vector<Json> events_;
  std::map<std::uint64_t, Bytes> blobs_;
  std::map<std::uint64_t, std::vector<Hash256>> comms_;
};

JudgedNode& node() {
  static JudgedNode one;
  one.lie = nullptr;
  return one;
}

TEST(JudgedBatch, AnHonestNodesAnswersLeadToAProofThatHolds) {
  for (const std::uint64_t first : {0U, 3U}) {
    const auto found = node().ask_for(first);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->asked.batch.comms, node().comms(first));
    EXPECT_EQ(found->outcome, idle_space::Outcome::accepted);
    EXPECT_TRUE(node().proven(*found, first));
    EXPECT_FALSE(node().proven(*found, 3 - first));
  }
  EXPECT_EQ(node().ask_for(1).error().code, Code::no);
}

// Commitments are held against the hash that the judges' record has: any others are the node's.
TEST(JudgedBatch, OtherCommitmentsAreNotTakenForThoseThatWereJudged) {
  using Change = std::function<void(Json & args)>;
  const std::vector<Change> changes = {
      [](Json& a) { a["comms"][2] = a["comms"][1]; },
      [](Json& a) { std::swap(a["comms"][0], a["comms"][1]); },
      [](Json& a) { a["comms"].erase(0); },
      [](Json& a) { a["comms"].push_back(a["comms"][0]); },
      [](Json& a) { a["comms"] = Json::array(); },
      [](Json& a) { a["first"] = 1; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    JudgedNode& n = node();
    int told = 0;
    n.lie = [&](const std::string& method, const Json&, Json& answer) {
      if (method != "chain_txn") return;
      changes[i](answer["txn"]["args"]);
      ++told;
    };
    const auto found = n.ask_for(0);
    EXPECT_EQ(told, 1);
    ASSERT_FALSE(found) << "change " << i;
    EXPECT_EQ(found.error().code, Code::peer) << found.error().message;
  }
}

// Each commitment is a true one, but of another batch, or another miner's.
TEST(JudgedBatch, AnotherTransactionIsNotTheOneThatWasJudged) {
  for (const std::size_t other : {1U, 2U}) {
    JudgedNode& n = node();
    n.lie = [&](const std::string& method, const Json&, Json& answer) {
      if (method != "chain_events") return;
      for (Json& e : answer["events"]) {
        if (!e["txn"].is_null()) e["txn"] = to_hex(txn_hash(encode_scale(n.commits()[other])));
      }
    };
    const auto found = n.ask_for(0);
    ASSERT_FALSE(found) << other;
    EXPECT_EQ(found.error().code, Code::peer);
  }
  JudgedNode& n = node();
  n.lie = [](const std::string& method, const Json&, Json& answer) {
    if (method == "chain_txn") answer["txn"]["call"] = "idle.prove";
  };
  EXPECT_EQ(n.ask_for(0).error().code, Code::peer);
}

// What the record says is the node's word: with another one no proof of the miner holds. A node
// can make a good batch look bad so, but not a bad one good, unless the miner makes it a proof.
TEST(JudgedBatch, WithAnotherRecordNoProofOfTheMinerHolds) {
  for (const char* field : {"beacon", "digest", "comms_digest"}) {
    JudgedNode& n = node();
    n.lie = [&](const std::string& method, const Json&, Json& answer) {
      if (method != "state_list") return;
      for (Json& e : answer["entries"]) e["value"][field] = std::string(64, '5');
    };
    const auto found = n.ask_for(0);
    EXPECT_FALSE(found && n.proven(*found, 0)) << field;
    EXPECT_EQ(found.has_value(), std::string(field) != "comms_digest");
  }
}

TEST(JudgedBatch, WhoHidesEventsOrRepeatsThemHoldsNobodyUp) {
  JudgedNode& n = node();
  n.lie = [](const std::string& method, const Json& params, Json& answer) {
    if (method == "chain_events" && params["filter"] == "idle.concluded")
      answer["events"] = Json::array();
  };
  EXPECT_EQ(n.ask_for(0).error().code, Code::no);
  n.lie = [](const std::string& method, const Json& params, Json& answer) {
    if (method == "chain_events" && params["filter"] == "idle.stage_entered")
      answer["events"] = Json::array();
  };
  EXPECT_EQ(n.ask_for(0).error().code, Code::peer);
  n.lie = [](const std::string& method, const Json& params, Json& answer) {
    if (method != "chain_events") return;
    answer["events"] = Json::array();
    answer["next"] = params["from"];
  };
  n.asked.clear();
  EXPECT_EQ(n.ask_for(0).error().code, Code::peer);
  EXPECT_EQ(n.asked["chain_events"], 1);
}

}  // namespace judged_batch_test
}  // namespace cess::client
