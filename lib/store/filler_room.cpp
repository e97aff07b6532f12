// SPDX-License-Identifier: Apache-2.0
// The writer's side of fillers: they are charged like any file, and the oldest goes when user data
// needs its room. A kill leaves at worst labels without their tree, which the next writer removes.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "store/ack.hpp"
#include "store/backend.hpp"
#include "store/budget.hpp"
#include "store/fillers.hpp"
#include "store/kv.hpp"
#include "store/writer.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

// Folders may grow by a page each when names are added, and by more for many names, here and when
// their maker moves them to the other folder.
constexpr std::uint64_t kFillerFolderSlack = 4 * 4096;
constexpr std::uint64_t kFillerNameSlack = 128;

std::optional<std::uint64_t> filler_bytes_now(const std::string& store) {
  // A file that is renamed while folders are read may be missed.
  const auto names = fillers::hold_names(store, true);
  const auto listing = fillers::list(store);
  if (!names || !listing) return std::nullopt;
  return listing->size_bytes;
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
  settle_fillers();
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

// Makers give room back by removing what they need no more: it is found by counting.
void Store::settle_fillers() {
  const auto now = filler_bytes_now(path_);
  if (!now) return;
  if (*now > fillers_charged_) budget_->adopt(*now - fillers_charged_);
  if (*now < fillers_charged_) budget_->release(fillers_charged_ - *now);
  fillers_charged_ = *now;
}

/// What was given back counts first. Then layers that are kept for a proof go, since they can be
/// made again; then the oldest filler. False when there is nothing, or it cannot be removed.
bool Store::give_way() {
  const std::uint64_t before = fillers_charged_;
  settle_fillers();
  if (fillers_charged_ < before) return true;
  const auto listing = fillers::list(path_);
  if (!listing) return false;
  if (!listing->kept.empty()) {
    if (!fillers::remove_work(fillers::work_folder(path_), listing->kept.front())) return false;
    settle_fillers();
    return true;
  }
  if (listing->numbers.empty()) return false;
  return remove_filler(listing->numbers.front()).has_value();
}

Status Store::remove_filler(std::uint64_t number) {
  CESS_TRY(fillers::remove(path_, number));
  settle_fillers();
  return {};
}

Result<bool> Store::claim_filler(std::span<const ClaimedFile> files) {
  CESS_TRY(usable());
  std::uint64_t need = kFillerFolderSlack + files.size() * kFillerNameSlack;
  for (const ClaimedFile& file : files) {
    const std::uint64_t there = file_size(file.path).value_or(0);
    if (file.size > there) need += file.size - there;
  }
  settle_fillers();
  if (!budget_->charge_idle(need)) return false;
  Status made = make_dir(path_ + "/idle", 0755, true);
  if (made) made = make_dir(fillers::work_folder(path_), 0755, true);
  for (const ClaimedFile& file : files) {
    if (made) made = make_sized_file(file.path, file.size);
  }
  if (made) made = sync_dir(fillers::work_folder(path_));
  if (made) made = sync_dir(path_ + "/idle");
  budget_->release(need);
  settle_fillers();
  CESS_TRY(std::move(made));
  return true;
}

}  // namespace cess
