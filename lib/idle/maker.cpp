// SPDX-License-Identifier: Apache-2.0
#include "idle/maker.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <thread>

#include "crypto/sha256_padded.hpp"
#include "idle/layers.hpp"
#include "idle/room.hpp"
#include "idle/series.hpp"
#include "store/fillers.hpp"
#include "sys/file.hpp"
#include "sys/pages.hpp"

namespace cess::idle {
namespace {

Status write_in_place(const std::string& path, ByteView data, std::uint64_t offset) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd.valid()) return system_error("cannot open", path, errno);
  if (::lseek(fd.get(), static_cast<off_t>(offset), SEEK_SET) < 0) {
    return system_error("cannot seek in", path, errno);
  }
  CESS_TRY(write_full(fd.get(), data, path));
  return sync_file(fd.get(), path);
}

Status move_file(const std::string& store, const std::string& from, const std::string& to) {
  CESS_TRY_ASSIGN(const Fd names, fillers::hold_names(store, false));
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  return system_error("cannot rename", from, errno);
}

// From whole layers to a filler. May be repeated after a kill at any point: labels in place say
// that the tree beside them is whole and synced.
Status publish_filler(const std::string& store, const Group& group, std::uint64_t number) {
  const std::string folder = fillers::path_in(store, ".");
  const std::string in_place = fillers::labels_path(store, number);
  const std::string made = layer_path(group, number, pois::kLayers);
  const std::string tree = fillers::work_path(group.work, number, "tree");
  if (!path_exists(in_place)) {
    CESS_TRY_ASSIGN(const FillerHead head, build_head(group, number, made));
    CESS_TRY(write_in_place(tree, encode_head(head), 0));
    CESS_TRY(write_in_place(fillers::path_in(store, "commitments"),
                            pois::commitment_hash(head.id, head.commitment).view(),
                            number * Hash256::kSize));
    CESS_TRY(move_file(store, made, in_place));
  }
  CESS_TRY(sync_dir(folder));
  CESS_TRY(move_file(store, tree, fillers::tree_path(store, number)));
  CESS_TRY(sync_dir(folder));
  return sync_dir(group.work);
}

Status save_state(const std::string& store, const IdleState& state) {
  return write_file(fillers::path_in(store, "state.json"), as_bytes(encode_state(state)),
                    {.mode = 0644, .replace = true});
}

// Layers of what the chain has taken are not wanted for its proof any more.
Status note_accepted(const std::string& store, const IdleState& state) {
  CESS_TRY(save_state(store, state));
  CESS_TRY_ASSIGN(const auto listing, fillers::list(store));
  for (const std::uint64_t number : listing.kept) {
    if (number >= state.committed) continue;
    CESS_TRY(fillers::remove_work(fillers::work_folder(store), number));
  }
  return {};
}

// Nor those that were kept in a folder of their own, where no proof came for them.
Status drop_taken(const std::string& scratch, std::uint64_t committed) {
  CESS_TRY_ASSIGN(const auto sizes, fillers::work_sizes(scratch));
  for (const auto& [number, bytes] : sizes) {
    if (number < committed) CESS_TRY(fillers::remove_work(scratch, number));
  }
  return {};
}

// One run of the maker.
class FillerMaker {
 public:
  FillerMaker(std::string store, const MakeOptions& options)
      : store_(std::move(store)), o_(options) {}

  Result<MakeResult> run() {
    CESS_TRY(prepare());
    CESS_TRY(plan());
    way_ = choose_way(o_.params, o_.threads, o_.memory_bytes, o_.keep_layers);
    while (o_.count == 0 || result_.count < o_.count) {
      std::uint64_t want =
          way_.in_series ? series_count(o_.params) : std::uint64_t{way_.lanes} * o_.threads;
      if (o_.count != 0) want = std::min(want, o_.count - result_.count);
      CESS_TRY_ASSIGN(const auto numbers, claim(want));
      if (numbers.empty()) break;
      CESS_TRY(way_.in_series ? make_series(numbers) : make(numbers));
      result_.count += numbers.size();
    }
    CESS_TRY_ASSIGN(const auto room, open_room(store_, o_.wait_s));
    CESS_TRY_ASSIGN(result_.free_bytes, room->free_bytes());
    result_.cost_bytes = filler_cost(o_.params);
    result_.layers_in_store = o_.scratch.empty() && !way_.in_series;
    return result_;
  }

