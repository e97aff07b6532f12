// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <memory>

#include "codec/keyring.hpp"
#include "commands.hpp"
#include "sources.hpp"

namespace cess {
namespace {

struct MaskKeyArgs {
  std::vector<std::string> identities;
  std::string passphrase_file;
  std::string output;
  std::string input;
};

// From a manifest, a folder, a bundle, or a bundle on standard input, of which only the start is
// read.
Result<FileHeader> read_header(const MaskKeyArgs& args, cli::Context& ctx) {
  struct stat st {};
  if (!args.input.empty() && args.input != "-" && ::stat(args.input.c_str(), &st) == 0) {
    if (S_ISDIR(st.st_mode)) {
      CESS_TRY_ASSIGN(const auto bytes, read_file(args.input + "/header", kHeaderSizeMax));
      return parse_header(bytes);
    }
    if (args.input.ends_with(".json")) {
      CESS_TRY_ASSIGN(const auto text, read_file(args.input, kManifestSizeMax));
      CESS_TRY_ASSIGN(const auto manifest, parse_manifest(text, args.input));
      return manifest.header;
    }
  }
  const bool from_stdin = args.input.empty() || args.input == "-";
  CESS_TRY_ASSIGN(const Fd opened, from_stdin ? Result<Fd>(Fd()) : open_read(args.input));
  const auto source =
      bundle_reader(from_stdin ? ctx.in : opened.get(), from_stdin ? "standard input" : args.input);
  BundleEntry entry;
  CESS_TRY(source->next(entry));
  return parse_header(entry.data);
}

Result<int> run_mask_key(const MaskKeyArgs& args, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const Identities who, read_identities(args.identities, args.passphrase_file));
  CESS_TRY_ASSIGN(const FileHeader header, read_header(args, ctx));
  CESS_TRY_ASSIGN(const FileKeys keys, open_header(header, who));
  if (!keys.mask)
    return fail(Code::no, "this file is not masked: it can be repaired without a key");
  std::string text = write_mask_key(file_id(header), *keys.mask);
  const Status written = args.output == "-"
                             ? write_full(ctx.out, as_bytes(text), "standard output")
                             : write_file(args.output, as_bytes(text), {.mode = 0600});
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  CESS_TRY(written);
  return 0;
}

}  // namespace

cli::Command mask_key_command() {
  auto args = std::make_shared<MaskKeyArgs>();
  cli::Command c;
  c.name = "mask-key";
  c.summary = "export the mask key of a file, so that others can repair but not read it";
  c.declare = [args](cli::Options& o) {
    o.texts("-i,--identity", "FILE", args->identities, "file of AGE-SECRET-KEY-1...; repeatable");
    o.text("--passphrase-file", "FILE", args->passphrase_file, "the first line of FILE opens it");
    o.text("-o,--output", "FILE", args->output, "the new file, mode 0600; - is stdout", true);
    o.positional("INPUT", args->input, "bundle, folder or manifest; default standard input");
  };
  c.run = [args](cli::Context& ctx) { return run_mask_key(*args, ctx); };
  return c;
}

}  // namespace cess
