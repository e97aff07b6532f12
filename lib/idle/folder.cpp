// SPDX-License-Identifier: Apache-2.0
#include "idle/folder.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "json/json.hpp"
#include "store/fillers.hpp"
#include "sys/file.hpp"

namespace cess::idle {
namespace {

constexpr std::string_view kStateSchema = "cess.idle_state/1";
constexpr std::size_t kStateSizeMax = 4096;

Result<std::vector<Hash256>> read_hashes_at(const std::string& path, std::uint64_t first,
                                            std::uint64_t count) {
  CESS_TRY_ASSIGN(const Fd fd, open_read(path));
  std::vector<Hash256> out(count);
  const MutByteView bytes(reinterpret_cast<std::uint8_t*>(out.data()), count * Hash256::kSize);
  CESS_TRY_ASSIGN(const std::size_t got, pread_full(fd.get(), bytes, first * Hash256::kSize, path));
  if (got == bytes.size()) return out;
  return fail(Code::input, "'" + path + "' is too short", path);
}

}  // namespace

std::string encode_state(const IdleState& state) {
  Json doc;
  doc["schema"] = kStateSchema;
  doc["chain_id"] = state.owner.chain_id;
  doc["miner_id"] = to_hex(state.owner.miner);
  doc["log2_nodes"] = state.owner.params.log2_nodes;
  doc["committed"] = std::to_string(state.committed);
  return write_json(doc) + "\n";
}

Result<IdleState> parse_state(std::string_view text, std::string_view what) {
  CESS_TRY_ASSIGN(const Json json, parse_json(text, what, {.size_max = kStateSizeMax}));
  const JsonView view(json, std::string(what));
  CESS_TRY(view.schema(kStateSchema));
  IdleState state;
  CESS_TRY_ASSIGN(state.owner.chain_id, view.text("chain_id"));
  CESS_TRY_ASSIGN(state.owner.miner, view.id<MinerId>("miner_id"));
  CESS_TRY_ASSIGN(const std::uint64_t log2, view.number("log2_nodes", 64));
  state.owner.params.log2_nodes = static_cast<unsigned>(log2);
  CESS_TRY_ASSIGN(state.committed, view.number("committed", pois::kFileNumbersMax));
  CESS_TRY(pois::check_owner(state.owner));
  return state;
}

Result<IdleFolder> IdleFolder::open(const std::string& store) {
  IdleFolder out;
  out.store_ = store;
  const std::string path = fillers::path_in(store, "state.json");
  if (!path_exists(path)) {
    return fail(Code::no, "store '" + store + "' has no fillers", store,
                "make some with 'cess-store -s " + store + " idle generate'");
  }
  CESS_TRY_ASSIGN(const Bytes text, read_file(path, kStateSizeMax));
  CESS_TRY_ASSIGN(out.state_, parse_state(as_text(text), path));
  CESS_TRY_ASSIGN(auto listing, fillers::list(store));
  out.numbers_ = std::move(listing.numbers);
  out.claimed_ = std::move(listing.claimed);
  return out;
}

Result<pois::LiveSet> IdleFolder::live() const {
  pois::LiveSet live;
  live.front = live.rear = state_.committed;
  std::uint64_t next = 0;
  for (const std::uint64_t number : numbers_) {
    if (number >= state_.committed) break;
    if (live.front == live.rear) {
      live.front = number;
    } else if (number > next) {
      live.holes.push_back({next, number});
    }
    next = number + 1;
  }
  if (live.front != live.rear && next < live.rear) live.holes.push_back({next, live.rear});
  CESS_TRY(pois::check_live(live));
  return live;
}

Result<pois::Batch> IdleFolder::next_batch() const {
  pois::Batch batch;
  batch.owner = state_.owner;
  batch.first = state_.committed;
  auto at = std::ranges::lower_bound(numbers_, state_.committed);
  std::uint64_t end = batch.first;
  while (at != numbers_.end() && *at == end && end - batch.first < pois::kBatchFilesMax) {
    ++at;
    ++end;
  }
  CESS_TRY_ASSIGN(batch.comms, commitments(batch.first, end));
  return batch;
}

Result<FillerHead> IdleFolder::head(std::uint64_t number) const {
  const std::string path = fillers::tree_path(store_, number);
  CESS_TRY_ASSIGN(const Bytes bytes, read_file(path, kHeadSizeMax));
  CESS_TRY_ASSIGN(FillerHead head, parse_head(bytes, path));
  if (head.number != number || head.params != params() ||
      head.id != pois::filler_id(state_.owner, number)) {
    return fail(Code::input, "'" + path + "' belongs to another filler", path);
  }
  return head;
}

Result<std::vector<Hash256>> IdleFolder::commitments(std::uint64_t first, std::uint64_t end) const {
  if (first == end) return std::vector<Hash256>{};
  return read_hashes_at(fillers::path_in(store_, "commitments"), first, end - first);
}

Result<std::vector<Hash256>> IdleFolder::labels(std::uint64_t number, std::uint32_t first,
                                                std::uint32_t count) const {
  const std::string path = fillers::labels_path(store_, number);
  if (!path_exists(path)) {
    return fail(Code::no, "filler " + std::to_string(number) + " is not in store '" + store_ + "'",
                std::to_string(number));
  }
  return read_hashes_at(path, first, count);
}

}  // namespace cess::idle