 private:
  // The folder and whose fillers it has; the maker's lock.
  Status prepare() {
    CESS_TRY_ASSIGN(const auto room, open_room(store_, o_.wait_s));
    CESS_TRY_ASSIGN(const MinerId miner, room->miner());
    state_.owner = {o_.chain_id, miner, o_.params};
    CESS_TRY(pois::check_owner(state_.owner));
    if (!path_exists(fillers::path_in(store_, "state.json"))) {
      CESS_TRY(room->make_folders());
      CESS_TRY(save_state(store_, state_));
    } else {
      CESS_TRY_ASSIGN(const IdleFolder folder, IdleFolder::open(store_));
      if (folder.state().owner != state_.owner) {
        return fail(Code::usage,
                    "store '" + store_ + "' has fillers of another size or chain: " +
                        std::to_string(folder.params().file_bytes()) + " bytes, chain '" +
                        folder.state().owner.chain_id + "'",
                    store_, "remove its folder 'idle' to begin anew");
      }
      state_ = folder.state();
    }
    if (!o_.scratch.empty()) {
      CESS_TRY(make_dir(o_.scratch, 0755, true));
      CESS_TRY(make_dir(scratch(), 0755, true));
    }
    CESS_TRY_ASSIGN(lock_, lock_file(fillers::path_in(store_, "lock"), true));
    if (!o_.scratch.empty()) CESS_TRY(drop_taken(scratch(), state_.committed));
    return drop_marked();
  }

  Status plan() {
    if (!o_.planned) return {};
    std::uint64_t count = o_.count;
    if (count == 0) {
      CESS_TRY_ASSIGN(const std::uint64_t wanted, count_wanted());
      CESS_TRY_ASSIGN(const auto room, open_room(store_, o_.wait_s));
      CESS_TRY_ASSIGN(const auto listing, fillers::list(store_));
      CESS_TRY_ASSIGN(const std::uint64_t free, room->free_bytes());
      count = std::min(wanted, free / filler_cost(o_.params) + listing.claimed.size());
    }
    o_.planned(count * o_.params.file_bytes());
    return {};
  }

  // How many more of them the chain would take, those being made included. What it has accepted is
  // noted.
  Result<std::uint64_t> count_wanted() {
    if (!o_.declared) return std::numeric_limits<std::uint64_t>::max();
    CESS_TRY_ASSIGN(const Declared now, o_.declared());
    CESS_TRY_ASSIGN(const auto listing, fillers::list(store_));
    if (now.accepted > state_.committed) {
      const std::uint64_t made = listing.numbers.empty() ? 0 : listing.numbers.back() + 1;
      if (made < now.accepted) {
        return fail(Code::input,
                    "the chain has taken this miner's fillers below " +
                        std::to_string(now.accepted) + ", store '" + store_ + "' has made " +
                        std::to_string(made) + ": these are not the fillers it knows",
                    store_);
      }
      state_.committed = now.accepted;
      CESS_TRY(note_accepted(store_, state_));
      if (!o_.scratch.empty()) CESS_TRY(drop_taken(scratch(), state_.committed));
    }
    const auto have = static_cast<std::uint64_t>(
        listing.numbers.end() - std::ranges::lower_bound(listing.numbers, state_.committed));
    return now.fillers - std::min(now.fillers, have);
  }

