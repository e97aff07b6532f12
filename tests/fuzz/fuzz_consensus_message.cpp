// SPDX-License-Identifier: Apache-2.0
// links: chain_consensus crypto base
// Consensus messages: what decodes is written back as it was read, and a core that hears it neither
// crashes nor signs anything, for nobody in the corpus holds a key.
#include <algorithm>

#include "base/check.hpp"
#include "chain/consensus/core.hpp"
#include "chain/consensus/fake_crypto.hpp"
#include "crypto/sha256.hpp"

namespace {

using namespace cess;
using namespace cess::consensus;

// Any bytes are a block of height 5 in era 1.
class AnyBlock final : public BlockReader {
 public:
  [[nodiscard]] Result<HeaderView> read_block(ByteView bytes) const override {
    HeaderView v;
    v.digest = sha256(bytes);
    v.height = 5;
    v.era = 1;
    return v;
  }
  [[nodiscard]] Result<HeaderView> read_header(ByteView bytes) const override {
    return read_block(bytes);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView in(data, size);
  const auto message = decode_message(in, 4096);
  if (!message) {
    CESS_CHECK(message.error().code == Code::input);
    return 0;
  }
  CESS_CHECK(std::ranges::equal(encode_message(*message), in));

  static const FakeRegistry registry(1);
  static const AnyBlock reader;
  const auto verifier = registry.make_verifier();
  const auto signer = registry.make_signer(2);
  std::vector<PublicKey> keys;
  for (std::uint64_t i = 0; i < 4; ++i) keys.push_back(registry.key(i));
  VoterRecord record;
  record.key = signer->key();
  Core core({}, reader, *verifier, {signer.get(), record, {}, {}, 0},
            {5, {}, std::nullopt, *Committee::make(1, {}, keys), nullptr});
  (void)core.step(event::Started{}, 1);
  const auto shared = std::make_shared<const Message>(*message);
  TimeMs now = 1;
  const std::optional<ValidatorIndex> senders[] = {std::nullopt, ValidatorIndex{1}};
  for (const auto& from : senders) {
    for (const Action& a : core.step(event::Received{9, from, shared}, now++)) {
      CESS_CHECK(!std::holds_alternative<action::Persist>(a));
      CESS_CHECK(!std::holds_alternative<action::Commit>(a));
      CESS_CHECK(!std::holds_alternative<action::Report>(a));
    }
  }
  CESS_CHECK(core.view().round == 0);
  return 0;
}
