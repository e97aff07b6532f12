// SPDX-License-Identifier: Apache-2.0
// verify: a proof document against a trusted block hash; no node, no network.
#include <memory>

#include "chain/consensus/bls_crypto.hpp"
#include "chain/light/proof.hpp"
#include "chain/state/kernel/runtime.hpp"
#include "commands.hpp"
#include "report.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

constexpr TimeMs kDayMs = 86'400'000;

struct VerifyOptions {
  std::string in;
  std::string checkpoint;
  std::uint64_t unbonding_days = 28;
};

Result<Json> read_document(cli::Context& ctx, const std::string& path) {
  const bool piped = path.empty() || path == "-";
  Bytes text;
  if (piped) {
    text.resize(light::kProofDocumentSizeMax + 1);
    CESS_TRY_ASSIGN(const auto size, read_full(ctx.in, text, "standard input"));
    text.resize(size);
  } else {
    CESS_TRY_ASSIGN(text, read_file(path, light::kProofDocumentSizeMax));
  }
  JsonLimits limits;
  limits.size_max = light::kProofDocumentSizeMax;
  return parse_json(as_text(text), piped ? "standard input" : "'" + path + "'", limits);
}

// The stored thing in words, if this build knows the item.
Json describe_item(const Runtime& runtime, const light::Verdict& v) {
  Json out = {{"raw_key", to_hex(as_bytes(v.raw_key))}};
  if (v.raw_key.size() < 2) return out;
  const auto* module = runtime.find(static_cast<ModuleId>(v.raw_key[0]));
  if (module == nullptr) return out;
  for (const auto& item : module->items()) {
    if (item.item != static_cast<std::uint8_t>(v.raw_key[1])) continue;
    out["item"] = module->name() + "." + item.name;
    auto key = item.key_to_json(v.raw_key);
    if (key) out["key"] = std::move(*key);
    if (v.raw_value) {
      auto value = item.value_to_json(*v.raw_value);
      if (value) out["value"] = std::move(*value);
    } else {
      out["value"] = nullptr;
    }
  }
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
    out.update(describe_item(runtime, v));
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
  c.summary = "check a proof against a trusted block hash, without any node";
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
