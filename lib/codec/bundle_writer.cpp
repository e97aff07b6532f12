// SPDX-License-Identifier: Apache-2.0
// Bundles are written by libarchive. Owner, mode and time are constant, so that the same fragments
// give the same bytes. Attributes are written as SCHILY.xattr.* only: GNU tar warns about
// libarchive's own spelling.
#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <optional>

#include "base/check.hpp"
#include "base/hex.hpp"
#include "codec/bundle.hpp"
#include "codec/bundle_rules.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

constexpr std::size_t kGatherMax = 1U << 16U;

class TarWriter final : public BundleSink {
 public:
  TarWriter(int fd, std::string name)
      : fd_(fd),
        name_(std::move(name)),
        archive_(archive_write_new()),
        entry_(archive_entry_new()) {
    CESS_CHECK(archive_ != nullptr && entry_ != nullptr);
    bool ok = archive_write_set_format_pax(archive_) == ARCHIVE_OK;
    ok = ok &&
         archive_write_set_format_option(archive_, "pax", "xattrheader", "SCHILY") == ARCHIVE_OK;
    // No blocking: our own gathering below copies headers only, never a fragment.
    ok = ok && archive_write_set_bytes_per_block(archive_, 0) == ARCHIVE_OK;
    ok = ok && archive_write_set_bytes_in_last_block(archive_, 1) == ARCHIVE_OK;
    ok = ok &&
         archive_write_open(archive_, this, nullptr, &TarWriter::on_write, nullptr) == ARCHIVE_OK;
    CESS_CHECK(ok);
  }
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;
  ~TarWriter() override {
    // Freeing writes an end, which would make a broken bundle look finished: it goes nowhere.
    // (archive_write_fail would keep libarchive from writing, and from freeing its buffer.)
    discard_ = true;
    archive_write_free(archive_);
    archive_entry_free(entry_);
  }

  Status add(const BundleEntry& entry, ByteView data) override {
    archive_entry_clear(entry_);
    archive_entry_set_pathname(entry_, entry_path(entry.kind, entry.pos, entry.tagger).c_str());
    archive_entry_set_size(entry_, static_cast<la_int64_t>(data.size()));
    archive_entry_set_filetype(entry_, AE_IFREG);
    archive_entry_set_perm(entry_, 0644);
    archive_entry_set_mtime(entry_, 0, 0);
    archive_entry_set_uid(entry_, 0);
    archive_entry_set_gid(entry_, 0);
    if (entry.kind == EntryKind::fragment) {
      const std::string file = to_hex(entry.file);
      const std::string root = to_hex(entry.root);
      archive_entry_xattr_add_entry(entry_, "user.cess.file", file.data(), file.size());
      archive_entry_xattr_add_entry(entry_, "user.cess.root", root.data(), root.size());
    }
    if (archive_write_header(archive_, entry_) != ARCHIVE_OK || error_) return failure();
    while (!data.empty()) {
      const la_ssize_t put = archive_write_data(archive_, data.data(), data.size());
      if (put <= 0 || error_) return failure();
      data = data.subspan(static_cast<std::size_t>(put));
    }
    return {};
  }

  Status finish() override {
    if (archive_write_close(archive_) != ARCHIVE_OK || error_) return failure();
    return flush();
  }

 private:
  // A failed write is remembered here, not told to libarchive: an archive in its failed state is
  // never freed whole.
  static la_ssize_t on_write(struct archive* /*archive*/, void* self, const void* data,
                             std::size_t size) {
    auto* writer = static_cast<TarWriter*>(self);
    if (!writer->discard_ && !writer->error_) {
      const Status ok = writer->put({static_cast<const std::uint8_t*>(data), size});
      if (!ok) writer->error_ = ok.error();
    }
    return static_cast<la_ssize_t>(size);
  }

  // Headers and padding are gathered; whatever is large goes out as it is.
  Status put(ByteView data) {
    if (gathered_.size() + data.size() <= kGatherMax) {
      append(gathered_, data);
      return {};
    }
    CESS_TRY(flush());
    return write_full(fd_, data, name_);
  }

  Status flush() {
    const Status ok = write_full(fd_, gathered_, name_);
    gathered_.clear();
    return ok;
  }

  tl::unexpected<Error> failure() {
    if (error_) return tl::unexpected<Error>(*error_);
    const char* why = archive_error_string(archive_);
    return fail(Code::system,
                fmt::format("cannot write '{}': {}", name_, why != nullptr ? why : "unknown error"),
                name_);
  }

  int fd_;
  std::string name_;
  struct archive* archive_;
  struct archive_entry* entry_;
  Bytes gathered_;
  std::optional<Error> error_;
  bool discard_ = false;
};

class NullWriter final : public BundleSink {
 public:
  Status add(const BundleEntry& /*entry*/, ByteView /*data*/) override { return {}; }
  Status finish() override { return {}; }
};

}  // namespace

std::unique_ptr<BundleSink> null_writer() { return std::make_unique<NullWriter>(); }

std::unique_ptr<BundleSink> bundle_writer(int fd, std::string name) {
  return std::make_unique<TarWriter>(fd, std::move(name));
}

}  // namespace cess
