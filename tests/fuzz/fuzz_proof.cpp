// SPDX-License-Identifier: Apache-2.0
// links: audit podr2 json merkle crypto base
// The proof reader and the part of the verifier that hostile proofs reach before any pairing: what
// is read is written back the same, and no answer made of noise is good.
#include <cstdint>

#include "audit/verifier.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const auto proof = parse_proof(as_text({data, size}), "input");
  if (!proof) {
    CESS_CHECK(proof.error().code == Code::input && !proof.error().message.empty());
    return 0;
  }
  const std::string once = write_json(proof_to_json(*proof));
  const auto again = parse_proof(once, "output");
  CESS_CHECK(again.has_value());
  CESS_CHECK(write_json(proof_to_json(*again)) == once);
  AuditVerifier verifier(1);
  const auto verdicts = verifier.judge({&*proof, 1}, CheckSeed{});
  CESS_CHECK(verdicts.has_value() && verdicts->size() == 1);
  // No tagger is known here, so only an answer made of leaves can be good.
  CESS_CHECK(!verdicts->at(0).good() || proof->groups.empty());
  return 0;
}
