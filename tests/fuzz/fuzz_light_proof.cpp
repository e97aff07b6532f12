// SPDX-License-Identifier: Apache-2.0
// links: chain_light chain_ledger
// Proof documents from strangers: with a checkpoint that nobody has a header of, none holds, not
// even where every signature does; with the document's own checkpoint nothing aborts.
#include "base/check.hpp"
#include "chain/ledger/blocks.hpp"
#include "chain/light/proof.hpp"

using namespace cess;

namespace {

// Says yes to every signature, so that what lies behind them is reached.
class Gullible final : public consensus::Verifier {
 public:
  bool verify(const consensus::PublicKey&, ByteView, const consensus::Signature&) override {
    return true;
  }
  std::optional<consensus::Signature> aggregate(
      std::span<const consensus::Signature> signatures) override {
    return signatures.empty() ? std::nullopt : std::optional(signatures[0]);
  }
  bool verify_aggregate(std::span<const consensus::PublicKey>, ByteView,
                        const consensus::Signature&) override {
    return true;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView in(data, size);
  const auto document = parse_json(as_text(in), "proof");
  if (!document) return 0;
  Gullible verifier;
  light::Trust trust;
  trust.now_ms = 1'795'228'500'000;
  trust.unbonding_ms = 28ULL * 86'400'000;
  trust.checkpoint.bytes.fill(0x77);
  const auto strange = light::verify_proof(verifier, trust, *document);
  CESS_CHECK(!strange);
  CESS_CHECK(strange.error().code == Code::input || strange.error().code == Code::no);
  const JsonView view(*document, "proof");
  if (!document->is_object() || !view.has("path")) return 0;
  const auto path = view.object("path");
  if (!path) return 0;
  const auto bytes = path->hex("checkpoint_header_bytes", 4096);
  if (!bytes) return 0;
  const auto header = ledger::parse_header(*bytes);
  if (!header) return 0;
  trust.checkpoint = header_hash(*header);
  (void)light::verify_proof(verifier, trust, *document);
  return 0;
}
