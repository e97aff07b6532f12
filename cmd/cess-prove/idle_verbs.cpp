// SPDX-License-Identifier: Apache-2.0
// idle challenge, answer, draw, verify: the rounds of idle space from the command line.
#include <algorithm>
#include <memory>

#include "audit/challenge_json.hpp"
#include "base/hex.hpp"
#include "commands.hpp"
#include "idle/blobs.hpp"
#include "idle/prover.hpp"
#include "idle_answers.hpp"
#include "lines.hpp"
#include "pois/documents.hpp"
#include "sys/pages.hpp"

namespace cess {
namespace {

// A day longer than the main network asks for (idle kept_ms).
constexpr std::uint64_t kBlobsKeptMs = 31ULL * 86'400'000;

struct IdleOptions {
  std::string beacon, store, commit, challenge, scratch, blobs, in, out;
  std::uint64_t epoch = 0, memory = 0;
  bool force = false;
};

Result<std::string> read_document(cli::Context& ctx, const std::string& path) {
  CESS_TRY_ASSIGN(LineReader lines, LineReader::open(ctx, path, pois::kIdleDocumentMax));
  std::string_view line;
  CESS_TRY_ASSIGN(const bool more, lines.next(line));
  if (!more) return fail(Code::input, lines.name() + ": empty: expected a document");
  return std::string(line);
}

Result<Hash256> beacon_option(const std::string& text) {
  auto id = parse_id<Hash256>(text, "--beacon");
  if (!id) return fail(Code::usage, id.error().message, "--beacon");
  return id;
}

Status write_line(cli::Context& ctx, const IdleOptions& o, const Json& doc) {
  CESS_TRY_ASSIGN(Output out, Output::create(ctx, o.out, o.force, false));
  CESS_TRY(out.line(write_json(doc)));
  return out.commit();
}

Result<int> idle_challenge(const IdleOptions& o, cli::Context& ctx) {
  if (o.store.empty() == o.commit.empty()) {
    return fail(Code::usage, "expected exactly one of --store and --commit");
  }
  CESS_TRY_ASSIGN(const Hash256 beacon, beacon_option(o.beacon));
  if (!o.commit.empty()) {
    CESS_TRY_ASSIGN(const std::string text, read_document(ctx, o.commit));
    CESS_TRY_ASSIGN(auto doc, pois::parse_batch_document(text, o.commit));
    doc.beacon = beacon;
    CESS_TRY(write_line(ctx, o, pois::batch_to_json(doc)));
    return 0;
  }
  CESS_TRY_ASSIGN(const auto folder, idle::IdleFolder::open(o.store));
  pois::EpochDocument doc;
  doc.challenge.owner = folder.state().owner;
  doc.challenge.epoch = static_cast<std::uint32_t>(o.epoch);
  doc.challenge.beacon = beacon;
  CESS_TRY_ASSIGN(doc.challenge.live, folder.live());
  if (doc.challenge.live.count() == 0) {
    return fail(Code::no, "no filler of the store is accepted: there is nothing to ask for");
  }
  CESS_TRY_ASSIGN(doc.challenge.files_root, idle::files_root(folder, doc.challenge.live.rear));
  CESS_TRY(write_line(ctx, o, pois::epoch_to_json(doc)));
  return 0;
}

// The proof of a commitment: bytes, not a document.
Result<int> answer_commit(const IdleOptions& o, const idle::IdleFolder& folder,
                          const pois::BatchDocument& asked, cli::Context& ctx) {
  if (!asked.beacon) return fail(Code::input, "a commitment without a beacon asks for nothing");
  const std::uint64_t memory = o.memory != 0 ? o.memory : physical_memory_bytes() / 2;
  CESS_TRY_ASSIGN(const auto proof,
                  idle::prove_batch(folder, asked.batch, *asked.beacon, o.scratch, memory));
  CESS_TRY_ASSIGN(Output out, Output::create(ctx, o.out, o.force, true));
  CESS_TRY(out.write(pois::encode_batch_proof(proof)));
  CESS_TRY(out.commit());
  return 0;
}

// For the chain: proofs wait in the folder, what is printed announces them. Who runs by a crontab
// has nobody else to remove old ones.
Result<int> answer_chain(const IdleOptions& o, const idle::IdleFolder& folder,
                         std::string_view text, cli::Context& ctx) {
  const auto seconds = std::max<std::int64_t>(0, ctx.clock->unix_seconds());
  const BlobFolder blobs{o.blobs, static_cast<std::uint64_t>(seconds) * 1000};
  CESS_TRY(idle::forget_blobs(o.blobs, blobs.now_ms, kBlobsKeptMs));
  if (const auto batch = pois::parse_batch_document(text, o.challenge); batch && batch->beacon) {
    const std::uint64_t memory = o.memory != 0 ? o.memory : physical_memory_bytes() / 2;
    const std::string scratch = o.scratch.empty() ? o.blobs + "/scratch" : o.scratch;
    CESS_TRY_ASSIGN(const auto blob, prove_commitment(folder, *batch, blobs, scratch, memory));
    CESS_TRY(write_line(ctx, o, client::idle_blob_to_json(blob)));
    return 0;
  }
  CESS_TRY_ASSIGN(auto doc, pois::parse_epoch_document(text, o.challenge));
  if (doc.opening_beacon) {
    CESS_TRY_ASSIGN(const auto blob, open_round(folder, doc, blobs));
    CESS_TRY(write_line(ctx, o, client::idle_blob_to_json(blob)));
    return 0;
  }
  CESS_TRY(answer_round(folder, doc, o.blobs));
  CESS_TRY(write_line(ctx, o, pois::epoch_to_json(doc)));
  return 0;
}

Result<int> idle_answer(const IdleOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const std::string text, read_document(ctx, o.challenge));
  if (parse_no_challenge(text)) {
    CESS_TRY_ASSIGN(Output out, Output::create(ctx, o.out, o.force, false));
    CESS_TRY(out.line(text));
    CESS_TRY(out.commit());
    return 0;
  }
  CESS_TRY_ASSIGN(const auto folder, idle::IdleFolder::open(o.store));
  if (!o.blobs.empty()) return answer_chain(o, folder, text, ctx);
  if (const auto batch = pois::parse_batch_document(text, o.challenge)) {
    return answer_commit(o, folder, *batch, ctx);
  }
  CESS_TRY_ASSIGN(auto doc, pois::parse_epoch_document(text, o.challenge));
  CESS_TRY_ASSIGN(const auto answers, idle::answer_epoch(folder, doc.challenge));
  const Hash256 root = pois::answers_root(answers);
  if (!doc.opening_beacon) {
    doc.answers_root = root;
    CESS_TRY(write_line(ctx, o, pois::epoch_to_json(doc)));
    return 0;
  }
  if (root != *doc.answers_root) {
    return fail(Code::no, "cannot prove: the answers are not those of the first round any more");
  }
  CESS_TRY_ASSIGN(const auto proof, idle::open_epoch(folder, doc.challenge, answers,
                                                     *doc.opening_beacon, doc.skipped));
  CESS_TRY(write_line(
      ctx, o, pois::epoch_proof_to_json({std::move(doc), pois::encode_epoch_proof(proof)})));
  return 0;
}

Result<int> idle_draw(const IdleOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const Hash256 beacon, beacon_option(o.beacon));
  CESS_TRY_ASSIGN(const std::string text, read_document(ctx, o.in));
  CESS_TRY_ASSIGN(auto doc, pois::parse_epoch_document(text, o.in.empty() ? "stdin" : o.in));
  if (!doc.answers_root) return fail(Code::input, "the challenge is not answered yet");
  doc.opening_beacon = beacon;
  CESS_TRY(write_line(ctx, o, pois::epoch_to_json(doc)));
  return 0;
}

