// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto merkle podr2 json base
// Files that carry a certificate of rights, and networks on which all must.
#include "files_fixture.hpp"
#include "rights_fixture.hpp"

namespace cess {
std::unique_ptr<Module> make_rights_module();
namespace rights_files_test {

constexpr std::uint64_t kFileLength = 100'000;

TestChain::Options with_rights(Json spec = Json::object()) {
  auto o = market_options(6, std::move(spec), true);
  o.modules.push_back(make_rights_module());
  return o;
}

TEST(RightsOfFiles, AFileCarriesItsOwnersStandingCertificateOnly) {
  FilesChain c(with_rights(), 6, 100 * kTestGib);
  c.lease("alice");
  c.lease("bob");
  const auto print = rights_print("photo", RightsRandom(1).word());
  const Hash256 id = rights::commitment_of(print);
  auto f = make_test_file("alice", "photo", test_profile(2, 2), kFileLength);
  f.declare.certificate = id;
  c.chain.must_fail("alice", "files.declare", f.declare, "no certificate");
  c.chain.must("bob", "rights.register", rights_registration("bob", print));
  c.chain.must_fail("alice", "files.declare", f.declare,
                    "the certificate is held by " + to_ss58(TestChain::id("bob")));
  c.chain.must("bob", "rights.transfer", rights::Transfer{id, TestChain::id("alice")});
  c.chain.must("alice", "files.declare", f.declare);
  EXPECT_EQ(c.file(f.fid()).certificate, id);

  c.chain.must("bob", "rights.dispute", rights::OpenDispute{id, std::nullopt, {}, ""});
  ASSERT_TRUE(c.chain.govern("rights.rule", rights::Rule{0, rights::Ruling::struck}).has_value());
  c.chain.block();
  auto again = make_test_file("alice", "again", test_profile(2, 2), kFileLength);
  again.declare.certificate = id;
  c.chain.must_fail("alice", "files.declare", again.declare, "was struck");
}

TEST(RightsOfFiles, ANetworkMayAskForOneOfEveryFile) {
  Json spec;
  spec["params"]["rights"]["files_need_one"] = true;
  FilesChain c(with_rights(spec), 6, 100 * kTestGib);
  c.lease("alice");
  auto f = make_test_file("alice", "photo", test_profile(2, 2), kFileLength);
  c.chain.must_fail("alice", "files.declare", f.declare, "every file carries a certificate");
  const auto print = rights_print("photo", RightsRandom(1).word());
  c.chain.must("alice", "rights.register", rights_registration("alice", print));
  f.declare.certificate = rights::commitment_of(print);
  c.chain.must("alice", "files.declare", f.declare);
}

}  // namespace rights_files_test
}  // namespace cess
