// SPDX-License-Identifier: Apache-2.0
// Order of the calls that make a batch durable: the log's bytes, fsync. That make a segment of a
// log: the segment whole (NewFile), a new empty log, the manifest that names both (NewFile); only
// then are the old files removed. While an index is built there is no manifest until all is there.
#include "fingerprint/index.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/check.hpp"
#include "fingerprint/index_files.hpp"
#include "fingerprint/index_log.hpp"
#include "fingerprint/simhash.hpp"

namespace cess::fp {
namespace {

/// Code::busy if the lock's file was removed, by a build that failed, while we took it.
Status require_same_file(const Fd& lock, const std::string& path) {
  struct stat held {};
  struct stat named {};
  if (::fstat(lock.get(), &held) == 0 && ::stat(path.c_str(), &named) == 0 &&
      held.st_dev == named.st_dev && held.st_ino == named.st_ino) {
    return {};
  }
  return fail(Code::busy, "'" + path + "' was removed by another process", path);
}

tl::unexpected<Error> index_exists(const std::string& path) {
  return fail(Code::usage, "cannot make '" + path + "': it exists", path,
              "index add puts fingerprints into it");
}

bool label_less(const IndexRecord& a, const IndexRecord& b) { return a.label < b.label; }

}  // namespace

struct Index::Impl {
  std::string folder;
  mutable std::mutex mutex;  ///< guards `state`, which is replaced whole
  std::shared_ptr<const IndexState> state;
  // Of the writer only:
  Fd lock;
  Fd log_file;
  IndexManifest manifest;
  std::set<Hash256> log_labels;
  bool failed = false;      ///< what is on disk is unknown: the next writer finds out
  bool unfinished = false;  ///< being built: no manifest, and nothing is left of it if it ends so

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (unfinished) remove_all();
  }

  std::shared_ptr<const IndexState> current() const {
    const std::lock_guard hold(mutex);
    return state;
  }
  bool contains(const IndexState& now, const Hash256& label) const {
    return log_labels.count(label) != 0 ||
           std::any_of(now.segments.begin(), now.segments.end(),
                       [&](const auto& s) { return s->view.contains(label); });
  }
  Status open_log();
  void remove_strays() const;
  void remove_all() const;
  Status put_batch(std::vector<IndexRecord> fresh);
  Status append_to_log(const IndexState& now, std::span<const IndexRecord> records);
  Status fold(std::vector<IndexRecord> records);
};

/// Opens the manifest's log for appending, behind its last whole record.
Status Index::Impl::open_log() {
  const std::string path = log_path(folder, manifest.log);
  log_file = Fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!log_file.valid()) return system_error("cannot open", path, errno);
  const auto end = static_cast<off_t>(kLogHeadSize + state->log->count * kLogEntrySize);
  if (::ftruncate(log_file.get(), end) != 0 || ::lseek(log_file.get(), end, SEEK_SET) != end) {
    return system_error("cannot cut", path, errno);
  }
  return sync_file(log_file.get(), path);
}

void Index::Impl::remove_strays() const {
  const auto names = list_dir(folder);
  if (!names) return;
  std::set<std::string> known{"manifest", "lock", "log-" + std::to_string(manifest.log)};
  for (const auto& p : manifest.parts) known.insert("segment-" + std::to_string(p.number));
  for (const std::string& name : *names) {
    if (is_index_file(name) && known.count(name) == 0)
      (void)::unlink((folder + "/" + name).c_str());
  }
}

/// The manifest first: without it the folder is no index, whatever else cannot be removed.
void Index::Impl::remove_all() const {
  (void)::unlink(manifest_path(folder).c_str());
  const auto names = list_dir(folder);
  if (!names) return;
  for (const std::string& name : *names) {
    if (is_index_file(name)) (void)::unlink((folder + "/" + name).c_str());
  }
  (void)::unlink((folder + "/lock").c_str());
  (void)::rmdir(folder.c_str());
}

Status Index::Impl::append_to_log(const IndexState& now, std::span<const IndexRecord> records) {
  const std::size_t first = now.log->count.load(std::memory_order_relaxed);
  Bytes bytes;
  for (std::size_t i = 0; i < records.size(); ++i)
    append(bytes, log_entry(manifest.log, first + i, records[i]));
  const std::string path = log_path(folder, manifest.log);
  CESS_TRY(write_full(log_file.get(), bytes, path));
  CESS_TRY(sync_file(log_file.get(), path));
  std::copy(records.begin(), records.end(), now.log->records.get() + first);
  for (const IndexRecord& r : records) log_labels.insert(r.label);
  now.log->count.store(first + records.size(), std::memory_order_release);
  return {};
}

/// Makes a segment of `records`, the log and every segment that is not at least four times as large
/// as what has been gathered so far: each record is rewritten a logarithmic number of times.
Status Index::Impl::fold(std::vector<IndexRecord> records) {
  const auto now = current();
  IndexState next = *now;
  const std::size_t logged = now->log->count;
  records.insert(records.end(), now->log->records.get(), now->log->records.get() + logged);
  std::uint64_t number = manifest.log;
  for (const auto& p : manifest.parts) number = std::max(number, p.number);
  while (!next.segments.empty() && (next.segments.back()->view.size() < 4 * records.size() ||
                                    next.segments.size() >= IndexManifest::kSegmentsMax)) {
    const SegmentView& old = next.segments.back()->view;
    if (records.size() + old.size() > kSegmentRecordsMax) break;
    // What was altered must not get a checksum that is right.
    CESS_TRY(check_segment(folder, *next.segments.back()));
    for (std::uint64_t i = 0; i < old.size(); ++i) records.push_back(old.record(i));
    next.segments.pop_back();
  }
  std::sort(records.begin(), records.end(), label_less);
  CESS_TRY_ASSIGN(const auto part, store_segment(folder, number + 1, records));
  CESS_TRY_ASSIGN(auto segment, load_segment(folder, part));
  next.segments.push_back(std::move(segment));
  IndexManifest m;
  m.log = number + 2;
  for (const auto& s : next.segments) m.parts.push_back(s->part);
  CESS_TRY(store_log_head(folder, m.log));
  if (!unfinished) {
    CESS_TRY(
        write_file(manifest_path(folder), encode_manifest(m), {.mode = 0644, .replace = true}));
  }
  manifest = std::move(m);
  next.log = std::make_shared<IndexLog>();
  log_labels.clear();
  {
    const std::lock_guard hold(mutex);
    state = std::make_shared<const IndexState>(std::move(next));
  }
  remove_strays();
  return open_log();
}

