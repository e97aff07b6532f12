// SPDX-License-Identifier: Apache-2.0
#include "chain/node/voter_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/codec.hpp"
#include "crypto/sha256.hpp"
#include "sys/file.hpp"

namespace cess::node {
namespace {

class VoterFiles final : public consensus::VoterStorage {
 public:
  explicit VoterFiles(std::string folder) : folder_(std::move(folder)) {}

  Hash256 place() override {
    Writer w;
    w.raw("CESS-VOTER-PLACE-v1");
    if (const auto machine = read_file("/etc/machine-id", 256)) w.sized(*machine);
    struct statx s {};
    if (::statx(AT_FDCWD, folder_.c_str(), 0, STATX_INO | STATX_BTIME, &s) == 0) {
      w.le(s.stx_dev_major).le(s.stx_dev_minor).le(static_cast<std::uint64_t>(s.stx_ino));
      // Not every file system knows when a file was born; then the inode must do.
      w.le(static_cast<std::uint64_t>(s.stx_btime.tv_sec)).le(s.stx_btime.tv_nsec);
    }
    return sha256(w.bytes());
  }

  Result<std::optional<Bytes>> read(std::size_t slot) override {
    if (!path_exists(path(slot))) return std::optional<Bytes>{};
    CESS_TRY_ASSIGN(Bytes bytes, read_file(path(slot), 4096));
    return std::optional<Bytes>{std::move(bytes)};
  }

  Status write(std::size_t slot, ByteView bytes) override {
    const std::string name = path(slot);
    const bool fresh = !path_exists(name);
    const Fd fd(::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd.valid()) return system_error("open", name, errno);
    CESS_TRY(write_full(fd.get(), bytes, name));
    CESS_TRY(sync_file(fd.get(), name));
    if (fresh) CESS_TRY(sync_dir(folder_));
    return {};
  }

  Status sync(std::size_t slot) override {
    const std::string name = path(slot);
    const Fd fd(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) return system_error("open", name, errno);
    CESS_TRY(sync_file(fd.get(), name));
    return sync_dir(folder_);
  }

 private:
  [[nodiscard]] std::string path(std::size_t slot) const {
    return folder_ + "/voter-" + std::to_string(slot);
  }
  std::string folder_;
};

}  // namespace

std::unique_ptr<consensus::VoterStorage> open_voter_files(const std::string& folder) {
  return std::make_unique<VoterFiles>(folder);
}

}  // namespace cess::node
