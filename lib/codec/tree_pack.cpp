// SPDX-License-Identifier: Apache-2.0
#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <system_error>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/codec.hpp"
#include "codec/tree.hpp"
#include "codec/tree_locale.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace {

constexpr std::uint64_t kTarBlock = 512;
constexpr std::size_t kGatherSize = 1U << 20U;
constexpr unsigned kDepthMax = 512;

/// One name met on the walk. `folder` is open, `name` stands in it.
struct Met {
  std::string path;  // in the tree
  int folder = -1;
  std::string name;
  struct stat st {};
  std::string target;  // of a link
};

/// Depth first, names in the order of their bytes.
class Walk {
 public:
  Walk(std::string root, const TreeOptions& options, std::function<Status(const Met&)> visit)
      : root_(std::move(root)), options_(options), visit_(std::move(visit)) {}

  Status run() {
    struct stat st {};
    if (!options_.skip.empty() && ::stat(options_.skip.c_str(), &st) == 0) {
      skip_ = {st.st_dev, st.st_ino};
    }
    // The folder itself may be named by a link.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
    Fd fd(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid()) return system_error("cannot open", root_, errno);
    return enter(std::move(fd), {}, 0);
  }

 private:
  [[nodiscard]] std::string full(const std::string& path) const { return root_ + "/" + path; }

  Result<std::vector<std::string>> names_in(int fd, const std::string& path) const {
    const int again = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);  // NOLINT(cppcoreguidelines-pro-type-vararg)
    if (again < 0) return system_error("cannot read", full(path), errno);
    DIR* dir = ::fdopendir(again);
    if (dir == nullptr) {
      const int why = errno;
      ::close(again);
      return system_error("cannot read", full(path), why);
    }
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(dir)) {  // NOLINT(concurrency-mt-unsafe): ours alone
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
      errno = 0;
    }
    const int why = errno;
    ::closedir(dir);
    if (why != 0) return system_error("cannot read", full(path), why);
    std::sort(names.begin(), names.end());
    return names;
  }

  Status enter(Fd fd, const std::string& path, unsigned depth) {
    if (depth > kDepthMax) {
      return fail(Code::input, "cannot store '" + full(path) + "': more than 512 folders deep",
                  full(path));
    }
    CESS_TRY_ASSIGN(const auto names, names_in(fd.get(), path));
    for (const std::string& name : names) {
      Met met;
      met.path = path.empty() ? name : path + "/" + name;
      met.folder = fd.get();
      met.name = name;
      CESS_TRY(meet(met, depth));
    }
    return {};
  }

  Status meet(Met& met, unsigned depth) {
    if (::fstatat(met.folder, met.name.c_str(), &met.st, AT_SYMLINK_NOFOLLOW) != 0) {
      return system_error("cannot open", full(met.path), errno);
    }
    if (S_ISDIR(met.st.st_mode)) {
      if (std::pair(met.st.st_dev, met.st.st_ino) == skip_) return {};
      CESS_TRY(visit_(met));
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
      Fd fd(
          ::openat(met.folder, met.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!fd.valid()) return system_error("cannot open", full(met.path), errno);
      return enter(std::move(fd), met.path, depth + 1);
    }
    if (S_ISLNK(met.st.st_mode)) {
      std::array<char, PATH_MAX> text{};
      const ssize_t size = ::readlinkat(met.folder, met.name.c_str(), text.data(), text.size() - 1);
      if (size < 0) return system_error("cannot read", full(met.path), errno);
      met.target.assign(text.data(), static_cast<std::size_t>(size));
      return visit_(met);
    }
    if (S_ISREG(met.st.st_mode)) return visit_(met);
    if (options_.warn) {
      options_.warn("left out '" + full(met.path) + "': no file, folder or symbolic link");
    }
    return {};
  }

  std::string root_;
  const TreeOptions& options_;
  std::function<Status(const Met&)> visit_;
  std::pair<dev_t, ino_t> skip_{0, 0};
};

