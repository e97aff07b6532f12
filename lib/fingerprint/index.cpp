// SPDX-License-Identifier: Apache-2.0
// Order of the calls that make a batch durable: the log's bytes, fsync. That make a segment of a
// log: the segment whole (NewFile), a new empty log, the manifest that names both (NewFile); only
// then are the old files removed.
#include "fingerprint/index.hpp"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/check.hpp"
#include "fingerprint/index_files.hpp"
#include "fingerprint/index_log.hpp"
#include "fingerprint/index_runs.hpp"
#include "fingerprint/simhash.hpp"

namespace cess::fp {
namespace {

/// Segments of about one size that become one.
constexpr std::size_t kMergeWidth = 4;

/// How many of the last segments to merge with `gathered` new records: all that are smaller than
/// kMergeWidth times these, if there are kMergeWidth - 1; one where there is no place for another.
std::size_t last_to_merge(const IndexState& state, std::uint64_t gathered) {
  const auto& all = state.segments;
  const auto fits = [&](std::uint64_t n) { return n <= kSegmentRecordsMax; };
  std::size_t n = 0;
  for (std::uint64_t sum = gathered; n < all.size(); ++n) {
    const std::uint64_t size = all[all.size() - 1 - n]->view.size();
    sum += size;
    if (size >= kMergeWidth * gathered || !fits(sum)) break;
  }
  if (n + 1 >= kMergeWidth) return n;
  const bool full = all.size() >= IndexManifest::kSegmentsMax;
  return full && fits(gathered + all.back()->view.size()) ? 1 : 0;
}

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
  bool failed = false;  ///< what is on disk is unknown: the next writer finds out

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
  Status put_batch(std::vector<IndexRecord> fresh);
  Status append_to_log(const IndexState& now, std::span<const IndexRecord> records);
  Status fold(std::vector<IndexRecord> fresh);
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

/// Makes a segment of `fresh`, the log, and the last segments as long as there are some to merge:
/// each record is rewritten about once for each power of kMergeWidth that the index grew by.
Status Index::Impl::fold(std::vector<IndexRecord> fresh) {
  const auto now = current();
  IndexState next = *now;
  fresh.insert(fresh.end(), now->log->records.get(), now->log->records.get() + now->log->count);
  const SortedRecords sorted(fresh);
  std::vector<RecordColumns> sources{sorted.columns()};
  std::uint64_t gathered = sources[0].count;
  std::uint64_t number = manifest.log;
  for (const auto& p : manifest.parts) number = std::max(number, p.number);
  while (const std::size_t merged = last_to_merge(next, gathered)) {
    for (std::size_t i = 0; i < merged; ++i) {
      const IndexSegment& old = *next.segments.back();
      // What was altered must not get a checksum that is right.
      CESS_TRY(check_segment(folder, old));
      sources.push_back(segment_columns(folder, old));
      gathered += old.view.size();
      next.segments.pop_back();
    }
  }
  CESS_TRY_ASSIGN(const auto part, store_segment(folder, number + 1, sources));
  CESS_TRY_ASSIGN(auto segment, load_segment(folder, part));
  next.segments.push_back(std::move(segment));
  IndexManifest m;
  m.log = number + 2;
  for (const auto& s : next.segments) m.parts.push_back(s->part);
  CESS_TRY(store_log_head(folder, m.log));
  CESS_TRY(write_file(manifest_path(folder), encode_manifest(m), {.mode = 0644, .replace = true}));
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
  for (const std::uint32_t i : order_of_labels(records)) {
    if (!my.contains(*now, records[i].label)) fresh.push_back(records[i]);
  }
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
