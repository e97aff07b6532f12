// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/index_files.hpp"

#include <errno.h>
#include <sys/mman.h>

#include <algorithm>

#include "crypto/sha256.hpp"
#include "fingerprint/index_log.hpp"
#include "fingerprint/segment_layout.hpp"

namespace cess::fp {
namespace {

constexpr std::size_t kManifestSizeMax = 8192;
constexpr std::size_t kLogSizeMax = kLogHeadSize + Index::kLogRecordsMax * kLogEntrySize;

}  // namespace

Result<std::unique_ptr<IndexMapping>> IndexMapping::open(const std::string& path) {
  CESS_TRY_ASSIGN(Fd fd, open_read(path));
  CESS_TRY_ASSIGN(const FileStamp stamp, file_stamp(fd.get(), path));
  if (!stamp.regular || stamp.size_bytes == 0)
    return fail(Code::input, "'" + path + "' is empty", path);
  void* const at = ::mmap(nullptr, stamp.size_bytes, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (at == MAP_FAILED) return system_error("cannot map", path, errno);
  (void)::madvise(at, stamp.size_bytes, MADV_RANDOM);
  auto m = std::make_unique<IndexMapping>();
  m->fd_ = std::move(fd);
  m->bytes_ = {static_cast<const std::uint8_t*>(at), stamp.size_bytes};
  return m;
}

IndexMapping::~IndexMapping() {
  if (!bytes_.empty()) ::munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
}

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

RecordColumns segment_columns(const std::string& folder, const IndexSegment& s) {
  RecordColumns c;
  c.count = s.view.size();
  c.fd = s.file->fd();
  c.words_at = kSegmentHeader;
  c.labels_at = kSegmentHeader + c.count * kIndexWordSize;
  c.name = segment_path(folder, s.part.number);
  return c;
}

Status check_segment(const std::string& folder, const IndexSegment& s) {
  const std::string path = segment_path(folder, s.part.number);
  Sha256 hash;
  Bytes part(std::size_t{1} << 20U);
  for (std::uint64_t at = 0;; at += part.size()) {
    CESS_TRY_ASSIGN(const std::size_t n, pread_full(s.file->fd(), part, at, path));
    hash.update(ByteView(part).first(n));
    if (n < part.size()) break;
  }
  if (hash.finish() == s.part.sha256) return {};
  return fail(Code::input, "'" + path + "' was altered", path);
}

Result<IndexManifest> load_manifest(const std::string& folder) {
  const std::string path = manifest_path(folder);
  if (!path_exists(path)) {
    return fail(Code::system, "no index in '" + folder + "'", folder,
                "cess-fingerprint index build makes one");
  }
  CESS_TRY_ASSIGN(const Bytes bytes, read_file(path, kManifestSizeMax));
  auto m = parse_manifest(bytes);
  if (!m) return fail(m.error().code, "cannot read '" + path + "': " + m.error().message, path);
  return m;
}

namespace {

/// As far as it goes: a writer may append meanwhile, which read_file would refuse.
Result<Bytes> read_log(const std::string& path) {
  CESS_TRY_ASSIGN(const Fd fd, open_read(path));
  CESS_TRY_ASSIGN(const std::uint64_t size, file_size(path));
  Bytes bytes(std::min<std::uint64_t>(size, kLogSizeMax));
  CESS_TRY_ASSIGN(const std::size_t n, read_full(fd.get(), bytes, path));
  bytes.resize(n);
  return bytes;
}

Result<std::vector<IndexRecord>> load_log(const std::string& folder, std::uint64_t number) {
  const std::string path = log_path(folder, number);
  CESS_TRY_ASSIGN(Bytes bytes, read_log(path));
  while (true) {
    auto records = parse_log(bytes, number);
    if (records) return records;
    // A writer may have cut and continued it under our hands: then it is another now.
    CESS_TRY_ASSIGN(Bytes now, read_log(path));
    if (now == bytes) {
      return fail(Code::input, "cannot read '" + path + "': " + records.error().message, path);
    }
    bytes = std::move(now);
  }
}

Result<IndexState> load_state(const std::string& folder, const IndexManifest& m) {
  IndexState state;
  for (const auto& part : m.parts) {
    CESS_TRY_ASSIGN(auto segment, load_segment(folder, part));
    state.segments.push_back(std::move(segment));
  }
  CESS_TRY_ASSIGN(const auto records, load_log(folder, m.log));
  state.log = std::make_shared<IndexLog>();
  std::copy(records.begin(), records.end(), state.log->records.get());
  state.log->count = records.size();
  return state;
}

}  // namespace

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

Result<IndexManifest::Part> store_segment(const std::string& folder, std::uint64_t number,
                                          std::span<const RecordColumns> sources) {
  const std::string path = segment_path(folder, number);
  CESS_TRY_ASSIGN(NewFile file, NewFile::create(path, {.mode = 0644, .replace = true}));
  CESS_TRY_ASSIGN(const SegmentWritten written, write_segment(file, path, sources));
  CESS_TRY(file.commit());
  return IndexManifest::Part{number, written.records, written.sha256};
}

Status store_log_head(const std::string& folder, std::uint64_t number) {
  return write_file(log_path(folder, number), log_head(number), {.mode = 0644, .replace = true});
}

bool is_index_file(const std::string& name) {
  const auto numbered = [&](std::string_view prefix) {
    return name.size() > prefix.size() && name.starts_with(prefix) &&
           name.find_first_not_of("0123456789", prefix.size()) == std::string::npos;
  };
  return numbered("segment-") || numbered("log-") ||
         (name.starts_with(".cess-") && name.ends_with(".tmp"));
}

// The lock comes first: a folder of somebody's own files has none, whatever their names.
bool is_unfinished(const std::string& folder) {
  const auto names = list_dir(folder);
  if (!names) return false;
  bool locked = names->empty();
  for (const std::string& name : *names) {
    if (name == "lock") {
      locked = true;
    } else if (!is_index_file(name)) {
      return false;
    }
  }
  return locked;
}

}  // namespace cess::fp