Index::Index(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Index::Index(Index&&) noexcept = default;
Index& Index::operator=(Index&&) noexcept = default;
Index::~Index() = default;

Status Index::create(const std::string& path) {
  CESS_TRY_ASSIGN(Index index, build(path));
  return index.finish();
}

Result<Index> Index::build(const std::string& path) {
  if (path_exists(path) && !is_unfinished(path)) return index_exists(path);
  CESS_TRY(make_dir(path, 0755, true));
  auto lock = lock_file(path + "/lock", true);
  if (!lock) {
    (void)::rmdir(path.c_str());  // if it is empty
    return tl::unexpected<Error>(std::move(lock).error());
  }
  CESS_TRY(require_same_file(*lock, path + "/lock"));
  if (path_exists(manifest_path(path))) return index_exists(path);  // who had the lock finished it
  auto impl = std::make_unique<Impl>();
  impl->folder = path;
  impl->lock = *std::move(lock);
  impl->unfinished = true;
  impl->manifest.log = 1;
  IndexState empty;
  empty.log = std::make_shared<IndexLog>();
  impl->state = std::make_shared<const IndexState>(std::move(empty));
  impl->remove_strays();
  CESS_TRY(store_log_head(path, 1));
  CESS_TRY(impl->open_log());
  return Index(std::move(impl));
}

Status Index::finish() {
  Impl& my = *impl_;
  CESS_CHECK(my.unfinished);
  if (my.failed) return fail(Code::system, "an earlier write failed", my.folder);
  CESS_TRY(write_file(manifest_path(my.folder), encode_manifest(my.manifest),
                      {.mode = 0644, .replace = false}));
  my.unfinished = false;
  return {};
}

Result<Index> Index::open(const std::string& path) {
  auto impl = std::make_unique<Impl>();
  impl->folder = path;
  CESS_TRY_ASSIGN(auto loaded, load_index(path));
  impl->manifest = std::move(loaded.first);
  impl->state = std::make_shared<const IndexState>(std::move(loaded.second));
  return Index(std::move(impl));
}

Result<Index> Index::open_to_add(const std::string& path) {
  // Asked first: locking would create the file in a folder that is no index.
  CESS_TRY(load_manifest(path));
  CESS_TRY_ASSIGN(Fd lock, lock_file(path + "/lock", true));
  CESS_TRY_ASSIGN(Index index, open(path));
  Impl& my = *index.impl_;
  my.lock = std::move(lock);
  for (std::size_t i = 0; i < my.state->log->count; ++i)
    my.log_labels.insert(my.state->log->records[i].label);
  my.remove_strays();
  CESS_TRY(my.open_log());
  return index;
}

Result<std::uint64_t> Index::add(std::span<const IndexRecord> records) {
  Impl& my = *impl_;
  CESS_CHECK(my.lock.valid());
  const auto now = my.current();
  std::vector<IndexRecord> fresh;
  for (const IndexRecord& r : records) {
    if (!my.contains(*now, r.label)) fresh.push_back(r);
  }
  // Of two with one label the first: stable.
  std::stable_sort(fresh.begin(), fresh.end(), label_less);
  fresh.erase(
      std::unique(fresh.begin(), fresh.end(),
                  [](const IndexRecord& a, const IndexRecord& b) { return a.label == b.label; }),
      fresh.end());
  const std::uint64_t added = fresh.size();
  if (added == 0) return added;
  CESS_TRY(my.put_batch(std::move(fresh)));
  return added;
}

Status Index::Impl::put_batch(std::vector<IndexRecord> fresh) {
  if (failed) {
    return fail(Code::system, "cannot add to '" + folder + "': an earlier write failed", folder);
  }
  const auto now = current();
  Status done = now->log->count + fresh.size() <= kLogRecordsMax ? append_to_log(*now, fresh)
                                                                 : fold(std::move(fresh));
  failed = !done;
  return done;
}

std::uint64_t Index::size() const {
  const auto now = impl_->current();
  std::uint64_t n = now->log->count.load(std::memory_order_acquire);
  for (const auto& s : now->segments) n += s->view.size();
  return n;
}

std::vector<IndexMatch> Index::search(const Bits256& word, unsigned radius) const {
  const auto now = impl_->current();
  std::vector<IndexMatch> out;
  for (const auto& s : now->segments) s->view.search(word, radius, out);
  const std::size_t logged = now->log->count.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < logged; ++i) {
    const IndexRecord& r = now->log->records[i];
    const auto d = static_cast<unsigned>(hamming(word, r.word));
    if (d <= radius) out.push_back({r.label, d});
  }
  std::sort(out.begin(), out.end(), [](const IndexMatch& a, const IndexMatch& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.label < b.label;
  });
  return out;
}

Status Index::check() const {
  const auto now = impl_->current();
  for (const auto& s : now->segments) CESS_TRY(check_segment(impl_->folder, *s));
  return {};
}

}  // namespace cess::fp
