// SPDX-License-Identifier: Apache-2.0
// Two files, or lines that this command has printed, to a verdict with its evidence.
#include "fingerprint/compare.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
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

/// What a line says that the input holds in place of content; nullopt if it is none.
Result<std::optional<fp::Fingerprint>> printed_line(const fp::InputFile& in,
                                                    const std::string& name) {
  Bytes line(kLineStart.size());
  CESS_TRY_ASSIGN(const std::size_t n, pread_full(in.fd.get(), line, 0, name));
  if (n != line.size() || as_text(line) != kLineStart) return std::nullopt;
  if (in.stamp.size_bytes > kLineMax)
    return fail(Code::input, "'" + name + "' is too long for a fingerprint", name);
  line.resize(in.stamp.size_bytes);
  CESS_TRY_ASSIGN(const std::size_t size, pread_full(in.fd.get(), line, 0, name));
  const std::string_view text = as_text(line).substr(0, size);
  const std::size_t end = text.find('\n');
  if (end != std::string_view::npos && end + 1 < text.size()) {
    return fail(Code::usage, "'" + name + "' holds more than one fingerprint", name,
                "compare one line of it, or look for what is near with index search");
  }
  CESS_TRY_ASSIGN(fp::Fingerprint f, fp::parse_fingerprint_json(text.substr(0, end), name));
  return f;
}

/// The fingerprint of a file, or the one that it holds.
Result<fp::Fingerprint> load(const fp::Sandbox& decoders, const fp::InputFile& in,
                             const std::string& name, cli::Progress& meter) {
  CESS_TRY_ASSIGN(auto printed, printed_line(in, name));
  std::uint64_t told = 0;
  const fp::OnProgress progress = [&](std::uint64_t done) {
    if (done > told) meter.add(done - told);
    told = std::max(told, done);
  };
  if (!printed) {
    const unsigned lanes = std::max(1U, std::thread::hardware_concurrency());
    CESS_TRY_ASSIGN(printed, fp::fingerprint_input(decoders, in, name, lanes, progress));
  }
  progress(in.stamp.size_bytes);
  return std::move(*printed);
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
  CESS_TRY_ASSIGN(const fp::InputFile in_a, fp::open_input(o.a));
  CESS_TRY_ASSIGN(const fp::InputFile in_b, fp::open_input(o.b));
  const auto meter = ctx.make_progress("compare", in_a.stamp.size_bytes + in_b.stamp.size_bytes);
  CESS_TRY_ASSIGN(const fp::Fingerprint a, load(decoders, in_a, o.a, *meter));
  CESS_TRY_ASSIGN(const fp::Fingerprint b, load(decoders, in_b, o.b, *meter));
  meter->finish();
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
