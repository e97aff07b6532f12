// SPDX-License-Identifier: Apache-2.0
// JSON Lines in and out: bounded lines from a descriptor, and an output that is stdout or a file
// that appears whole or not at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "cli/program.hpp"
#include "sys/file.hpp"

namespace cess {

/// Lines of a stream; the last one may lack its newline.
class LineReader {
 public:
  /// A file, or stdin for "" and "-". A line of more than `size_max` bytes is refused.
  static Result<LineReader> open(cli::Context& ctx, const std::string& path, std::size_t size_max);
  /// The next line without its newline into `out`; false at the end.
  Result<bool> next(std::string_view& out);
  [[nodiscard]] std::uint64_t number() const { return number_; }  ///< of the last line, from 1
  [[nodiscard]] const std::string& name() const { return name_; }
  /// "name: line 7".
  [[nodiscard]] std::string where() const;

 private:
  Fd owned_;
  int fd_ = -1;
  std::string name_;
  std::size_t size_max_ = 0;
  Bytes buffer_;
  std::size_t begin_ = 0;  ///< first byte not handed out
  std::size_t end_ = 0;    ///< end of what was read
  bool eof_ = false;
  std::uint64_t number_ = 0;
};

/// stdout, or a new file.
class Output {
 public:
  /// "" and "-": stdout; `binary` is refused on a terminal unless "-" was said.
  static Result<Output> create(cli::Context& ctx, const std::string& path, bool force, bool binary);
  Status write(ByteView data);
  Status line(std::string text);
  Status commit();

 private:
  int fd_ = -1;
  std::optional<NewFile> file_;
};

}  // namespace cess
