// SPDX-License-Identifier: Apache-2.0
// A RocksDB database that has a disk to itself: what a chain node keeps. Every write is synced; the
// information log goes to RocksDB's own file, which is bounded here.
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include "store/detail/rocks.hpp"
#include "store/kv.hpp"
#include "sys/file.hpp"

namespace cess {

using detail::slice;
using detail::view;

namespace {

tl::unexpected<Error> db_error(std::string_view act, const std::string& path,
                               const rocksdb::Status& status) {
  return fail(Code::system,
              "cannot " + std::string(act) + " database '" + path + "': " + status.ToString(),
              path);
}

rocksdb::Options wide_options() {
  rocksdb::Options o;
  o.create_if_missing = true;
  o.paranoid_checks = true;
  o.write_buffer_size = 32U << 20U;
  o.max_write_buffer_number = 3;
  o.max_total_wal_size = 128U << 20U;
  o.level_compaction_dynamic_level_bytes = true;
  o.compression = rocksdb::kNoCompression;  // hashes and signatures do not compress
  o.max_background_jobs = 2;
  o.keep_log_file_num = 2;
  o.max_log_file_size = 1U << 20U;
  o.info_log_level = rocksdb::WARN_LEVEL;
  o.stats_dump_period_sec = 0;
  o.stats_persist_period_sec = 0;
  o.max_open_files = 512;
  o.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.block_cache = rocksdb::NewLRUCache(32U << 20U);
  o.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return o;
}

using DbPtr = std::shared_ptr<rocksdb::DB>;

/// Reading, of now or of a snapshot.
class WideReader : public Kv {
 public:
  WideReader(DbPtr db, std::string path, const rocksdb::Snapshot* snapshot)
      : db_(std::move(db)), path_(std::move(path)), snapshot_(snapshot) {
    read_.snapshot = snapshot;
  }
  WideReader(const WideReader&) = delete;
  WideReader& operator=(const WideReader&) = delete;
  ~WideReader() override {
    if (snapshot_ != nullptr) db_->ReleaseSnapshot(snapshot_);
  }

  Result<std::optional<std::string>> get(std::string_view key) const override {
    std::string value;
    const rocksdb::Status s = db_->Get(read_, slice(key), &value);
    if (s.IsNotFound()) return std::optional<std::string>{};
    if (!s.ok()) return db_error("read", path_, s);
    return std::optional<std::string>{std::move(value)};
  }
  Status scan(std::string_view prefix, std::string_view start, const Visit& visit) const override {
    const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(read_));
    for (it->Seek(slice(std::max(prefix, start))); it->Valid(); it->Next()) {
      if (!view(it->key()).starts_with(prefix)) break;
      if (!visit(view(it->key()), view(it->value()))) break;
    }
    if (!it->status().ok()) return db_error("read", path_, it->status());
    return {};
  }
  Status write(const KvChanges&) override {
    return fail(Code::system, "cannot write database '" + path_ + "': a snapshot", path_);
  }
  Status refresh() override { return {}; }

 protected:
  DbPtr db_;
  std::string path_;

 private:
  const rocksdb::Snapshot* snapshot_;
  rocksdb::ReadOptions read_;
};

class WideKv final : public WideReader {
 public:
  WideKv(DbPtr db, std::string path) : WideReader(std::move(db), std::move(path), nullptr) {}
  Status write(const KvChanges& changes) override {
    rocksdb::WriteBatch batch;
    for (const auto& [key, value] : changes) {
      const rocksdb::Status s =
          value ? batch.Put(slice(key), slice(*value)) : batch.Delete(slice(key));
      if (!s.ok()) return db_error("write", path_, s);
    }
    rocksdb::WriteOptions o;
    o.sync = true;
    const rocksdb::Status s = db_->Write(o, &batch);
    if (!s.ok()) return db_error("write", path_, s);
    return {};
  }
  Result<std::unique_ptr<Kv>> snapshot() const override {
    return std::unique_ptr<Kv>(std::make_unique<WideReader>(db_, path_, db_->GetSnapshot()));
  }
};

}  // namespace

Result<std::unique_ptr<Kv>> open_rocks_wide(const std::string& path) {
  try {
    rocksdb::DB* db = nullptr;
    const rocksdb::Status s = rocksdb::DB::Open(wide_options(), path, &db);
    DbPtr owned(db);
    if (!s.ok()) return db_error("open", path, s);
    CESS_TRY(sync_dir(parent_path(path)));
    return std::unique_ptr<Kv>(std::make_unique<WideKv>(std::move(owned), path));
  } catch (const std::exception& e) {
    return fail(Code::system, "cannot open database '" + path + "': " + e.what(), path);
  }
}

}  // namespace cess
