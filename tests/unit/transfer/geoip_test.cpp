// SPDX-License-Identifier: Apache-2.0
#include "transfer/geoip.hpp"

#include <gtest/gtest.h>

#include <stdlib.h>  // NOLINT: mkdtemp
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "mmdb_writer.hpp"
#include "sys/file.hpp"

namespace cess::transfer {
namespace geoip_test {

using Writer = test::MmdbWriter;

miners::IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  miners::IpAddress ip{};
  ip[10] = ip[11] = 0xff;
  ip[12] = a;
  ip[13] = b;
  ip[14] = c;
  ip[15] = d;
  return ip;
}

std::string country(const std::string& code) {
  return Writer::map({{"country", Writer::map({{"iso_code", Writer::text(code)}})}});
}
std::string city(const std::string& code, const std::string& part, double longitude,
                 double latitude) {
  const std::string area = Writer::map({{"iso_code", Writer::text(part)}});
  return Writer::map({{"country", Writer::map({{"iso_code", Writer::text(code)}})},
                      {"location", Writer::map({{"latitude", Writer::real(latitude)},
                                                {"longitude", Writer::real(longitude)}})},
                      {"subdivisions", Writer::list({area})}});
}

struct Databases {
  std::string folder = "/tmp/cess-geoip-XXXXXX";
  Result<GeoDatabase> database = fail(Code::no, "not made");

