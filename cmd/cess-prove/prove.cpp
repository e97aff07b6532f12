// SPDX-License-Identifier: Apache-2.0
// prove: challenges in, proofs out.
#include <memory>

#include "audit/challenge_json.hpp"
#include "audit/opened_challenge.hpp"
#include "audit/prover.hpp"
#include "audit/verifier.hpp"
#include "base/hex.hpp"
#include "commands.hpp"
#include "lines.hpp"
#include "store_source.hpp"

namespace cess {
namespace {

struct ProveOptions {
  std::string store, in, out;
  std::uint64_t reads = 8;
  bool raw = false, no_openings = false, check = false, force = false;
};

/// Verifies the store's own answer; when it is false, looks for the fragments that are at fault.
Status check_own(StoreSource& source, const AuditProof& proof, const ProverOptions& options,
                 cli::Context& ctx) {
  AuditVerifier verifier(1);
  for (const auto& group : proof.groups) {
    CESS_TRY_ASSIGN(const Bytes file, source.store().tagger_public(group.tagger));
    CESS_TRY(verifier.add_tagger(file));
  }
  CheckSeed seed;
  ctx.random->fill(seed);
  CESS_TRY_ASSIGN(const auto verdicts, verifier.judge({&proof, 1}, seed));
  if (verdicts[0].good()) return {};
  CESS_TRY_ASSIGN(const auto bad,
                  check_asked_fragments(source, {proof.challenge, proof.openings}, options));
  if (bad != 0) {
    return fail(Code::no, "cannot prove: " + std::to_string(bad) +
                              " of the asked fragments are missing or damaged");
  }
  return fail(Code::no, "cannot prove: the fragments are whole, but their tags do not fit them");
}

Status write_proof(Output& out, const AuditProof& proof, bool raw) {
  if (!raw) {
    std::string line = write_json(proof_to_json(proof));
    if (line.size() > kProofLineMax) {
      return fail(
          Code::input,
          "the proof is longer than any reader accepts: " + std::to_string(line.size()) + " bytes",
          {}, "ask for fewer blocks");
    }
    return out.line(std::move(line));
  }
  if (!proof.leaves.empty()) {
    return fail(Code::no, "some of the asked fragments have no tags: no raw proof for them");
  }
  for (const auto& group : proof.groups) CESS_TRY(out.write(group.compact));
  return {};
}

Result<int> prove(const ProveOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const auto source, StoreSource::open(o.store));
  CESS_TRY_ASSIGN(LineReader lines, LineReader::open(ctx, o.in, kOpenedChallengeLineMax));
  CESS_TRY_ASSIGN(Output out, Output::create(ctx, o.out, o.force, o.raw));
  ProverOptions options;
  options.reads_in_flight = static_cast<unsigned>(o.reads);
  // Checking needs the openings, whoever gets the proof.
  options.openings = o.check || !(o.no_openings || o.raw);
  options.bad_fragment = [&ctx](const FragId& frag, const std::string& why) {
    ctx.warn("fragment " + to_hex(frag) + ": " + why);
  };
  std::string_view line;
  while (true) {
    CESS_TRY_ASSIGN(const bool more, lines.next(line));
    if (!more) break;
    if (parse_no_challenge(line)) {
      if (!o.raw) CESS_TRY(out.line(std::string(line)));
      continue;
    }
    CESS_TRY_ASSIGN(const auto asked, parse_opened_challenge(line, lines.where()));
    if (o.raw && asked.challenge.suite != ProofSuite::kzg) {
      return fail(Code::usage, "--raw is for suite 1 only", "--raw");
    }
    // The challenge may be of a state that a writer made after the last one.
    CESS_TRY(source->refresh());
    CESS_TRY_ASSIGN(AuditProof proof, answer_challenge(*source, asked, options));
    if (o.check) CESS_TRY(check_own(*source, proof, options, ctx));
    if (o.no_openings) proof.openings.clear();
    CESS_TRY(write_proof(out, proof, o.raw));
  }
  if (lines.number() == 0) return fail(Code::input, lines.name() + ": empty: expected a challenge");
  CESS_TRY(out.commit());
  return 0;
}

}  // namespace

cli::Command prove_command() {
  auto o = std::make_shared<ProveOptions>();
  cli::Command c;
  c.name = "prove";
  c.summary = "answer challenges from a store";
  c.declare = [o](cli::Options& opt) {
    opt.text("-s,--store", "DIR", o->store, "the store that was challenged", true);
    opt.flag("--check", o->check, "verify the proof before handing it out");
    opt.flag("--no-openings", o->no_openings, "leave out what a holder of the index knows");
    opt.flag("--raw", o->raw, "write the 128 bytes of each tagger's proof instead of JSON");
    opt.number("-T,--threads", "N", o->reads, 1, 256, "reads in flight (default 8)");
    opt.text("-o,--output", "FILE", o->out, "write to FILE, '-' for stdout");
    opt.flag("--force", o->force, "replace an existing output file");
    opt.positional("CHALLENGE", o->in, "file of challenges, one a line (default: stdin)");
  };
  c.run = [o](cli::Context& ctx) { return prove(*o, ctx); };
  return c;
}

}  // namespace cess
