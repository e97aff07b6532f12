// SPDX-License-Identifier: Apache-2.0
#include "codec/decode.hpp"

#include <charconv>
#include <memory>

#include "codec/keyring.hpp"
#include "commands.hpp"
#include "sources.hpp"

namespace cess {
namespace {

struct DecodeArgs {
  std::vector<std::string> identities;
  std::string passphrase_file;
  std::string range;
  std::string output;
  std::string manifest;
  std::string mask_key;
  std::uint64_t threads = 0;
  bool force = false;
  std::vector<std::string> inputs;
};

constexpr std::size_t kMaskKeyFileMax = 4096;

/// Inclusive bytes as in HTTP: "A-B", "A-", and "-N" for the last N.
struct ByteRange {
  std::optional<std::uint64_t> first, last;
};

Result<ByteRange> parse_range(const std::string& text) {
  const auto refuse = [&] {
    return fail(Code::usage, "cannot use range '" + text + "'", text,
                "FIRST-LAST, FIRST- or -COUNT, in bytes, counted from 0, LAST included");
  };
  const auto dash = text.find('-');
  if (dash == std::string::npos) return refuse();
  ByteRange r;
  const auto number = [](std::string_view s, std::optional<std::uint64_t>& out) {
    if (s.empty()) return true;
    std::uint64_t v = 0;
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), v);
    out = v;
    return error == std::errc{} && end == s.data() + s.size();
  };
  if (!number(std::string_view(text).substr(0, dash), r.first) ||
      !number(std::string_view(text).substr(dash + 1), r.last) || (!r.first && !r.last) ||
      (r.first && r.last && *r.last < *r.first) || (!r.first && *r.last == 0)) {
    return refuse();
  }
  return r;
}

struct Span {
  std::uint64_t from = 0;
  std::uint64_t size = 0;
};

Result<Span> place_range(const ByteRange& r, std::uint64_t length) {
  if (!r.first) {
    const std::uint64_t size = std::min(*r.last, length);
    if (length != 0) return Span{length - size, size};
  } else if (*r.first < length) {
    const std::uint64_t last = r.last ? std::min(*r.last, length - 1) : length - 1;
    return Span{*r.first, last - *r.first + 1};
  }
  return fail(Code::no,
              "the range starts after the end of the file (" + std::to_string(length) + " bytes)");
}

/// Where plaintext goes. Of private files only the owner gets to read the result.
struct PlainOutput {
  std::optional<NewFile> file;
  WriteBytes write;
};

Result<PlainOutput> open_plain_output(const DecodeArgs& args, const FileHeader& header,
                                      cli::Context& ctx) {
  PlainOutput out;
  if (args.output.empty() || args.output == "-") {
    out.write = [fd = ctx.out](ByteView v) { return write_full(fd, v, "standard output"); };
    return out;
  }
  const bool open_to_all = header.stanzas.front().type == StanzaType::in_clear;
  const mode_t mode = open_to_all ? 0644 : 0600;
  CESS_TRY_ASSIGN(out.file, NewFile::create(args.output, {.mode = mode, .replace = args.force}));
  out.write = [fd = out.file->fd(), name = args.output](ByteView v) {
    return write_full(fd, v, name);
  };
  return out;
}

DecodeOptions options_for(const DecodeArgs& args, cli::Context& ctx, cli::Progress& progress) {
  DecodeOptions o;
  o.threads = thread_count(args.threads);
  o.warn = [&ctx](const std::string& text) { ctx.warn("warning: " + text); };
  o.note = [&ctx](const std::string& text) { ctx.note(text); };
  o.progress = [&progress](std::uint64_t bytes) { progress.add(bytes); };
  if (const char* dir = std::getenv("TMPDIR"); dir != nullptr && *dir != '\0') o.spool_dir = dir;
  return o;
}

/// The keys of a header, and of a file that a tagger masked the mask key from its agents.
Result<FileKeys> open_keys(const DecodeArgs& args, const FileHeader& header, const Manifest* known,
                           const Identities& who) {
  CESS_TRY_ASSIGN(FileKeys keys, open_header(header, who));
  const bool custody = known != nullptr && known->custody;
  if (args.mask_key.empty()) {
    if (!custody) return keys;
    return fail(Code::no, "a tagger masked this file: its mask key is missing", {},
                "its agents together give it; then --mask-key FILE");
  }
  CESS_TRY_ASSIGN(Bytes text, read_secret_file(args.mask_key, kMaskKeyFileMax));
  auto mask = parse_mask_key(text, args.mask_key);
  wipe(text);
  if (!mask) return tl::unexpected<Error>(mask.error());
  if (mask->file != file_id(header) || header.masked() || (known != nullptr && !custody) ||
      (custody && !mask_key_fits(mask->file, *known->custody, mask->key))) {
    return fail(Code::input, "'" + args.mask_key + "' is not the mask key of this file",
                args.mask_key);
  }
  keys.mask = std::move(mask->key);
  return keys;
}