mode_t kept_mode(const struct stat& st) {
  if (S_ISLNK(st.st_mode)) return 0777;
  return (st.st_mode & 0777U) | (S_ISDIR(st.st_mode) ? 0700U : 0U);
}

class Packer {
 public:
  Packer(int fd, std::string root)
      : fd_(fd),
        root_(std::move(root)),
        archive_(archive_write_new()),
        entry_(archive_entry_new()),
        piece_(kGatherSize) {
    CESS_CHECK(archive_ != nullptr && entry_ != nullptr);
    bool ok = archive_write_set_format_pax_restricted(archive_) == ARCHIVE_OK;
    ok = ok && archive_write_set_bytes_per_block(archive_, 0) == ARCHIVE_OK;
    ok = ok && archive_write_set_bytes_in_last_block(archive_, 1) == ARCHIVE_OK;
    ok =
        ok && archive_write_open(archive_, this, nullptr, &Packer::on_write, nullptr) == ARCHIVE_OK;
    CESS_CHECK(ok);
    gathered_.reserve(kGatherSize);
  }
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;
  ~Packer() {
    discard_ = true;  // freeing writes an end
    archive_write_free(archive_);
    archive_entry_free(entry_);
  }

  Status add(const Met& met) {
    const bool file = S_ISREG(met.st.st_mode);
    Fd fd;
    if (file) {
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg)
      fd = Fd(::openat(met.folder, met.name.c_str(),
                       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
      if (!fd.valid()) return system_error("cannot open", full(met), errno);
    }
    const FileStamp seen{static_cast<std::uint64_t>(met.st.st_size), met.st.st_mtim.tv_sec,
                         met.st.st_mtim.tv_nsec, true};
    if (file) CESS_TRY(check_unchanged(fd.get(), seen, full(met)));
    archive_entry_clear(entry_);
    archive_entry_set_pathname(entry_, met.path.c_str());
    archive_entry_set_filetype(entry_, file                      ? AE_IFREG
                                       : S_ISDIR(met.st.st_mode) ? AE_IFDIR
                                                                 : AE_IFLNK);
    archive_entry_set_perm(entry_, kept_mode(met.st));
    archive_entry_set_size(entry_, file ? met.st.st_size : 0);
    archive_entry_set_mtime(entry_, file ? met.st.st_mtim.tv_sec : 0, 0);
    archive_entry_set_uid(entry_, 0);
    archive_entry_set_gid(entry_, 0);
    if (S_ISLNK(met.st.st_mode)) archive_entry_set_symlink(entry_, met.target.c_str());
    // A warning is about names that are no UTF-8: they are written as they are.
    if (archive_write_header(archive_, entry_) < ARCHIVE_WARN || error_) return failure(met);
    return file ? add_content(met, fd.get(), seen) : Status();
  }

  Status finish() {
    if (archive_write_close(archive_) != ARCHIVE_OK || error_) return failure({});
    return flush();
  }

 private:
  [[nodiscard]] std::string full(const Met& met) const { return root_ + "/" + met.path; }

  Status add_content(const Met& met, int fd, const FileStamp& seen) {
    std::uint64_t left = seen.size_bytes;
    while (left > 0) {
      const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(left, piece_.size()));
      CESS_TRY_ASSIGN(const auto got, read_full(fd, MutByteView(piece_).first(want), full(met)));
      if (got < want) break;  // it has shrunk
      ByteView data = ByteView(piece_).first(got);
      left -= got;
      while (!data.empty()) {
        const la_ssize_t put = archive_write_data(archive_, data.data(), data.size());
        if (put <= 0 || error_) return failure(met);
        data = data.subspan(static_cast<std::size_t>(put));
      }
    }
    return check_unchanged(fd, seen, full(met));
  }

