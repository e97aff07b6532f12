// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <map>
#include <memory>

#include "codec/fragment_set.hpp"
#include "codec/manifest.hpp"
#include "commands.hpp"
#include "merkle/tree.hpp"
#include "sources.hpp"

namespace cess {
namespace {

struct InspectArgs {
  bool check = false;
  std::string input;
};

/// Fragments that came by and did not fit.
struct Findings {
  std::uint64_t missing = 0;
  std::uint64_t damaged = 0;
};

// Roots as computed while the stream went by; what they should be is only known at its end.
Result<Manifest> read_stream(BundleSource& source, const std::string& name, bool check,
                             std::map<FragmentPos, Hash256>& roots) {
  std::optional<Manifest> manifest;
  BundleEntry entry;
  for (;;) {
    CESS_TRY_ASSIGN(const bool more, source.next(entry));
    if (!more) break;
    if (entry.kind == EntryKind::manifest) {
      CESS_TRY_ASSIGN(manifest, parse_manifest(entry.data, name + ": manifest.json"));
    } else if (entry.kind == EntryKind::fragment && check) {
      roots[entry.pos] = fragment_root(entry.data);
    }
  }
  return std::move(*manifest);  // a bundle without one was refused
}

Findings compare(const Manifest& m, const std::map<FragmentPos, Hash256>& roots,
                 cli::Context& ctx) {
  Findings out;
  const unsigned n = m.profile().n();
  for (std::uint32_t s = 0; s < m.segments.size(); ++s) {
    for (unsigned c = 0; c < m.profile().columns(); ++c) {
      const FragmentPos pos{s, static_cast<std::uint16_t>(c % n),
                            static_cast<std::uint16_t>(c / n)};
      const auto found = roots.find(pos);
      if (found == roots.end()) {
        ++out.missing;
        ctx.warn("fragment " + fragment_name(pos) + " is missing");
      } else if (found->second != m.segments[s].roots[c]) {
        ++out.damaged;
        ctx.warn("fragment " + fragment_name(pos) + " is damaged");
      }
    }
  }
  return out;
}

/// Whether the file opens like JSON rather than like tar.
Result<bool> is_manifest(const std::string& path) {
  CESS_TRY_ASSIGN(const Fd fd, open_read(path));
  std::uint8_t first = 0;
  CESS_TRY_ASSIGN(const auto got, pread_full(fd.get(), {&first, 1}, 0, path));
  return got == 1 && first == '{';
}

Result<Manifest> inspect_file(const InspectArgs& args, cli::Context& ctx,
                              std::map<FragmentPos, Hash256>& roots) {
  struct stat st {};
  const bool from_stdin = args.input.empty() || args.input == "-";
  if (!from_stdin && ::stat(args.input.c_str(), &st) == 0 && S_ISDIR(st.st_mode)) {
    CESS_TRY_ASSIGN(const auto source, folder_reader(args.input));
    return read_stream(*source, args.input, args.check, roots);
  }
  if (!from_stdin && S_ISREG(st.st_mode)) {
    CESS_TRY_ASSIGN(const bool alone, is_manifest(args.input));
    if (alone) {
      if (args.check) return fail(Code::usage, "--check needs fragments, not a manifest alone");
      CESS_TRY_ASSIGN(const auto text, read_file(args.input, kManifestSizeMax));
      return parse_manifest(text, args.input);
    }
  }
  if (!args.check && !from_stdin && S_ISREG(st.st_mode)) {
    CESS_TRY_ASSIGN(const FragmentSet set, FragmentSet::open({args.input}, {}));
    return set.manifest();
  }
  CESS_TRY_ASSIGN(const Fd opened, from_stdin ? Result<Fd>(Fd()) : open_read(args.input));
  const std::string name = from_stdin ? "standard input" : args.input;
  const auto source = bundle_reader(from_stdin ? ctx.in : opened.get(), name);
  return read_stream(*source, name, args.check, roots);
}

Result<int> run_inspect(const InspectArgs& args, cli::Context& ctx) {
  std::map<FragmentPos, Hash256> roots;
  CESS_TRY_ASSIGN(const Manifest manifest, inspect_file(args, ctx, roots));
  CESS_TRY_ASSIGN(const std::string text, write_manifest(manifest));
  CESS_TRY(ctx.print(std::string_view(text)));
  if (!args.check) return 0;
  const Findings found = compare(manifest, roots, ctx);
  return found.missing + found.damaged == 0 ? 0 : 1;
}

}  // namespace

cli::Command inspect_command() {
  auto args = std::make_shared<InspectArgs>();
  cli::Command c;
  c.name = "inspect";
  c.summary = "print the manifest of a bundle or folder as JSON; no key needed";
  c.declare = [args](cli::Options& o) {
    o.flag("--check", args->check, "compare every fragment with its root; exit 1 if any is bad");
    o.positional("INPUT", args->input, "bundle, folder or manifest; default standard input");
  };
  c.run = [args](cli::Context& ctx) { return run_inspect(*args, ctx); };
  return c;
}

}  // namespace cess
