// SPDX-License-Identifier: Apache-2.0
// A strict reader of the small part of POSIX pax tar that bundles use: regular files with short
// names, and the two extended attributes of a fragment. It refuses whatever two readers of tar
// could understand differently: links, devices, global headers, sparse files, sizes given twice,
// base-256 numbers, junk in padding, a missing end, bytes after the end (doc/decisions/0502).
// Internal to codec; one thread at a time per object.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"

namespace cess {

class Cancel;

struct TarEntry {
  std::string path;
  std::uint64_t size = 0;
  std::uint64_t data_offset = 0;  ///< of the first data byte in the file (or the stream)
  std::optional<FileId> file;     ///< user.cess.file
  std::optional<Hash256> root;    ///< user.cess.root
};

class TarReader {
 public:
  /// Borrows `fd`, which need not be seekable, and reads from its current position.
  TarReader(int fd, std::string name, Cancel* cancel = nullptr);

  /// Skips what is left of the current entry and reads the next header. False after a proper end.
  Result<bool> next(TarEntry& out);
  /// The next out.size() bytes of the current entry; no more than are left.
  Status read(MutByteView out);
  [[nodiscard]] std::uint64_t left() const { return left_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  /// An input error that names the stream and the offset of the current entry's header.
  [[nodiscard]] tl::unexpected<Error> refuse(std::string_view why) const;

 private:
  using Block = std::array<std::uint8_t, 512>;
  [[nodiscard]] tl::unexpected<Error> truncated(std::uint64_t offset) const;
  Result<std::size_t> read_some(MutByteView out);
  Status read_exact(MutByteView out);
  Status skip(std::uint64_t size);
  Status finish_entry();
  Result<bool> read_block(Block& block);
  Status parse_pax(std::uint64_t size, TarEntry& out, std::optional<std::uint64_t>& size_again);
  Status read_end();

  int fd_;
  std::string name_;
  Cancel* cancel_;
  bool seekable_ = false;
  std::uint64_t base_ = 0;           // file offset where the reader began
  std::uint64_t offset_ = 0;         // bytes consumed
  std::uint64_t header_offset_ = 0;  // of the current entry
  std::uint64_t left_ = 0;           // data bytes of the current entry not yet read
  std::uint64_t padding_ = 0;        // after them
  bool done_ = false;
};

}  // namespace cess
