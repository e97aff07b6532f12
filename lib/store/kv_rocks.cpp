// SPDX-License-Identifier: Apache-2.0
// The database, bounded: small write buffers and log, no information log, no preallocation, no
// statistics, so that a store of n fragments needs little more than its keys and values. Why
// readers open it read-only and look at the MANIFEST twice: doc/decisions/0602.
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <chrono>
#include <thread>
#include <vector>

#include "store/detail/counted_fs.hpp"
#include "store/detail/rocks.hpp"
#include "store/kv.hpp"
#include "sys/file.hpp"

namespace cess {

using detail::slice;
using detail::view;

namespace {

constexpr std::size_t kWriteBufferSize = 512U << 10U;
constexpr int kOpenAttemptCount = 40;

/// Swallows RocksDB's information log: it would grow without bound inside the store.
class NullLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

Error index_error(std::string_view act, const std::string& path, const rocksdb::Status& status) {
  Error error;
  error.code = Code::system;
  error.message = "cannot " + std::string(act) + " index '" + path + "': " + status.ToString();
  error.subject = path;
  if (status.IsCorruption() || status.IsNotFound() || !path_exists(path + "/CURRENT")) {
    error.hint = "the index can be made again from the files: cess-store repair --index";
  }
  return error;
}

rocksdb::Options bounded_options() {
  rocksdb::Options o;
  o.info_log = std::make_shared<NullLogger>();
  o.paranoid_checks = true;
  o.write_buffer_size = kWriteBufferSize;
  o.max_write_buffer_number = 2;
  o.max_total_wal_size = 2 * kWriteBufferSize;
  o.level0_file_num_compaction_trigger = 4;
  o.target_file_size_base = 2U << 20U;
  o.max_bytes_for_level_base = 8U << 20U;
  o.level_compaction_dynamic_level_bytes = true;
  o.compression = rocksdb::kNoCompression;  // hashes do not compress
  o.max_background_jobs = 2;
  o.allow_fallocate = false;
  o.max_manifest_file_size = 128U << 10U;
  o.recycle_log_file_num = 0;
  o.stats_dump_period_sec = 0;
  o.stats_persist_period_sec = 0;
  o.skip_stats_update_on_db_open = true;
  o.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  o.max_open_files = -1;  // a reader keeps what a writer unlinks
  o.max_file_opening_threads = 1;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.block_cache = rocksdb::NewLRUCache(8U << 20U);
  o.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return o;
}

class RocksKv : public Kv {
 public:
  explicit RocksKv(std::string path) : path_(std::move(path)) {}

  Result<std::optional<std::string>> get(std::string_view key) const override {
    std::string value;
    const rocksdb::Status s = db_->Get(rocksdb::ReadOptions(), slice(key), &value);
    if (s.IsNotFound()) return std::optional<std::string>{};
    if (!s.ok()) return tl::unexpected(index_error("read", path_, s));
    return std::optional<std::string>{std::move(value)};
  }
  Status scan(std::string_view prefix, std::string_view start, const Visit& visit) const override {
    const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(rocksdb::ReadOptions()));
    for (it->Seek(slice(std::max(prefix, start))); it->Valid(); it->Next()) {
      if (!view(it->key()).starts_with(prefix)) break;
      if (!visit(view(it->key()), view(it->value()))) break;
    }
    if (!it->status().ok()) return tl::unexpected(index_error("read", path_, it->status()));
    return {};
  }
  Status write(const KvChanges&) override {
    return fail(Code::system, "cannot write index '" + path_ + "': opened for reading", path_);
  }
  Status refresh() override { return {}; }