  // Fillers left by a killed run first, then new ones while there is room: numbers in a row.
  Result<std::vector<std::uint64_t>> claim(std::uint64_t want) {
    CESS_TRY_ASSIGN(const std::uint64_t wanted, count_wanted());
    CESS_TRY_ASSIGN(const auto room, open_room(store_, o_.wait_s));
    CESS_TRY_ASSIGN(const auto listing, fillers::list(store_));
    std::vector<std::uint64_t> left;
    for (const std::uint64_t number : listing.claimed) {
      if (number >= state_.committed && left.size() < wanted) {
        left.push_back(number);
      } else {  // not ours to make any more
        CESS_TRY(fillers::remove_work(fillers::work_folder(store_), number));
      }
    }
    result_.all_wanted = wanted == 0;
    std::vector<std::uint64_t> row = first_row(left, std::min(want, wanted));
    const bool resumed = !row.empty();
    if (!resumed) {
      std::uint64_t number = state_.committed;
      while (std::ranges::binary_search(listing.numbers, number)) ++number;
      while (row.size() < std::min(want, wanted) &&
             !std::ranges::binary_search(listing.numbers, number)) {
        row.push_back(number++);
      }
    }
    for (; !row.empty(); row.resize(row.size() / 2)) {
      CESS_TRY_ASSIGN(const bool fits, room->claim(claim_of(row)));
      if (fits) return row;
    }
    if (resumed) return fail(Code::system, "store '" + store_ + "' is too full to go on", store_);
    return row;
  }
  static std::vector<std::uint64_t> first_row(const std::vector<std::uint64_t>& numbers,
                                              std::uint64_t count_max) {
    std::vector<std::uint64_t> row;
    for (const std::uint64_t number : numbers) {
      if (row.size() == count_max || (!row.empty() && number != row.back() + 1)) break;
      row.push_back(number);
    }
    return row;
  }
  [[nodiscard]] RoomClaim claim_of(const std::vector<std::uint64_t>& row) const {
    return {row.front(), static_cast<std::uint32_t>(row.size()), o_.params,
            o_.scratch.empty() && !way_.in_series};
  }

  [[nodiscard]] Group group_of(std::vector<std::uint64_t> numbers) const {
    const std::string work = fillers::work_folder(store_);
    return {state_.owner, std::move(numbers), o_.scratch.empty() ? work : scratch(), work, store_};
  }
  // Several stores may share a folder: each has its own in it.
  [[nodiscard]] std::string scratch() const { return scratch_of(o_.scratch, state_.owner.miner); }

  // All of them under one sync.
  Status make_series(const std::vector<std::uint64_t>& numbers) {
    CESS_TRY_ASSIGN(const Series series, Series::begin(state_.owner, store_));
    std::vector<std::uint64_t> unmade;
    std::vector<std::uint64_t> layered;  // by a run that made layers, and was killed
    for (const std::uint64_t number : numbers) {
      if (!path_exists(fillers::labels_path(store_, number))) unmade.push_back(number);
      if (has_layers(number)) layered.push_back(number);
    }
    CESS_TRY(series.write(unmade, way_.lanes, o_.threads, o_.progress));
    for (const std::uint64_t number : layered) CESS_TRY(mark(group_of({number}), number));
    CESS_TRY(series.sync());
    CESS_TRY(series.publish(numbers));
    for (const std::uint64_t number : layered) CESS_TRY(drop_layers(group_of({number}), number));
    return {};
  }
  [[nodiscard]] bool has_layers(std::uint64_t number) const {
    const Group group = group_of({number});
    for (unsigned layer = 1; layer < pois::kLayers; ++layer) {
      const std::string whole = layer_path(group, number, layer);
      if (path_exists(whole) || path_exists(whole + ".part")) return true;
    }
    return false;
  }

  // Groups of lanes, a thread each. The first failure is everybody's.
  Status make(const std::vector<std::uint64_t>& numbers) {
    const std::size_t groups = (numbers.size() + way_.lanes - 1) / way_.lanes;
    std::vector<Status> done(groups);
    std::vector<std::thread> threads;
    for (std::size_t g = 0; g < groups; ++g) {
      const auto first = numbers.begin() + static_cast<std::ptrdiff_t>(g * way_.lanes);
      const auto end =
          g + 1 == groups ? numbers.end() : first + static_cast<std::ptrdiff_t>(way_.lanes);
      const Group group = group_of({first, end});
      threads.emplace_back([this, group, &status = done[g]] { status = make_group(group); });
    }
    for (std::thread& thread : threads) thread.join();
    for (Status& status : done) CESS_TRY(std::move(status));
    return {};
  }

