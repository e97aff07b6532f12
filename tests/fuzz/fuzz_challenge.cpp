// SPDX-License-Identifier: Apache-2.0
// links: audit podr2 json merkle crypto base
// The challenge readers, with openings and without: what they accept keeps every limit, derives,
// and has one written form.
#include <cstdint>

#include "audit/challenge_json.hpp"
#include "audit/opened_challenge.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const auto opened = parse_opened_challenge(as_text({data, size}), "input");
  if (opened) {
    (void)openings_fit(*opened);
    const std::string once = write_json(opened_challenge_to_json(*opened));
    const auto again = parse_opened_challenge(once, "output");
    CESS_CHECK(again && again->openings.size() == opened->openings.size());
    CESS_CHECK(write_json(opened_challenge_to_json(*again)) == once);
  }
  const auto c = parse_challenge(as_text({data, size}), "input");
  if (!c) {
    CESS_CHECK(c.error().code == Code::input && !c.error().message.empty());
    return 0;
  }
  CESS_CHECK(check_challenge(*c).has_value());
  const Hash256 seed = challenge_seed(*c);
  for (const std::uint32_t k : {std::uint32_t{0}, c->count - 1}) {
    CESS_CHECK(draw(seed, k, c->blocks).block < c->blocks);
  }
  const std::string once = write_json(challenge_to_json(*c));
  const auto again = parse_challenge(once, "output");
  CESS_CHECK(again.has_value() && *again == *c);
  return 0;
}
