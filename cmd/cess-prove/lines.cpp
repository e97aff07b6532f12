// SPDX-License-Identifier: Apache-2.0
#include "lines.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cess {
namespace {
constexpr std::size_t kReadSize = 1U << 18U;
}

Result<LineReader> LineReader::open(cli::Context& ctx, const std::string& path,
                                    std::size_t size_max) {
  LineReader r;
  r.size_max_ = size_max;
  r.buffer_.resize(kReadSize);
  if (path.empty() || path == "-") {
    r.fd_ = ctx.in;
    r.name_ = "stdin";
  } else {
    CESS_TRY_ASSIGN(r.owned_, open_read(path));
    r.fd_ = r.owned_.get();
    r.name_ = "'" + path + "'";
  }
  return r;
}

std::string LineReader::where() const { return name_ + ": line " + std::to_string(number_); }

Result<bool> LineReader::next(std::string_view& out) {
  std::size_t searched = begin_;
  while (true) {
    const void* found =
        searched < end_ ? std::memchr(buffer_.data() + searched, '\n', end_ - searched) : nullptr;
    if (found != nullptr || (eof_ && begin_ < end_)) {
      const std::size_t stop =
          found != nullptr
              ? static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - buffer_.data())
              : end_;
      out = as_text(ByteView(buffer_).subspan(begin_, stop - begin_));
      begin_ = std::min(stop + 1, end_);
      ++number_;
      return true;
    }
    if (eof_) return false;
    if (end_ - begin_ > size_max_) {
      ++number_;
      return fail(Code::input, where() + ": longer than " + std::to_string(size_max_) + " bytes");
    }
    searched = end_ - begin_;
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (buffer_.size() < end_ + kReadSize) buffer_.resize(std::max(end_ + kReadSize, 2 * end_));
    const ssize_t got = ::read(fd_, buffer_.data() + end_, buffer_.size() - end_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read", name_, errno);
    eof_ = got == 0;
    end_ += static_cast<std::size_t>(got);
  }
}

Result<Output> Output::create(cli::Context& ctx, const std::string& path, bool force, bool binary) {
  Output out;
  if (path.empty() || path == "-") {
    if (binary) CESS_TRY(ctx.binary_to_stdout_ok(path == "-"));
    out.fd_ = ctx.out;
    return out;
  }
  CESS_TRY_ASSIGN(out.file_, NewFile::create(path, {0644, force}));
  return out;
}

Status Output::write(ByteView data) {
  return file_ ? file_->write(data) : write_full(fd_, data, "stdout");
}

Status Output::line(std::string text) {
  text += '\n';
  return write(as_bytes(text));
}

Status Output::commit() { return file_ ? file_->commit() : Status{}; }

}  // namespace cess
