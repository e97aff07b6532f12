// SPDX-License-Identifier: Apache-2.0
// What a running command says, on stdout and stderr.
#include <fmt/format.h>

#include <atomic>
#include <mutex>

#include "cli/detail/spec.hpp"
#include "sys/terminal.hpp"

namespace cess::cli {
namespace {

constexpr std::size_t kMessageMax = 1'000;

/// One harmless line; the middle of an absurdly long one is left out.
std::string line_of(std::string_view text) {
  std::string safe = escape_control(text);
  if (safe.size() > kMessageMax) {
    safe = escape_control(safe.substr(0, kMessageMax / 2)) + "..." +
           escape_control(safe.substr(safe.size() - kMessageMax / 4));
  }
  return safe;
}

constexpr std::string_view kClearLine = "\r\x1b[K";

/// The line of a terminal that meters draw. What is written beside it clears it first, and the next
/// drawing puts it back; else a message would stand behind half a bar.
class Bar {
 public:
  void begin() { ++meters_; }
  void end(int fd) {
    clear(fd);
    --meters_;
  }
  void draw(int fd, const std::string& line) {
    const std::lock_guard lock(mutex_);
    drawn_on_ = fd;
    put(fd, std::string("\r").append(line).append("\x1b[K"));
  }
  /// Writes a line that stays.
  Status beside(int fd, const std::string& line, std::string_view name) {
    if (meters_ == 0 || !is_terminal(fd)) return write_full(fd, as_bytes(line), name);
    const std::lock_guard lock(mutex_);
    clear_locked();
    return write_full(fd, as_bytes(line), name);
  }

 private:
  static void put(int fd, std::string_view text) {
    (void)write_full(fd, as_bytes(text), "standard error");
  }
  void clear(int fd) {
    const std::lock_guard lock(mutex_);
    drawn_on_ = fd;
    clear_locked();
  }
  void clear_locked() {
    if (drawn_on_ >= 0) put(drawn_on_, kClearLine);
    drawn_on_ = -1;
  }

  std::mutex mutex_;
  std::atomic<int> meters_{0};
  int drawn_on_ = -1;
};

Bar& bar() {
  static Bar one;
  return one;
}

void say(int fd, const std::string& line) {
  // Nobody can be told when telling fails.
  (void)bar().beside(fd, line + "\n", "standard error");
}

const char* code_name(Code code) {
  switch (code) {
    case Code::no:
      return "no";
    case Code::usage:
      return "usage";
    case Code::input:
      return "input";
    case Code::system:
      return "system";
    case Code::peer:
      return "peer";
    case Code::busy:
      return "busy";
  }
  return "system";
}

constexpr std::uint64_t kSecondNs = 1'000'000'000;

class Silent final : public Progress {
 public:
  void add(std::uint64_t) override {}
  void finish() override {}
};

/// Redraws one line on a terminal ten times a second, else writes a line each second.
class Meter final : public Progress {
 public:
  Meter(const Context& context, std::string_view label, std::optional<std::uint64_t> total)
      : fd_(context.err),
        clock_(context.clock != nullptr ? *context.clock : system_clock()),
        label_(escape_control(label)),
        total_(total),
        live_(is_terminal(context.err)),
        started_ns_(clock_.monotonic_ns()) {
    if (live_) bar().begin();
  }
  ~Meter() override { finish(); }

  void add(std::uint64_t bytes) override {
    done_ += bytes;
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock() || finished_) return;
    const std::uint64_t now = clock_.monotonic_ns();
    if (now - drawn_ns_ < (live_ ? kSecondNs / 10 : kSecondNs)) return;
    drawn_ns_ = now;
    draw(now);
  }
  void finish() override {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    finished_ = true;
    if (live_) {
      bar().end(fd_);
    } else {
      draw(clock_.monotonic_ns());
    }
  }

 private:
  void draw(std::uint64_t now_ns) {
    const std::uint64_t done = done_;
    const double seconds = static_cast<double>(now_ns - started_ns_) / 1e9;
    const double mb = static_cast<double>(done) / 1e6;
    std::string line = fmt::format("{} {:.1f} MB", label_, mb);
    if (total_ && *total_ > 0) {
      line += fmt::format(" {:.0f} %",
                          100.0 * static_cast<double>(done) / static_cast<double>(*total_));
    }
    if (seconds > 0) line += fmt::format(" {:.1f} MB/s", mb / seconds);
    if (total_ && *total_ > done && done > 0 && seconds > 1) {
      const double left = seconds * static_cast<double>(*total_ - done) / static_cast<double>(done);
      const auto minutes = static_cast<std::uint64_t>(left / 60);
      line += fmt::format(" {}:{:02}:{:02} left", minutes / 60, minutes % 60,
                          static_cast<std::uint64_t>(left) % 60);
    }
    if (live_) {
      bar().draw(fd_, line);
    } else {
      (void)write_full(fd_, as_bytes(line + "\n"), "standard error");
    }
  }

  int fd_;
  Clock& clock_;
  std::string label_;
  std::optional<std::uint64_t> total_;
  bool live_;
  std::uint64_t started_ns_;
  std::mutex mutex_;
  std::atomic<std::uint64_t> done_{0};
  std::uint64_t drawn_ns_ = 0;
  bool finished_ = false;
};

}  // namespace

Status Context::print(std::string_view line) {
  return bar().beside(out, std::string(line) + "\n", "standard output");
}

void Context::warn(std::string_view text) {
  if (!quiet) say(err, line_of(program + ": " + std::string(text)));
}

void Context::fault(std::string_view text) {
  say(err, line_of(program + ": " + std::string(text)));
}

void Context::note(std::string_view text) {
  if (verbose && !quiet) say(err, line_of(program + ": " + std::string(text)));
}

std::unique_ptr<Progress> Context::make_progress(std::string_view label,
                                                 std::optional<std::uint64_t> total_bytes) {
  const bool wanted = progress.value_or(!quiet && total_bytes.has_value() && is_terminal(err));
  if (!wanted) return std::make_unique<Silent>();
  return std::make_unique<Meter>(*this, label, total_bytes);
}

Status Context::binary_to_stdout_ok(bool explicit_dash) const {
  if (explicit_dash || !is_terminal(out)) return {};
  return fail(Code::usage, "refusing to write binary data to a terminal", "standard output",
              "-o FILE names a file, -o - insists");
}

namespace detail {

int report(const Error& error, Context& context) {
  const int exit_code = static_cast<int>(error.code);
  say(context.err, line_of(context.program + ": error: " + error.message));
  if (!error.hint.empty()) say(context.err, line_of(context.program + ": hint: " + error.hint));
  if (context.json) {
    Json document;
    document["schema"] = "cess.error/1";
    document["code"] = code_name(error.code);
    document["exit"] = exit_code;
    document["message"] = error.message;
    document["subject"] = error.subject;
    say(context.err, write_json(document));
  }
  return exit_code;
}

}  // namespace detail
}  // namespace cess::cli
