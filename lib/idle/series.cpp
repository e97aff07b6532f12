// SPDX-License-Identifier: Apache-2.0
#include "idle/series.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <optional>
#include <thread>

#include "pois/multi_path.hpp"
#include "store/fillers.hpp"
#include "sys/pages.hpp"
#include "sys/sync_all.hpp"

namespace cess::idle {
namespace {

using pois::kLayers;

constexpr std::uint64_t kSeriesBytes = std::uint64_t{32} << 20U;
constexpr std::uint64_t kSeriesCountMax = 1024;

Status write_at(const std::string& path, ByteView data, std::uint64_t offset) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd.valid()) return system_error("cannot open", path, errno);
  if (::lseek(fd.get(), static_cast<off_t>(offset), SEEK_SET) < 0) {
    return system_error("cannot seek in", path, errno);
  }
  return write_full(fd.get(), data, path);
}

Status rename_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  return system_error("cannot rename", from, errno);
}

std::string labels_part(const Group& group, std::uint64_t number) {
  return layer_path(group, number, kLayers) + ".part";
}

// The tree of a filler that a killed run wrote whole, with its labels: nothing of it was synced, so
// all is hashed, for a thirtieth of what it costs to make. Nothing, where it is not whole.
std::optional<FillerHead> head_of_whole(const Group& where, std::uint64_t number) {
  const std::string name = fillers::work_path(where.work, number, "tree");
  const auto bytes = read_file(name, kHeadSizeMax);
  if (!bytes) return std::nullopt;
  auto head = parse_head(*bytes, name);
  if (!head || head->number != number || head->params != where.owner.params ||
      head->id != pois::filler_id(where.owner, number)) {
    return std::nullopt;
  }
  const auto labels = read_file(labels_part(where, number), where.owner.params.file_bytes());
  if (!labels || labels->size() != where.owner.params.file_bytes()) return std::nullopt;
  std::vector<Hash256> level(where.owner.params.nodes());
  std::memcpy(level.data(), labels->data(), labels->size());
  const auto levels = pois::tree_levels(std::move(level));
  if (levels.back().front() != head->commitment.labels_root) return std::nullopt;
  return std::move(*head);
}

Status write_commitment(const Group& where, const FillerHead& head) {
  return write_at(fillers::path_in(where.store, "commitments"),
                  pois::commitment_hash(head.id, head.commitment).view(),
                  head.number * Hash256::kSize);
}

// A thread's layers and graph, for one group after the other.
class SeriesMaker {
 public:
  static Result<SeriesMaker> make(const Group& where, std::size_t lanes) {
    SeriesMaker out(where);
    for (Pages& layer : out.layers_) {
      CESS_TRY_ASSIGN(layer, Pages::make(lanes * where.owner.params.file_bytes()));
    }
    return out;
  }
  Status run(std::span<const std::uint64_t> numbers) {
    const std::uint32_t n = where_.owner.params.nodes();
    std::vector<pois::FillerId> ids;
    for (const std::uint64_t number : numbers) {
      ids.push_back(pois::filler_id(where_.owner, number));
    }
    pois::Labeler labeler(graph_, ids);
    const std::size_t size = numbers.size() * n;
    for (unsigned layer = 1; layer <= kLayers; ++layer) {
      const auto before = layer == 1 ? std::span<Hash256>() : labels_of(layer - 1, size);
      labeler.run(labels_of(layer, size), before, layer, 0, n);
    }
    return write_out(labeler, numbers);
  }

 private:
  explicit SeriesMaker(const Group& where) : where_(where), graph_(where.owner.params) {}

  std::span<Hash256> labels_of(unsigned layer, std::size_t size) {
    return {reinterpret_cast<Hash256*>(layers_[layer - 1].data()), size};
  }

