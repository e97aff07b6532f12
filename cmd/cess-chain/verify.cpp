// SPDX-License-Identifier: Apache-2.0
// verify: a proof document against a trusted block hash; no node, no network.
#include <memory>

#include "chain/consensus/bls_crypto.hpp"
#include "chain/light/proof.hpp"
#include "chain/state/kernel/runtime.hpp"
#include "commands.hpp"
#include "decode_bytes.hpp"
#include "inputs.hpp"
#include "report.hpp"

namespace cess {
namespace {

constexpr TimeMs kDayMs = 86'400'000;

struct VerifyOptions {
  std::string in;
  std::string checkpoint;
  std::uint64_t unbonding_days = 28;
};

Result<Json> read_document(cli::Context& ctx, const std::string& path) {
  std::string name;
  CESS_TRY_ASSIGN(const Bytes text, read_input(ctx, path, light::kProofDocumentSizeMax, name));
  JsonLimits limits;
  limits.size_max = light::kProofDocumentSizeMax;
  return parse_json(as_text(text), name, limits);
}

// The stored thing in words, if this build knows the item.
Json describe_item(const light::Verdict& v) {
  Json out = {{"raw_key", to_hex(as_bytes(v.raw_key))}};
  const auto item = item_of_key(v.raw_key);
  if (!item) return out;
  out["item"] = item->first;
  out["key"] = item->second.key_to_json(v.raw_key).value_or(Json());
  out["value"] = v.raw_value ? item->second.value_to_json(*v.raw_value).value_or(Json()) : Json();
  return out;
}

Result<int> verify(const VerifyOptions& o, cli::Context& ctx) {
  const auto checkpoint = parse_id<BlockHash>(o.checkpoint, "--checkpoint");
  if (!checkpoint) return fail(Code::usage, checkpoint.error().message, o.checkpoint);
  CESS_TRY_ASSIGN(const Json document, read_document(ctx, o.in));
  const auto verifier = consensus::make_bls_verifier();
  light::Trust trust;
  trust.checkpoint = *checkpoint;
  trust.now_ms = static_cast<TimeMs>(ctx.clock->unix_seconds()) * 1000;
  trust.unbonding_ms = o.unbonding_days * kDayMs;
  CESS_TRY_ASSIGN(const auto v, light::verify_proof(*verifier, trust, document));
  const Runtime runtime;
  Json out = {{"schema", "cess.verified/1"},
              {"proves", v.kind},
              {"height", v.height},
              {"block", to_hex(v.block)}};
  if (v.kind == "state") {
    out.update(describe_item(v));
  } else {
    out["hash"] = to_hex(v.txn);
    out["txn"] = runtime.txn_to_json(*v.body);
    out["receipt"] = runtime.receipt_to_json(*v.receipt);
  }
  CESS_TRY(report(ctx, out));
  return 0;
}

}  // namespace

cli::Command verify_command() {
  auto o = std::make_shared<VerifyOptions>();
  cli::Command c;
  c.name = "verify";
  c.summary = "check a proof against a block hash, without a node";
  c.declare = [o](cli::Options& opt) {
    opt.positional("FILE", o->in, "cess.state_proof/1 or cess.finality_proof/1; default stdin");
    opt.text("--checkpoint", "HASH", o->checkpoint, "hash of a block you trust", true);
    opt.number("--unbonding-days", "N", o->unbonding_days, 1, 3650,
               "a checkpoint older than this proves nothing (default 28)");
  };
  c.run = [o](cli::Context& ctx) { return verify(*o, ctx); };
  return c;
}

}  // namespace cess