  static la_ssize_t on_write(struct archive* /*archive*/, void* self, const void* data,
                             std::size_t size) {
    auto* packer = static_cast<Packer*>(self);
    if (!packer->discard_ && !packer->error_) {
      const Status ok = packer->put({static_cast<const std::uint8_t*>(data), size});
      if (!ok) packer->error_ = ok.error();
    }
    return static_cast<la_ssize_t>(size);
  }

  Status put(ByteView data) {
    if (gathered_.size() + data.size() > kGatherSize) CESS_TRY(flush());
    if (data.size() >= kGatherSize) return write_full(fd_, data, root_);
    append(gathered_, data);
    return {};
  }

  Status flush() {
    const Status ok = write_full(fd_, gathered_, root_);
    gathered_.clear();
    return ok;
  }

  tl::unexpected<Error> failure(const Met& met) {
    if (error_) return tl::unexpected<Error>(*error_);
    const char* why = archive_error_string(archive_);
    return fail(Code::system,
                "cannot store '" + full(met) + "': " + (why != nullptr ? why : "unknown error"),
                full(met));
  }

  int fd_;
  std::string root_;
  struct archive* archive_;
  struct archive_entry* entry_;
  Bytes piece_;
  Bytes gathered_;
  std::optional<Error> error_;
  bool discard_ = false;
};

}  // namespace

Result<TreeInfo> examine_tree(const std::string& path, const TreeOptions& options) {
  TreeInfo info;
  info.bytes = 2 * kTarBlock;
  Sha256 stamp;
  Walk walk(path, options, [&](const Met& met) -> Status {
    Writer w;
    w.sized(as_bytes(met.path)).sized(as_bytes(met.target));
    w.le<std::uint32_t>(S_ISREG(met.st.st_mode) ? 0 : S_ISDIR(met.st.st_mode) ? 1 : 2);
    w.le<std::uint32_t>(kept_mode(met.st));
    ++info.entries;
    info.bytes += kTarBlock;
    if (S_ISREG(met.st.st_mode)) {
      const auto size = static_cast<std::uint64_t>(met.st.st_size);
      info.bytes += (size + kTarBlock - 1) / kTarBlock * kTarBlock;
      w.le(size);
      w.le(static_cast<std::uint64_t>(met.st.st_mtim.tv_sec));
      w.le(static_cast<std::uint64_t>(met.st.st_mtim.tv_nsec));
    }
    stamp.update(w.bytes());
    return {};
  });
  CESS_TRY(walk.run());
  info.stamp = stamp.finish();
  return info;
}

Status pack_tree(const std::string& path, int fd, const TreeOptions& options) {
  const Utf8Names utf8;
  Packer packer(fd, path);
  Walk walk(path, options, [&](const Met& met) { return packer.add(met); });
  CESS_TRY(walk.run());
  return packer.finish();
}

Result<std::unique_ptr<TreeSource>> TreeSource::start(std::string path, TreeOptions options) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("cannot make", "a pipe", errno);
  std::unique_ptr<TreeSource> out(new TreeSource);
  out->read_ = Fd(ends[0]);
  out->write_ = Fd(ends[1]);
  // As large as an unprivileged process may have it; less will do.
  ::fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);  // NOLINT(cppcoreguidelines-pro-type-vararg)
  try {
    out->thread_ =
        std::thread([self = out.get(), path = std::move(path), options = std::move(options)] {
          // Nobody reads any more: an error for this thread, not the end of the process.
          sigset_t broken;
          ::sigemptyset(&broken);
          ::sigaddset(&broken, SIGPIPE);
          ::pthread_sigmask(SIG_BLOCK, &broken, nullptr);
          self->done_ = pack_tree(path, self->write_.get(), options);
          self->write_ = Fd();
        });
  } catch (const std::system_error& e) {
    return fail(Code::system, std::string("cannot start a thread: ") + e.what());
  }
  return out;
}

TreeSource::~TreeSource() {
  read_ = Fd();
  if (thread_.joinable()) thread_.join();
}

Status TreeSource::status() {
  if (thread_.joinable()) thread_.join();
  return done_;
}

}  // namespace cess