  Status make_group(const Group& group) {
    Group unmade = group;
    std::erase_if(unmade.numbers, [this](std::uint64_t number) {
      return path_exists(fillers::labels_path(store_, number));
    });
    std::uint64_t layer_bytes = 0;
    std::uint64_t told = 0;
    if (!unmade.numbers.empty()) {
      CESS_TRY(make_layers(unmade, pois::kLayers, [&](std::uint64_t bytes) {
        layer_bytes += bytes;
        if (o_.progress) o_.progress(layer_bytes / pois::kLayers - told);
        told = layer_bytes / pois::kLayers;
      }));
    }
    for (const std::uint64_t number : group.numbers) {
      CESS_TRY(mark(group, number));
      CESS_TRY(publish_filler(store_, group, number));
      if (!o_.keep_layers) CESS_TRY(drop_layers(group, number));
    }
    return {};
  }

  // A run killed between a filler's tree and the end of its layers leaves them to the next, which
  // cannot tell them from layers that were to be kept, but for the mark.
  Status mark(const Group& group, std::uint64_t number) const {
    const std::string path = fillers::work_path(group.work, number, fillers::kMark);
    if (!o_.keep_layers) {
      CESS_TRY(write_in_place(path, {}, 0));
    } else if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
      return system_error("cannot remove", path, errno);
    }
    return sync_dir(group.work);
  }
  static Status drop_layers(const Group& group, std::uint64_t number) {
    if (group.scratch != group.work) CESS_TRY(fillers::remove_work(group.scratch, number));
    return fillers::remove_work(group.work, number);
  }
  Status drop_marked() const {
    CESS_TRY_ASSIGN(const auto listing, fillers::list(store_));
    for (const std::uint64_t number : listing.kept) {
      const Group group = group_of({number});
      if (!path_exists(fillers::work_path(group.work, number, fillers::kMark))) continue;
      CESS_TRY(drop_layers(group, number));
    }
    return {};
  }

  std::string store_;
  MakeOptions o_;
  IdleState state_;
  Fd lock_;
  MakeWay way_;
  MakeResult result_;
};

}  // namespace

std::uint64_t filler_cost(const pois::Params& params) {
  return params.file_bytes() + head_size(params) + Hash256::kSize;
}

std::size_t lanes_for(const pois::Params& params, unsigned threads, std::uint64_t memory_bytes) {
  std::size_t out = 1;
  for (const std::size_t width : sha256_widths()) {
    if (threads * layers_memory_bytes(params, width) <= memory_bytes) out = std::max(out, width);
  }
  return out;
}

// Series where a filler is small and its eight layers fit into the memory.
MakeWay choose_way(const pois::Params& params, unsigned threads, std::uint64_t memory_bytes,
                   bool keep_layers) {
  std::size_t lanes = lanes_for(params, threads, memory_bytes);
  if (keep_layers || params.file_bytes() > kSeriesFillerMax ||
      threads * series_memory_bytes(params, 1) > memory_bytes) {
    return {lanes, false, layers_memory_bytes(params, lanes)};
  }
  while (lanes > 1 && threads * series_memory_bytes(params, lanes) > memory_bytes) lanes /= 2;
  return {lanes, true, series_memory_bytes(params, lanes)};
}

Result<MakeResult> make_fillers(const std::string& store, const MakeOptions& options) {
  return FillerMaker(store, options).run();
}

Status accept_commitments(const std::string& store, std::uint64_t rear, std::uint64_t wait_s) {
  CESS_TRY(open_room(store, wait_s));  // whoever counts its room learns of it
  CESS_TRY_ASSIGN(const IdleFolder folder, IdleFolder::open(store));
  IdleState state = folder.state();
  std::uint64_t made = state.committed;
  for (const std::uint64_t number : folder.numbers()) made = std::max(made, number + 1);
  if (rear < state.committed || rear > made) {
    return fail(Code::usage, "cannot accept fillers below " + std::to_string(rear) + ": " +
                                 std::to_string(state.committed) + " are accepted, " +
                                 std::to_string(made) + " made");
  }
  state.committed = rear;
  return note_accepted(store, state);
}

}  // namespace cess::idle