Result<int> idle_verify(const IdleOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const std::string text, read_document(ctx, o.challenge));
  CESS_TRY_ASSIGN(const auto asked, pois::parse_batch_document(text, o.challenge));
  if (!asked.beacon) return fail(Code::input, "a commitment without a beacon asks for nothing");
  CESS_TRY_ASSIGN(const Bytes bytes, read_file(o.in, pois::kBatchProofSizeMax));
  CESS_TRY_ASSIGN(const auto proof, pois::parse_batch_proof(bytes));
  pois::Graph graph(asked.batch.owner.params);
  const bool good = pois::verify_batch(graph, asked.batch, *asked.beacon, proof);
  Json doc;
  doc["schema"] = "cess.idle_verdict/1";
  doc["miner_id"] = to_hex(asked.batch.owner.miner);
  doc["first"] = std::to_string(asked.batch.first);
  doc["fillers"] = asked.batch.comms.size();
  doc["good"] = good;
  CESS_TRY(ctx.print(doc));
  return good ? 0 : 1;
}

void declare_output(cli::Options& opt, IdleOptions& o) {
  opt.text("-o,--output", "FILE", o.out, "write to FILE");
  opt.flag("--force", o.force, "replace an existing output file");
}

}  // namespace

Result<Json> judge_idle_line(std::string_view line, const std::string& where) {
  CESS_TRY_ASSIGN(const auto proof, pois::parse_epoch_proof_document(line, where));
  const std::string reason = pois::judge_epoch_document(proof);
  const pois::EpochChallenge& c = proof.asked.challenge;
  Json doc;
  doc["schema"] = "cess.idle_verdict/1";
  doc["miner_id"] = to_hex(c.owner.miner);
  doc["epoch"] = c.epoch;
  doc["fillers"] = std::to_string(c.live.count());
  doc["bytes"] = std::to_string(c.live.count() * c.owner.params.file_bytes());
  doc["good"] = reason.empty();
  if (!reason.empty()) doc["reason"] = reason;
  return doc;
}

