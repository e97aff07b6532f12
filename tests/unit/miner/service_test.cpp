// SPDX-License-Identifier: Apache-2.0
// links: store codec podr2 merkle chain_state chain_types chain_client
// What a miner's server promises: a receipt is for what lies here, and uploads that were given up
// shut nobody out.
#include "miner/service.hpp"

#include "base/hex.hpp"
#include "chain/state/files/calls.hpp"
#include "chain/state/files/layout.hpp"
#include "codec/header.hpp"
#include "codec/profile.hpp"
#include "crypto/ed25519.hpp"
#include "merkle/tree.hpp"
#include "unit/store/fixture.hpp"

namespace cess::miner {
namespace service_test {

using proto::ByteRange;
using proto::FragmentAt;

/// Values by their keys.
class PlainNode final : public client::Rpc {
 public:
  std::map<std::string, Bytes> values;
  bool away = false;

 private:
  Result<Json> ask(const std::string& method, Json params) override {
    if (away || method != "state_get") return fail(Code::peer, "nobody answers " + method);
    const Bytes raw = *parse_hex(params.at("raw_key").get<std::string>(), "raw_key");
    const auto found = values.find(std::string(as_text(raw)));
    Json out = {{"height", 7U}, {"exists", found != values.end()}};
    if (found != values.end()) out["raw_value"] = to_hex(found->second);
    return out;
  }
};

class ServiceTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    init();
    store_ = open();
    shelf_.emplace(*store_);
    MinerSettings settings;
    settings.staging = folder_ + "/staging";
    settings.staging_bytes = 1000;
    settings.till.folder = folder_ + "/till";
    service_.emplace(*shelf_, node_, genesis_, seed_, settings);
    ASSERT_TRUE(service_->open());
    file_.profile.k = 1;
    file_.profile.m = 1;
    file_.profile.fragment_size = kFragmentSizeUnit;
    file_.segment_count = 2;
    file_.stripe_segments = 2;
    file_.length = 2 * kChunkPlain;
    file_.deal = 9;
  }
  static Fid fid(std::uint8_t n) {
    Fid f;
    f.bytes.fill(n);
    return f;
  }
  /// A file of two segments, column 0 of it for this miner.
  void declare(std::uint8_t n) {
    file_.file_id = file_id_of(n);
    node_.values[files::kFiles.key(fid(n))] = encode_scale(file_);
    draw(n, me_);
    // The file is looked up on the chain first; the manifest's text is not asked for after that.
    ASSERT_TRUE(service_->held(fid(n), 0, 0, 1));
    ASSERT_TRUE(shelf_->put_manifest(fid(n), file_.file_id, as_bytes("{}")));
  }
  void draw(std::uint8_t n, const AccountId& miner) {
    node_.values[files::kSlots.key(fid(n), 0, 0)] = encode_scale(files::Slot{miner, false});
  }
  Result<proto::PutState> put_half(std::uint8_t n, std::uint64_t size) {
    const ByteRange range{0, size, files::fragment_length(file_, 0)};
    return service_->put_piece({fid(n), 0, 0}, range, {}, Bytes(size, 1), std::nullopt);
  }
  std::uint64_t received(std::uint8_t n) { return service_->put_state({fid(n), 0, 0})->received; }

  Hash256 genesis_;
  Key256 seed_{Bytes(32, 3)};
  AccountId me_ = AccountId::from(file_id_of(7).view());  // as the fixture's store
  files::File file_;
  PlainNode node_;
  std::unique_ptr<Store> store_;
  std::optional<Shelf> shelf_;
  std::optional<MinerService> service_;
};

TEST_F(ServiceTest, UploadsThatWereGivenUpShutNobodyOut) {
  for (std::uint8_t n = 1; n <= 3; ++n) declare(n);
  ASSERT_TRUE(put_half(1, 600));
  // It may still come.
  const auto busy = put_half(2, 600);
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().code, Code::busy);
  EXPECT_EQ(received(1), 600U);
  // Who cannot ask the chain forgets nothing.
  node_.away = true;
  EXPECT_FALSE(put_half(2, 600));
  node_.away = false;
  EXPECT_EQ(received(1), 600U);
  // Its place went to another miner; what needs no more room leaves it there.
  draw(1, AccountId{});
  ASSERT_TRUE(put_half(3, 300));
  EXPECT_EQ(received(1), 600U);
  const auto taken = put_half(2, 600);
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(received(1), 0U);
  EXPECT_EQ(received(2), 600U);
  EXPECT_EQ(received(3), 300U);
}

TEST_F(ServiceTest, AReceiptIsForAllOfASlotThatLiesHere) {
  declare(1);
  files::SlotReceipt receipt;
  receipt.fid = fid(1);
  receipt.deal = file_.deal;
  const auto sign = [&] { return service_->sign_receipt(encode_scale(receipt)); };
  for (const std::uint32_t segment : {0U, 1U}) {
    const auto early = sign();
    ASSERT_FALSE(early);
    EXPECT_EQ(early.error().message,
              "segment " + std::to_string(segment) + " of the slot is not here yet");
    const Bytes data = bytes_of(segment, files::fragment_length(file_, segment));
    ASSERT_TRUE(shelf_->put({file_.file_id, segment, 0, 0}, fragment_root(data), {}, data));
  }
  const auto signature = sign();
  ASSERT_TRUE(signature) << signature.error().message;
  EXPECT_TRUE(ed25519_verify(ed25519_public(seed_), files::receipt_message(genesis_, me_, receipt),
                             *signature));
  // Of another deal, of tags that are not these, of another's slot: no.
  ++receipt.deal;
  EXPECT_FALSE(sign());
  receipt.deal = file_.deal;
  receipt.tagger.bytes.fill(1);
  receipt.nonces.resize(2);
  EXPECT_FALSE(sign());
  receipt.tagger = {};
  receipt.nonces.clear();
  draw(1, AccountId{});
  EXPECT_FALSE(sign());
}

}  // namespace service_test
}  // namespace cess::miner
