// SPDX-License-Identifier: Apache-2.0
// links: chain_types economy crypto json base
// Transactions and blocks against a second writing of the formats (tests/vectors/chain/block.txt),
// which the pages in doc/formats show too.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "chain/types/header.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace {

std::map<std::string, std::string> vectors() {
  std::map<std::string, std::string> out;
  std::ifstream in(CESS_VECTORS_DIR "/chain/block.txt");
  for (std::string line; std::getline(in, line);) {
    const auto space = line.find(' ');
    if (!line.starts_with("#")) out[line.substr(0, space)] = line.substr(space + 1);
  }
  return out;
}
Bytes hex(const std::string& text) { return parse_hex(text, "vector").value(); }

// A page without the spaces and line ends of its examples.
std::string page(const std::string& name) {
  std::ifstream in(std::string(CESS_VECTORS_DIR "/../../doc/formats/") + name);
  std::string out;
  for (char c; in.get(c);) {
    if (c != ' ' && c != '\n') out.push_back(c);
  }
  return out;
}

TEST(Txn, IsThePagesExample) {
  auto v = vectors();
  Txn txn;
  txn.body.genesis = sha256(as_bytes("an example chain"));
  txn.body.sender = AccountId::from(hex(v["sender"]));
  txn.body.nonce = 7;
  txn.body.tip = 1000;
  txn.body.valid_until = 4321;
  txn.body.module = 1;
  txn.body.args = hex(v["args"]);
  EXPECT_EQ(to_hex(encode_scale(txn.body)), v["body"]);
  const Key256 key(hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
  const auto s = ed25519_sign(key, txn_signed_bytes(txn.body));
  EXPECT_EQ(to_hex(ByteView(s)), v["signature"]);
  txn.signature.assign(s.begin(), s.end());
  EXPECT_TRUE(verify_txn_signature(txn));
  const auto read = to_read_txn(txn);
  EXPECT_EQ(to_hex(encode_scale(txn)), v["txn"]);
  EXPECT_EQ(to_hex(read.hash), v["txn_hash"]);
  EXPECT_EQ(read.size_bytes, 215U);
  const auto text = page("transaction.md");
  EXPECT_NE(text.find(v["txn"]), std::string::npos);
  EXPECT_NE(text.find(v["txn_hash"]), std::string::npos);
  EXPECT_NE(page("scale.md").find(v["args"]), std::string::npos);
}

TEST(Txn, AnyBitChangesTheSignature) {
  auto v = vectors();
  const Bytes good = hex(v["txn"]);
  int parsed = 0;
  for (std::size_t i = 0; i < good.size() * 8; ++i) {
    Bytes bad = good;
    bad[i / 8] = static_cast<std::uint8_t>(bad[i / 8] ^ (1U << i % 8));
    const auto txn = parse_txn(bad);
    if (!txn) continue;
    ++parsed;
    EXPECT_FALSE(verify_txn_signature(*txn)) << "bit " << i;
  }
  EXPECT_GT(parsed, 1500);
}

TEST(Txn, LimitsAreKept) {
  auto v = vectors();
  Txn txn = parse_txn(hex(v["txn"])).value();
  // 4 bytes of length instead of 1, and as many arguments as fit.
  txn.body.args.resize(kTxnSizeMax - (215 - 48) - 3);
  EXPECT_EQ(encode_scale(txn).size(), kTxnSizeMax);
  EXPECT_TRUE(parse_txn(encode_scale(txn)).has_value());
  txn.body.args.push_back(0);
  EXPECT_FALSE(parse_txn(encode_scale(txn)).has_value());
  Txn other = parse_txn(hex(v["txn"])).value();
  other.body.version = 2;
  EXPECT_FALSE(parse_txn(encode_scale(other)).has_value());
  other.body.version = 1;
  for (const std::size_t size : {0U, 63U, 65U}) {
    other.signature.resize(size);
    EXPECT_FALSE(verify_txn_signature(other)) << size;
  }
  other.signature_kind = SignatureKind::secp256k1;
  for (const std::size_t size : {64U, 65U, 66U}) {
    other.signature.resize(size);
    EXPECT_FALSE(verify_txn_signature(other)) << size;
  }
}

Header example_header(std::map<std::string, std::string>& v) {
  Header h;
  h.height = 9;
  h.parent = BlockHash::from(sha256(as_bytes("parent")).view());
  h.time_ms = 1'700'000'009'000;
  h.proposer = AccountId::from(hex(v["sender"]));
  for (std::size_t i = 0; i < h.vrf_proof.size(); ++i)
    h.vrf_proof[i] = static_cast<std::uint8_t>(i);
  h.txns_root = txns_root({hex(v["txn"])});
  h.state_root = sha256(as_bytes("state"));
  h.receipts_root = sha256(as_bytes("receipts"));
  h.mmr_root = sha256(as_bytes("mmr"));
  h.committee = sha256(as_bytes("committee"));
  h.parent_certificate = hex("c0ffee");
  return h;
}

TEST(Block, IsThePagesExample) {
  auto v = vectors();
  const Block block{example_header(v), {hex(v["txn"])}, {}};
  EXPECT_EQ(to_hex(encode_scale(block.header)), v["header"]);
  EXPECT_EQ(to_hex(header_hash(block.header)), v["header_hash"]);
  EXPECT_EQ(to_hex(encode_block(block)), v["block"]);
  const auto back = parse_block(hex(v["block"]));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(to_hex(encode_block(*back)), v["block"]);
  EXPECT_NE(page("block.md").find(v["header_hash"]), std::string::npos);
}

TEST(Block, TheBodyMustBeTheHeaders) {
  auto v = vectors();
  const auto refused = [](const Block& b, std::string_view why) {
    const auto r = parse_block(encode_block(b));
    ASSERT_FALSE(r.has_value()) << why;
    EXPECT_NE(r.error().message.find(why), std::string::npos) << r.error().message;
  };
  const Block good{example_header(v), {hex(v["txn"])}, {}};
  Block bad = good;
  bad.txns.clear();
  refused(bad, "transactions do not match");
  bad = good;
  bad.txns.push_back(good.txns[0]);
  refused(bad, "transactions do not match");
  bad = good;
  bad.evidence.push_back({1});
  refused(bad, "evidence does not match");
  bad = good;
  bad.header.version = 2;
  refused(bad, "unknown version");
  bad = good;
  bad.header.parent_certificate.resize(kCertificateSizeMax + 1);
  refused(bad, "certificate over the limit");
  Bytes bytes = encode_block(good);
  for (std::size_t n = 0; n < bytes.size(); ++n)
    EXPECT_FALSE(parse_block(ByteView(bytes).first(n)).has_value()) << n;
  bytes.push_back(0);
  EXPECT_FALSE(parse_block(bytes).has_value());
  EXPECT_FALSE(parse_block(Bytes(kBlockSizeMax + 1)).has_value());
}

}  // namespace
}  // namespace cess