cli::Command idle_challenge_command() {
  auto o = std::make_shared<IdleOptions>();
  cli::Command c;
  c.name = "idle challenge";
  c.summary = "ask for an epoch's proof of idle space, or for that of a commitment";
  c.declare = [o](cli::Options& opt) {
    opt.text("--beacon", "HEX", o->beacon, "32 bytes nobody knew before", true);
    opt.text("-s,--store", "DIR", o->store, "the store whose fillers are asked for");
    opt.text("--commit", "FILE", o->commit, "a commitment, to be proven; '-' for stdin");
    opt.number("--epoch", "N", o->epoch, 0, 0xffffffffU, "epoch (default 0)");
    declare_output(opt, *o);
  };
  c.run = [o](cli::Context& ctx) { return idle_challenge(*o, ctx); };
  return c;
}

cli::Command idle_answer_command() {
  auto o = std::make_shared<IdleOptions>();
  cli::Command c;
  c.name = "idle answer";
  c.summary = "answer a challenge of idle space: either round, or a commitment's proof";
  c.declare = [o](cli::Options& opt) {
    opt.text("--challenge", "FILE", o->challenge, "what is asked, '-' for stdin", true);
    opt.text("-s,--store", "DIR", o->store, "the store that is asked", true);
    opt.text("--blobs", "DIR", o->blobs,
             "keep proofs there, where the miner's server has them; print what announces them");
    opt.text("--scratch", "DIR", o->scratch, "where layers that were not kept are made again");
    opt.size("--memory", "SIZE", o->memory, "memory to use for it (default: half of all)");
    declare_output(opt, *o);
  };
  c.run = [o](cli::Context& ctx) { return idle_answer(*o, ctx); };
  return c;
}

cli::Command idle_draw_command() {
  auto o = std::make_shared<IdleOptions>();
  cli::Command c;
  c.name = "idle draw";
  c.summary = "ask for the second round, once the first is answered";
  c.declare = [o](cli::Options& opt) {
    opt.text("--beacon", "HEX", o->beacon, "32 bytes nobody knew before the answer", true);
    declare_output(opt, *o);
    opt.positional("ANSWER", o->in, "the answered challenge (default: stdin)");
  };
  c.run = [o](cli::Context& ctx) { return idle_draw(*o, ctx); };
  return c;
}

cli::Command idle_verify_command() {
  auto o = std::make_shared<IdleOptions>();
  cli::Command c;
  c.name = "idle verify";
  c.summary = "judge the proof of a commitment";
  c.declare = [o](cli::Options& opt) {
    opt.text("--challenge", "FILE", o->challenge, "what was asked", true);
    opt.positional("PROOF", o->in, "the proof's bytes", true);
  };
  c.run = [o](cli::Context& ctx) { return idle_verify(*o, ctx); };
  return c;
}

}  // namespace cess
