// SPDX-License-Identifier: Apache-2.0
// Profiles, layout, header, keys, manifest, mask key: formats and limits, both sides of each.
#include "codec/header.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/endian.hpp"
#include "base/hex.hpp"
#include "codec/keys.hpp"
#include "codec/layout.hpp"
#include "codec/manifest.hpp"
#include "crypto/age_key.hpp"
#include "encode_support.hpp"
#include "json/json.hpp"

namespace cess {
namespace {

using test::encode;
using test::Encoded;
using test::Plan;
using test::random_bytes;

TEST(Profile, NamesGoBothWays) {
  for (const char* name : {"cess-4-8", "paper", "wp-3copy", "wp-3-2", "4+4", "8+4", "10+6", "16+8",
                           "1+0", "255+0", "1+254", "4+8x2", "10+6x16"}) {
    const auto p = parse_profile(name);
    ASSERT_TRUE(p) << name;
    EXPECT_EQ(profile_name(*p), name);
  }
  EXPECT_EQ(profile_name(*parse_profile("4+8")), "cess-4-8");
  EXPECT_EQ(profile_name(*parse_profile("3+2x3")), "paper");
  EXPECT_EQ(parse_profile("paper")->columns(), 15U);
  for (const char* name : {"",       "+",       "4",      "4+",     "+8",
                           "0+4",    "256+0",   "200+56", "4+8x",   "4+8x0",
                           "4+8x17", "04+8",    "4 + 8",  "-4+8",   "4+-8",
                           "4+8+1",  "4+8x1x1", "Paper",  "1000+1", "99999999999999999999+1"}) {
    const auto p = parse_profile(name);
    ASSERT_FALSE(p) << name;
    EXPECT_EQ(p.error().code, Code::usage);
  }
}

TEST(Profile, Limits) {
  Profile p;
  EXPECT_TRUE(check_profile(p));
  const auto with_size = [](std::uint8_t k, std::uint32_t size) {
    Profile q;
    q.k = k;
    q.fragment_size = size;
    return check_profile(q).has_value();
  };
  EXPECT_TRUE(with_size(1, 65536));
  EXPECT_FALSE(with_size(1, 65535));
  EXPECT_FALSE(with_size(1, 65537));
  EXPECT_FALSE(with_size(1, 0));
  EXPECT_TRUE(with_size(4, 256U << 20U));
  EXPECT_FALSE(with_size(5, 256U << 20U));
  EXPECT_FALSE(with_size(1, (256U << 20U) + 65536));
  EXPECT_FALSE(with_size(0, 65536));
  p.k = 247;
  EXPECT_TRUE(check_profile([&] {
    p.fragment_size = 65536;
    return p;
  }()));
  p.k = 248;
  EXPECT_FALSE(check_profile(p)) << "k + m = 256";
}

TEST(Layout, LengthsAddUp) {
  const Profile p = *parse_profile("cess-4-8");
  for (const std::uint64_t length :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{65520}, std::uint64_t{512 * 65520},
        std::uint64_t{512 * 65520 + 1}, std::uint64_t{20} << 30U}) {
    const Layout l(p, length);
    std::uint64_t cipher = 0;
    for (std::uint64_t s = 0; s < l.segment_count(); ++s) {
      cipher += l.ciphertext_length(s);
      EXPECT_GE(std::uint64_t{p.k} * l.segment_fragment_length(s), l.ciphertext_length(s));
      EXPECT_LE(l.segment_fragment_length(s), p.fragment_size);
    }
    EXPECT_EQ(cipher, length + 16 * l.chunk_count());
  }
  EXPECT_EQ(Layout(p, 512 * 65520).segment_count(), 1U);
  EXPECT_EQ(Layout(p, 512 * 65520 + 1).segment_count(), 2U);
  EXPECT_EQ(Layout(p, 0).stored_bytes(), 12U * 1024);
}

NewHeader header_to(Recipients to, std::uint64_t seed = 1, bool masked = true) {
  auto made = make_header(Plan{}.profile, AeadId::aes_256_gcm, masked, to, *fake_random(seed));
  EXPECT_TRUE(made) << made.error().message;
  return std::move(*made);
}

Recipients passphrase(const char* text) {
  Recipients to;
  const ByteView v = as_bytes(text);
  to.passphrase = Bytes(v.begin(), v.end());
  to.argon2 = {64, 1};
  return to;
}

void expect_same_keys(const FileKeys& a, const FileKeys& b) {
  EXPECT_TRUE(std::equal(a.enc.view().begin(), a.enc.view().end(), b.enc.view().begin()));
  ASSERT_EQ(a.mask.has_value(), b.mask.has_value());
  if (a.mask) {
    EXPECT_TRUE(std::equal(a.mask->view().begin(), a.mask->view().end(), b.mask->view().begin()));
  }
}

TEST(Header, EachRecipientOpensIt) {
  std::vector<Key256> secrets;
  Recipients to;
  for (std::uint64_t i = 0; i < 3; ++i) {
    secrets.push_back(fake_random(100 + i)->key());
    to.keys.push_back(x25519_public(secrets.back()));
  }
  const NewHeader made = header_to(std::move(to));
  const auto parsed = parse_header(encode_header(made.header));
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(*parsed, made.header);
  for (const Key256& secret : secrets) {
    Identities who;
    who.keys.push_back(fake_random(999)->key());  // not the first tried
    who.keys.push_back(secret.clone());
    const auto keys = open_header(*parsed, who);
    ASSERT_TRUE(keys);
    expect_same_keys(*keys, made.keys);
  }
  Identities stranger;
  stranger.keys.push_back(fake_random(999)->key());
  EXPECT_EQ(open_header(*parsed, stranger).error().code, Code::no);
  EXPECT_EQ(open_header(*parsed, {}).error().code, Code::usage);
}

TEST(Header, PassphraseOpensItAndAnotherDoesNot) {
  const NewHeader made = header_to(passphrase("correct horse"));
  const auto open = [&](const char* text) {
    Identities who;
    const ByteView v = as_bytes(text);
    who.passphrase = Bytes(v.begin(), v.end());
    return open_header(made.header, who);
  };
  ASSERT_TRUE(open("correct horse"));
  expect_same_keys(*open("correct horse"), made.keys);
  EXPECT_EQ(open("correct horsf").error().code, Code::no);
  EXPECT_EQ(open("").error().code, Code::no);
  EXPECT_EQ(open_header(made.header, {}).error().code, Code::usage);
}

TEST(Header, ArgonParametersOfAStrangerAreBounded) {
  NewHeader made = header_to(passphrase("x"));
  Identities who;
  who.passphrase = Bytes{'x'};
  for (const auto& [offset, value] : std::vector<std::pair<std::size_t, std::uint32_t>>{
           {16, (1U << 20U) + 1}, {16, UINT32_MAX}, {16, 7}, {20, 17}, {20, 0}}) {
    FileHeader h = made.header;
    store_le(h.stanzas[0].body.data() + offset, value);
    const auto opened = open_header(h, who);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::input);
  }
}

