// SPDX-License-Identifier: Apache-2.0
// links: chain_client chain_state chain_types economy crypto json base pois
// cess.idle_blob/1 (doc/formats/idle-proofs.md) and what is sent for it.
#include <gtest/gtest.h>

#include "chain/client/idle.hpp"
#include "crypto/sha256.hpp"
#include "pois/batch_proof.hpp"
#include "pois/epoch.hpp"

namespace cess::client {
namespace idle_blob_test {

IdleBlob sample(idle_space::Kind kind) {
  IdleBlob blob;
  blob.kind = kind;
  blob.owner.chain_id = std::string(64, 'a');
  blob.owner.miner.bytes.fill(7);
  blob.owner.params.log2_nodes = 11;
  blob.number = 42;
  blob.digest = sha256(as_bytes("blob"));
  blob.size = 12'345;
  return blob;
}

// The sample with another value in a field.
std::string changed(const std::string& field, Json value,
                    idle_space::Kind kind = idle_space::Kind::batch) {
  Json json = idle_blob_to_json(sample(kind));
  json[field] = std::move(value);
  return write_json(json);
}

TEST(IdleBlob, IsWrittenAndReadBack) {
  // Written by hand after the format's page.
  const std::string text =
      R"({"schema":"cess.idle_blob/1","kind":"epoch","chain_id":")" + std::string(64, 'a') +
      R"(","miner_id":"0707070707070707070707070707070707070707070707070707070707070707",)"
      R"("log2_nodes":11,"number":"42",)"
      R"("sha256":"fa2c8cc4f28176bbeed4b736df569a34c79cd3723e9ec42f9674b4d46ac6b8b8",)"
      R"("size":"12345"})";
  const auto read = parse_idle_blob(text, "x");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, sample(idle_space::Kind::epoch));
  EXPECT_EQ(write_json(idle_blob_to_json(*read)), text);
  for (const auto kind : {idle_space::Kind::batch, idle_space::Kind::epoch}) {
    EXPECT_EQ(parse_idle_blob(write_json(idle_blob_to_json(sample(kind))), "x"), sample(kind));
  }
}

TEST(IdleBlob, EveryFieldHasItsLimits) {
  const auto reads = [](const std::string& field, const std::string& value,
                        idle_space::Kind kind = idle_space::Kind::batch) {
    return parse_idle_blob(changed(field, value, kind), "x").has_value();
  };
  using enum idle_space::Kind;
  EXPECT_TRUE(reads("size", "1"));
  EXPECT_FALSE(reads("size", "0"));
  EXPECT_TRUE(reads("size", std::to_string(pois::kBatchProofSizeMax)));
  EXPECT_FALSE(reads("size", std::to_string(pois::kBatchProofSizeMax + 1)));
  EXPECT_TRUE(reads("size", std::to_string(pois::kEpochProofSizeMax), epoch));
  EXPECT_FALSE(reads("size", std::to_string(pois::kEpochProofSizeMax + 1), epoch));
  EXPECT_TRUE(reads("number", std::to_string(pois::kFileNumbersMax)));
  EXPECT_FALSE(reads("number", std::to_string(pois::kFileNumbersMax + 1)));
  EXPECT_TRUE(reads("number", "4294967295", epoch));
  EXPECT_FALSE(reads("number", "4294967296", epoch));
  EXPECT_FALSE(reads("kind", "hole"));
  EXPECT_FALSE(reads("schema", "cess.idle_blob/2"));
  EXPECT_TRUE(reads("chain_id", "x"));
  EXPECT_FALSE(reads("chain_id", ""));
  EXPECT_FALSE(reads("chain_id", std::string(65, 'a')));
  EXPECT_FALSE(reads("miner_id", "07"));
  EXPECT_FALSE(reads("sha256", std::string(63, '0')));
  for (const int log2 : {9, 25}) EXPECT_TRUE(parse_idle_blob(changed("log2_nodes", log2), "x"));
  for (const int log2 : {7, 10, 27})
    EXPECT_FALSE(parse_idle_blob(changed("log2_nodes", log2), "x"));
  EXPECT_FALSE(parse_idle_blob(changed("chain_id", std::string(5000, 'a')), "x"));
  EXPECT_FALSE(parse_idle_blob("", "x"));
}

TEST(IdleBlob, IsSentForItsOwnMinerOnly) {
  const IdleBlob blob = sample(idle_space::Kind::batch);
  const std::string line = write_json(idle_blob_to_json(blob));
  IdleView now;
  now.owner = blob.owner;
  const auto call = idle_submission(now, line, "x");
  ASSERT_TRUE(call && *call);
  const auto expected =
      encode_call("idle.prove", idle_space::Prove{blob.kind, blob.number, blob.digest, blob.size});
  ASSERT_TRUE(expected);
  EXPECT_EQ((*call)->args, expected->args);
  now.owner.miner.bytes[0] = 8;
  EXPECT_EQ(idle_submission(now, line, "x").error().message, "x: not of the key's miner");
  now.owner.chain_id = "b";
  EXPECT_NE(idle_submission(now, line, "x").error().message.find("another chain"),
            std::string::npos);
  const auto other = idle_submission(now, R"({"schema":"cess.proof/1"})", "x");
  ASSERT_TRUE(other);
  EXPECT_FALSE(*other);
}

}  // namespace idle_blob_test
}  // namespace cess::client
