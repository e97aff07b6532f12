// SPDX-License-Identifier: Apache-2.0
// The files and messages of a node, without a network.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "chain/node/config.hpp"
#include "chain/node/devnet.hpp"
#include "chain/node/store.hpp"
#include "chain/node/voter_files.hpp"
#include "chain/node/wire.hpp"
#include "chain/state/kernel/runtime.hpp"
#include "sys/file.hpp"

namespace cess::node {
namespace {

using testing::HasSubstr;

class Folder {
 public:
  Folder() {
    std::string name = testing::TempDir() + "cess-node-XXXXXX";
    path = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

TEST(Config, RoundTripAndDefaults) {
  NodeConfig c;
  c.listen = {"::1", 4};
  c.peers = {{{"host", 7}, net::NodeKey::from(Bytes(32, 9))}, {{"127.0.0.1", 8}, {}}};
  c.archive = false;
  c.keep_blocks = 500;
  c.sync_from = SyncFrom{12, BlockHash::from(Bytes(32, 3))};
  c.rpc_origins = {"http://a"};
  const auto again = parse_config(format_config(c));
  ASSERT_TRUE(again);
  EXPECT_EQ(format_config(*again), format_config(c));
  const auto plain = parse_config(R"({"schema":"cess.node/1"})");
  ASSERT_TRUE(plain);
  EXPECT_EQ(format_config(*plain), format_config(NodeConfig{}));
}

TEST(Config, TyposAreRefused) {
  const auto why = [](const std::string& body) {
    const auto c = parse_config(R"({"schema":"cess.node/1",)" + body + "}");
    return c ? std::string() : c.error().message;
  };
  EXPECT_THAT(why(R"("lisen":"127.0.0.1:1")"), HasSubstr("unknown key 'lisen'"));
  EXPECT_THAT(why(R"("listen":"127.0.0.1")"), HasSubstr("no port"));
  EXPECT_THAT(why(R"("peers":[{"adress":"a:1"}])"), HasSubstr("unknown key 'adress'"));
  EXPECT_THAT(why(R"("keep_blocks":99)"), HasSubstr("keep_blocks"));
  EXPECT_THAT(why(R"("rpc_origins":{})"), HasSubstr("rpc_origins: not a list"));
  EXPECT_EQ(why(R"("keep_blocks":100)"), "");
  EXPECT_FALSE(parse_config(R"({"schema":"cess.node/2"})"));
}

TEST(Keys, AreKeptPrivateAndWhole) {
  const Folder folder;
  const auto random = fake_random(1);
  const NodeKeys keys = make_keys(*random, true);
  ASSERT_TRUE(write_keys(folder.path, keys, false));
  EXPECT_FALSE(write_keys(folder.path, keys, false)) << "never over an old one";
  const auto again = read_keys(folder.path);
  ASSERT_TRUE(again);
  EXPECT_EQ(public_keys(*again)->bls_key, public_keys(keys)->bls_key);
  EXPECT_EQ(public_keys(*again)->vrf_key, public_keys(keys)->vrf_key);
  EXPECT_FALSE(again->account);
  ::chmod((folder.path + "/validator.key").c_str(), 0640);
  EXPECT_THAT(read_keys(folder.path).error().message, HasSubstr("0600"));
}

TEST(VoterFiles, SlotsAndPlace) {
  const Folder folder;
  const auto files = open_voter_files(folder.path);
  EXPECT_FALSE(files->read(0)->has_value());
  ASSERT_TRUE(files->write(0, Bytes{1, 2}));
  ASSERT_TRUE(files->write(1, Bytes{3}));
  ASSERT_TRUE(files->write(0, Bytes{4}));
  EXPECT_EQ(**files->read(0), Bytes{4});
  EXPECT_EQ(**files->read(1), Bytes{3});
  EXPECT_EQ(files->place(), open_voter_files(folder.path)->place());
  const Folder copy;
  std::filesystem::copy(folder.path, copy.path, std::filesystem::copy_options::recursive);
  EXPECT_NE(files->place(), open_voter_files(copy.path)->place()) << "a copy is noticed";
}

TEST(Wire, LimitsOnBothSides) {
  using namespace wire;
  TxnHave have;
  have.hashes.resize(kHashesMax);
  EXPECT_TRUE(decode(encode(have)));
  have.hashes.resize(kHashesMax + 1);
  EXPECT_FALSE(decode(encode(have)));
  Txns txns;
  txns.txns = {Bytes(kTxnSizeMax)};
  EXPECT_TRUE(decode(encode(txns)));
  txns.txns = {Bytes(kTxnSizeMax + 1)};
  EXPECT_FALSE(decode(encode(txns)));
  Range range;
  for (std::size_t i = 0; i < kRangeBlocksMax; ++i)
    range.blocks.push_back(std::make_shared<const Bytes>(Bytes{1}));
  EXPECT_TRUE(decode(encode(range)));
  range.blocks.push_back(std::make_shared<const Bytes>(Bytes{1}));
  EXPECT_FALSE(decode(encode(range)));
}

TEST(Wire, EveryCutAndEveryTailIsRefused) {
  using namespace wire;
  const std::vector<Message> all{Head{},
                                 AskRange{},
                                 AskBlock{},
                                 TxnWant{{TxnHash{}}},
                                 Txns{{Bytes{1}}},
                                 EvidenceNote{{1}},
                                 AskSnapshot{},
                                 SnapshotOffer{},
                                 AskChunk{},
                                 Chunk{1, {2}, {{{3}, {4}}}, true},
                                 Addresses{{{{}, "a:1"}}}};
  for (const Message& m : all) {
    const Bytes whole = encode(m);
    ASSERT_TRUE(decode(whole)) << m.index();
    EXPECT_EQ(encode(*decode(whole)), whole);
    for (std::size_t n = 0; n < whole.size(); ++n)
      EXPECT_FALSE(decode(ByteView(whole).first(n))) << m.index() << " " << n;
    Bytes longer = whole;
    longer.push_back(0);
    EXPECT_FALSE(decode(longer));
  }
  EXPECT_FALSE(decode(Bytes{14}));
}

TEST(Store, WhatIsWrittenIsFound) {
  ChainStore store(memory_kv());
  EXPECT_FALSE(store.position()->has_value());
  EXPECT_EQ(*store.oldest(), 1U);
  State state;
  state.put("k", "v");
  ledger::Position position;
  position.genesis.bytes[0] = 7;
  ASSERT_TRUE(store.apply(ChainStore::genesis_changes(state, position)));
  EXPECT_EQ((**store.position()).genesis, position.genesis);
  EXPECT_EQ(store.load_state()->get("k"), "v");
  consensus::Digest digest;
  digest.bytes[1] = 1;
  ASSERT_TRUE(store.apply(ChainStore::pending_changes(1, digest, Bytes{1, 2, 3})));
  EXPECT_EQ(**store.pending_block(digest), (Bytes{1, 2, 3}));

  ledger::ParsedBlock parsed;
  parsed.block.header.height = 1;
  parsed.hash.bytes[0] = 5;
  ReadTxn txn;
  txn.hash.bytes[0] = 9;
  parsed.txns.push_back(txn);
  BlockResult result;
  result.receipts.resize(2);
  result.changes = {{"k", std::nullopt}, {"l", "w"}};
  position.height = 1;
  position.hash = parsed.hash;
  consensus::Certificate certificate;
  certificate.signers = {4, 7};
  ASSERT_TRUE(
      store.apply(store.block_changes(parsed, Bytes{8}, certificate, result, position, true)));
  EXPECT_EQ(**store.block(1), Bytes{8});
  EXPECT_EQ(**store.certificate(1), certificate);
  EXPECT_EQ((**store.receipts(1)).size(), 2U);
  EXPECT_EQ(**store.height_of(parsed.hash), 1U);
  EXPECT_EQ((**store.place_of(txn.hash)).index, 0U);
  EXPECT_EQ(**store.era_end(0), 1U);
  EXPECT_FALSE(store.pending_block(digest)->has_value()) << "of no more use";
  EXPECT_FALSE(store.load_state()->get("k"));
  EXPECT_EQ(store.load_state()->get("l"), "w");
  ASSERT_TRUE(store.clear_state());
  EXPECT_EQ(store.load_state()->size(), 0U);
}

TEST(Store, ARangeJoinedInTheMiddleGoesOn) {
  // The same leaves appended from the beginning, and after joining at each height.
  MmrPeaks peaks;
  for (std::uint8_t n = 1; n < 40; ++n) {
    Hash256 leaf;
    leaf.bytes[0] = n;
    peaks.append(leaf);
    ChainStore store(memory_kv());
    ledger::Position p;
    p.height = n - 1U;
    p.mmr_peaks = peaks.encode();
    ASSERT_TRUE(store.apply(ChainStore::joined_changes(p, {})));
    EXPECT_EQ(*store.oldest(), p.height + 1);
    MmrPeaks after = peaks;
    for (std::uint8_t more = 0; more < 9; ++more) {
      ledger::ParsedBlock block;
      block.hash.bytes[0] = static_cast<std::uint8_t>(100 + more);
      p.height += 1;
      after.append(Hash256::from(block.hash.view()));
      ASSERT_TRUE(store.apply(store.block_changes(block, {}, {}, {}, p, false)));
    }
    // Its own last peak, read back from the nodes.
    const std::uint64_t count = after.count();
    const auto bit = static_cast<unsigned>(__builtin_ctzll(count));
    EXPECT_EQ(*store.mmr_node(mmr_node_count(count - 1) + bit), after.peaks().back()) << int{n};
  }
}

TEST(Devnet, FoldersFitTogether) {
  const Folder folder;
  const Runtime runtime;
  const auto random = fake_random(3);
  DevnetOptions options;
  options.validators = 3;
  options.observers = 1;
  options.block_ms = 500;
  const std::string path = folder.path + "/net";
  ASSERT_TRUE(make_devnet(path, options, runtime, *random));
  EXPECT_FALSE(make_devnet(path, options, runtime, *random));
  State state;
  const auto spec = read_spec(path + "/node-3");
  ASSERT_TRUE(spec);
  EXPECT_TRUE(runtime.genesis(state, *spec));
  EXPECT_TRUE(read_keys(path + "/node-2")->bls);
  EXPECT_FALSE(read_keys(path + "/node-3")->bls);
  EXPECT_EQ(read_config(path + "/node-3")->peers.size(), 3U);
}

}  // namespace
}  // namespace cess::node