Status decode_from_stream(const DecodeArgs& args, int fd, const Identities& who,
                          cli::Context& ctx) {
  const auto progress = ctx.make_progress("decoding", {});
  std::optional<Manifest> known;
  if (!args.manifest.empty()) {
    CESS_TRY_ASSIGN(const auto text, read_file(args.manifest, kManifestSizeMax));
    CESS_TRY_ASSIGN(known, parse_manifest(text, args.manifest));
  }
  CESS_TRY_ASSIGN(const auto stream, open_stream(fd, stream_name(args.inputs), known,
                                                 options_for(args, ctx, *progress)));
  CESS_TRY_ASSIGN(const FileKeys keys,
                  open_keys(args, stream->header(), known ? &*known : nullptr, who));
  CESS_TRY_ASSIGN(PlainOutput out, open_plain_output(args, stream->header(), ctx));
  CESS_TRY(stream->run(keys, out.write));
  progress->finish();
  return out.file ? out.file->commit() : Status{};
}

Status decode_from_set(const DecodeArgs& args, const std::optional<ByteRange>& range,
                       const Identities& who, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const FragmentSet set, open_set(args.inputs, args.manifest, ctx));
  const Manifest& m = set.manifest();
  CESS_TRY_ASSIGN(const FileKeys keys, open_keys(args, m.header, &m, who));
  Span span{0, m.length};
  if (range) {
    CESS_TRY_ASSIGN(span, place_range(*range, m.length));
  }
  CESS_TRY_ASSIGN(PlainOutput out, open_plain_output(args, m.header, ctx));
  const auto progress = ctx.make_progress("decoding", span.size);
  const DecodeOptions options = options_for(args, ctx, *progress);
  if (range) {
    CESS_TRY(decode_range(set, keys, span.from, span.size, out.write, options));
  } else {
    CESS_TRY(decode_set(set, keys, out.write, options));
  }
  progress->finish();
  return out.file ? out.file->commit() : Status{};
}

Result<int> run_decode(const DecodeArgs& args, cli::Context& ctx) {
  std::optional<ByteRange> range;
  if (!args.range.empty()) {
    CESS_TRY_ASSIGN(range, parse_range(args.range));
  }
  CESS_TRY_ASSIGN(const Identities who, read_identities(args.identities, args.passphrase_file));
  CESS_TRY_ASSIGN(const auto stream, sole_stream(args.inputs, ctx));
  if (stream && range) {
    return fail(Code::usage, "--range needs a file or a folder, not a pipe");
  }
  CESS_TRY(stream ? decode_from_stream(args, stream->get(), who, ctx)
                  : decode_from_set(args, range, who, ctx));
  return 0;
}

}  // namespace

cli::Command decode_command() {
  auto args = std::make_shared<DecodeArgs>();
  cli::Command c;
  c.name = "decode";
  c.summary = "get the bytes back from a bundle, a folder, or any k fragments of each segment";
  c.declare = [args](cli::Options& o) {
    o.texts("-i,--identity", "FILE", args->identities, "file of AGE-SECRET-KEY-1...; repeatable");
    o.text("--passphrase-file", "FILE", args->passphrase_file, "the first line of FILE opens it");
    o.text("--range", "A-B", args->range, "only these bytes, B included; also A- and -N");
    o.text("-m,--manifest", "FILE", args->manifest, "the manifest, for loose fragments");
    o.text("--mask-key", "FILE", args->mask_key, "mask key of a file that a tagger masked");
    o.number("-T,--threads", "N", args->threads, 1, 1024, "default: one for each processor");
    o.text("-o,--output", "FILE", args->output, "write to FILE instead of stdout");
    o.flag("--force", args->force, "replace an existing FILE");
    o.positionals("INPUT", args->inputs,
                  "bundles, folders, fragment files; default standard input");
  };
  c.run = [args](cli::Context& ctx) { return run_decode(*args, ctx); };
  return c;
}

}  // namespace cess
