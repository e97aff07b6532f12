// SPDX-License-Identifier: Apache-2.0
// links: pois idle
// Everything of idle space that comes from outside or from a disk: the first byte picks the reader.
// What is accepted encodes to the same bytes, and can be judged without harm.
#include <cstdint>
#include <cstdlib>

#include "base/check.hpp"
#include "idle/folder.hpp"
#include "idle/room.hpp"
#include "pois/batch_proof.hpp"
#include "pois/documents.hpp"

namespace {

using namespace cess;

void judge_batch(const pois::BatchProof& proof) {
  pois::Batch batch;
  batch.owner.params.log2_nodes = pois::kLog2NodesMin;
  if (proof.params != batch.owner.params) return;
  static pois::Graph graph(batch.owner.params);
  batch.comms.resize(1);
  CESS_CHECK(!pois::verify_batch(graph, batch, {}, proof));
}

void judge_epoch(const pois::EpochProof& proof) {
  pois::EpochChallenge challenge;
  challenge.owner.params = proof.params;
  challenge.live = {0, 3, {}};
  CESS_CHECK(!pois::verify_epoch(challenge, {}, {}, proof));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView bytes(data + 1, size - 1);
  const std::string_view text = as_text(bytes);
  switch (data[0] % 9) {
    case 0:
      if (const auto proof = pois::parse_batch_proof(bytes)) {
        CESS_CHECK(as_text(pois::encode_batch_proof(*proof)) == text);
        judge_batch(*proof);
      }
      break;
    case 1:
      if (const auto proof = pois::parse_epoch_proof(bytes)) {
        CESS_CHECK(as_text(pois::encode_epoch_proof(*proof)) == text);
        judge_epoch(*proof);
      }
      break;
    case 2:
      if (const auto doc = pois::parse_batch_document(text, "x")) {
        CESS_CHECK(pois::parse_batch_document(write_json(pois::batch_to_json(*doc)), "x") == *doc);
      }
      break;
    case 3:
      if (const auto doc = pois::parse_epoch_document(text, "x")) {
        CESS_CHECK(pois::parse_epoch_document(write_json(pois::epoch_to_json(*doc)), "x") == *doc);
      }
      break;
    case 4:
      if (const auto doc = pois::parse_epoch_proof_document(text, "x")) {
        static_cast<void>(pois::judge_epoch_document(*doc));
      }
      break;
    case 5:
      if (const auto head = idle::parse_head(bytes, "x")) {
        CESS_CHECK(as_text(idle::encode_head(*head)) == text);
      }
      break;
    case 7:
      if (const auto request = idle::parse_room_request(bytes)) {
        CESS_CHECK(as_text(idle::encode_room_request(*request)) == text);
      }
      break;
    case 8:
      if (const auto reply = idle::parse_room_reply(bytes)) {
        CESS_CHECK(as_text(idle::encode_room_reply(*reply)) == text);
      }
      break;
    default:
      if (const auto state = idle::parse_state(text, "x")) {
        CESS_CHECK(idle::parse_state(idle::encode_state(*state), "x") == *state);
      }
  }
  return 0;
}
