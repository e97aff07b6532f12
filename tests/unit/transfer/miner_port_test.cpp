// SPDX-License-Identifier: Apache-2.0
// links: proto net
// A file through the real fragment protocol: HTTPS, signed requests, receipts, on loopback.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <thread>

#include "proto/fragment_server.hpp"
#include "sys/file.hpp"
#include "transfer/download.hpp"
#include "transfer/miner_port.hpp"
#include "unit/transfer/fake_world.hpp"
#include "unit/transfer/staged_bundle.hpp"

namespace cess::transfer {
namespace {

/// A miner in memory behind a real server.
class Served final : public proto::FragmentService {
 public:
  Served(std::uint8_t number, const Hash256& genesis, const Ed25519Public& owner)
      : id_(account(number)), genesis_(genesis), owner_(owner), key_(Bytes(32, number)) {
    net::HttpConfig config;
    config.listen = {"127.0.0.1", 0};
    config.tls_seed = std::make_shared<const Key256>(key_.clone());
    auto http = net::HttpServer::open(loop_, std::move(config), server_);
    EXPECT_TRUE(http);
    http_ = std::move(*http);
    record_.endpoint = "https://127.0.0.1:" + std::to_string(http_->local().port);
    record_.sign_key = ed25519_public(key_);
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Served() override {
    loop_.stop();
    thread_.join();
  }
  [[nodiscard]] const miners::Miner& record() const { return record_; }
  [[nodiscard]] const Key256& key() const { return key_; }

  std::string health() override { return {}; }
  std::string metrics() override { return {}; }
  Json status() override { return Json::object(); }
  Status may_write(const Ed25519Public& caller, const Fid&) override {
    return caller == owner_ ? Status{} : fail(Code::no, "not an owner");
  }
  Status put_manifest(const Fid&, ByteView text) override {
    const std::lock_guard lock(mutex_);
    manifest_.assign(text.begin(), text.end());
    return {};
  }
  Status put_tagger(const TaggerId&, ByteView) override { return {}; }
  Result<Bytes> manifest(const Fid&) override {
    const std::lock_guard lock(mutex_);
    if (manifest_.empty()) return fail(Code::no, "no manifest");
    return manifest_;
  }
  Result<std::vector<bool>> held(const Fid&, std::uint16_t column, std::uint32_t first,
                                 std::uint32_t count) override {
    const std::lock_guard lock(mutex_);
    std::vector<bool> out;
    for (std::uint32_t s = first; s < first + count; ++s) {
      out.push_back(whole_.contains({s, column}));
    }
    return out;
  }
  Result<proto::PutState> put_piece(const proto::FragmentAt& at, const proto::ByteRange& range,
                                    ByteView tags, ByteView data,
                                    const std::optional<Hash256>& /*root*/) override {
    const std::lock_guard lock(mutex_);
    Bytes& got = partial_[{at.segment, at.column}];
    if (range.offset == 0) {
      if (!parse_tag_files(tags, 64)) return fail(Code::input, "no tag file");
      got.clear();
    }
    if (range.offset != got.size()) return fail(Code::input, "a gap");
    append(got, data);
    const bool stored = got.size() == range.total;
    if (stored) whole_[{at.segment, at.column}] = got;
    return proto::PutState{got.size(), stored};
  }
  Result<proto::PutState> put_state(const proto::FragmentAt& at) override {
    const std::lock_guard lock(mutex_);
    return proto::PutState{partial_[{at.segment, at.column}].size(),
                           whole_.contains({at.segment, at.column})};
  }
  Result<proto::Piece> read(const proto::FragmentAt& at, std::string_view range) override {
    const std::lock_guard lock(mutex_);
    const auto found = whole_.find({at.segment, at.column});
    if (found == whole_.end()) return fail(Code::no, "no such fragment");
    const Bytes& all = found->second;
    CESS_TRY_ASSIGN(const auto wanted, proto::parse_range(range, all.size()));
    const proto::ByteRange r = wanted.value_or(proto::ByteRange{0, all.size(), all.size()});
    const ByteView part = ByteView(all).subspan(r.offset, r.size);
    return proto::Piece{Bytes(part.begin(), part.end()), r};
  }
  Result<proto::Piece> read(const FragId&, std::string_view) override {
    return fail(Code::no, "none");
  }
  Result<Bytes> tags(const proto::FragmentAt&) override { return fail(Code::no, "none"); }
  Result<Bytes> tags(const FragId&) override { return fail(Code::no, "none"); }
  Result<Bytes> segment_tags(const Fid&, std::uint32_t) override { return fail(Code::no, "none"); }
  Result<Bytes> tagger(const TaggerId&) override { return fail(Code::no, "none"); }
  Result<Ed25519Signature> sign_receipt(ByteView receipt) override {
    CESS_TRY_ASSIGN(const auto r, decode_scale<files::SlotReceipt>(receipt, "receipt"));
    return ed25519_sign(key_, files::receipt_message(genesis_, id_, r));
  }

 private:
  AccountId id_;
  Hash256 genesis_;
  Ed25519Public owner_;
  Key256 key_;
  std::mutex mutex_;
  Bytes manifest_;
  std::map<std::pair<std::uint32_t, std::uint16_t>, Bytes> partial_, whole_;
  net::Loop loop_;
  proto::FragmentServer server_{*this, genesis_, ed25519_public(key_)};
  std::unique_ptr<net::HttpServer> http_;
  std::thread thread_;
  miners::Miner record_;
};

TEST(MinerPort, AFileGoesThroughRealServersAndComesBackFromHalfOfThem) {
  std::string folder = testing::TempDir() + "ports-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  Bytes content(300'000);
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<std::uint8_t>(i / 7);
  ASSERT_TRUE(write_file(folder + "/in", content, {}));
  const auto made = stage_small(folder + "/in", folder + "/bundle", everybody(), false);
  ASSERT_TRUE(made) << made.error().message;
  const Staged& staged = made->staged;

  FakeWorld world(4);
  world.declare(staged, 8);
  const Key256 alice(Bytes(32, 77));
  std::vector<std::unique_ptr<Served>> servers;
  for (std::uint8_t i = 1; i <= 4; ++i) {
    servers.push_back(std::make_unique<Served>(i, world.genesis(), ed25519_public(alice)));
    world.records[account(i)] = servers.back()->record();
  }
  world.expected = [&](const AccountId& id, const files::SlotReceipt& r) {
    const auto s = ed25519_sign(servers[id.bytes[0] - 1U]->key(),
                                files::receipt_message(world.genesis(), id, r));
    return Bytes(s.begin(), s.end());
  };
  const auto links = open_miners(world.genesis(), &alice);
  DeliverOptions options;
  options.poll_ms = 1;
  const Status delivered = deliver(staged, world, *links, options);
  ASSERT_TRUE(delivered) << delivered.error().message;

  // Two processes are gone; who reads has no key.
  servers[0].reset();
  servers[2].reset();
  const auto readers = open_miners(world.genesis(), nullptr);
  DownloadOptions how;
  how.fetch.wait_ms = 1;
  const auto manifest = fetch_manifest(staged.fid(), world, *readers, how.fetch);
  ASSERT_TRUE(manifest) << manifest.error().message;
  Bytes back;
  const Status read = download(
      *manifest, made->keys, 0, content.size(), world, *readers,
      [&](ByteView bytes) -> Status {
        append(back, bytes);
        return {};
      },
      how);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(back, content);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace cess::transfer
