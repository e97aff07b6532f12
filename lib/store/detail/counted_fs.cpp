// SPDX-License-Identifier: Apache-2.0
#include "store/detail/counted_fs.hpp"

#include <rocksdb/file_system.h>

#include <map>
#include <mutex>

namespace cess::detail {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

/// Sizes of the files we know, each byte of them charged.
class Sizes {
 public:
  explicit Sizes(Budget& budget) : budget_(budget) {}

  /// `name` is now `size` bytes long, found so on disk.
  void adopt(const std::string& name, std::uint64_t size) {
    const std::lock_guard hold(mutex_);
    drop_locked(name);
    budget_.adopt_index(size);
    sizes_[name] = size;
  }
  /// Makes room for bytes up to `end`; false when there is none.
  bool grow(const std::string& name, std::uint64_t end) {
    const std::lock_guard hold(mutex_);
    std::uint64_t& size = sizes_[name];
    if (end <= size) return true;
    if (!budget_.charge_index(end - size)) return false;
    size = end;
    return true;
  }
  void shrink(const std::string& name, std::uint64_t end) {
    const std::lock_guard hold(mutex_);
    std::uint64_t& size = sizes_[name];
    if (end >= size) return;
    budget_.release_index(size - end);
    size = end;
  }
  void drop(const std::string& name) {
    const std::lock_guard hold(mutex_);
    drop_locked(name);
  }
  void rename(const std::string& from, const std::string& to) {
    const std::lock_guard hold(mutex_);
    const auto it = sizes_.find(from);
    const std::uint64_t size = it == sizes_.end() ? 0 : it->second;
    if (it != sizes_.end()) sizes_.erase(it);
    drop_locked(to);
    sizes_[to] = size;
  }
  std::uint64_t size(const std::string& name) {
    const std::lock_guard hold(mutex_);
    const auto it = sizes_.find(name);
    return it == sizes_.end() ? 0 : it->second;
  }

 private:
  void drop_locked(const std::string& name) {
    const auto it = sizes_.find(name);
    if (it == sizes_.end()) return;
    budget_.release_index(it->second);
    sizes_.erase(it);
  }

  Budget& budget_;
  std::mutex mutex_;
  std::map<std::string, std::uint64_t> sizes_;
};

IOStatus no_space() { return IOStatus::NoSpace("the store is at its declared capacity"); }

class CountedFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  CountedFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::string name, Sizes& sizes)
      : FSWritableFileOwnerWrapper(std::move(file)),
        name_(std::move(name)),
        sizes_(sizes),
        end_(sizes.size(name_)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* dbg) override {
    if (!sizes_.grow(name_, end_ + data.size())) return no_space();
    end_ += data.size();
    return target()->Append(data, options, dbg);
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& info, IODebugContext* dbg) override {
    if (!sizes_.grow(name_, end_ + data.size())) return no_space();
    end_ += data.size();
    return target()->Append(data, options, info, dbg);
  }
  IOStatus PositionedAppend(const Slice& data, uint64_t offset, const IOOptions& options,
                            IODebugContext* dbg) override {
    if (!sizes_.grow(name_, offset + data.size())) return no_space();
    end_ = std::max(end_, offset + data.size());
    return target()->PositionedAppend(data, offset, options, dbg);
  }
  IOStatus PositionedAppend(const Slice& data, uint64_t offset, const IOOptions& options,
                            const rocksdb::DataVerificationInfo& info,
                            IODebugContext* dbg) override {
    if (!sizes_.grow(name_, offset + data.size())) return no_space();
    end_ = std::max(end_, offset + data.size());
    return target()->PositionedAppend(data, offset, options, info, dbg);
  }
  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* dbg) override {
    if (!sizes_.grow(name_, size)) return no_space();
    const IOStatus done = target()->Truncate(size, options, dbg);
    if (done.ok()) {
      sizes_.shrink(name_, size);
      end_ = size;
    }
    return done;
  }
  /// Preallocation would put bytes on the disk that no append has charged.
  IOStatus Allocate(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }
  void PrepareWrite(size_t, size_t, const IOOptions&, IODebugContext*) override {}

 private:
  std::string name_;
  Sizes& sizes_;
  std::uint64_t end_;
};

class CountedFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  CountedFileSystem(const std::shared_ptr<rocksdb::FileSystem>& base, Budget& budget)
      : FileSystemWrapper(base), sizes_(budget) {}
  const char* Name() const override { return "cess-counted"; }
  Sizes& sizes() { return sizes_; }

  IOStatus NewWritableFile(const std::string& name, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* out,
                           IODebugContext* dbg) override {
    const IOStatus done = target()->NewWritableFile(name, options, out, dbg);
    if (!done.ok()) return done;
    sizes_.drop(name);
    wrap(name, out);
    return done;
  }
  IOStatus ReopenWritableFile(const std::string& name, const FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* out,
                              IODebugContext* dbg) override {
    const IOStatus done = target()->ReopenWritableFile(name, options, out, dbg);
    if (done.ok()) wrap(name, out);
    return done;
  }
  IOStatus ReuseWritableFile(const std::string& name, const std::string& old_name,
                             const FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* out,
                             IODebugContext* dbg) override {
    const IOStatus done = target()->ReuseWritableFile(name, old_name, options, out, dbg);
    if (!done.ok()) return done;
    sizes_.rename(old_name, name);
    wrap(name, out);
    return done;
  }
  IOStatus DeleteFile(const std::string& name, const IOOptions& options,
                      IODebugContext* dbg) override {
    const IOStatus done = target()->DeleteFile(name, options, dbg);
    if (done.ok()) sizes_.drop(name);
    return done;
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* dbg) override {
    const IOStatus done = target()->RenameFile(from, to, options, dbg);
    if (done.ok()) sizes_.rename(from, to);
    return done;
  }
  IOStatus Truncate(const std::string& name, size_t size, const IOOptions& options,
                    IODebugContext* dbg) override {
    const IOStatus done = target()->Truncate(name, size, options, dbg);
    if (done.ok()) sizes_.shrink(name, size);
    return done;
  }

 private:
  void wrap(const std::string& name, std::unique_ptr<rocksdb::FSWritableFile>* out) {
    *out = std::make_unique<CountedFile>(std::move(*out), name, sizes_);
  }
  Sizes sizes_;
};

}  // namespace

std::unique_ptr<rocksdb::Env> counted_env(const std::string& path, Budget& budget) {
  auto files = std::make_shared<CountedFileSystem>(rocksdb::FileSystem::Default(), budget);
  std::vector<std::string> names;
  if (files->GetChildren(path, IOOptions(), &names, nullptr).ok()) {
    for (const std::string& name : names) {
      const std::string full = path + "/" + name;
      std::uint64_t size = 0;
      if (name != "." && name != ".." &&
          files->GetFileSize(full, IOOptions(), &size, nullptr).ok()) {
        files->sizes().adopt(full, size);
      }
    }
  }
  return rocksdb::NewCompositeEnv(files);
}

}  // namespace cess::detail
