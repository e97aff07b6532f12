// SPDX-License-Identifier: Apache-2.0
// links: claim chain_client chain_state chain_types fingerprint json base
// Answers of a node about rights: a node that lies gets an error, or gives conflicts within limits.
#include <cstdint>

#include "base/check.hpp"
#include "claim/claim.hpp"

namespace {

using namespace cess;

/// Says the same to whatever is asked.
class SaysOfRights final : public client::Rpc {
 public:
  explicit SaysOfRights(const Json& answer) : answer_(&answer) {}

 private:
  Result<Json> ask(const std::string& /*method*/, Json /*params*/) override {
    if (++asked_ > 8) return fail(Code::peer, "no more");
    return *answer_;
  }
  const Json* answer_;
  int asked_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto json = parse_json(as_text(ByteView(data, size)), "answer");
  if (!json) return 0;
  SaysOfRights one(*json), two(*json), three(*json);
  rights::Print print;
  print.bands[0] = 1;
  if (const auto near = claim::search(one, print, AccountId())) {
    CESS_CHECK(near->radius <= rights::kRadiusMax && near->found.size() <= 1000);
    for (const auto& f : near->found) CESS_CHECK(f.distance <= 256);
    CESS_CHECK(claim::conflicts_of(*near, AccountId(), {}).size() <= near->found.size());
  }
  if (const auto all = claim::find_all(two, "0123456789abcdef")) CESS_CHECK(!all->empty());
  const auto key = make_account_key(SignatureKind::ed25519, Key256(Bytes(32, 7)));
  CESS_CHECK(key.has_value());
  (void)claim::register_print(three, *key, print, {}, {}, true);
  return 0;
}
