// SPDX-License-Identifier: Apache-2.0
// links: chain_consensus crypto base
// Consensus messages: what decodes is written back as it was read. A core that hears it never
// crashes; where no signature is right it signs nothing, keeps its round and accuses nobody.
#include <algorithm>

#include "base/check.hpp"
#include "chain/consensus/core.hpp"
#include "crypto/sha256.hpp"
#include "fuzz_verifier.hpp"

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

// Everything is answered at once, as an obliging application would.
void hear(Core& core, const Event& event, TimeMs& now, bool answers, std::size_t depth = 0) {
  if (depth > 8) return;
  for (const Action& a : core.step(event, ++now)) {
    if (!answers) {
      CESS_CHECK(!std::holds_alternative<action::Persist>(a));
      CESS_CHECK(!std::holds_alternative<action::Commit>(a));
      CESS_CHECK(!std::holds_alternative<action::Report>(a));
    } else if (const auto* p = std::get_if<action::Persist>(&a)) {
      hear(core, event::RecordPersisted{p->sequence}, now, answers, depth + 1);
    } else if (const auto* v = std::get_if<action::Validate>(&a)) {
      hear(core, event::Validated{v->height, v->digest, event::Verdict::valid, {}}, now, answers,
           depth + 1);
    } else if (const auto* c = std::get_if<action::Commit>(&a)) {
      hear(core, event::Advanced{c->height + 1, fuzz_committee(1, 4)}, now, answers, depth + 1);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView in(data, size);
  const auto message = decode_message(in, 4096);
  if (!message) {
    CESS_CHECK(message.error().code == Code::input);
    return 0;
  }
  CESS_CHECK(std::ranges::equal(encode_message(*message), in));
  static const AnyBlock reader;
  const auto shared = std::make_shared<const Message>(*message);
  const std::optional<ValidatorIndex> senders[] = {std::nullopt, ValidatorIndex{1}};
  for (const bool answer : {false, true}) {
    FuzzVerifier verifier(answer);
    const auto committee = fuzz_committee(1, 4);
    FuzzSigner signer(committee->keys()[2]);
    VoterRecord record;
    record.key = signer.key();
    Core core({}, reader, verifier, {&signer, record, {}, {}, 0},
              {5, {}, std::nullopt, committee, nullptr});
    TimeMs now = 0;
    hear(core, event::Started{}, now, answer);
    for (const auto& from : senders) hear(core, event::Received{9, from, shared}, now, answer);
    CESS_CHECK(answer || core.view().round == 0);
  }
  return 0;
}