  Databases(const Databases&) = delete;
  Databases& operator=(const Databases&) = delete;
  ~Databases() {
    ::unlink(file().c_str());
    ::rmdir(folder.c_str());
  }
  [[nodiscard]] std::string file() const { return folder + "/geo.mmdb"; }
  Databases() {
    EXPECT_NE(::mkdtemp(folder.data()), nullptr);
    Writer w;
    w.add_v4({198, 51, 100, 0}, 24, country("DE"));
    w.add_v4({203, 0, 113, 0}, 24, city("US", "CA", -122.4, 37.8));
    w.add_v4({192, 0, 2, 0}, 24, country("not a code"));
    miners::IpAddress v6{0x20, 0x01, 0x0d, 0xb8};
    w.add(v6, 32, city("FR", "IDF", 2.35, 48.85));
    database = open(w.finish());
  }
  Result<GeoDatabase> open(const std::string& bytes) {
    EXPECT_TRUE(write_file(file(), as_bytes(bytes), {.replace = true}));
    return GeoDatabase::open(file());
  }
  GeoRecord at(const miners::IpAddress& ip) {
    const auto found = database->find(ip);
    EXPECT_TRUE(found && *found);
    return found && *found ? **found : GeoRecord{};
  }
};

TEST(GeoIp, WhatADatabaseKnows) {
  Databases t;
  ASSERT_TRUE(t.database) << t.database.error().message;
  EXPECT_EQ(t.at(v4(198, 51, 100, 7)).country, "DE");
  EXPECT_TRUE(t.at(v4(198, 51, 100, 7)).regions.empty());
  EXPECT_FALSE(t.at(v4(198, 51, 100, 7)).place);
  const GeoRecord ca = t.at(v4(203, 0, 113, 255));
  EXPECT_EQ(ca.country, "US");
  EXPECT_EQ(ca.regions, std::vector<std::string>{"US-CA"});
  ASSERT_TRUE(ca.place);
  EXPECT_EQ(ca.place->longitude, 57'600'000U);
  EXPECT_EQ(ca.place->latitude, 127'800'000U);
  EXPECT_EQ(t.at({0x20, 0x01, 0x0d, 0xb8, 9}).country, "FR");
  EXPECT_EQ(t.at(v4(192, 0, 2, 1)).country, "");
  for (const auto& unknown : {v4(127, 0, 0, 1), v4(198, 51, 101, 0), miners::IpAddress{0xfe}}) {
    const auto found = t.database->find(unknown);
    ASSERT_TRUE(found);
    EXPECT_FALSE(*found);
  }
}

TEST(GeoIp, WhatIsNoDatabaseIsRefused) {
  Databases t;
  EXPECT_EQ(GeoDatabase::open(t.folder + "/none").error().code, Code::system);
  EXPECT_EQ(t.open("").error().code, Code::input);
  EXPECT_EQ(t.open(std::string(5000, 'x')).error().code, Code::input);
  Writer w;
  w.add_v4({198, 51, 100, 0}, 24, country("DE"));
  const std::string whole = w.finish();
  // Cut anywhere: refused at once, or at the look-up, or its end was not needed; never a crash.
  for (std::size_t size = 1; size < whole.size(); size += 17) {
    const auto cut = t.open(whole.substr(0, size));
    if (cut) (void)cut->find(v4(198, 51, 100, 1));
  }
}

TEST(GeoIp, ARuleIsContradictedByWhatIsKnownOnly) {
  const GeoRecord de{"DE", {}, std::nullopt};
  const GeoRecord california{"US", {"US-CA"}, miners::Place{57'600'000, 127'800'000}};
  const GeoRecord us{"US", {}, std::nullopt};
  files::RegionRule rule;
  EXPECT_FALSE(contradicts(rule, de));
  rule.regions = {"DE", "US-CA"};
  EXPECT_FALSE(contradicts(rule, de));
  EXPECT_FALSE(contradicts(rule, california));
  EXPECT_FALSE(contradicts(rule, us));
  EXPECT_FALSE(contradicts(rule, GeoRecord{}));
  rule.regions = {"US-NY"};
  EXPECT_TRUE(contradicts(rule, de));
  EXPECT_TRUE(contradicts(rule, california));
  EXPECT_FALSE(contradicts(rule, us));
  rule.regions = {"FR"};
  EXPECT_TRUE(contradicts(rule, us));
  rule.regions.clear();
  rule.polygon = {{57'000'000, 127'000'000}, {58'000'000, 127'000'000}, {57'500'000, 129'000'000}};
  EXPECT_FALSE(contradicts(rule, us));
  EXPECT_FALSE(contradicts(rule, california));
  rule.polygon = {{280'000'000, 90'000'000}, {281'000'000, 90'000'000}, {281'000'000, 91'000'000}};
  EXPECT_TRUE(contradicts(rule, california));
}

std::pair<AccountId, miners::Miner> miner(std::uint8_t n, const miners::IpAddress& ip,
                                          const std::string& endpoint) {
  std::pair<AccountId, miners::Miner> out;
  out.first.bytes[0] = n;
  out.second.region = "DE";
  out.second.ip = ip;
  out.second.endpoint = endpoint;
  return out;
}

TEST(GeoIp, WhoIsElsewhereIsDenied) {
  Databases t;
  ASSERT_TRUE(t.database);
  const auto here = miner(1, v4(198, 51, 100, 1), "198.51.100.1:7000");
  const auto elsewhere = miner(2, v4(203, 0, 113, 1), "203.0.113.1:7000");
  const auto unknown = miner(3, v4(127, 0, 0, 1), "127.0.0.1:7000");
  const auto two_tongues = miner(4, v4(198, 51, 100, 2), "203.0.113.9:7000");
  auto not_asked = miner(5, v4(203, 0, 113, 2), "203.0.113.2:7000");
  not_asked.second.region = "US";
  files::RegionRule rule;
  rule.regions = {"DE"};
  const auto denied =
      deny_misplaced(rule, *t.database, {here, elsewhere, unknown, two_tongues, not_asked});
  ASSERT_TRUE(denied);
  EXPECT_EQ(*denied, (std::vector<AccountId>{elsewhere.first, two_tongues.first}));
  EXPECT_EQ(rule.deny, *denied);
}

TEST(GeoIp, MoreThanARuleCanDenyIsSaid) {
  Databases t;
  ASSERT_TRUE(t.database);
  std::vector<std::pair<AccountId, miners::Miner>> all;
  for (std::uint8_t i = 0; i < files::kListedMax; ++i) {
    all.push_back(miner(i, v4(203, 0, 113, i), "203.0.113.1:7000"));
  }
  files::RegionRule rule;
  rule.regions = {"DE"};
  files::RegionRule full = rule;
  EXPECT_TRUE(deny_misplaced(rule, *t.database, all));
  all.push_back(miner(200, v4(203, 0, 113, 200), "203.0.113.1:7000"));
  const auto refused = deny_misplaced(full, *t.database, all);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::input);
  EXPECT_TRUE(full.deny.empty());
}

}  // namespace geoip_test
}  // namespace cess::transfer
