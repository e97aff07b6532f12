// SPDX-License-Identifier: Apache-2.0
#include "idle_duty.hpp"

#include <algorithm>
#include <chrono>

#include "chain/client/send.hpp"
#include "idle/blobs.hpp"
#include "idle/maker.hpp"
#include "idle_answers.hpp"
#include "sys/file.hpp"
#include "sys/pages.hpp"

namespace cess {

namespace {

constexpr unsigned kDoublingsMax = 8;

Result<client::IdleBlob> make_proof(const std::string& store, const pois::BatchDocument& asked,
                                    const BlobFolder& blobs, const std::string& scratch) {
  CESS_TRY_ASSIGN(const auto folder, idle::IdleFolder::open(store));
  return prove_commitment(folder, asked, blobs, scratch, physical_memory_bytes() / 4);
}

}  // namespace

IdleDuty::IdleDuty(const std::string& folder, std::string store, const AccountKey& key)
    : store_(std::move(store)),
      blobs_(folder + "/idle-blobs"),
      scratch_(folder + "/idle-scratch"),
      key_(key) {}

Result<std::string> IdleDuty::look(client::Rpc& rpc) {
  const auto folder = idle::IdleFolder::open(store_);
  if (!folder && folder.error().code == Code::no) return std::string();
  if (!folder) return tl::unexpected<Error>(folder.error());
  CESS_TRY_ASSIGN(const auto now, client::idle_view(rpc, key_.id));
  if (folder->state().owner != now.owner) {
    return fail(Code::no,
                "the fillers are of another chain, miner or size than '" + now.owner.chain_id +
                    "' asks for: " + std::to_string(now.owner.params.file_bytes()) + " bytes");
  }
  CESS_TRY(make_dir(blobs_, 0755, true));
  CESS_TRY(idle::forget_blobs(blobs_, now.time_ms, now.params.kept_ms));
  // A round has less time than a batch.
  CESS_TRY_ASSIGN(std::string said, epoch(rpc, *folder, now));
  CESS_TRY_ASSIGN(const std::string more, batch(rpc, *folder, now));
  if (!said.empty() && !more.empty()) said += "; ";
  return said + more;
}

Status IdleDuty::announce(client::Rpc& rpc, const client::IdleBlob& blob) {
  CESS_TRY(client::send(rpc, key_, "idle.prove",
                        idle_space::Prove{blob.kind, blob.number, blob.digest, blob.size}));
  return {};
}

Result<std::string> IdleDuty::batch(client::Rpc& rpc, const idle::IdleFolder& folder,
                                    const client::IdleView& now) {
  CESS_TRY_ASSIGN(const auto turn, client::idle_batch(rpc, now, key_.id));
  if (turn.batch) return prove(rpc, *turn.batch, now);
  if (!turn.why.empty()) return turn.why;
  return commit(rpc, folder, now);
}

Result<std::string> IdleDuty::prove(client::Rpc& rpc, const pois::BatchDocument& asked,
                                    const client::IdleView& now) {
  const std::string which = "the batch of " + std::to_string(asked.batch.comms.size()) +
                            " fillers from " + std::to_string(asked.batch.first);
  const auto is_done = [this] {
    return proving_->blob.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  if (proving_ && (proving_->first != asked.batch.first ||
                   proving_->beacon != asked.beacon.value_or(Hash256{}))) {
    if (!is_done()) return "the proof of an earlier batch is still being made";
    proving_.reset();
  }
  if (!proving_) {
    proving_ = Proving{asked.batch.first, asked.beacon.value_or(Hash256{}),
                       std::async(std::launch::async, [store = store_, asked, scratch = scratch_,
                                                       blobs = BlobFolder{blobs_, now.time_ms}] {
                         return make_proof(store, asked, blobs, scratch);
                       })};
  }
  if (!is_done()) return "making the proof of " + which;
  auto blob = proving_->blob.get();
  proving_.reset();
  if (!blob) return tl::unexpected<Error>(blob.error());
  CESS_TRY(announce(rpc, *blob));
  return "proved " + which;
}

Result<std::string> IdleDuty::commit(client::Rpc& rpc, const idle::IdleFolder& folder,
                                     const client::IdleView& now) {
  // The store hears of what was accepted when nobody else writes to it.
  if (now.space.rear > folder.state().committed) {
    static_cast<void>(idle::accept_commitments(store_, now.space.rear, 0));
  }
  const std::uint64_t first = now.space.rear;
  if (sent_ == first) {
    // Its deposit may be lost: the next try waits, each time twice as long.
    again_at_ = now.info.height + (std::uint64_t{now.params.batch_blocks} << failed_);
    failed_ = std::min(failed_ + 1, kDoublingsMax);
  } else if (sent_) {
    failed_ = 0;
  }
  sent_.reset();
  const auto state = now.miner.state;
  if (!miners::is_audited(state) && state != miners::MinerState::not_ready) return std::string();
  if (now.info.height < again_at_ && failed_ > 0) {
    return "the batch from " + std::to_string(first) +
           " was not accepted; the next try is at block " + std::to_string(again_at_);
  }
  const std::uint64_t taken = now.miner.fillers + now.miner.locked + now.miner.service;
  const std::uint64_t room =
      (now.miner.declared - std::min(now.miner.declared, taken)) / now.params.filler_bytes();
  std::uint64_t end = first;
  while (end - first < std::min<std::uint64_t>(room, now.params.batch_files_max) &&
         std::ranges::binary_search(folder.numbers(), end)) {
    ++end;
  }
  if (end == first) return std::string();
  CESS_TRY_ASSIGN(auto comms, folder.commitments(first, end));
  CESS_TRY(client::send(rpc, key_, "idle.commit", idle_space::Commit{first, std::move(comms)}));
  sent_ = first;
  return "committed to fillers " + std::to_string(first) + " to " + std::to_string(end - 1);
}

Result<std::string> IdleDuty::epoch(client::Rpc& rpc, const idle::IdleFolder& folder,
                                    const client::IdleView& now) {
  CESS_TRY_ASSIGN(auto turn, client::idle_round(rpc, now, key_.id));
  if (!turn.round) return turn.why;
  pois::EpochDocument& doc = *turn.round;
  const std::string epoch = std::to_string(doc.challenge.epoch);
  if (doc.opening_beacon) {
    CESS_TRY_ASSIGN(const auto blob, open_round(folder, doc, {blobs_, now.time_ms}));
    CESS_TRY(announce(rpc, blob));
    return "opened fillers of epoch " + epoch;
  }
  CESS_TRY(answer_round(folder, doc, blobs_));
  CESS_TRY(client::send(
      rpc, key_, "idle.answer",
      idle_space::Answer{doc.challenge.epoch, doc.challenge.live.front, *doc.answers_root}));
  return "answered for " + std::to_string(doc.challenge.live.count()) + " fillers in epoch " +
         epoch;
}

}  // namespace cess
