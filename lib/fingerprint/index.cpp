// SPDX-License-Identifier: Apache-2.0
// Order of the calls that make a batch durable: the log's bytes, fsync. That make a segment of a
// log: the segment whole (NewFile), a new empty log, the manifest that names both (NewFile); only
// then are the old files removed.
#include "fingerprint/index.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "base/check.hpp"
#include "crypto/sha256.hpp"
#include "fingerprint/index_log.hpp"
#include "fingerprint/simhash.hpp"

namespace cess::fp {
namespace {

constexpr std::size_t kManifestSizeMax = 8192;
constexpr std::size_t kLogSizeMax = kLogHeadSize + Index::kLogRecordsMax * kLogEntrySize;

/// A file mapped for reading.
class IndexMapping {
 public:
  static Result<std::unique_ptr<IndexMapping>> open(const std::string& path) {
    CESS_TRY_ASSIGN(const Fd fd, open_read(path));
    CESS_TRY_ASSIGN(const FileStamp stamp, file_stamp(fd.get(), path));
    if (!stamp.regular || stamp.size_bytes == 0)
      return fail(Code::input, "'" + path + "' is empty", path);
    void* const at = ::mmap(nullptr, stamp.size_bytes, PROT_READ, MAP_SHARED, fd.get(), 0);
    if (at == MAP_FAILED) return system_error("cannot map", path, errno);
    (void)::madvise(at, stamp.size_bytes, MADV_RANDOM);
    auto m = std::make_unique<IndexMapping>();
    m->bytes_ = {static_cast<const std::uint8_t*>(at), stamp.size_bytes};
    return m;
  }
  IndexMapping() = default;
  IndexMapping(const IndexMapping&) = delete;
  IndexMapping& operator=(const IndexMapping&) = delete;
  ~IndexMapping() {
    if (!bytes_.empty()) ::munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
  }
  [[nodiscard]] ByteView bytes() const { return bytes_; }

