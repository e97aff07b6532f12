// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <memory>

#include "base/hex.hpp"
#include "codec/encode.hpp"
#include "codec/keyring.hpp"
#include "commands.hpp"

namespace cess {
namespace {

struct EncodeArgs {
  std::vector<std::string> recipients;
  std::string passphrase_file;
  bool in_clear = false;
  std::string profile = "cess-4-8";
  std::uint64_t copies = 0;
  std::uint64_t fragment_size = kDefaultFragmentSize;
  std::string mask = "owner";
  std::string cipher = "auto";
  std::uint64_t threads = 0;
  std::string output;
  std::string folder;
  std::string name;
  bool force = false;
  std::string input;
};

AeadId choose_aead(const std::string& name) {
  if (name == "aes-256-gcm") return AeadId::aes_256_gcm;
  if (name == "chacha20-poly1305") return AeadId::chacha20_poly1305;
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("aes") || !__builtin_cpu_supports("pclmul")) {
    return AeadId::chacha20_poly1305;
  }
#endif
  return AeadId::aes_256_gcm;
}

Result<Profile> choose_profile(const EncodeArgs& args) {
  CESS_TRY_ASSIGN(Profile p, parse_profile(args.profile));
  if (args.copies != 0) p.copies = static_cast<std::uint8_t>(args.copies);
  if (args.fragment_size > kFragmentSizeMax) {
    return fail(Code::usage, "--fragment-size is over 256 MiB");
  }
  p.fragment_size = static_cast<std::uint32_t>(args.fragment_size);
  if (auto ok = check_profile(p); !ok) return fail(Code::usage, ok.error().message);
  return p;
}

Result<Recipients> choose_recipients(const EncodeArgs& args) {
  Recipients to;
  to.in_clear = args.in_clear;
  const int kinds =
      int{!args.recipients.empty()} + int{!args.passphrase_file.empty()} + int{args.in_clear};
  if (kinds == 0) {
    return fail(
        Code::usage, "nobody is to read this file", {},
        "make a key with 'cess-encode key new -o alice.key' and give --recipient alice.pub, "
        "or give --passphrase-file FILE, or --public");
  }
  if (kinds > 1) {
    return fail(Code::usage, "--recipient, --passphrase-file and --public exclude each other");
  }
  CESS_TRY_ASSIGN(to.keys, read_recipients(args.recipients));
  if (!args.passphrase_file.empty()) {
    CESS_TRY_ASSIGN(to.passphrase, read_passphrase(args.passphrase_file));
  }
  return to;
}

/// A stream, a file or a folder.
struct BundleOutput {
  std::optional<NewFile> file;
  std::unique_ptr<BundleSink> sink;
  bool to_stdout = false;
};

Result<BundleOutput> open_bundle_output(const EncodeArgs& args, cli::Context& ctx) {
  BundleOutput out;
  if (!args.folder.empty()) {
    if (!args.output.empty()) return fail(Code::usage, "-o and -d exclude each other");
    CESS_TRY_ASSIGN(out.sink, folder_writer(args.folder, args.force));
  } else if (args.output.empty() || args.output == "-") {
    CESS_TRY(ctx.binary_to_stdout_ok(args.output == "-"));
    out.sink = bundle_writer(ctx.out, "standard output");
    out.to_stdout = true;
  } else {
    CESS_TRY_ASSIGN(out.file, NewFile::create(args.output, {.mode = 0644, .replace = args.force}));
    out.sink = bundle_writer(out.file->fd(), args.output);
  }
  return out;
}

Status report(const Manifest& m, const BundleOutput& out, cli::Context& ctx) {
  if (out.to_stdout) {
    ctx.note("fid " + to_hex(m.fid));
    return {};
  }
  if (!ctx.json) return ctx.print(to_hex(m.fid));
  Json j;
  j["schema"] = "cess.encoded/1";
  j["fid"] = to_hex(m.fid);
  j["file_id"] = to_hex(m.file);
  j["length"] = m.length;
  j["profile"] = profile_name(m.profile());
  j["segment_count"] = m.segments.size();
  j["stored_bytes"] = m.layout().stored_bytes();
  return ctx.print(j);
}

tl::unexpected<Error> no_folder(const std::string& name) {
  return fail(Code::usage, "cannot encode '" + name + "': it is a folder", name,
              "tar c FOLDER | cess-encode ...");
}

Result<int> run_encode(const EncodeArgs& args, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const Profile profile, choose_profile(args));
  if (!valid_file_name(args.name)) {
    return fail(Code::usage, "--name is not a plain base name: '" + args.name + "'");
  }
  CESS_TRY_ASSIGN(const Recipients to, choose_recipients(args));
  const bool from_stdin = args.input.empty() || args.input == "-";
  const std::string in_name = from_stdin ? "standard input" : args.input;
  struct stat st {};
  if (!from_stdin && ::stat(args.input.c_str(), &st) == 0 && S_ISDIR(st.st_mode)) {
    return no_folder(in_name);
  }
  CESS_TRY_ASSIGN(const Fd opened, from_stdin ? Result<Fd>(Fd()) : open_read(args.input));
  const int in = from_stdin ? ctx.in : opened.get();
  std::optional<std::uint64_t> total;
  if (::fstat(in, &st) == 0) {
    if (S_ISDIR(st.st_mode)) return no_folder(in_name);
    if (S_ISREG(st.st_mode)) total = static_cast<std::uint64_t>(st.st_size);
  }
  CESS_TRY_ASSIGN(const NewHeader made, make_header(profile, choose_aead(args.cipher),
                                                    args.mask == "owner", to, *ctx.random));
  CESS_TRY_ASSIGN(BundleOutput out, open_bundle_output(args, ctx));
  const auto progress = ctx.make_progress("encoding", total);
  EncodeOptions options;
  options.threads = thread_count(args.threads);
  options.name = args.name;
  options.progress = [&](std::uint64_t bytes) { progress->add(bytes); };
  CESS_TRY_ASSIGN(const Manifest manifest,
                  encode_stream(in, in_name, made.header, made.keys, *out.sink, options));
  if (out.file) CESS_TRY(out.file->commit());
  progress->finish();
  CESS_TRY(report(manifest, out, ctx));
  return 0;
}

}  // namespace

