// SPDX-License-Identifier: Apache-2.0
// A new index. What is in its folder until it is finished is worth nothing, so nothing is made
// durable before: records are sorted in runs, and one segment is written from all runs. Few records
// are a log. The manifest comes last.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/check.hpp"
#include "fingerprint/index.hpp"
#include "fingerprint/index_files.hpp"
#include "fingerprint/index_log.hpp"
#include "fingerprint/index_runs.hpp"

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

void remove_index_files(const std::string& folder) {
  const auto names = list_dir(folder);
  if (!names) return;
  for (const std::string& name : *names) {
    if (is_index_file(name)) (void)::unlink((folder + "/" + name).c_str());
  }
}

}  // namespace

struct IndexBuilder::Impl {
  std::string folder;
  Fd lock;
  IndexRuns runs;
  bool failed = false;
  bool finished = false;

  Impl(std::string path, Fd held, std::size_t run_records)
      : folder(std::move(path)),
        lock(std::move(held)),
        runs(folder, run_records),
        records_max(std::min<std::uint64_t>(kSegmentRecordsMax, run_records * kSegmentSourcesMax)) {
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  /// The manifest first: without it the folder is no index, whatever else cannot be removed.
  ~Impl() {
    if (finished) return;
    (void)::unlink(manifest_path(folder).c_str());
    remove_index_files(folder);
    (void)::unlink((folder + "/lock").c_str());
    (void)::rmdir(folder.c_str());
  }
  Result<IndexManifest> write_records();
  std::uint64_t records_max;  ///< of one segment, from one source for each run
  std::uint64_t records = 0;  ///< after write_records
};

IndexBuilder::IndexBuilder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
IndexBuilder::IndexBuilder(IndexBuilder&&) noexcept = default;
IndexBuilder& IndexBuilder::operator=(IndexBuilder&&) noexcept = default;
IndexBuilder::~IndexBuilder() = default;

Result<IndexBuilder> IndexBuilder::create(const std::string& path, std::size_t run_records) {
  CESS_CHECK(run_records > 0);
  if (path_exists(path) && !is_unfinished(path)) return index_exists(path);
  CESS_TRY(make_dir(path, 0755, true));
  auto lock = lock_file(path + "/lock", true);
  if (!lock) {
    (void)::rmdir(path.c_str());  // if it is empty
    return tl::unexpected<Error>(std::move(lock).error());
  }
  CESS_TRY(require_same_file(*lock, path + "/lock"));
  if (path_exists(manifest_path(path))) return index_exists(path);  // who had the lock finished it
  remove_index_files(path);
  return IndexBuilder(std::make_unique<Impl>(path, *std::move(lock), run_records));
}

Status IndexBuilder::add(std::span<const IndexRecord> records) {
  Impl& my = *impl_;
  CESS_CHECK(!my.finished);
  if (my.runs.size() + records.size() > my.records_max) {
    return fail(Code::usage,
                "cannot build '" + my.folder + "' of more than " + std::to_string(my.records_max) +
                    " records",
                my.folder, "index add takes more");
  }
  Status done = my.runs.add(records);
  my.failed = my.failed || !done;
  return done;
}

/// Writes what there is; the manifest's names for it.
Result<IndexManifest> IndexBuilder::Impl::write_records() {
  IndexManifest m;
  if (const auto few = runs.take_few(Index::kLogRecordsMax)) {
    m.log = 1;
    Bytes log = log_head(m.log);
    for (std::size_t i = 0; i < few->size(); ++i) append(log, log_entry(m.log, i, (*few)[i]));
    CESS_TRY(write_file(log_path(folder, m.log), log, {.mode = 0644, .replace = true}));
    records = few->size();
    return m;
  }
  CESS_TRY_ASSIGN(const auto columns, runs.columns());
  m.log = 3;
  CESS_TRY_ASSIGN(const auto part, store_segment(folder, 2, columns));
  m.parts.push_back(part);
  records = part.records;
  CESS_TRY(store_log_head(folder, m.log));
  return m;
}

Result<std::uint64_t> IndexBuilder::finish() {
  Impl& my = *impl_;
  CESS_CHECK(!my.finished);
  if (my.failed) return fail(Code::system, "an earlier write failed", my.folder);
  my.failed = true;  // unless all goes well
  CESS_TRY_ASSIGN(const IndexManifest m, my.write_records());
  CESS_TRY(
      write_file(manifest_path(my.folder), encode_manifest(m), {.mode = 0644, .replace = false}));
  my.finished = true;
  my.lock = Fd();  // who adds may begin
  return my.records;
}

Status Index::create(const std::string& path) {
  CESS_TRY_ASSIGN(IndexBuilder builder, IndexBuilder::create(path));
  CESS_TRY(builder.finish());
  return {};
}

}  // namespace cess::fp