TEST(Header, WhoIsNobodyOrTwo) {
  Recipients none;
  EXPECT_EQ(make_header({}, AeadId::aes_256_gcm, true, none, system_random()).error().code,
            Code::usage);
  Recipients both = passphrase("x");
  both.in_clear = true;
  EXPECT_EQ(make_header({}, AeadId::aes_256_gcm, true, both, system_random()).error().code,
            Code::usage);
}

TEST(Header, NoTwoEncodingsShareAnything) {
  Recipients to;
  to.in_clear = true;
  std::set<Bytes> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto made = make_header({}, AeadId::aes_256_gcm, true, to, system_random());
    const FileHeader& h = made->header;
    const Bytes salt(h.salt.view().begin(), h.salt.view().end());
    EXPECT_TRUE(seen.insert(salt).second);
    EXPECT_TRUE(seen.insert(h.stanzas[0].body).second);
    EXPECT_TRUE(
        seen.insert(Bytes(made->keys.mask->view().begin(), made->keys.mask->view().end())).second);
  }
}

TEST(Header, SwappedPartsAreRefused) {
  Recipients to;
  to.in_clear = true;
  const NewHeader a = header_to(to.in_clear ? Recipients{{}, {}, true, {}} : Recipients{}, 1);
  const NewHeader b = header_to(Recipients{{}, {}, true, {}}, 2);
  FileHeader h = a.header;
  h.stanzas = b.header.stanzas;
  EXPECT_EQ(open_header(h, {}).error().message, "header: the key does not fit its commitment");
  h = a.header;
  h.mask_box = b.header.mask_box;
  EXPECT_FALSE(open_header(h, {}));
  h = a.header;
  h.mac = b.header.mac;
  EXPECT_FALSE(open_header(h, {}));
}