  // Labels lane by lane, and both trees of each.
  Status write_out(const pois::Labeler& labeler, std::span<const std::uint64_t> numbers) {
    const std::size_t lanes = numbers.size();
    const pois::Params& params = where_.owner.params;
    const std::uint32_t n = params.nodes();
    const std::uint32_t step = 1U << cut_level(params);
    std::vector<FillerHead> heads;
    for (const std::uint64_t number : numbers) heads.push_back(begin_head(where_.owner, number));
    std::vector<std::vector<pois::Column>> columns(lanes, std::vector<pois::Column>(step));
    std::vector<std::vector<Hash256>> piece(lanes, std::vector<Hash256>(step));
    std::vector<Hash256*> out;
    for (auto& p : piece) out.push_back(p.data());
    std::vector<std::vector<Hash256>> labels(lanes);
    for (std::uint32_t v = 0; v < n; v += step) {
      for (unsigned layer = 1; layer <= kLayers; ++layer) {
        labeler.take(out, labels_of(layer, lanes * n), v, step);
        for (std::size_t lane = 0; lane < lanes; ++lane) {
          for (std::uint32_t i = 0; i < step; ++i) columns[lane][i][layer - 1] = piece[lane][i];
        }
      }
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        labels[lane].insert(labels[lane].end(), piece[lane].begin(), piece[lane].end());
        add_columns(heads[lane], columns[lane]);
      }
    }
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      close_head(heads[lane]);
      CESS_TRY(write_filler(heads[lane], labels[lane]));
    }
    return {};
  }

  Status write_filler(const FillerHead& head, std::span<const Hash256> labels) const {
    const ByteView bytes(reinterpret_cast<const std::uint8_t*>(labels.data()), labels.size_bytes());
    CESS_TRY(write_at(labels_part(where_, head.number), bytes, 0));
    CESS_TRY(write_at(fillers::work_path(where_.work, head.number, "tree"), encode_head(head), 0));
    return write_commitment(where_, head);
  }

  const Group& where_;
  pois::Graph graph_;
  std::array<Pages, kLayers> layers_;
};

}  // namespace

std::uint64_t series_count(const pois::Params& params) {
  return std::clamp<std::uint64_t>(kSeriesBytes / params.file_bytes(), 1, kSeriesCountMax);
}

std::uint64_t series_memory_bytes(const pois::Params& params, std::size_t lanes) {
  // The layers, and the labels once more in the order in which they are written.
  return (kLayers + 1) * lanes * params.file_bytes();
}

Result<Series> Series::begin(const pois::Owner& owner, const std::string& store) {
  Series out;
  const std::string work = fillers::work_folder(store);
  out.group_ = {owner, {}, work, work, store};
  out.folder_ = Fd(::open(work.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!out.folder_.valid()) return system_error("cannot open folder", work, errno);
  return out;
}

Status Series::write(std::span<const std::uint64_t> numbers, std::size_t lanes, unsigned threads,
                     const std::function<void(std::uint64_t)>& progress) const {
  {
    // A maker of layers may have left labels with their name: that room is the one claimed.
    CESS_TRY_ASSIGN(const Fd names, fillers::hold_names(group_.store, false));
    for (const std::uint64_t number : numbers) {
      const std::string whole = layer_path(group_, number, kLayers);
      if (path_exists(whole)) CESS_TRY(rename_file(whole, labels_part(group_, number)));
    }
  }
  std::vector<std::uint64_t> unmade;
  for (const std::uint64_t number : numbers) {
    if (const auto head = head_of_whole(group_, number)) {
      CESS_TRY(write_commitment(group_, *head));
      if (progress) progress(group_.owner.params.file_bytes());
    } else {
      unmade.push_back(number);
    }
  }
  const std::size_t groups = (unmade.size() + lanes - 1) / lanes;
  std::atomic<std::size_t> next = 0;
  const auto work = [&]() -> Status {
    CESS_TRY_ASSIGN(SeriesMaker maker, SeriesMaker::make(group_, lanes));
    for (std::size_t g = next++; g < groups; g = next++) {
      const auto some =
          std::span(unmade).subspan(g * lanes, std::min(lanes, unmade.size() - g * lanes));
      CESS_TRY(maker.run(some));
      if (progress) progress(some.size() * group_.owner.params.file_bytes());
    }
    return {};
  };
  std::vector<Status> done(std::min<std::size_t>(threads, groups));
  std::vector<std::thread> running;
  for (Status& status : done) running.emplace_back([&status, &work] { status = work(); });
  for (std::thread& thread : running) thread.join();
  for (Status& status : done) CESS_TRY(std::move(status));
  return {};
}

Status Series::sync() const { return sync_file_system(folder_.get(), group_.work); }

Status Series::publish(std::span<const std::uint64_t> numbers) const {
  const std::string folder = fillers::path_in(group_.store, ".");
  {
    CESS_TRY_ASSIGN(const Fd names, fillers::hold_names(group_.store, false));
    for (const std::uint64_t number : numbers) {
      const std::string in_place = fillers::labels_path(group_.store, number);
      if (path_exists(in_place)) continue;  // by a run that was killed here
      CESS_TRY(rename_file(labels_part(group_, number), in_place));
    }
  }
  CESS_TRY(sync_dir(folder));
  {
    CESS_TRY_ASSIGN(const Fd names, fillers::hold_names(group_.store, false));
    for (const std::uint64_t number : numbers) {
      CESS_TRY(rename_file(fillers::work_path(group_.work, number, "tree"),
                           fillers::tree_path(group_.store, number)));
    }
  }
  CESS_TRY(sync_dir(folder));
  return sync_dir(group_.work);
}

}  // namespace cess::idle
