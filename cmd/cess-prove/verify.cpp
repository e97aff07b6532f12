// SPDX-License-Identifier: Apache-2.0
// verify: proofs in, one verdict a line out, in the order of the proofs.
#include <algorithm>
#include <memory>
#include <thread>

#include "audit/challenge_json.hpp"
#include "audit/service_index.hpp"
#include "audit/verifier.hpp"
#include "base/hex.hpp"
#include "commands.hpp"
#include "lines.hpp"
#include "pois/documents.hpp"

namespace cess {
namespace {

constexpr std::uint64_t kProofCountMax = std::uint64_t{1} << 20U;
constexpr std::size_t kBatchCount = 256;
constexpr std::size_t kBatchBytes = std::size_t{32} << 20U;
constexpr std::size_t kDrawBytes = 64;  // of memory for each asked block, however short the text

struct VerifyOptions {
  std::vector<std::string> taggers;
  std::string challenges, index, in;
  std::uint64_t threads = 0;
};

Status load_taggers(AuditVerifier& verifier, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    CESS_TRY_ASSIGN(const Bytes file, read_file(path, kTaggerPublicSize));
    if (const auto added = verifier.add_tagger(file); !added) {
      return fail(Code::input, "'" + path + "': " + added.error().message, path);
    }
  }
  return {};
}

Status load_challenges(AuditVerifier& verifier, cli::Context& ctx, const std::string& path) {
  CESS_TRY_ASSIGN(LineReader lines, LineReader::open(ctx, path, kChallengeLineMax));
  std::string_view line;
  while (true) {
    CESS_TRY_ASSIGN(const bool more, lines.next(line));
    if (!more) break;
    if (lines.number() > kProofCountMax) {
      return fail(Code::input,
                  lines.where() + ": more than " + std::to_string(kProofCountMax) + " challenges");
    }
    CESS_TRY_ASSIGN(const Challenge c, parse_challenge(line, lines.where()));
    verifier.expect(c);
  }
  if (lines.number() == 0) {
    return fail(Code::input, lines.name() + ": empty: expected a challenge");
  }
  return {};
}

Status load_index(AuditVerifier& verifier, cli::Context& ctx, const std::string& path) {
  CESS_TRY_ASSIGN(LineReader lines, LineReader::open(ctx, path, 1U << 16U));
  ServiceIndex index;
  IndexLineReader reader(lines.name(), [&index](const IndexEntry& e) { index.add(e); });
  std::string_view line;
  while (true) {
    CESS_TRY_ASSIGN(const bool more, lines.next(line));
    if (!more) break;
    CESS_TRY(reader.line(line));
  }
  CESS_TRY_ASSIGN(const IndexTotals totals, reader.finish());
  verifier.set_index(std::move(index), totals);
  return {};
}

/// Proofs waiting to be judged together.
class Batch {
 public:
  Batch(AuditVerifier& verifier, cli::Context& ctx) : verifier_(verifier), ctx_(ctx) {}

  Status add(AuditProof proof, std::uint64_t line, std::size_t bytes) {
    bytes_ += bytes + kDrawBytes * proof.challenge.count;
    proofs_.push_back(std::move(proof));
    lines_.push_back(line);
    return proofs_.size() >= kBatchCount || bytes_ >= kBatchBytes ? judge() : Status{};
  }
  Status judge() {
    if (proofs_.empty()) return {};
    CheckSeed seed;
    ctx_.random->fill(seed);
    CESS_TRY_ASSIGN(const auto verdicts, verifier_.judge(proofs_, seed));
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      CESS_TRY(ctx_.print(verdict_to_json(verdicts[i], lines_[i])));
      all_good = all_good && verdicts[i].good();
    }
    proofs_.clear();
    lines_.clear();
    bytes_ = 0;
    return {};
  }
  /// A proof of idle space is judged at once: the order of verdicts is that of the lines.
  Status judge_idle(std::string_view line, const std::string& where) {
    CESS_TRY(judge());
    CESS_TRY_ASSIGN(const Json verdict, judge_idle_line(line, where));
    all_good = all_good && verdict["good"].get<bool>();
    return ctx_.print(verdict);
  }
  bool all_good = true;

