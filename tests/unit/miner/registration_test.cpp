// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto json base proto net
// What a miner's folder asks of the chain: all that a registration needs, and of a changed one only
// what has changed.
#include "miner/registration.hpp"

#include <gtest/gtest.h>

namespace cess::miner {
namespace registration_test {

constexpr std::uint64_t kTib = std::uint64_t{1} << 40U;

Offer offer() {
  Offer o;
  o.endpoint = "https://192.0.2.7:443";
  o.region = "DE";
  o.sign_key.fill(3);
  o.declared = kTib + 1;
  return o;
}
miners::IpAddress mapped(std::uint8_t last) {
  return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, last};
}
/// What the chain has after that offer.
miners::Miner registered(const Offer& o) {
  miners::Miner m;
  m.endpoint = o.endpoint;
  m.region = o.region;
  m.ip = *address_of(o.endpoint);
  m.sign_key = o.sign_key;
  return m;
}

TEST(Registration, AddressesOfBothFamilies) {
  EXPECT_EQ(*address_of("https://192.0.2.7:443"), mapped(7));
  EXPECT_EQ(*address_of("192.0.2.8:1"), mapped(8));
  const miners::IpAddress six = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5};
  EXPECT_EQ(*address_of("https://[2001:db8::5]:443"), six);
  EXPECT_EQ(address_of("https://192.0.2.7").error().code, Code::input);
  EXPECT_EQ(address_of("").error().code, Code::input);
}

TEST(Registration, StakesWhatIsRequiredAndWhatIsOwed) {
  const miners::Params params;
  const auto r = make_registration(offer(), params, 0);
  ASSERT_TRUE(r);
  EXPECT_EQ(r->stake, 2 * params.stake_per_tib);  // a TiB is begun
  EXPECT_EQ(r->declared, kTib + 1);
  EXPECT_EQ(r->ip, mapped(7));
  EXPECT_EQ(r->sign_key, offer().sign_key);
  EXPECT_EQ(make_registration(offer(), params, 77)->stake, 2 * params.stake_per_tib + 77);
  Offer o = offer();
  o.declared = kTib;
  EXPECT_EQ(make_registration(o, params, 0)->stake, params.stake_per_tib);
}

TEST(Registration, ASaidAddressGoesBeforeTheEndpoints) {
  Offer o = offer();
  o.endpoint = "https://no-such-host.invalid:443";
  o.ip = mapped(9);
  EXPECT_EQ(make_registration(o, {}, 0)->ip, mapped(9));
}

TEST(Registration, NeedsEndpointAndRegion) {
  Offer o = offer();
  o.endpoint.clear();
  EXPECT_EQ(make_registration(o, {}, 0).error().hint, "");
  EXPECT_EQ(make_registration(o, {}, 0).error().code, Code::input);
  o = offer();
  o.region.clear();
  EXPECT_EQ(make_registration(o, {}, 0).error().code, Code::input);
  EXPECT_EQ(make_update(o, {}).error().code, Code::input);
}

TEST(Registration, AnUpdateNamesOnlyWhatHasChanged) {
  const miners::Miner now = registered(offer());
  EXPECT_FALSE(*make_update(offer(), now));
  Offer o = offer();
  o.endpoint = "https://192.0.2.7:444";
  auto u = *make_update(o, now);
  ASSERT_TRUE(u);
  EXPECT_EQ(u->endpoint, o.endpoint);
  EXPECT_FALSE(u->region || u->ip || u->sign_key);
  o = offer();
  o.endpoint = "https://192.0.2.8:443";
  u = *make_update(o, now);
  ASSERT_TRUE(u);
  EXPECT_TRUE(u->endpoint && u->ip);
  EXPECT_EQ(*u->ip, mapped(8));
  o = offer();
  o.sign_key.fill(4);
  o.region = "FR";
  u = *make_update(o, now);
  ASSERT_TRUE(u);
  EXPECT_EQ(u->sign_key, o.sign_key);
  EXPECT_EQ(u->region, "FR");
  EXPECT_FALSE(u->endpoint || u->ip);
}

}  // namespace registration_test
}  // namespace cess::miner
