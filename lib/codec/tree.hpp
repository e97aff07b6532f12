// SPDX-License-Identifier: Apache-2.0
// A folder as one stream, and back: POSIX tar, ustar where that will do and pax where it will not.
// The same names, contents, permissions and times of files give the same bytes, wherever the folder
// lies and whoever owns it: names are sorted by bytes, a folder stands before what is in it, owners
// and times of folders and links are 0, times of files are whole seconds, and a folder is always
// its owner's to write in. Hard links become files of their own.
//
// Unpacking trusts nobody: no name leads out of the folder, no link is followed, whatever is no
// file, folder or symbolic link is refused. Links are made as they are written, and may point
// anywhere.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "sys/file.hpp"

namespace cess {

struct TreeOptions {
  /// A folder that is left out wherever it is met: the one the stream's bytes end up in.
  std::string skip;
  std::function<void(const std::string&)> warn;  ///< what is left out: sockets, FIFOs, devices
};

struct TreeInfo {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;  ///< of the stream, but for long names
  Hash256 stamp;            ///< of names, sizes, permissions and times; not of contents
};
/// Looks at every name, reads no file. Code::system as the calls say.
Result<TreeInfo> examine_tree(const std::string& path, const TreeOptions& options);

/// Writes the stream. Code::system: I/O, or a file that changed while it was read.
Status pack_tree(const std::string& path, int fd, const TreeOptions& options);

/// pack_tree on a thread of its own, into a pipe.
class TreeSource {
 public:
  static Result<std::unique_ptr<TreeSource>> start(std::string path, TreeOptions options);
  TreeSource(const TreeSource&) = delete;
  TreeSource& operator=(const TreeSource&) = delete;
  /// Calls it off if it is not at its end.
  ~TreeSource();
  [[nodiscard]] int fd() const { return read_.get(); }
  /// After the end of what fd() gives: whether that is all of it.
  Status status();

 private:
  TreeSource() = default;
  Fd read_;
  Fd write_;
  Status done_;
  std::thread thread_;
};

struct UnpackOptions {
  std::uint64_t start = 0;  ///< bytes of the stream that came before what `fd` gives
  std::uint64_t checkpoint_bytes = 64U << 20U;
  /// Whatever stands before this byte of the stream, where an entry begins, is on the disk.
  std::function<Status(std::uint64_t offset)> checkpoint;
};
/// Reads `fd` (`name` in messages) to its end, into the existing folder `path`, where it replaces
/// what is in its way, folders excepted. All is on the disk when it returns. Code::input: no tar
/// stream, or something in it that is refused.
Status unpack_tree(int fd, const std::string& name, const std::string& path,
                   const UnpackOptions& options);

}  // namespace cess