 private:
  AuditVerifier& verifier_;
  cli::Context& ctx_;
  std::vector<AuditProof> proofs_;
  std::vector<std::uint64_t> lines_;
  std::size_t bytes_ = 0;
};

/// A malformed line is the fault of whoever sent it: the others are judged all the same, and
/// `malformed` keeps the first.
Status read_proofs(Batch& batch, LineReader& lines, Status& malformed) {
  std::string_view line;
  while (true) {
    CESS_TRY_ASSIGN(const bool more, lines.next(line));
    if (!more) break;
    if (lines.number() > kProofCountMax) {
      return fail(Code::input,
                  lines.where() + ": more than " + std::to_string(kProofCountMax) + " proofs");
    }
    if (pois::is_epoch_proof_document(line)) {
      const Status judged = batch.judge_idle(line, lines.where());
      if (!judged && judged.error().code != Code::input) return judged;
      if (!judged && malformed) malformed = judged;
      continue;
    }
    auto proof = parse_proof(line, lines.where());
    if (!proof) {
      if (proof.error().code != Code::input) return tl::unexpected<Error>(proof.error());
      if (malformed) malformed = tl::unexpected<Error>(proof.error());
      continue;
    }
    CESS_TRY(batch.add(std::move(*proof), lines.number(), line.size()));
  }
  if (lines.number() == 0) return fail(Code::input, lines.name() + ": empty: expected a proof");
  return {};
}

Result<int> verify(const VerifyOptions& o, cli::Context& ctx) {
  const int stdins = (o.challenges == "-" ? 1 : 0) + (o.index == "-" ? 1 : 0) +
                     (o.in.empty() || o.in == "-" ? 1 : 0);
  if (stdins > 1) return fail(Code::usage, "only one input can come from standard input");
  const auto threads = o.threads != 0 ? static_cast<unsigned>(o.threads)
                                      : std::max(1U, std::thread::hardware_concurrency());
  AuditVerifier verifier(threads);
  verifier.bad_tagger = [&ctx](const TaggerId& id, const std::string& why) {
    ctx.warn("tagger " + to_hex(id) + ": " + why);
  };
  CESS_TRY(load_taggers(verifier, o.taggers));
  if (!o.challenges.empty()) CESS_TRY(load_challenges(verifier, ctx, o.challenges));
  if (!o.index.empty()) CESS_TRY(load_index(verifier, ctx, o.index));
  CESS_TRY_ASSIGN(LineReader lines, LineReader::open(ctx, o.in, kProofLineMax));
  Batch batch(verifier, ctx);
  Status malformed;
  const Status read = read_proofs(batch, lines, malformed);
  // What stood before a line that cannot be read is judged all the same.
  CESS_TRY(batch.judge());
  CESS_TRY(read);
  for (const AuditVerdict& missing : verifier.unanswered()) {
    CESS_TRY(ctx.print(verdict_to_json(missing, 0)));
    batch.all_good = false;
  }
  CESS_TRY(malformed);
  return batch.all_good ? 0 : 1;
}

}  // namespace

cli::Command verify_command() {
  auto o = std::make_shared<VerifyOptions>();
  cli::Command c;
  c.name = "verify";
  c.summary = "judge proofs of any number of miners";
  c.declare = [o](cli::Options& opt) {
    opt.texts("--tagger", "PUB", o->taggers, "public key of a tagger (repeatable)");
    opt.text("--challenge", "FILE", o->challenges,
             "accept answers to these challenges only (default: to the one in the proof)");
    opt.text("--index", "FILE", o->index, "service index for proofs without openings");
    opt.number("-T,--threads", "N", o->threads, 1, 1024, "threads (default: one per processor)");
    opt.positional("PROOFS", o->in, "file of proofs, one a line (default: stdin)");
  };
  c.run = [o](cli::Context& ctx) { return verify(*o, ctx); };
  return c;
}

}  // namespace cess
