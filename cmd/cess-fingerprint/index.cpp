// SPDX-License-Identifier: Apache-2.0
// Indexes of fingerprints: JSON lines in, matches out. An index knows words of 256 bits and
// commitments; kinds do not matter to it, since words of different kinds are as far apart as any
// two at random.
#include "fingerprint/index.hpp"

#include <errno.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>

#include "commands.hpp"
#include "fingerprint/encoding.hpp"

namespace cess {
namespace {

constexpr std::size_t kIndexLineMax = 3 * fp::kContentBytesMax;
constexpr std::size_t kIndexBatch = 32768;  ///< records added, and made durable, at once

struct IndexOptions {
  std::string path;
  std::uint64_t radius = 31;
};

/// Lines of a descriptor, one at a time.
class LineSource {
 public:
  explicit LineSource(int fd) : fd_(fd) {}
  /// False at the end. Code::input for a line that is too long.
  Result<bool> next(std::string& line) {
    while (true) {
      const std::size_t end = buffer_.find('\n', at_);
      if (end != std::string::npos) {
        line.assign(buffer_, at_, end - at_);
        at_ = end + 1;
        ++number_;
        return true;
      }
      if (ended_) {
        line.assign(buffer_, at_);
        at_ = buffer_.size();
        ++number_;
        return !line.empty();
      }
      if (buffer_.size() - at_ > kIndexLineMax) {
        return fail(Code::input, "line " + std::to_string(number_ + 1) + " is too long");
      }
      buffer_.erase(0, at_);
      at_ = 0;
      CESS_TRY(fetch());
    }
  }
  [[nodiscard]] std::string where() const { return "line " + std::to_string(number_); }

 private:
  /// What there is: who asks through a pipe, line by line, waits for each answer.
  Status fetch() {
    std::array<char, 65536> part{};
    while (true) {
      const ssize_t n = ::read(fd_, part.data(), part.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return system_error("cannot read", "standard input", errno);
      ended_ = n == 0;
      buffer_.append(part.data(), static_cast<std::size_t>(n));
      return {};
    }
  }

  int fd_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::uint64_t number_ = 0;
  bool ended_ = false;
};

/// The next line's fingerprint; nullopt at the end. `file`: as the line names it.
Result<std::optional<fp::Fingerprint>> next_print(LineSource& lines, std::string* file = nullptr) {
  std::string line;
  CESS_TRY_ASSIGN(const bool more, lines.next(line));
  if (!more) return std::nullopt;
  auto f = fp::parse_fingerprint_json(line, lines.where(), file);
  if (f) return std::move(*f);
  Error e = std::move(f).error();
  if (e.hint.empty()) e.hint = "it takes the lines that cess-fingerprint FILE prints";
  return tl::unexpected<Error>(std::move(e));
}

bool has_word(const fp::Fingerprint& f) { return f.content.similarity != fp::Bits256{}; }

/// Gives every line's fingerprint to `add`, in batches.
struct LinesAdded {
  std::uint64_t seen = 0;
  std::uint64_t without = 0;  ///< too little content for a word
};
Result<LinesAdded> add_lines(cli::Context& ctx,
                             const std::function<Status(std::span<const fp::IndexRecord>)>& add) {
  LineSource lines(ctx.in);
  std::vector<fp::IndexRecord> records;
  LinesAdded n;
  while (true) {
    CESS_TRY_ASSIGN(const auto f, next_print(lines));
    if (!f) break;
    ++n.seen;
    if (!has_word(*f)) {
      ++n.without;
      continue;
    }
    records.push_back({f->content.similarity, fp::commitment(*f)});
    if (records.size() < kIndexBatch) continue;
    CESS_TRY(add(records));
    records.clear();
  }
  CESS_TRY(add(records));
  return n;
}

Result<int> print_added(const std::string& path, const LinesAdded& n, std::uint64_t added,
                        std::uint64_t records, cli::Context& ctx) {
  if (n.without != 0) {
    ctx.warn(std::to_string(n.without) +
             " fingerprints have too little content to be found by similarity: left out");
  }
  Json j;
  j["schema"] = "cess.fingerprint_index/1";
  j["index"] = path;
  j["read"] = std::to_string(n.seen);
  j["added"] = std::to_string(added);
  j["records"] = std::to_string(records);
  CESS_TRY(ctx.print(j));
  return 0;
}

Result<int> run_index_build(const IndexOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(fp::IndexBuilder builder, fp::IndexBuilder::create(o.path));
  CESS_TRY_ASSIGN(const LinesAdded n,
                  add_lines(ctx, [&](auto records) { return builder.add(records); }));
  CESS_TRY_ASSIGN(const std::uint64_t records, builder.finish());
  return print_added(o.path, n, records, records, ctx);
}

Result<int> run_index_add(const IndexOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(fp::Index index, fp::Index::open_to_add(o.path));
  std::uint64_t added = 0;
  CESS_TRY_ASSIGN(const LinesAdded n, add_lines(ctx, [&](auto records) -> Status {
                    CESS_TRY_ASSIGN(const std::uint64_t fresh, index.add(records));
                    added += fresh;
                    return {};
                  }));
  return print_added(o.path, n, added, index.size(), ctx);
}

Result<int> run_index_search(const IndexOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const fp::Index index, fp::Index::open(o.path));
  LineSource lines(ctx.in);
  std::string file;
  bool found = false;
  while (true) {
    CESS_TRY_ASSIGN(const auto f, next_print(lines, &file));
    if (!f) break;
    Json j;
    j["schema"] = "cess.fingerprint_matches/1";
    if (!file.empty()) j["file"] = file;
    j["commitment"] = to_hex(fp::commitment(*f));
    j["radius"] = o.radius;
    Json& list = j["matches"] = Json::array();
    if (has_word(*f)) {
      for (const fp::IndexMatch& m :
           index.search(f->content.similarity, static_cast<unsigned>(o.radius))) {
        Json one;
        one["commitment"] = to_hex(m.label);
        one["distance"] = m.distance;
        list.push_back(std::move(one));
        found = true;
      }
    }
    CESS_TRY(ctx.print(j));
  }
  return found ? 0 : 1;
}

Result<int> run_index_check(const IndexOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const fp::Index index, fp::Index::open(o.path));
  CESS_TRY(index.check());
  Json j;
  j["schema"] = "cess.fingerprint_index/1";
  j["index"] = o.path;
  j["records"] = std::to_string(index.size());
  CESS_TRY(ctx.print(j));
  return 0;
}

using RunIndex = Result<int> (*)(const IndexOptions&, cli::Context&);

cli::Command index_verb(std::string name, std::string summary, RunIndex run, bool with_radius) {
  auto o = std::make_shared<IndexOptions>();
  cli::Command c;
  c.name = std::move(name);
  c.summary = std::move(summary);
  c.declare = [o, with_radius](cli::Options& opt) {
    if (with_radius)
      opt.number("--radius", "BITS", o->radius, 0, 256, "bits that may differ (default: 31)");
    opt.positional("INDEX", o->path, "the folder of the index", true);
  };
  c.run = [o, run](cli::Context& ctx) { return run(*o, ctx); };
  return c;
}

}  // namespace

std::vector<cli::Command> index_commands() {
  return {
      index_verb("index build", "makes an index of the fingerprints on standard input",
                 run_index_build, false),
      index_verb("index add", "adds the fingerprints on standard input", run_index_add, false),
      index_verb("index search", "finds what is near each fingerprint on standard input",
                 run_index_search, true),
      index_verb("index check", "reads a whole index and compares its checksums", run_index_check,
                 false),
  };
}

}  // namespace cess