cli::Command encode_command() {
  auto args = std::make_shared<EncodeArgs>();
  cli::Command c;
  c.summary = "encrypt and cut FILE or standard input into fragments";
  c.declare = [args](cli::Options& o) {
    o.texts("-r,--recipient", "KEY", args->recipients,
            "who may read: an age1... string or a file of them; repeatable");
    o.text("--passphrase-file", "FILE", args->passphrase_file,
           "who knows the first line of FILE may read");
    o.flag("--public", args->in_clear, "everybody may read");
    o.text("--profile", "NAME", args->profile,
           "cess-4-8 (default), paper, wp-3copy, wp-3-2, or K+M");
    o.number("--copies", "N", args->copies, 1, kCopiesMax, "replicas of each fragment");
    o.size("--fragment-size", "SIZE", args->fragment_size, "a multiple of 64KiB; default 8MiB");
    o.choice("--mask", {"none", "owner"}, args->mask, "what makes replicas differ; default owner");
    o.choice("--cipher", {"auto", "aes-256-gcm", "chacha20-poly1305"}, args->cipher,
             "auto: what this processor does best");
    o.number("-T,--threads", "N", args->threads, 1, 1024, "default: one for each processor");
    o.text("-o,--output", "FILE", args->output, "write the bundle to FILE instead of stdout");
    o.text("-d,--folder", "DIR", args->folder, "write files to a new folder DIR instead");
    o.text("--name", "NAME", args->name, "put a file name into the manifest, for everybody to see");
    o.flag("--force", args->force, "replace an existing FILE or bundle folder DIR");
    o.positional("FILE", args->input, "what to encode; default standard input");
  };
  c.run = [args](cli::Context& ctx) { return run_encode(*args, ctx); };
  return c;
}

}  // namespace cess
