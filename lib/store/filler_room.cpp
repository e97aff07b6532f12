// SPDX-License-Identifier: Apache-2.0
// The writer's side of fillers: they are charged like any file, and the oldest goes when user data
// needs its room. A kill leaves at worst labels without their tree, which the next writer removes.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "store/ack.hpp"
#include "store/backend.hpp"
#include "store/budget.hpp"
#include "store/fillers.hpp"
#include "store/kv.hpp"
#include "store/writer.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

// Folders may grow by a page each when names are added.
constexpr std::uint64_t kFillerFolderSlack = 4 * 4096;

std::uint64_t filler_bytes_now(const std::string& store) {
  const auto listing = fillers::list(store);
  return listing ? listing->size_bytes : 0;
}

Status make_sized_file(const std::string& path, std::uint64_t size) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd.valid()) return system_error("cannot create", path, errno);
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) return system_error("cannot examine", path, errno);
  // A longer one is that of a claim made before.
  if (static_cast<std::uint64_t>(st.st_size) >= size) return {};
  if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) {
    return system_error("cannot extend", path, errno);
  }
  return {};
}

}  // namespace

Status Store::recover_fillers() {
  CESS_TRY_ASSIGN(const auto listing, fillers::list(path_));
  for (const std::uint64_t number : listing.halves) CESS_TRY(fillers::remove(path_, number));
  budget_->adopt(filler_bytes_now(path_));
  budget_->set_give_way([this] { return give_way(); });
  return {};
}

std::uint64_t Store::free_bytes() const { return budget_->idle(); }

std::uint64_t Store::idle_bytes() const {
  std::uint64_t fillers = 0;
  if (const auto listing = fillers::list(path_)) {
    for (const std::uint64_t number : listing->numbers) {
      for (const auto& path :
           {fillers::labels_path(path_, number), fillers::tree_path(path_, number)}) {
        fillers += file_size(path).value_or(0);
      }
    }
  }
  return budget_->idle() + fillers;
}

void Store::settle_fillers(std::uint64_t before) {
  const std::uint64_t after = filler_bytes_now(path_);
  if (after > before) budget_->adopt(after - before);
  if (after < before) budget_->release(std::min(before - after, budget_->files()));
}

/// Layers that are kept for a proof go first, since they can be made again; then the oldest filler.
/// False when there is nothing, or it cannot be removed.
bool Store::give_way() {
  const auto listing = fillers::list(path_);
  if (!listing) return false;
  if (!listing->kept.empty()) {
    const std::uint64_t before = listing->size_bytes;
    if (!fillers::remove_work(fillers::work_folder(path_), listing->kept.front())) return false;
    settle_fillers(before);
    return true;
  }
  if (listing->numbers.empty()) return false;
  return remove_filler(listing->numbers.front()).has_value();
}

Status Store::remove_filler(std::uint64_t number) {
  std::uint64_t size = 0;
  for (const auto& path :
       {fillers::labels_path(path_, number), fillers::tree_path(path_, number)}) {
    size += file_size(path).value_or(0);
  }
  CESS_TRY(fillers::remove(path_, number));
  budget_->release(std::min(size, budget_->files()));
  return {};
}

Status Store::claim_filler(std::span<const ClaimedFile> files) {
  CESS_TRY(usable());
  std::uint64_t need = kFillerFolderSlack;
  for (const ClaimedFile& file : files) {
    const std::uint64_t there = file_size(file.path).value_or(0);
    if (file.size > there) need += file.size - there;
  }
  if (!budget_->charge_idle(need)) {
    return fail(Code::system,
                "store '" + path_ + "' has no room for another filler: " + std::to_string(need) +
                    " bytes needed, " + std::to_string(budget_->idle()) + " idle",
                path_);
  }
  const std::uint64_t before = filler_bytes_now(path_);
  Status made = make_dir(path_ + "/idle", 0755, true);
  if (made) made = make_dir(fillers::work_folder(path_), 0755, true);
  for (const ClaimedFile& file : files) {
    if (made) made = make_sized_file(file.path, file.size);
  }
  if (made) made = sync_dir(fillers::work_folder(path_));
  if (made) made = sync_dir(path_ + "/idle");
  budget_->release(need);
  settle_fillers(before);
  return made;
}

}  // namespace cess
