// SPDX-License-Identifier: Apache-2.0
// A stored folder back as a folder: the plaintext goes through a pipe to a thread that unpacks.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <thread>

#include "base/hex.hpp"
#include "codec/tree.hpp"
#include "sys/file.hpp"
#include "transfer/download.hpp"

namespace cess::transfer {
namespace {

/// The folder on its way, and how much of the stream is in it for good.
class PartFolder {
 public:
  static Result<PartFolder> open(const std::string& target, const Manifest& m) {
    PartFolder p;
    p.path_ = target + "." + to_hex(m.fid).substr(0, 16) + ".part";
    CESS_TRY_ASSIGN(p.lock_, lock_file(p.path_ + ".lock", true));
    if (::mkdir(p.path_.c_str(), 0700) == 0) return p;  // new: nothing is in it
    if (errno != EEXIST) return system_error("cannot create", p.path_, errno);
    if (const auto text = read_file(p.path_ + ".done", 32)) {
      const std::string_view digits = as_text(*text);
      std::from_chars(digits.data(), digits.data() + digits.size(), p.done_);
      if (p.done_ > m.length) p.done_ = 0;
    }
    return p;
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint64_t done() const { return done_; }
  [[nodiscard]] Status checkpoint(std::uint64_t offset) const {
    return write_file(path_ + ".done", as_bytes(std::to_string(offset) + "\n"),
                      {.mode = 0600, .replace = true});
  }
  /// No next try will do better.
  void drop() const {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
    ::unlink((path_ + ".done").c_str());
    ::unlink((path_ + ".lock").c_str());
  }
  [[nodiscard]] Status commit(const std::string& target, mode_t mode) const {
    // First: what it says must never be believed of another folder.
    ::unlink((path_ + ".done").c_str());
    if (::chmod(path_.c_str(), mode) != 0) return system_error("cannot share", path_, errno);
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) != 0) {
      return system_error("cannot create", target, errno);
    }
    ::unlink((path_ + ".lock").c_str());
    return sync_dir(parent_path(target));
  }

 private:
  std::string path_;
  Fd lock_;
  std::uint64_t done_ = 0;
};

/// SIGPIPE is for programs that write to others' pipes; this one is ours.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    ::sigemptyset(&set_);
    ::sigaddset(&set_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;
  ~NoPipeSignal() {
    const timespec now{};
    ::sigtimedwait(&set_, nullptr, &now);  // one that came meanwhile
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

}  // namespace

Status download_tree(const Manifest& manifest, const FileKeys& keys, const std::string& path,
                     ChainPort& chain, MinerLinks& links, const DownloadOptions& options) {
  const std::string target = without_slash(path);
  if (path_exists(target)) {
    return fail(Code::usage, "'" + target + "' exists already", target,
                "a stored folder is unpacked into a new one");
  }
  CESS_TRY_ASSIGN(const PartFolder part, PartFolder::open(target, manifest));
  if (options.progress && part.done() > 0) options.progress(part.done());
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("cannot make", "a pipe", errno);
  Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  ::fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);  // NOLINT(cppcoreguidelines-pro-type-vararg)
  UnpackOptions unpack;
  unpack.start = part.done();
  unpack.checkpoint = [&part](std::uint64_t offset) { return part.checkpoint(offset); };
  Status unpacked;
  const std::string name = to_hex(manifest.fid);
  const NoPipeSignal quiet;  // the thread inherits it
  std::thread thread;
  try {
    thread = std::thread([&] {
      unpacked = unpack_tree(read_end.get(), name, part.path(), unpack);
      read_end = Fd();
    });
  } catch (const std::system_error& e) {
    return fail(Code::system, std::string("cannot start a thread: ") + e.what());
  }
  Status sent;
  if (part.done() < manifest.length) {
    sent = download(
        manifest, keys, part.done(), manifest.length - part.done(), chain, links,
        [&](ByteView bytes) { return write_full(write_end.get(), bytes, name); }, options);
  }
  write_end = Fd();
  thread.join();
  // A stream that broke off is not unpacked either, and says less about why.
  const bool pipe_broke = !sent && sent.error().code == Code::system;
  if (!sent && (unpacked || !pipe_broke)) return sent;
  if (!unpacked && unpacked.error().code == Code::input) part.drop();
  CESS_TRY(unpacked);
  const bool open_to_all = manifest.header.stanzas.front().type == StanzaType::in_clear;
  return part.commit(target, open_to_all ? 0755 : 0700);
}

}  // namespace cess::transfer