TEST(Header, StanzaRules) {
  const NewHeader made = header_to(Recipients{{}, {}, true, {}});
  FileHeader h = made.header;
  h.stanzas.push_back(h.stanzas[0]);
  EXPECT_FALSE(parse_header(encode_header(h))) << "a key in clear is alone";
  h.stanzas.assign(64, {StanzaType::x25519, Bytes(kX25519StanzaSize)});
  EXPECT_TRUE(parse_header(encode_header(h)));
  h.stanzas.resize(65, h.stanzas[0]);
  EXPECT_FALSE(parse_header(encode_header(h)));
  h.stanzas.clear();
  EXPECT_FALSE(parse_header(encode_header(h)));
  h.stanzas.push_back({StanzaType::x25519, Bytes(kX25519StanzaSize + 1)});
  EXPECT_FALSE(parse_header(encode_header(h)));
  Bytes bytes = encode_header(made.header);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    const auto parsed = parse_header(ByteView(bytes).first(cut));
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, Code::input);
  }
  bytes.push_back(0);
  EXPECT_FALSE(parse_header(bytes));
}

TEST(MaskKey, GoesBothWays) {
  const FileId file = FileId::from(random_bytes(32, 1));
  const Key256 key = fake_random(2)->key();
  const std::string text = write_mask_key(file, key);
  const auto parsed = parse_mask_key(as_bytes(text), "mask.json");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->file, file);
  EXPECT_EQ(to_hex(parsed->key.view()), to_hex(key.view()));
  EXPECT_FALSE(parse_mask_key(as_bytes("{}"), "mask.json"));
  EXPECT_FALSE(parse_mask_key(
      as_bytes(R"({"schema":"cess.mask_key/1","file_id":")" + to_hex(file) + R"(","key":"00"})"),
      "mask.json"));
}

class ManifestBombs : public ::testing::Test {
 protected:
  ManifestBombs() {
    const Encoded e = encode(Plan{}, random_bytes(300'000, 1));
    good = *parse_json(*write_manifest(e.manifest), "good");
  }
  static void refused(const Json& j) {
    const auto parsed = parse_manifest(as_bytes(write_json(j)));
    ASSERT_FALSE(parsed) << write_json(j).substr(0, 200);
    EXPECT_EQ(parsed.error().code, Code::input);
  }
  void set(const char* key, const Json& value) {
    Json j = good;
    j[key] = value;
    refused(j);
  }
  Json good;
};

TEST_F(ManifestBombs, AreRefused) {
  EXPECT_TRUE(parse_manifest(as_bytes(write_json(good))));
  for (const char* key : {"schema", "fid", "file_id", "length", "profile", "mask", "segment_count",
                          "segments", "header"}) {
    Json j = good;
    j.erase(key);
    refused(j);
    set(key, nullptr);
    set(key, -1);
    set(key, "");
    set(key, Json::array());
  }
  for (const char* key : {"k", "m", "copies", "matrix", "fragment_size", "name"}) {
    for (const Json& value : {Json(0), Json(256), Json(4294967296ULL), Json(-1), Json("x")}) {
      Json j = good;
      j["profile"][key] = value;
      refused(j);
    }
  }
  for (const std::uint64_t length :
       {0ULL, 1ULL, 299'999ULL, 300'001ULL, 1ULL << 50U, 1ULL << 63U, ~0ULL}) {
    set("length", length);
  }
  set("length", "18446744073709551616");
  set("segment_count", 3);
  set("segment_count", 18446744073709551615ULL);
  set("mask", "none");
  set("name", "a/b");
  set("name", "..");
  set("name", "a\nb");
  set("name", std::string(256, 'a'));
  Json j = good;
  j["segments"][0]["roots"].push_back(std::string(64, '0'));
  refused(j);
  j = good;
  j["segments"][0]["fragment_length"] = 1024;
  refused(j);
  j = good;
  j["segments"][1]["ciphertext_length"] = 18446744073709551615ULL;
  refused(j);
  j = good;
  std::swap(j["segments"][0]["roots"][0], j["segments"][0]["roots"][1]);
  refused(j);
  const std::string deep(1'000'000, '[');
  EXPECT_FALSE(parse_manifest(as_bytes(deep)));
}

TEST(Manifest, FileNames) {
  for (const char* name : {"", "a", "letter.txt", "Grüße", "日本", "-", "...", " "}) {
    EXPECT_TRUE(valid_file_name(name)) << name;
  }
  for (const char* name : {".", "..", "a/b", "/", "a\n", "\x7f", "\xff", "\xc0\x80", "\xed\xa0\x80",
                           "\xf4\x90\x80\x80", "\xe4", "\x1b[2J"}) {
    EXPECT_FALSE(valid_file_name(name)) << name;
  }
  Plan plan;
  plan.name = "Grüße";
  EXPECT_EQ(encode(plan, {}).manifest.name, "Grüße");
}

}  // namespace
}  // namespace cess