 protected:
  std::string path_;
  std::unique_ptr<rocksdb::Env> env_;  // outlives db_
  std::unique_ptr<rocksdb::DB> db_;
};

class RocksWriter final : public RocksKv {
 public:
  using RocksKv::RocksKv;
  Status open(bool create, Budget& budget) {
    rocksdb::Options o = bounded_options();
    o.create_if_missing = create;
    o.error_if_exists = create;
    env_ = detail::counted_env(path_, budget);
    o.env = env_.get();
    rocksdb::DB* db = nullptr;
    const rocksdb::Status s = rocksdb::DB::Open(o, path_, &db);
    db_.reset(db);
    if (!s.ok()) return tl::unexpected(index_error(create ? "create" : "open", path_, s));
    return {};
  }
  Status write(const KvChanges& changes) override {
    rocksdb::WriteBatch batch;
    for (const auto& [key, value] : changes) {
      const rocksdb::Status s =
          value ? batch.Put(slice(key), slice(*value)) : batch.Delete(slice(key));
      if (!s.ok()) return tl::unexpected(index_error("write", path_, s));
    }
    rocksdb::WriteOptions o;
    o.sync = true;
    const rocksdb::Status s = db_->Write(o, &batch);
    if (!s.ok()) return tl::unexpected(index_error("write", path_, s));
    return {};
  }
};

class RocksReader final : public RocksKv {
 public:
  using RocksKv::RocksKv;

  /// The writer may flush and delete files while we open. A flush or compaction writes the MANIFEST
  /// before it deletes anything: when the MANIFEST is the same before and after, we saw one state.
  Status refresh() override {
    db_.reset();
    for (int attempt = 1;; ++attempt) {
      const std::string before = manifest_state();
      std::unique_ptr<rocksdb::DB> opened;
      const rocksdb::Status s = open_read_only(opened);
      const bool moved = manifest_state() != before;
      if (s.ok() && !moved) {
        db_ = std::move(opened);
        return {};
      }
      if (attempt == kOpenAttemptCount || (!moved && attempt >= 3)) {
        if (s.ok())
          return fail(Code::busy, "cannot read index '" + path_ + "': it keeps changing", path_);
        return tl::unexpected(index_error("open", path_, s));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(attempt));
    }
  }

 private:
  /// By column families, though there is but one: the shorter form tries a "compacted" database
  /// first, whose Get knows the tables alone. It wants an empty log and looks at the log's size
  /// before it reads the log: what a writer adds between the two is seen by scans, not by Get.
  rocksdb::Status open_read_only(std::unique_ptr<rocksdb::DB>& opened) const {
    const rocksdb::Options o = bounded_options();
    const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
        {rocksdb::kDefaultColumnFamilyName, o}};
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    rocksdb::Status s = rocksdb::DB::OpenForReadOnly(o, path_, families, &handles, &db);
    opened.reset(db);
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
      const rocksdb::Status gone = opened->DestroyColumnFamilyHandle(handle);
      if (s.ok()) s = gone;
    }
    return s;
  }

  /// Name and size of the MANIFEST in force; empty when it cannot be told.
  [[nodiscard]] std::string manifest_state() const {
    const auto current = read_file(path_ + "/CURRENT", 256);
    if (!current) return {};
    std::string name(as_text(*current));
    while (!name.empty() && name.back() == '\n') name.pop_back();
    const auto size = file_size(path_ + "/" + name);
    return size ? name + ":" + std::to_string(*size) : std::string();
  }
};

}  // namespace

Result<std::unique_ptr<Kv>> open_rocks(const std::string& path, bool create, Budget& budget) {
  try {
    auto kv = std::make_unique<RocksWriter>(path);
    CESS_TRY(kv->open(create, budget));
    return kv;
  } catch (const std::exception& e) {
    return fail(Code::system, "cannot open index '" + path + "': " + e.what(), path);
  }
}

Result<std::unique_ptr<Kv>> open_rocks_reader(const std::string& path) {
  try {
    auto kv = std::make_unique<RocksReader>(path);
    CESS_TRY(kv->refresh());
    return kv;
  } catch (const std::exception& e) {
    return fail(Code::system, "cannot open index '" + path + "': " + e.what(), path);
  }
}

}  // namespace cess
