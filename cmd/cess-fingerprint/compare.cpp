// SPDX-License-Identifier: Apache-2.0
// Two files, or lines that this command has printed, to a verdict with its evidence.
#include "fingerprint/compare.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <thread>

#include "commands.hpp"
#include "fingerprint/encoding.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

constexpr std::string_view kLineStart = "{\"schema\":\"cess.fingerprint/1\"";
constexpr std::size_t kLineMax = 3 * fp::kContentBytesMax;

struct CompareOptions {
  DecodeOptions decode;
  std::string a;
  std::string b;
};

/// A fingerprint of a file, or the fingerprint that a file holds.
Result<fp::Fingerprint> load(const fp::Sandbox& decoders, const std::string& path) {
  if (path != "-") {
    CESS_TRY_ASSIGN(const Fd fd, open_read(path));
    CESS_TRY_ASSIGN(const FileStamp stamp, file_stamp(fd.get(), path));
    Bytes head(kLineStart.size());
    if (stamp.regular) {
      CESS_TRY_ASSIGN(const std::size_t n, pread_full(fd.get(), head, 0, path));
      head.resize(n);
    }
    if (stamp.regular && as_text(head) == kLineStart) {
      CESS_TRY_ASSIGN(const Bytes line, read_file(path, kLineMax));
      std::string_view text = as_text(line);
      const std::size_t end = text.find('\n');
      if (end != std::string_view::npos && end + 1 < text.size()) {
        return fail(Code::usage, "'" + path + "' holds more than one fingerprint", path,
                    "compare one line of it, or look for what is near with index search");
      }
      return fp::parse_fingerprint_json(text.substr(0, end), path);
    }
  }
  return fp::fingerprint_file(decoders, path, std::max(1U, std::thread::hardware_concurrency()));
}

/// "3.5 in 10^4 pairs of different origin" out of pairs in 10^9.
std::string rarity(std::uint64_t per_billion) {
  unsigned power = 9;
  double n = static_cast<double>(per_billion);
  for (; n >= 10 && power > 0; n /= 10) --power;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.2g in 10^%u pairs of different origin", n, power);
  return text.data();
}

std::string line_of(const fp::Evidence& e) {
  std::string line = "  " + e.feature + ": distance " + std::to_string(e.distance) + " of " +
                     std::to_string(e.scale);
  if (e.same_max == 0 && e.derived_max == 0 && e.false_per_billion == 0)
    return line + (e.note.empty() ? "" : " (" + e.note + ")");
  line += " (same up to " + std::to_string(e.same_max) + ", derived up to " +
          std::to_string(e.derived_max) + ", as " + rarity(e.false_per_billion) + " are)";
  return e.note.empty() ? line : line + ": " + e.note;
}

Result<int> run_compare(const CompareOptions& o, cli::Context& ctx) {
  if (o.a == "-" && o.b == "-") return fail(Code::usage, "standard input is given twice", "-");
  CESS_TRY_ASSIGN(const fp::Sandbox decoders, fp::start_decoders(o.decode.limits()));
  CESS_TRY_ASSIGN(const fp::Fingerprint a, load(decoders, o.a));
  CESS_TRY_ASSIGN(const fp::Fingerprint b, load(decoders, o.b));
  const fp::Comparison c = fp::compare(a, b);
  if (ctx.json) {
    CESS_TRY(ctx.print(fp::comparison_json(c)));
  } else {
    CESS_TRY(
        ctx.print(std::string(fp::verdict_name(c.verdict)) + (c.identical ? ": equal bytes" : "")));
    if (c.strength != 0)
      CESS_TRY(ctx.print("  strength " + std::to_string(c.strength) + " (told from " +
                         std::to_string(fp::kStrengthTold) + ")"));
    CESS_TRY(ctx.print("  certificate ids: distance " + std::to_string(c.certificate_distance) +
                       " of 64"));
    for (const fp::Evidence& e : c.evidence) CESS_TRY(ctx.print(line_of(e)));
    if (a.content.kind != b.content.kind && c.evidence.empty()) {
      CESS_TRY(ctx.print("  different kinds, " + std::string(fp::kind_name(a.content.kind)) +
                         " and " + std::string(fp::kind_name(b.content.kind)) +
                         ": nothing to compare"));
    }
  }
  return c.verdict == fp::Verdict::same || c.verdict == fp::Verdict::derived ? 0 : 1;
}

}  // namespace

cli::Command compare_command() {
  auto o = std::make_shared<CompareOptions>();
  cli::Command c;
  c.name = "compare";
  c.summary = "how alike two files are, and what shows it";
  c.declare = [o](cli::Options& opt) {
    o->decode.declare(opt);
    opt.positional("A", o->a, "a file, or a fingerprint of one", true);
    opt.positional("B", o->b, "another", true);
  };
  c.run = [o](cli::Context& ctx) { return run_compare(*o, ctx); };
  return c;
}

}  // namespace cess
