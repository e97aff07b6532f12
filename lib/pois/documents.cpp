// SPDX-License-Identifier: Apache-2.0
#include "pois/documents.hpp"

#include "base/hex.hpp"

namespace cess::pois {
namespace {

constexpr std::string_view kCommitSchema = "cess.idle_commit/1";
constexpr std::string_view kCommitChallengeSchema = "cess.idle_commit_challenge/1";
constexpr std::string_view kChallengeSchema = "cess.idle_challenge/1";
constexpr std::string_view kProofSchema = "cess.idle_proof/1";

void put_owner(Json& doc, const Owner& owner) {
  doc["chain_id"] = owner.chain_id;
  doc["miner_id"] = to_hex(owner.miner);
  doc["log2_nodes"] = owner.params.log2_nodes;
}

Result<Owner> get_owner(const JsonView& view) {
  Owner owner;
  CESS_TRY_ASSIGN(owner.chain_id, view.text("chain_id"));
  CESS_TRY_ASSIGN(owner.miner, view.id<MinerId>("miner_id"));
  CESS_TRY_ASSIGN(const std::uint64_t log2, view.number("log2_nodes", 64));
  owner.params.log2_nodes = static_cast<unsigned>(log2);
  return owner;
}

// Limits are the same for the reader of a file and of a line.
Result<Json> read(std::string_view text, std::string_view what) {
  return parse_json(text, what,
                    {.size_max = kIdleDocumentMax, .depth_max = 4, .value_count_max = 4096});
}

Status named(Status checked, std::string_view what) {
  if (!checked) {
    checked.error().message = std::string(what) + ": " + checked.error().message;
  }
  return checked;
}

Result<LiveSet> get_live(const JsonView& view) {
  LiveSet live;
  CESS_TRY_ASSIGN(live.front, view.number("front", kFileNumbersMax));
  CESS_TRY_ASSIGN(live.rear, view.number("rear", kFileNumbersMax));
  CESS_TRY_ASSIGN(const auto holes, view.array("holes", kHoleRangesMax));
  for (const JsonView& hole : holes) {
    HoleRange range;
    CESS_TRY_ASSIGN(range.first, hole.number("first", kFileNumbersMax));
    CESS_TRY_ASSIGN(range.end, hole.number("end", kFileNumbersMax));
    live.holes.push_back(range);
  }
  return live;
}

Result<EpochDocument> epoch_from(const JsonView& view) {
  CESS_TRY(view.schema(kChallengeSchema));
  EpochDocument doc;
  EpochChallenge& c = doc.challenge;
  CESS_TRY_ASSIGN(c.owner, get_owner(view));
  CESS_TRY_ASSIGN(const std::uint64_t epoch, view.number("epoch", UINT32_MAX));
  c.epoch = static_cast<std::uint32_t>(epoch);
  CESS_TRY_ASSIGN(c.beacon, view.id<Hash256>("beacon"));
  CESS_TRY_ASSIGN(c.files_root, view.id<Hash256>("files_root"));
  CESS_TRY_ASSIGN(c.live, get_live(view));
  CESS_TRY(named(check_epoch(c), view.what()));
  if (view.has("answers_root")) {
    CESS_TRY_ASSIGN(doc.answers_root, view.id<Hash256>("answers_root"));
  }
  if (view.has("opening_beacon")) {
    if (!doc.answers_root) {
      return fail(Code::input, view.what() + ": opening_beacon without answers_root");
    }
    CESS_TRY_ASSIGN(doc.opening_beacon, view.id<Hash256>("opening_beacon"));
  }
  if (view.has("skipped")) {
    CESS_TRY_ASSIGN(doc.skipped, view.number("skipped", kFileNumbersMax));
    if (!doc.opening_beacon || doc.skipped == 0 || doc.skipped >= c.live.count()) {
      return fail(Code::input, view.what() + ": skipped is out of place or range");
    }
  }
  return doc;
}

}  // namespace

Json batch_to_json(const BatchDocument& doc) {
  Json out;
  out["schema"] = doc.beacon ? kCommitChallengeSchema : kCommitSchema;
  put_owner(out, doc.batch.owner);
  out["first"] = std::to_string(doc.batch.first);
  out["comms"] = Json::array();
  for (const Hash256& comm : doc.batch.comms) out["comms"].push_back(to_hex(comm));
  if (doc.beacon) out["beacon"] = to_hex(*doc.beacon);
  return out;
}

Result<BatchDocument> parse_batch_document(std::string_view text, std::string_view what) {
  CESS_TRY_ASSIGN(const Json json, read(text, what));
  const JsonView view(json, std::string(what));
  BatchDocument doc;
  if (view.has("beacon")) {
    CESS_TRY(view.schema(kCommitChallengeSchema));
    CESS_TRY_ASSIGN(doc.beacon, view.id<Hash256>("beacon"));
  } else {
    CESS_TRY(view.schema(kCommitSchema));
  }
  CESS_TRY_ASSIGN(doc.batch.owner, get_owner(view));
  CESS_TRY_ASSIGN(doc.batch.first, view.number("first", kFileNumbersMax));
  CESS_TRY_ASSIGN(const auto comms, view.array("comms", kBatchFilesMax));
  for (const JsonView& comm : comms) {
    if (!comm.value().is_string()) {
      return fail(Code::input, std::string(what) + ": comms has something else than text");
    }
    CESS_TRY_ASSIGN(const Hash256 hash,
                    parse_id<Hash256>(comm.value().get<std::string>(), "comms"));
    doc.batch.comms.push_back(hash);
  }
  CESS_TRY(named(check_batch(doc.batch), what));
  return doc;
}

Json epoch_to_json(const EpochDocument& doc) {
  const EpochChallenge& c = doc.challenge;
  Json out;
  out["schema"] = kChallengeSchema;
  put_owner(out, c.owner);
  out["epoch"] = c.epoch;
  out["beacon"] = to_hex(c.beacon);
  out["files_root"] = to_hex(c.files_root);
  out["front"] = std::to_string(c.live.front);
  out["rear"] = std::to_string(c.live.rear);
  out["holes"] = Json::array();
  for (const HoleRange& hole : c.live.holes) {
    Json range;
    range["first"] = std::to_string(hole.first);
    range["end"] = std::to_string(hole.end);
    out["holes"].push_back(std::move(range));
  }
  if (doc.answers_root) out["answers_root"] = to_hex(*doc.answers_root);
  if (doc.opening_beacon) out["opening_beacon"] = to_hex(*doc.opening_beacon);
  if (doc.skipped != 0) out["skipped"] = std::to_string(doc.skipped);
  return out;
}

Result<EpochDocument> parse_epoch_document(std::string_view text, std::string_view what) {
  CESS_TRY_ASSIGN(const Json json, read(text, what));
  return epoch_from(JsonView(json, std::string(what)));
}

Json epoch_proof_to_json(const EpochProofDocument& doc) {
  Json out;
  out["schema"] = kProofSchema;
  out["challenge"] = epoch_to_json(doc.asked);
  out["proof"] = to_hex(doc.proof);
  return out;
}

Result<EpochProofDocument> parse_epoch_proof_document(std::string_view text,
                                                      std::string_view what) {
  CESS_TRY_ASSIGN(const Json json, read(text, what));
  const JsonView view(json, std::string(what));
  CESS_TRY(view.schema(kProofSchema));
  EpochProofDocument out;
  CESS_TRY_ASSIGN(const JsonView challenge, view.object("challenge"));
  CESS_TRY_ASSIGN(out.asked, epoch_from(challenge));
  if (!out.asked.opening_beacon) {
    return fail(Code::input, std::string(what) + ": its challenge lacks opening_beacon");
  }
  CESS_TRY_ASSIGN(out.proof, view.hex("proof", kEpochProofSizeMax));
  return out;
}

bool is_epoch_proof_document(std::string_view line) {
  // The schema stands first in every document that a program of ours writes.
  const std::size_t head = line.find(kProofSchema);
  return head != std::string_view::npos && head < 32;
}

std::string judge_epoch_document(const EpochProofDocument& doc) {
  const auto proof = parse_epoch_proof(doc.proof);
  if (!proof) return proof.error().message;
  const EpochDocument& asked = doc.asked;
  if (verify_epoch(asked.challenge, *asked.answers_root, *asked.opening_beacon, *proof,
                   asked.skipped)) {
    return {};
  }
  return "the openings do not lead to the roots";
}

}  // namespace cess::pois
