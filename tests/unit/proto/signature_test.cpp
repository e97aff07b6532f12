// SPDX-License-Identifier: Apache-2.0
// Known answers: RFC 9421 appendix B.1.4 and B.2.6, RFC 9530 appendix D, RFC 4648 section 10.
#include "proto/signature.hpp"

#include <gtest/gtest.h>

#include <map>

#include "proto/base64.hpp"
#include "proto/guard.hpp"
#include "proto/range.hpp"

namespace cess::proto {
namespace {

constexpr const char* kInput =
    "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")"
    ";created=1618884473;keyid=\"test-key-ed25519\"";
constexpr const char* kSignature =
    "sig-b26=:"
    "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw"
    "==:";

std::optional<std::string> component(const std::string& name) {
  static const std::map<std::string, std::string> kValues = {
      {"date", "Tue, 20 Apr 2021 02:07:55 GMT"},
      {"@method", "POST"},
      {"@path", "/foo"},
      {"@authority", "example.com"},
      {"content-type", "application/json"},
      {"content-length", "18"}};
  const auto it = kValues.find(name);
  return it == kValues.end() ? std::nullopt : std::optional(it->second);
}

TEST(HttpSignature, AnswersOfRfc9421B26) {
  // The seed and the key are the last 32 bytes of the two DER documents.
  const auto secret =
      parse_base64("MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF", "secret");
  const auto known =
      parse_base64("MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=", "key");
  ASSERT_TRUE(secret && known);
  const Key256 seed(ByteView(*secret).last(32));
  const Ed25519Public key = ed25519_public(seed);
  EXPECT_TRUE(std::equal(key.begin(), key.end(), known->end() - 32));

  const auto input = parse_signature_input(kInput);
  ASSERT_TRUE(input) << input.error().message;
  const auto base = signature_base(*input, component);
  ASSERT_TRUE(base);
  EXPECT_EQ(*base,
            "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@method\": POST\n\"@path\": /foo\n"
            "\"@authority\": example.com\n\"content-type\": application/json\n"
            "\"content-length\": 18\n\"@signature-params\": (\"date\" \"@method\" \"@path\" "
            "\"@authority\" \"content-type\" \"content-length\");created=1618884473;"
            "keyid=\"test-key-ed25519\"");
  const auto signature = parse_signature(kSignature, "sig-b26");
  ASSERT_TRUE(signature);
  EXPECT_TRUE(ed25519_verify(key, as_bytes(*base), *signature));
  EXPECT_EQ(format_signature(ed25519_sign(seed, as_bytes(*base)), "sig-b26"), kSignature);
}

TEST(HttpSignature, DigestOfRfc9530) {
  EXPECT_EQ(content_digest(as_bytes("{\"hello\": \"world\"}")),
            "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:");
}

TEST(HttpSignature, RootDigestsHaveOneSpelling) {
  RootDigest digest;
  digest.tags.bytes[0] = 1;
  digest.root.bytes[31] = 2;
  const std::string text = format_root_digest(digest);
  EXPECT_EQ(text,
            "cess-tags=:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:, "
            "cess-root=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAI=:");
  const auto parsed = parse_root_digest(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->tags, digest.tags);
  EXPECT_EQ(parsed->root, digest.root);
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(parse_root_digest(text.substr(0, i)));
    std::string other = text;
    other[i] = '!';
    EXPECT_FALSE(parse_root_digest(other)) << i;
  }
  EXPECT_FALSE(parse_root_digest(text + " "));
  EXPECT_FALSE(parse_root_digest(content_digest(ByteView())));
}