 private:
  ByteView bytes_;
};

struct IndexSegment {
  IndexManifest::Part part;
  std::unique_ptr<IndexMapping> file;
  SegmentView view;
};

/// Records of the log in memory. One thread appends, any number read up to `count`.
struct IndexLog {
  std::unique_ptr<IndexRecord[]> records = std::make_unique<IndexRecord[]>(Index::kLogRecordsMax);
  std::atomic<std::size_t> count = 0;
};

struct IndexState {
  std::vector<std::shared_ptr<const IndexSegment>> segments;
  std::shared_ptr<IndexLog> log;
};

std::string segment_path(const std::string& folder, std::uint64_t n) {
  return folder + "/segment-" + std::to_string(n);
}
std::string log_path(const std::string& folder, std::uint64_t n) {
  return folder + "/log-" + std::to_string(n);
}
std::string manifest_path(const std::string& folder) { return folder + "/manifest"; }

Result<std::shared_ptr<const IndexSegment>> load_segment(const std::string& folder,
                                                         const IndexManifest::Part& part) {
  const std::string path = segment_path(folder, part.number);
  auto s = std::make_shared<IndexSegment>();
  s->part = part;
  CESS_TRY_ASSIGN(s->file, IndexMapping::open(path));
  auto view = SegmentView::open(s->file->bytes());
  if (!view || view->size() != part.records) {
    return fail(
        Code::input,
        "cannot read '" + path + "': " + (view ? "not the manifest's" : view.error().message),
        path);
  }
  s->view = *std::move(view);
  return s;
}

Result<IndexManifest> load_manifest(const std::string& folder) {
  const std::string path = manifest_path(folder);
  CESS_TRY_ASSIGN(const Bytes bytes, read_file(path, kManifestSizeMax));
  auto m = parse_manifest(bytes);
  if (!m) return fail(m.error().code, "cannot read '" + path + "': " + m.error().message, path);
  return m;
}

Result<IndexState> load_state(const std::string& folder, const IndexManifest& m) {
  IndexState state;
  for (const auto& part : m.parts) {
    CESS_TRY_ASSIGN(auto segment, load_segment(folder, part));
    state.segments.push_back(std::move(segment));
  }
  CESS_TRY_ASSIGN(const Bytes bytes, read_file(log_path(folder, m.log), kLogSizeMax));
  CESS_TRY_ASSIGN(const auto records, parse_log(bytes, m.log));
  state.log = std::make_shared<IndexLog>();
  std::copy(records.begin(), records.end(), state.log->records.get());
  state.log->count = records.size();
  return state;
}

/// Manifest and state. A writer may replace files between our reading one and the other: then the
/// manifest is new.
Result<std::pair<IndexManifest, IndexState>> load_index(const std::string& folder) {
  CESS_TRY_ASSIGN(IndexManifest m, load_manifest(folder));
  while (true) {
    auto state = load_state(folder, m);
    if (state) return std::pair{std::move(m), *std::move(state)};
    CESS_TRY_ASSIGN(IndexManifest now, load_manifest(folder));
    if (now == m) return tl::unexpected<Error>(std::move(state).error());
    m = std::move(now);
  }
}

/// Writes a segment aside and names it; returns what the manifest says of it.
Result<IndexManifest::Part> store_segment(const std::string& folder, std::uint64_t number,
                                          const std::vector<IndexRecord>& records) {
  CESS_TRY_ASSIGN(NewFile file,
                  NewFile::create(segment_path(folder, number), {.mode = 0644, .replace = true}));
  Sha256 hash;
  Bytes buffer;
  const auto flush = [&]() -> Status {
    hash.update(buffer);
    Status done = file.write(buffer);
    buffer.clear();
    return done;
  };
  CESS_TRY(write_segment(
      records.size(), [&](std::size_t i) -> const IndexRecord& { return records[i]; },
      [&](ByteView bytes) -> Status {
        append(buffer, bytes);
        return buffer.size() < (std::size_t{1} << 20U) ? Status{} : flush();
      }));
  CESS_TRY(flush());
  CESS_TRY(file.commit());
  return IndexManifest::Part{number, records.size(), hash.finish()};
}

Status store_log_head(const std::string& folder, std::uint64_t number) {
  return write_file(log_path(folder, number), log_head(number), {.mode = 0644, .replace = true});
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
    const bool ours = name.rfind("segment-", 0) == 0 || name.rfind("log-", 0) == 0;
    if (ours && known.count(name) == 0) (void)::unlink((folder + "/" + name).c_str());
  }
}

Status Index::Impl::append_to_log(const IndexState& now, std::span<const IndexRecord> records) {
  const std::size_t first = now.log->count.load(std::memory_order_relaxed);
  Bytes bytes;
  for (std::size_t i = 0; i < records.size(); ++i)
    append(bytes, log_entry(manifest.log, first + i, records[i]));
  const std::string path = log_path(folder, manifest.log);
  if (!log_file.valid())
    return fail(Code::system, "cannot write '" + path + "': an earlier write failed", path);
  Status done = write_full(log_file.get(), bytes, path);
  if (done) done = sync_file(log_file.get(), path);
  if (!done) {
    log_file = Fd();  // what the file holds now is unknown: the next writer finds out
    return done;
  }
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

Status Index::create(const std::string& path) {
  if (path_exists(path)) {
    return fail(Code::usage, "cannot make '" + path + "': it exists", path,
                "index add puts fingerprints into it");
  }
  CESS_TRY(make_dir(path, 0755, false));
  CESS_TRY(store_log_head(path, 1));
  IndexManifest m;
  m.log = 1;
  return write_file(manifest_path(path), encode_manifest(m), {.mode = 0644, .replace = false});
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
  if (now->log->count + added <= kLogRecordsMax) {
    CESS_TRY(my.append_to_log(*now, fresh));
  } else {
    CESS_TRY(my.fold(std::move(fresh)));
  }
  return added;
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
  for (const auto& s : now->segments) {
    const std::string path = segment_path(impl_->folder, s->part.number);
    if (sha256(s->file->bytes()) != s->part.sha256)
      return fail(Code::input, "'" + path + "' was altered", path);
  }
  return {};
}

}  // namespace cess::fp
