// SPDX-License-Identifier: Apache-2.0
// Files to fingerprints: many at a time, printed in the order given.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "commands.hpp"
#include "fingerprint/encoding.hpp"

namespace cess {
namespace {

/// Small pictures and texts that one process may decode, one after another.
constexpr std::uint32_t kFilesInSeries = 64;

struct FilesOptions {
  DecodeOptions decode;
  std::uint64_t threads = 0;
  std::vector<std::string> files;
};

/// Hands out file numbers, collects results, gives them back in order. No worker is more than
/// `ahead` files ahead of what was printed.
class Queue {
 public:
  Queue(std::size_t count, std::size_t ahead) : count_(count), ahead_(ahead) {}

  std::optional<std::size_t> take() {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [this] { return stopped_ || next_ >= count_ || next_ < printed_ + ahead_; });
    if (stopped_ || next_ >= count_) return std::nullopt;
    return next_++;
  }
  void put(std::size_t i, Result<std::string> line) {
    const std::lock_guard lock(mutex_);
    done_.emplace(i, std::move(line));
    moved_.notify_all();
  }
  Result<std::string> get(std::size_t i) {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [this, i] { return done_.contains(i); });
    Result<std::string> line = std::move(done_.at(i));
    done_.erase(i);
    printed_ = i + 1;
    moved_.notify_all();
    return line;
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    moved_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable moved_;
  std::map<std::size_t, Result<std::string>> done_;
  std::size_t count_;
  std::size_t ahead_;
  std::size_t next_ = 0;
  std::size_t printed_ = 0;
  bool stopped_ = false;
};

Result<std::string> line_of_file(const fp::Sandbox& decoders, const std::string& path,
                                 unsigned lanes, cli::Progress& meter) {
  std::uint64_t told = 0;
  const fp::OnProgress progress = [&](std::uint64_t done) {
    if (done > told) meter.add(done - told);
    told = std::max(told, done);
  };
  CESS_TRY_ASSIGN(const fp::Fingerprint f, fp::fingerprint_file(decoders, path, lanes, progress));
  progress(f.size_bytes);
  return write_json(fp::fingerprint_json(f, path == "-" ? std::string_view() : path));
}

/// Bytes of all; none where one is no regular file. What cannot be opened has none to read.
std::optional<std::uint64_t> total_size(const std::vector<std::string>& files) {
  std::uint64_t total = 0;
  for (const std::string& f : files) {
    struct stat st {};
    // By name: to open a pipe and leave it would end its writer.
    if ((f == "-" ? ::fstat(STDIN_FILENO, &st) : ::stat(f.c_str(), &st)) != 0) continue;
    if (!S_ISREG(st.st_mode)) return std::nullopt;
    total += static_cast<std::uint64_t>(st.st_size);
  }
  return total;
}

/// Who mistypes a verb names a file that is not there.
std::string hint_of(const std::vector<std::string>& files) {
  if (::access(files[0].c_str(), F_OK) == 0) return {};
  const std::string near = cli::nearest(files[0], {"compare", "index"});
  return near.empty() ? near : "did you mean the command '" + near + "'?";
}

Status check_files(const std::vector<std::string>& files) {
  if (std::count(files.begin(), files.end(), "-") > 1) {
    return fail(Code::usage, "standard input is given twice", "-");
  }
  return {};
}

Result<int> print_all(Queue& queue, const std::vector<std::string>& files, cli::Context& ctx) {
  std::size_t failed = 0;
  std::optional<Error> last;
  for (std::size_t i = 0; i < files.size(); ++i) {
    Result<std::string> line = queue.get(i);
    if (line) {
      CESS_TRY(ctx.print(*line));
      continue;
    }
    if (files.size() > 1) ctx.fault(line.error().message);
    last = std::move(line).error();
    ++failed;
  }
  if (failed == 0) return 0;
  const std::string hint = hint_of(files);
  if (files.size() == 1) {
    if (last->hint.empty()) last->hint = hint;
    return tl::unexpected<Error>(std::move(*last));
  }
  return fail(
      last->code,
      std::to_string(failed) + " of " + std::to_string(files.size()) + " files have no fingerprint",
      {}, hint);
}

Result<int> run_files(const FilesOptions& o, cli::Context& ctx) {
  std::vector<std::string> files = o.files;
  if (files.empty()) files.emplace_back("-");
  CESS_TRY(check_files(files));
  fp::SandboxLimits limits = o.decode.limits();
  limits.series_files = kFilesInSeries;
  CESS_TRY_ASSIGN(const fp::Sandbox decoders, fp::start_decoders(limits));
  const std::size_t wanted =
      o.threads != 0 ? o.threads : std::max<std::size_t>(1, std::thread::hardware_concurrency());
  const std::size_t threads = std::min(wanted, files.size());
  // Processors that files have no use for decode the parts of films.
  const auto lanes = static_cast<unsigned>((wanted + threads - 1) / threads);
  const auto meter = ctx.make_progress("fingerprint", total_size(files));
  Queue queue(files.size(), 4 * threads);
  std::vector<std::thread> workers;
  for (std::size_t t = 0; t < threads; ++t) {
    workers.emplace_back([&] {
      while (const auto i = queue.take())
        queue.put(*i, line_of_file(decoders, files[*i], lanes, *meter));
    });
  }
  Result<int> result = print_all(queue, files, ctx);
  queue.stop();
  for (std::thread& w : workers) w.join();
  meter->finish();
  return result;
}

}  // namespace

void DecodeOptions::declare(cli::Options& opt) {
  opt.size("--memory", "SIZE", memory_bytes, "memory a decoder may have (default: 1GiB)");
  opt.number("--cpu-seconds", "N", cpu_seconds, 1, 86400,
             "processor time for a file or part of a film (default: 30, 10 more per MiB)");
}

cli::Command files_command() {
  auto o = std::make_shared<FilesOptions>();
  cli::Command c;
  c.name = "";
  c.summary = "files to fingerprints, one JSON line each";
  c.declare = [o](cli::Options& opt) {
    opt.number("-T,--threads", "N", o->threads, 1, 256,
               "files at a time (default: one per processor)");
    o->decode.declare(opt);
    opt.positionals("FILE", o->files, "files of any kind, '-' for stdin (default)");
  };
  c.run = [o](cli::Context& ctx) { return run_files(*o, ctx); };
  return c;
}

}  // namespace cess
