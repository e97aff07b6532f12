// SPDX-License-Identifier: Apache-2.0
// links: net crypto json sys base
// The fragment protocol over a real HTTPS connection, with a service in memory.
#include <gmock/gmock.h>

#include <map>
#include <thread>

#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "proto/fragment_client.hpp"
#include "proto/fragment_server.hpp"

namespace cess::proto {
namespace {

using testing::HasSubstr;

/// Keeps pieces in maps; one owner may write.
class Memory final : public FragmentService {
 public:
  explicit Memory(const Ed25519Public& owner) : owner_(owner) {}
  std::string health() override { return {}; }
  std::string metrics() override { return "up 1\n"; }
  Json status() override { return {{"state", "positive"}}; }
  Status may_write(const Ed25519Public& caller, const Fid&) override {
    if (caller == owner_) return {};
    return fail(Code::no, "not an owner");
  }
  Status put_manifest(const Fid& fid, ByteView text) override {
    const std::lock_guard lock(mutex_);
    manifests_[fid].assign(text.begin(), text.end());
    return {};
  }
  Status put_tagger(const TaggerId& id, ByteView file) override {
    if (id.is_zero() || file.size() != 3) return fail(Code::input, "another tagger");
    return {};
  }
  Result<Bytes> manifest(const Fid& fid) override {
    const std::lock_guard lock(mutex_);
    if (!manifests_.contains(fid)) return fail(Code::no, "no manifest");
    return manifests_[fid];
  }
  Result<std::vector<bool>> held(const Fid& fid, std::uint16_t column, std::uint32_t first,
                                 std::uint32_t count) override {
    const std::lock_guard lock(mutex_);
    std::vector<bool> out;
    for (std::uint32_t i = 0; i < count; ++i)
      out.push_back(whole_.contains({fid, first + i, column}));
    return out;
  }
  Result<PutState> put_piece(const FragmentAt& at, const ByteRange& range, ByteView tags,
                             ByteView data, const std::optional<Hash256>& root) override {
    if (root && *root != sha256(data)) return fail(Code::input, "bytes of another root");
    rooted += root ? 1 : 0;
    const std::lock_guard lock(mutex_);
    ++pieces;
    Bytes& got = partial_[at];
    if (range.offset == 0) tags_[at].assign(tags.begin(), tags.end());
    if (range.offset == 0) got.clear();
    if (range.offset != got.size()) return fail(Code::input, "a gap");
    append(got, data);
    const bool stored = got.size() == range.total;
    if (stored) whole_[at] = got;
    return PutState{got.size(), stored};
  }
  Result<PutState> put_state(const FragmentAt& at) override {
    const std::lock_guard lock(mutex_);
    return PutState{partial_[at].size(), whole_.contains(at)};
  }
  Result<Piece> read(const FragmentAt& at, std::string_view range) override {
    const std::lock_guard lock(mutex_);
    if (!whole_.contains(at)) return fail(Code::no, "no such fragment");
    const Bytes& all = whole_[at];
    CESS_TRY_ASSIGN(const auto wanted, parse_range(range, all.size()));
    const ByteRange r = wanted.value_or(ByteRange{0, all.size(), all.size()});
    const ByteView part = ByteView(all).subspan(r.offset, r.size);
    return Piece{Bytes(part.begin(), part.end()), r};
  }
  Result<Piece> read(const FragId&, std::string_view) override { return fail(Code::no, "none"); }
  Result<Bytes> tags(const FragmentAt& at) override {
    const std::lock_guard lock(mutex_);
    return tags_[at];
  }
  Result<Bytes> tags(const FragId&) override { return fail(Code::no, "none"); }
  Result<Bytes> segment_tags(const Fid&, std::uint32_t segment) override {
    return Bytes(3, static_cast<std::uint8_t>(segment));
  }
  Result<Bytes> tagger(const TaggerId& id) override {
    return Bytes(id.bytes.begin(), id.bytes.end());
  }
  Result<Ed25519Signature> sign_receipt(ByteView receipt) override {
    return ed25519_sign(Key256(Bytes(32, 9)), receipt);
  }
  int pieces = 0;
  int rooted = 0;  ///< of them

