// SPDX-License-Identifier: Apache-2.0
// A chain with miners and space to lease, for tests of the storage modules. Without audits: nobody
// answers them here.
#pragma once

#include "chain/state/miners/calls.hpp"
#include "chain/state/territory/calls.hpp"
#include "test_chain.hpp"

namespace cess {

std::unique_ptr<Module> make_system_module();
std::unique_ptr<Module> make_accounts_module();
std::unique_ptr<Module> make_treasury_module();
std::unique_ptr<Module> make_territory_module();
std::unique_ptr<Module> make_miners_module();
std::unique_ptr<Module> make_files_module();
std::unique_ptr<Module> make_gateways_module();
std::unique_ptr<Module> make_delivery_module();
std::unique_ptr<Module> make_taggers_module();

constexpr std::uint64_t kTestGib = std::uint64_t{1} << 30U;

/// Without `files` space may be moved by hand: nobody checks it against files.
inline TestChain::Options market_options(std::size_t miners, Json spec = Json::object(),
                                         bool files = false) {
  TestChain::Options o;
  o.modules.push_back(make_system_module());
  o.modules.push_back(make_accounts_module());
  o.modules.push_back(make_treasury_module());
  o.modules.push_back(make_territory_module());
  o.modules.push_back(make_miners_module());
  if (files) o.modules.push_back(make_files_module());
  o.modules.push_back(make_gateways_module());
  o.modules.push_back(make_delivery_module());
  o.modules.push_back(make_taggers_module());
  for (std::size_t i = 0; i < miners; ++i) o.names.push_back("miner" + std::to_string(i));
  o.spec = std::move(spec);
  return o;
}

/// An address in a /24 of its own for each number below 65536.
inline miners::IpAddress test_ip(std::size_t i) {
  miners::IpAddress ip{};
  ip[10] = ip[11] = 0xff;
  ip[12] = 10;
  ip[13] = static_cast<std::uint8_t>(i >> 8U);
  ip[14] = static_cast<std::uint8_t>(i);
  ip[15] = 7;
  return ip;
}

inline miners::Register registration(const std::string& name, std::size_t i,
                                     std::uint64_t declared = 100 * kTestGib) {
  miners::Register r;
  r.endpoint = "http://10.0.0.1:15001";
  r.ip = test_ip(i);
  r.region = "DE-BE";
  r.sign_key = ed25519_public(TestChain::key(name + " receipts"));
  r.declared = declared;
  r.stake = 2000 * kBaseUnitsPerToken;
  return r;
}

/// Registers miner0 … with one registration each.
inline void add_miners(TestChain& chain, std::size_t count,
                       std::uint64_t declared = 100 * kTestGib) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = "miner" + std::to_string(i);
    chain.queue(name, "miners.register", registration(name, i, declared));
  }
  for (const auto& r : chain.block().receipts) EXPECT_TRUE(r.ok) << r.error;
}

inline miners::Miner miner_of(TestChain& chain, const std::string& name) {
  return miners::kMiners.get(chain.state(), TestChain::id(name)).value();
}

inline territory::Territory territory_of(TestChain& chain, const std::string& owner,
                                         const std::string& name) {
  const auto id = territory::find(chain.state(), TestChain::id(owner), name);
  EXPECT_TRUE(id.has_value());
  return territory::kTerritories.get_or_default(chain.state(), id.value_or(0));
}

}  // namespace cess
