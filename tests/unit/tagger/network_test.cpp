// SPDX-License-Identifier: Apache-2.0
// links: codec net
// Taggers behind real servers on the loopback: signed requests, pinned keys, shares from several.
#include <gtest/gtest.h>

#include <thread>

#include "net/loop.hpp"
#include "support.hpp"
#include "tagger/upload.hpp"

namespace cess::tagger::test {
namespace {

/// One tagger's process in a thread.
class Served {
 public:
  Served(std::size_t number, FakeWorld& world)
      : key_(key(number)), guard_(kGenesis, key_.head.sign_key) {
    auto jobs = Jobs::open(dir_ / "staging", keys_of(key_), {}, system_random());
    EXPECT_TRUE(jobs);
    jobs_ = std::move(*jobs);
    engine_ = std::make_unique<Engine>(Engine::Parts{*jobs_, world, keys_of(key_), kGenesis,
                                                     system_random(), system_clock(),
                                                     [](const std::string&) {}});
    server_ =
        std::make_unique<TaggerServer>(*engine_, guard_, system_clock(), TaggerServerOptions{});
    net::HttpConfig config;
    config.listen = {"127.0.0.1", 0};
    config.tls_seed = std::make_shared<const Key256>(key_.secret.sign_seed().clone());
    auto http = net::HttpServer::open(loop_, config, *server_);
    EXPECT_TRUE(http);
    http_ = std::move(*http);
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Served() {
    loop_.post([this] {
      http_->close();
      loop_.stop();
    });
    thread_.join();
    server_->stop();
  }
  [[nodiscard]] TaggerAt at() const {
    return {key_.head.id, "https://" + net::format_endpoint(http_->local()), key_.head.sign_key};
  }
  static constexpr Hash256 kGenesis{};

 private:
  const Key& key_;
  const TempDir dir_;
  proto::RequestGuard guard_;
  std::unique_ptr<Jobs> jobs_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<TaggerServer> server_;
  net::Loop loop_;
  std::unique_ptr<net::HttpServer> http_;
  std::thread thread_;
};

Asker asker(std::uint64_t seed) { return {Key256(random_bytes(32, seed)), Served::kGenesis}; }

TEST(TaggerNetwork, UploadAndReadWithTwoOfThreeAgents) {
  FakeWorld world;
  std::vector<std::unique_ptr<Served>> taggers;
  for (std::size_t i = 0; i < 3; ++i) {
    taggers.push_back(std::make_unique<Served>(i, world));
    world.active.push_back(taggers.back()->at());
  }
  const Asker owner = asker(1);
  world.reader = AccountId::from(ed25519_public(owner.seed));
  const Encoded file = plain_file();
  auto client = TaggerClient::connect(taggers[0]->at(), owner);
  ASSERT_TRUE(client) << client.error().message;
  // A part goes ahead, as if the first attempt had been killed.
  const auto begun = client->begin(encode_header(file.manifest.header));
  ASSERT_TRUE(begun) << begun.error().message;
  const auto& [pos, data] = *file.fragments.begin();
  ASSERT_TRUE(client->put(begun->job, pos, data));
  const Fd bundle = cess::test::memory_file(file.bundle);
  const auto source = bundle_reader(bundle.get(), "memory");
  const auto done = upload_bundle(*source, *client);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->fragments, file.fragments.size());
  EXPECT_EQ(done->sent, file.fragments.size() - 1);
  const auto manifest = parse_manifest(as_bytes(done->manifest));
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->custody->shares.size(), 3U);
  EXPECT_EQ(client->status(done->job)->state, "sealed");
  EXPECT_EQ(*client->manifest(manifest->fid), done->manifest);
  EXPECT_TRUE(client->tags(manifest->fid, pos));

  world.known_fid = manifest->fid;
  world.known_file.manifest = sha256(as_bytes(done->manifest));
  const FindTagger find = [&](const TaggerId& id) { return world.tagger(id); };
  EXPECT_TRUE(gather_mask_key(*manifest, done->manifest, {}, find, owner));
  EXPECT_FALSE(gather_mask_key(*manifest, done->manifest, {}, find, asker(2)));
  // One agent gone is no harm, two are.
  world.active.pop_back();
  const auto mask = gather_mask_key(*manifest, done->manifest, {}, find, owner);
  ASSERT_TRUE(mask) << mask.error().message;
  EXPECT_TRUE(mask_key_fits(manifest->file, *manifest->custody, *mask));
  world.active.pop_back();
  EXPECT_FALSE(gather_mask_key(*manifest, done->manifest, {}, find, owner));
}

TEST(TaggerNetwork, WrongKeysAndChainsAreRefused) {
  FakeWorld world;
  const Served tagger(0, world);
  TaggerAt other = tagger.at();
  other.sign_key = key(1).head.sign_key;
  const Encoded file = plain_file(1000);
  const Bytes header = encode_header(file.manifest.header);
  const auto wrong_key = [&] {
    auto client = TaggerClient::connect(other, asker(1));
    return client && client->begin(header);
  };
  EXPECT_FALSE(wrong_key());
  Asker foreign = asker(1);
  foreign.genesis.bytes[0] = 1;
  auto client = TaggerClient::connect(tagger.at(), foreign);
  ASSERT_TRUE(client);
  const auto refused = client->begin(header);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::input);
}

}  // namespace
}  // namespace cess::tagger::test
