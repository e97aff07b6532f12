// SPDX-License-Identifier: Apache-2.0
#include "idle/layers.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/hex.hpp"
#include "store/fillers.hpp"
#include "sys/file.hpp"
#include "sys/pages.hpp"

namespace cess::idle {
namespace {

using pois::kLabelSize;
using pois::kLayers;

constexpr std::uint32_t kPieceNodes = 1U << 14U;  // made, then written

std::string part_path(const Group& group, std::uint64_t number, unsigned layer) {
  return layer_path(group, number, layer) + ".part";
}
const std::string& folder_of_layer(const Group& group, unsigned layer) {
  return layer == kLayers ? group.work : group.scratch;
}

Status pwrite_full(int fd, ByteView data, std::uint64_t offset, const std::string& name) {
  while (!data.empty()) {
    const ssize_t n = ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error("cannot write", name, errno);
    data = data.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

// The layer files of a group, open side by side.
class LayerFiles {
 public:
  static Result<LayerFiles> create(const Group& group, unsigned layer) {
    LayerFiles out;
    CESS_TRY_ASSIGN(const Fd names, fillers::hold_names(group.store, false));
    for (const std::uint64_t number : group.numbers) {
      out.paths_.push_back(part_path(group, number, layer));
      // A fault may have come between two fillers of a group: their room was claimed once only.
      const std::string whole = layer_path(group, number, layer);
      if (path_exists(whole) && ::rename(whole.c_str(), out.paths_.back().c_str()) != 0) {
        return system_error("cannot rename", whole, errno);
      }
      const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
      out.fds_.emplace_back(::open(out.paths_.back().c_str(), flags, 0644));
      if (!out.fds_.back().valid()) return system_error("cannot create", out.paths_.back(), errno);
    }
    return out;
  }
  static Result<LayerFiles> open(const Group& group, unsigned layer) {
    LayerFiles out;
    for (const std::uint64_t number : group.numbers) {
      out.paths_.push_back(layer_path(group, number, layer));
      CESS_TRY_ASSIGN(Fd fd, open_read(out.paths_.back()));
      out.fds_.push_back(std::move(fd));
    }
    return out;
  }
  Status write(const pois::Labeler& labeler, std::span<const Hash256> labels, std::uint32_t first,
               std::uint32_t count) {
    pieces_.resize(fds_.size());
    std::vector<Hash256*> out;
    for (auto& piece : pieces_) {
      piece.resize(count);
      out.push_back(piece.data());
    }
    labeler.take(out, labels, first, count);
    for (std::size_t lane = 0; lane < fds_.size(); ++lane) {
      const ByteView bytes(reinterpret_cast<const std::uint8_t*>(out[lane]), count * kLabelSize);
      CESS_TRY(
          pwrite_full(fds_[lane].get(), bytes, std::uint64_t{first} * kLabelSize, paths_[lane]));
    }
    return {};
  }
  Status read(const pois::Labeler& labeler, std::span<Hash256> labels, std::uint32_t first,
              std::uint32_t count) {
    std::vector<Hash256> piece(count);
    for (std::size_t lane = 0; lane < fds_.size(); ++lane) {
      const MutByteView out(reinterpret_cast<std::uint8_t*>(piece.data()), count * kLabelSize);
      CESS_TRY_ASSIGN(
          const std::size_t got,
          pread_full(fds_[lane].get(), out, std::uint64_t{first} * kLabelSize, paths_[lane]));
      if (got != out.size()) {
        return fail(Code::input, "'" + paths_[lane] + "' is too short", paths_[lane]);
      }
      labeler.give(labels, lane, first, piece);
    }
    return {};
  }
  // All of it is on disk, then it gets its name.
  Status finish(const Group& group, unsigned layer) {
    for (std::size_t i = 0; i < fds_.size(); ++i) CESS_TRY(sync_file(fds_[i].get(), paths_[i]));
    CESS_TRY_ASSIGN(const Fd names, fillers::hold_names(group.store, false));
    for (std::size_t i = 0; i < fds_.size(); ++i) {
      const std::string to = layer_path(group, group.numbers[i], layer);
      if (::rename(paths_[i].c_str(), to.c_str()) != 0) {
        return system_error("cannot rename", paths_[i], errno);
      }
    }
    return sync_dir(folder_of_layer(group, layer));
  }

 private:
  std::vector<std::string> paths_;
  std::vector<Fd> fds_;
  std::vector<std::vector<Hash256>> pieces_;
};

Status load_layer(const Group& group, unsigned layer, const pois::Labeler& labeler,
                  std::span<Hash256> labels) {
  CESS_TRY_ASSIGN(LayerFiles files, LayerFiles::open(group, layer));
  const std::uint32_t n = group.owner.params.nodes();
  for (std::uint32_t v = 0; v < n; v += kPieceNodes) {
    CESS_TRY(files.read(labeler, labels, v, std::min(kPieceNodes, n - v)));
  }
  return {};
}

}  // namespace

std::string scratch_of(const std::string& scratch, const MinerId& miner) {
  return scratch + "/" + to_hex(miner).substr(0, 16);
}

std::string layer_path(const Group& group, std::uint64_t number, unsigned layer) {
  const std::string part = layer == kLayers ? "labels" : "layer" + std::to_string(layer);
  return fillers::work_path(folder_of_layer(group, layer), number, part);
}

unsigned layers_done(const Group& group) {
  for (unsigned layer = 1; layer <= kLayers; ++layer) {
    for (const std::uint64_t number : group.numbers) {
      if (!path_exists(layer_path(group, number, layer))) return layer - 1;
    }
  }
  return kLayers;
}

std::uint64_t layers_memory_bytes(const pois::Params& params, std::size_t lanes) {
  return 2 * lanes * params.file_bytes();
}

Status make_layers(const Group& group, unsigned last,
                   const std::function<void(std::uint64_t)>& progress) {
  const std::uint32_t n = group.owner.params.nodes();
  const std::size_t lanes = group.numbers.size();
  const std::uint64_t layer_bytes = lanes * group.owner.params.file_bytes();
  const unsigned done = std::min(layers_done(group), last);
  if (progress) progress(done * layer_bytes);
  if (done == last) return {};
  CESS_TRY_ASSIGN(Pages first, Pages::make(layer_bytes));
  CESS_TRY_ASSIGN(Pages second, Pages::make(layer_bytes));
  std::span<Hash256> labels(reinterpret_cast<Hash256*>(first.data()), n * lanes);
  std::span<Hash256> before(reinterpret_cast<Hash256*>(second.data()), n * lanes);
  pois::Graph graph(group.owner.params);
  std::vector<pois::FillerId> ids;
  for (const std::uint64_t number : group.numbers) {
    ids.push_back(pois::filler_id(group.owner, number));
  }
  pois::Labeler labeler(graph, ids);
  if (done > 0) CESS_TRY(load_layer(group, done, labeler, before));
  for (unsigned layer = done + 1; layer <= last; ++layer) {
    CESS_TRY_ASSIGN(LayerFiles files, LayerFiles::create(group, layer));
    const std::span<const Hash256> above =
        layer == 1 ? std::span<const Hash256>() : std::span<const Hash256>(before);
    for (std::uint32_t v = 0; v < n; v += kPieceNodes) {
      const std::uint32_t count = std::min(kPieceNodes, n - v);
      labeler.run(labels, above, layer, v, v + count);
      CESS_TRY(files.write(labeler, labels, v, count));
      if (progress) progress(count * lanes * kLabelSize);
    }
    CESS_TRY(files.finish(group, layer));
    std::swap(labels, before);
  }
  return {};
}

Result<std::vector<pois::Column>> read_columns(const Group& group, std::uint64_t number,
                                               const std::string& labels_path, std::uint32_t first,
                                               std::uint32_t count) {
  std::vector<pois::Column> out(count);
  std::vector<Hash256> piece(count);
  const MutByteView bytes(reinterpret_cast<std::uint8_t*>(piece.data()), count * kLabelSize);
  for (unsigned layer = 1; layer <= kLayers; ++layer) {
    const std::string path = layer == kLayers ? labels_path : layer_path(group, number, layer);
    CESS_TRY_ASSIGN(const Fd fd, open_read(path));
    CESS_TRY_ASSIGN(const std::size_t got,
                    pread_full(fd.get(), bytes, std::uint64_t{first} * kLabelSize, path));
    if (got != bytes.size()) return fail(Code::input, "'" + path + "' is too short", path);
    for (std::uint32_t i = 0; i < count; ++i) out[i][layer - 1] = piece[i];
  }
  return out;
}

Result<FillerHead> build_head(const Group& group, std::uint64_t number,
                              const std::string& labels_path) {
  FillerHead head = begin_head(group.owner, number);
  const std::uint32_t step = 1U << cut_level(head.params);
  for (std::uint32_t v = 0; v < head.params.nodes(); v += step) {
    CESS_TRY_ASSIGN(const auto columns, read_columns(group, number, labels_path, v, step));
    add_columns(head, columns);
  }
  close_head(head);
  return head;
}

}  // namespace cess::idle