 private:
  Ed25519Public owner_;
  std::mutex mutex_;
  std::map<Fid, Bytes> manifests_;
  std::map<FragmentAt, Bytes> partial_, whole_, tags_;
};

class Fragments : public testing::Test {
 protected:
  Fragments() {
    net::HttpConfig config;
    config.listen = {"127.0.0.1", 0};
    config.tls_seed = std::make_shared<const Key256>(miner_.clone());
    http_ = std::move(*net::HttpServer::open(loop_, std::move(config), server_));
    local_ = http_->local();
    thread_ = std::thread([this] { loop_.run(); });
    for (std::size_t i = 0; i < data_.size(); ++i)
      data_[i] = static_cast<std::uint8_t>(i * 31 + (i >> 8U));
  }
  ~Fragments() override {
    loop_.stop();
    thread_.join();
  }
  FragmentClient client(const Key256* seed, std::uint64_t piece = 1000) {
    return {local_, key_, genesis_, seed, {.piece_size = piece}};
  }

  Key256 miner_{Bytes(32, 9)};
  Key256 alice_{Bytes(32, 7)};
  Key256 eve_{Bytes(32, 8)};
  Ed25519Public key_ = ed25519_public(miner_);
  Hash256 genesis_;
  Memory memory_{ed25519_public(alice_)};
  net::Loop loop_;
  FragmentServer server_{memory_, genesis_, key_};
  std::unique_ptr<net::HttpServer> http_;
  net::Endpoint local_;
  std::thread thread_;
  Bytes data_ = Bytes(2500);
  Bytes tags_ = Bytes(206, 5);
  FragmentAt at_{Fid(), 3, 11};
};

TEST_F(Fragments, SendsPiecesAndReadsRanges) {
  auto c = client(&alice_);
  const auto put = c.put_fragment(at_, data_, tags_);
  ASSERT_TRUE(put) << put.error().message;
  EXPECT_EQ(memory_.pieces, 3);
  EXPECT_EQ(*c.get_fragment(at_, 0, 2500), data_);
  EXPECT_EQ(*c.get_fragment(at_, 2499, 1), Bytes(1, data_.back()));
  EXPECT_EQ(c.get_fragment(at_, 2500, 1).error().code, Code::no);
  EXPECT_EQ(*c.get_tags(at_), tags_);
  EXPECT_EQ(*c.get_segment_tags(at_.fid, 7), Bytes(3, 7));
  TaggerId tagger;
  tagger.bytes[31] = 4;
  EXPECT_EQ(*c.get_tagger(at_.fid, tagger), Bytes(tagger.bytes.begin(), tagger.bytes.end()));
  EXPECT_EQ(*c.held(at_.fid, 11, 2, 3), (std::vector<bool>{false, true, false}));
  // Again: nothing is sent.
  ASSERT_TRUE(c.put_fragment(at_, data_, tags_));
  EXPECT_EQ(memory_.pieces, 3);
  // Reading needs no key.
  EXPECT_EQ(client(nullptr).get_fragment(at_, 0, 10)->size(), 10U);
}

TEST_F(Fragments, GoesOnWhereItStopped) {
  ASSERT_TRUE(memory_.put_piece(at_, {0, 1700, 2500}, tags_, ByteView(data_).first(1700), {}));
  auto c = client(&alice_);
  ASSERT_TRUE(c.put_fragment(at_, data_, tags_));
  EXPECT_EQ(memory_.pieces, 2);
  EXPECT_EQ(*c.get_fragment(at_, 0, 2500), data_);
}

TEST_F(Fragments, AWholeFragmentIsSignedForByItsRoot) {
  auto c = client(&alice_, 10'000);
  const Hash256 root = sha256(data_);  // what this service takes for a root
  Bytes other = data_;
  other[1000] ^= 1;
  const auto bad = c.put_fragment(at_, other, tags_, root);
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message, HasSubstr("bytes of another root"));
  ASSERT_TRUE(c.put_fragment(at_, data_, tags_, root));
  EXPECT_EQ(memory_.rooted, 1);
  EXPECT_EQ(*c.get_tags(at_), tags_);
  // In several pieces, each is signed for by the digest of its bytes.
  auto small = client(&alice_, 1000);
  ASSERT_TRUE(small.put_fragment({Fid(), 4, 11}, data_, tags_, root));
  EXPECT_EQ(memory_.rooted, 1);
}

TEST_F(Fragments, ARootIsTheWordForTagsToo) {
  auto http = net::HttpClient::connect_tls(local_, key_);
  ASSERT_TRUE(http);
  const RequestSigner signer(alice_, genesis_, key_);
  const auto put = [&](const std::string& route, const std::string& tags, const std::string& rest,
                       const std::string& signed_tags, const std::string& range = {}) {
    const std::string target = "/v1/files/" + std::string(64, '0') + route;
    const RootDigest digest{sha256(as_bytes(signed_tags)), sha256(as_bytes(rest))};
    const auto headers = signer.sign_digest("PUT", target, format_root_digest(digest), range,
                                            system_clock().unix_seconds());
    const auto answer = http->request("PUT", target, tags + rest, "text/plain", headers);
    return answer ? answer->status : 0U;
  };
  const std::string fragment = "/fragments/3/11";
  EXPECT_EQ(put(fragment + "?tags=3", "tag", "bytes", "taG"), 401U);
  EXPECT_EQ(put(fragment + "?tags=3", "tag", "bytes", "tag", "bytes 0-4/6"), 400U);
  EXPECT_EQ(put("/manifest", "", "bytes", ""), 401U);  // nobody there knows a root
  EXPECT_EQ(memory_.pieces, 0);
  EXPECT_EQ(put(fragment + "?tags=3", "tag", "bytes", "tag"), 200U);
  EXPECT_EQ(put(fragment, "", "bytes", ""), 200U);
  EXPECT_EQ(memory_.rooted, 2);
}

TEST_F(Fragments, OnlyThoseWhoMayWrite) {
  auto c = client(&eve_);
  const auto put = c.put_fragment(at_, data_, tags_);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, Code::input);
  EXPECT_THAT(put.error().message, HasSubstr("not an owner"));
  EXPECT_EQ(memory_.pieces, 0);
}

TEST_F(Fragments, ManifestReceiptAndStatus) {
  auto c = client(&alice_);
  EXPECT_EQ(c.get_manifest(at_.fid).error().code, Code::no);
  ASSERT_TRUE(c.put_manifest(at_.fid, as_bytes("{}")));
  EXPECT_EQ(as_text(*c.get_manifest(at_.fid)), "{}");
  TaggerId tagger;
  EXPECT_EQ(c.put_tagger(at_.fid, tagger, as_bytes("pub")).error().code, Code::input);
  tagger.bytes[0] = 1;
  EXPECT_TRUE(c.put_tagger(at_.fid, tagger, as_bytes("pub")));
  const auto signature = c.sign_receipt(at_.fid, as_bytes("slot"));
  ASSERT_TRUE(signature);
  EXPECT_TRUE(ed25519_verify(key_, as_bytes("slot"), *signature));
  const auto status = c.status();
  ASSERT_TRUE(status);
  EXPECT_EQ((*status)["key"], to_hex(ByteView(key_)));
  EXPECT_EQ((*status)["state"], "positive");
}

TEST_F(Fragments, ReplayAndRoutes) {
  auto http = net::HttpClient::connect_tls(local_, key_);
  ASSERT_TRUE(http);
  const std::string target = "/v1/files/" + std::string(64, '0') + "/fragments/3/11";
  const RequestSigner signer(alice_, genesis_, key_);
  const auto headers =
      signer.sign("PUT", target, as_bytes("four"), {}, system_clock().unix_seconds());
  const auto ask = [&](std::string_view method, const std::string& to, std::string body = {},
                       const net::HttpHeaders& with = {}) {
    const auto answer = http->request(method, to, std::move(body), "text/plain", with);
    return answer ? answer->status : 0U;
  };
  EXPECT_EQ(ask("PUT", target, "four", headers), 200U);
  EXPECT_EQ(ask("PUT", target, "four", headers), 401U);
  EXPECT_EQ(ask("PUT", target, "four"), 401U);
  EXPECT_EQ(ask("GET", "/health"), 200U);
  EXPECT_EQ(ask("GET", "/nothing"), 404U);
  EXPECT_EQ(ask("DELETE", target), 405U);
  EXPECT_EQ(ask("GET", target, {}, {{"Range", "bytes=1-2"}}), 206U);
  EXPECT_EQ(ask("GET", target, {}, {{"Range", "bytes=4-"}}), 416U);
  EXPECT_EQ(ask("HEAD", target), 200U);
  EXPECT_EQ(ask("GET", target + "0/x"), 404U);
  EXPECT_EQ(ask("GET", target, "a body"), 413U);
}

}  // namespace
}  // namespace cess::proto