TEST(Base64, AnswersOfRfc4648) {
  for (const auto& [plain, coded] : std::map<std::string, std::string>{
           {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(to_base64(as_bytes(plain)), coded);
    const auto back = parse_base64(coded, "it");
    ASSERT_TRUE(back);
    EXPECT_EQ(as_text(*back), plain);
  }
  for (const char* bad :
       {"Zg=", "Zg", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm-v", "Zm9v\n"})
    EXPECT_FALSE(parse_base64(bad, "it")) << bad;
}

TEST(HttpSignature, RefusesWhatItDoesNotUnderstand) {
  for (const char* bad :
       {"", "cess", "cess=", "cess=()x", "cess=(\"a\" \"a\")", "cess=(\"a\";sf)", "cess=(\"\")",
        "cess=(\"a\"  \"b\")", "cess=(\"a\");created=", "cess=(\"a\");created=1;created=2",
        "cess=(\"a\");expires=5", "cess=(\"a\"), two=(\"a\")", "cess=(\"a\");nonce=\"x",
        "cess=(\"a\");nonce=\"\"", "cess=(\"a\");created=1234567890123", "Cess=(\"a\")"}) {
    const auto parsed = parse_signature_input(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, Code::input);
  }
  EXPECT_TRUE(parse_signature_input("cess=()"));
}

class Guarded : public testing::Test {
 protected:
  static Hash256 genesis(std::uint8_t n) {
    Hash256 h;
    h.bytes[0] = n;
    return h;
  }
  static net::HttpRequest request(const RequestSigner& signer, std::int64_t now) {
    net::HttpRequest r;
    r.method = "PUT";
    r.target = "/v1/x?tags=3";
    r.body = "body";
    r.headers = signer.sign(r.method, r.target, as_bytes(r.body), "bytes 0-3/4", now);
    return r;
  }
  Key256 seed_{Bytes(32, 7)};
  Ed25519Public server_ = ed25519_public(Key256(Bytes(32, 9)));
  std::unique_ptr<Random> random_ = fake_random(1);
  RequestSigner signer_{seed_, genesis(1), server_, *random_};
  RequestGuard guard_{genesis(1), server_};
};

TEST_F(Guarded, AdmitsOnce) {
  const auto r = request(signer_, 1000);
  const auto by = guard_.verify(r, 1000);
  ASSERT_TRUE(by) << by.error().message;
  EXPECT_EQ(by->key, signer_.key());
  EXPECT_TRUE(guard_.admit(*by, 1000));
  EXPECT_FALSE(guard_.admit(*by, 1000));
  EXPECT_FALSE(guard_.admit(*by, 1300));
  // Later it is refused for its time.
  EXPECT_FALSE(guard_.verify(r, 1301));
  EXPECT_TRUE(guard_.admit(*guard_.verify(request(signer_, 1000), 1000), 1000));
}

TEST_F(Guarded, TimeWindowHasTwoSides) {
  const auto r = request(signer_, 1000);
  EXPECT_TRUE(guard_.verify(r, 1300));
  EXPECT_FALSE(guard_.verify(r, 1301));
  EXPECT_TRUE(guard_.verify(r, 700));
  EXPECT_FALSE(guard_.verify(r, 699));
}

TEST_F(Guarded, EveryPartIsBound) {
  const auto good = request(signer_, 1000);
  ASSERT_TRUE(guard_.verify(good, 1000));
  auto r = good;
  r.method = "POST";
  EXPECT_FALSE(guard_.verify(r, 1000));
  r = good;
  r.target = "/v1/y?tags=3";
  EXPECT_FALSE(guard_.verify(r, 1000));
  r = good;
  r.target = "/v1/x?tags=4";
  EXPECT_FALSE(guard_.verify(r, 1000));
  r = good;
  r.body = "bodY";
  EXPECT_FALSE(guard_.verify(r, 1000));
  for (std::size_t i = 0; i < good.headers.size(); ++i) {
    r = good;
    r.headers.erase(r.headers.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(guard_.verify(r, 1000)) << good.headers[i].first;
    r = good;
    r.headers.push_back(good.headers[i]);
    EXPECT_FALSE(guard_.verify(r, 1000)) << good.headers[i].first;
    r = good;
    r.headers[i].second[r.headers[i].second.size() / 2] ^= 1;
    EXPECT_FALSE(guard_.verify(r, 1000)) << good.headers[i].first;
  }
  const RequestGuard other_chain(genesis(2), server_);
  EXPECT_FALSE(other_chain.verify(good, 1000));
  const RequestGuard other_server(genesis(1), signer_.key());
  EXPECT_FALSE(other_server.verify(good, 1000));
}

TEST_F(Guarded, RemembersSoManyAndForgetsTheOld) {
  RequestGuard guard(genesis(1), server_, {.window_s = 300, .nonce_count_max = 2});
  const auto use = [&](std::int64_t made, std::int64_t now) {
    return guard.admit(*guard.verify(request(signer_, made), now), now);
  };
  EXPECT_TRUE(use(1000, 1000));
  EXPECT_TRUE(use(1010, 1010));
  const auto full = use(1020, 1020);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Code::busy);
  EXPECT_TRUE(use(1301, 1301));
}

TEST(Ranges, OfRfc9110) {
  using R = ByteRange;
  EXPECT_EQ(**parse_range("bytes=0-499", 10'000), (R{0, 500, 10'000}));
  EXPECT_EQ(**parse_range("bytes=-500", 10'000), (R{9'500, 500, 10'000}));
  EXPECT_EQ(**parse_range("bytes=9500-", 10'000), (R{9'500, 500, 10'000}));
  EXPECT_EQ(**parse_range("bytes=0-0", 10'000), (R{0, 1, 10'000}));
  EXPECT_EQ(**parse_range("bytes=9999-20000", 10'000), (R{9'999, 1, 10'000}));
  EXPECT_FALSE(parse_range("bytes=10000-", 10'000));
  EXPECT_FALSE(parse_range("bytes=-0", 10'000));
  for (const char* ignored :
       {"", "lines=1-2", "bytes=1-2,4-5", "bytes=2-1", "bytes=a-b", "bytes=-"})
    EXPECT_FALSE(parse_range(ignored, 10'000)->has_value()) << ignored;
  EXPECT_EQ(*parse_content_range("bytes 0-499/1234"), (R{0, 500, 1234}));
  EXPECT_EQ(format_content_range({734, 500, 1234}), "bytes 734-1233/1234");
  for (const char* bad :
       {"", "bytes 0-1/*", "bytes */5", "bytes 0-5/5", "bytes 3-2/5", "bytes=0-1/5"})
    EXPECT_FALSE(parse_content_range(bad)) << bad;
}

}  // namespace
}  // namespace cess::proto
