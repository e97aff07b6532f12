// SPDX-License-Identifier: Apache-2.0
#include "idle_duty.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/hex.hpp"
#include "chain/client/send.hpp"
#include "chain/client/state.hpp"
#include "chain/state/system/system.hpp"
#include "crypto/sha256.hpp"
#include "idle/maker.hpp"
#include "idle/prover.hpp"
#include "sys/file.hpp"
#include "sys/pages.hpp"

namespace cess {

using idle_space::EpochTrial;
using idle_space::Kind;
using idle_space::Stage;

namespace {

constexpr std::size_t kAnswersSizeMax = std::size_t{1} << 30U;

std::string stage_text(const idle_space::Trial& t) {
  return std::string(idle_space::kStageNames[static_cast<std::size_t>(t.stage)]) + " until block " +
         std::to_string(t.due);
}

Bytes bytes_of(const std::vector<Hash256>& hashes) {
  Bytes out;
  for (const Hash256& h : hashes) append(out, h.view());
  return out;
}

}  // namespace

struct IdleDuty::View {
  client::NodeInfo info;
  idle_space::Params params;
  idle_space::Space space;
  miners::Miner miner;
};

IdleDuty::IdleDuty(const std::string& folder, std::string store, const AccountKey& key)
    : store_(std::move(store)),
      blobs_(folder + "/idle-blobs"),
      scratch_(folder + "/idle-scratch"),
      key_(key) {}

Result<std::string> IdleDuty::look(client::Rpc& rpc) {
  const auto folder = idle::IdleFolder::open(store_);
  if (!folder && folder.error().code == Code::no) return std::string();
  if (!folder) return tl::unexpected<Error>(folder.error());
  CESS_TRY_ASSIGN(const View now, view(rpc, *folder));
  CESS_TRY(make_dir(blobs_, 0755, true));
  CESS_TRY(forget_old(now));
  // A round has less time than a batch.
  CESS_TRY_ASSIGN(std::string said, epoch(rpc, *folder, now));
  CESS_TRY_ASSIGN(const std::string more, batch(rpc, *folder, now));
  if (!said.empty() && !more.empty()) said += "; ";
  return said + more;
}

Result<IdleDuty::View> IdleDuty::view(client::Rpc& rpc, const idle::IdleFolder& folder) {
  View now;
  CESS_TRY_ASSIGN(now.info, client::synced_info(rpc));
  CESS_TRY_ASSIGN(const auto params, client::get(rpc, idle_space::kParams));
  now.params = params.value_or(idle_space::Params{});
  const auto owner = idle_space::owner_of(now.params, now.info.genesis, key_.id);
  if (folder.state().owner != owner) {
    return fail(Code::no,
                "the fillers are of another chain, miner or size than '" + owner.chain_id +
                    "' asks for: " + std::to_string(owner.params.file_bytes()) + " bytes");
  }
  CESS_TRY_ASSIGN(const auto miner, client::get(rpc, miners::kMiners, key_.id));
  if (!miner) return fail(Code::no, "the account is not a miner's");
  now.miner = *miner;
  CESS_TRY_ASSIGN(const auto space, client::get(rpc, idle_space::kSpaces, key_.id));
  now.space = space.value_or(idle_space::Space{});
  return now;
}

Status IdleDuty::announce(client::Rpc& rpc, const View& now, Kind kind, std::uint64_t number,
                          const Bytes& blob) {
  const Hash256 digest = sha256(blob);
  const std::string path = blobs_ + "/" + to_hex(digest);
  CESS_TRY(write_file(path + ".at", as_bytes(std::to_string(now.info.height)),
                      {.mode = 0644, .replace = true}));
  CESS_TRY(write_file(path, blob, {.mode = 0644, .replace = true}));
  CESS_TRY(
      client::send(rpc, key_, "idle.prove", idle_space::Prove{kind, number, digest, blob.size()}));
  return {};
}

Result<std::string> IdleDuty::batch(client::Rpc& rpc, const idle::IdleFolder& folder,
                                    const View& now) {
  CESS_TRY_ASSIGN(const auto trial, client::get(rpc, idle_space::kBatches, key_.id));
  if (trial && trial->trial.stage == Stage::proof) {
    const auto asked = idle_space::batch_of(now.params, now.info.genesis, key_.id, *trial);
    CESS_TRY_ASSIGN(const auto proof, idle::prove_batch(folder, asked, trial->trial.beacon,
                                                        scratch_, physical_memory_bytes() / 4));
    CESS_TRY(announce(rpc, now, Kind::batch, trial->first, pois::encode_batch_proof(proof)));
    return "proved the batch of " + std::to_string(trial->comms.size()) + " fillers from " +
           std::to_string(trial->first);
  }
  if (trial) return "batch from " + std::to_string(trial->first) + ": " + stage_text(trial->trial);
  // The store hears of what was accepted when nobody else writes to it.
  if (now.space.rear > folder.state().committed) {
    static_cast<void>(idle::accept_commitments(store_, now.space.rear, 0));
  }
  const std::uint64_t first = now.space.rear;
  if (committed_ == first) {
    return "the batch from " + std::to_string(first) + " was not accepted";
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
  committed_ = first;
  return "committed to fillers " + std::to_string(first) + " to " + std::to_string(end - 1);
}

Result<std::string> IdleDuty::epoch(client::Rpc& rpc, const idle::IdleFolder& folder,
                                    const View& now) {
  const Epoch e = now.info.epoch;
  CESS_TRY_ASSIGN(const auto round, client::get(rpc, audits::kRounds, e));
  if (!round) return std::string();
  CESS_TRY_ASSIGN(auto trial, client::get(rpc, idle_space::kEpochs, e, key_.id));
  const std::string name = "idle epoch " + std::to_string(e);
  if (trial && trial->trial.stage == Stage::proof) return open(rpc, folder, now, *trial);
  if (trial && trial->trial.stage != Stage::answer) {
    const auto outcome = static_cast<std::size_t>(trial->trial.outcome);
    return name + ": " +
           (trial->trial.stage == Stage::done ? std::string(idle_space::kOutcomeNames[outcome])
                                              : stage_text(trial->trial));
  }
  if (!trial) {
    if (now.info.height >= round->start + now.params.answer_blocks) return std::string();
    trial.emplace();
    trial->challenge = round->beacon;
  }
  return answer(rpc, folder, now, *trial);
}

// The first round: all that lived at the snapshot and has not given way since.
Result<std::string> IdleDuty::answer(client::Rpc& rpc, const idle::IdleFolder& folder,
                                     const View& now, EpochTrial trial) {
  const Epoch e = now.info.epoch;
  idle_space::Space then = now.space;
  for (const Epoch snapshot : {e + 1, e}) {  // the earlier one counts
    CESS_TRY_ASSIGN(const auto old, client::get(rpc, idle_space::kOldSpaces, snapshot, key_.id));
    if (old) then = *old;
  }
  trial.files_root = idle_space::range_of(then).root();
  trial.front = now.space.front;
  trial.rear = then.rear;
  for (const auto& h : then.holes) {
    if (h.end > trial.front) trial.holes.push_back({std::max(h.first, trial.front), h.end});
  }
  if (trial.front >= trial.rear) return std::string();
  const auto asked = idle_space::epoch_challenge(now.params, now.info.genesis, e, key_.id, trial);
  if (!pois::check_epoch(asked)) return std::string();
  CESS_TRY_ASSIGN(const auto answers, idle::answer_epoch(folder, asked));
  CESS_TRY(write_file(blobs_ + "/answers", bytes_of(answers), {.mode = 0644, .replace = true}));
  CESS_TRY(client::send(rpc, key_, "idle.answer",
                        idle_space::Answer{e, trial.front, pois::answers_root(answers)}));
  return "answered for " + std::to_string(answers.size()) + " fillers in epoch " +
         std::to_string(e);
}

// The second: from the answers that were kept, since some of their fillers may be gone by now.
Result<std::string> IdleDuty::open(client::Rpc& rpc, const idle::IdleFolder& folder,
                                   const View& now, const EpochTrial& trial) {
  const Epoch e = now.info.epoch;
  const auto asked = idle_space::epoch_challenge(now.params, now.info.genesis, e, key_.id, trial);
  std::vector<Hash256> answers;
  if (const auto kept = read_file(blobs_ + "/answers", kAnswersSizeMax)) {
    for (std::size_t at = 0; at + Hash256::kSize <= kept->size(); at += Hash256::kSize) {
      answers.push_back(Hash256::from(ByteView(*kept).subspan(at, Hash256::kSize)));
    }
  }
  if (answers.empty() || pois::answers_root(answers) != trial.root) {
    CESS_TRY_ASSIGN(answers, idle::answer_epoch(folder, asked));
  }
  if (pois::answers_root(answers) != trial.root) {
    return fail(Code::no, "the answers are not those of the first round any more");
  }
  CESS_TRY_ASSIGN(const auto proof, idle::open_epoch(folder, asked, answers, trial.trial.beacon,
                                                     idle_space::skipped(trial)));
  CESS_TRY(announce(rpc, now, Kind::epoch, e, pois::encode_epoch_proof(proof)));
  return "opened " + std::to_string(proof.openings.size()) + " fillers in epoch " +
         std::to_string(e);
}

// Blobs whose time is over, counted in blocks.
Status IdleDuty::forget_old(const View& now) {
  CESS_TRY_ASSIGN(const auto names, list_dir(blobs_));
  // Half a second a block at least: rather too long than too short.
  const std::uint64_t kept = now.params.kept_ms / 500;
  for (const std::string& name : names) {
    if (!name.ends_with(".at")) continue;
    const std::string path = blobs_ + "/" + name;
    const auto text = read_file(path, 32);
    std::uint64_t at = 0;
    if (text) std::from_chars(as_text(*text).data(), as_text(*text).data() + text->size(), at);
    if (!text || at + kept >= now.info.height) continue;
    std::error_code none;  // what cannot be removed now is looked at again with the next block
    std::filesystem::remove(path.substr(0, path.size() - 3), none);
    std::filesystem::remove(path, none);
  }
  return {};
}

}  // namespace cess
