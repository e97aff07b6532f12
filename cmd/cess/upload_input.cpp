// SPDX-License-Identifier: Apache-2.0
// What is uploaded, where it is staged, who may read it, who tags it.
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "base/hex.hpp"
#include "codec/keyring.hpp"
#include "crypto/sha256.hpp"
#include "upload.hpp"

namespace cess {

std::string state_folder() {
  const auto env = [](const char* name) -> std::string {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? "" : value;
  };
  if (!env("XDG_STATE_HOME").empty()) return env("XDG_STATE_HOME") + "/cess";
  return (env("HOME").empty() ? "/var/tmp" : env("HOME") + "/.local/state") + "/cess";
}

Status make_folders(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return system_error("cannot create", path, error.value());
  return {};
}

Result<Profile> choose_profile(const UploadOptions& o) {
  CESS_TRY_ASSIGN(Profile p, parse_profile(o.profile));
  if (o.fragment_size > kFragmentSizeMax) {
    return fail(Code::usage, "--fragment-size is over 256 MiB");
  }
  p.fragment_size = static_cast<std::uint32_t>(o.fragment_size);
  if (auto ok = check_profile(p); !ok) return fail(Code::usage, ok.error().message);
  return p;
}

Result<Recipients> choose_recipients(const UploadOptions& o) {
  Recipients to;
  to.in_clear = o.in_clear;
  const int kinds = int{!o.recipients.empty()} + int{!o.passphrase_file.empty()} + int{o.in_clear};
  if (kinds != 1) {
    return fail(Code::usage, "who is to read this: one of --recipient, --passphrase-file, --public",
                {}, "cess-encode key new -o alice.key makes a key and alice.pub");
  }
  CESS_TRY_ASSIGN(to.keys, read_recipients(o.recipients));
  if (!o.passphrase_file.empty()) {
    CESS_TRY_ASSIGN(to.passphrase, read_passphrase(o.passphrase_file));
  }
  return to;
}

Result<OwnTagger> open_tagger(const UploadOptions& o, cli::Context& ctx) {
  OwnTagger out;
  const std::string path = o.tagger_key.empty() ? state_folder() + "/tagger.key" : o.tagger_key;
  const std::string pub = tagger_public_path(path);
  if (o.tagger_key.empty() && !path_exists(path)) {
    CESS_TRY(make_folders(state_folder()));
    Bytes random(TaggerSecret::kRandomSize);
    ctx.random->fill(random);
    const TaggerSecret made = TaggerSecret::make(random);
    wipe(random);
    std::string text = write_tagger_key(made);
    const Status written = write_file(path, as_bytes(text), {.mode = 0600, .replace = false});
    wipe_text(text);
    CESS_TRY(written);
    ctx.note("made tagger key " + path);
  }
  CESS_TRY_ASSIGN(Bytes file, read_secret_file(path, kTaggerKeySizeMax));
  auto secret = parse_tagger_key(file, path);
  wipe(file);
  if (!secret) return tl::unexpected<Error>(secret.error());
  if (path_exists(pub)) {
    CESS_TRY_ASSIGN(out.public_file, read_file(pub, kTaggerPublicSize));
  } else {
    out.public_file = encode_tagger_public(make_tagger_public(*secret));
    CESS_TRY(write_file(pub, out.public_file, {.mode = 0644, .replace = true}));
  }
  CESS_TRY_ASSIGN(out.head, parse_tagger_head(out.public_file));
  CESS_TRY_ASSIGN(out.tagger, Tagger::make(*secret, *out.head));
  out.secret = std::move(*secret);
  return out;
}

Result<UploadInput> place_input(const UploadOptions& o, const std::string& path,
                                const Hash256& genesis, cli::Context& ctx) {
  UploadInput in;
  std::string id;
  const std::string work = o.work.empty() ? state_folder() + "/upload" : o.work;
  struct stat st {};
  if (path != "-" && ::stat(path.c_str(), &st) != 0)
    return system_error("cannot open", path, errno);
  in.tree = path != "-" && S_ISDIR(st.st_mode);
  if (path != "-") in.path = path;
  if (path == "-" || (!in.tree && !S_ISREG(st.st_mode))) {
    // Read once only: no other run can go on with it.
    std::array<std::uint8_t, 16> random{};
    ctx.random->fill(random);
    id = to_hex(random);
  } else {
    std::error_code error;
    id = std::filesystem::canonical(path, error).string() + "\n";
    if (in.tree) {
      CESS_TRY_ASSIGN(const TreeInfo info, examine_tree(path, {work, {}}));
      in.size = info.bytes;
      id += "tree " + to_hex(info.stamp);
    } else {
      in.size = static_cast<std::uint64_t>(st.st_size);
      id += std::to_string(st.st_size) + "\n" + std::to_string(st.st_mtim.tv_sec) + "." +
            std::to_string(st.st_mtim.tv_nsec);
    }
  }
  for (const auto& r : o.recipients) id += "\n" + r;
  id += "\n" + o.passphrase_file + "\n" + o.profile + "\n" + std::to_string(o.fragment_size) +
        "\n" + o.mask + o.tags + o.tagger_key + o.tagger + (o.in_clear ? "+" : "-") +
        to_hex(genesis);
  in.folder = work + "/" + to_hex(sha256(as_bytes(id))).substr(0, 32);
  CESS_TRY(make_folders(in.folder));
  return in;
}

Result<InputStream> open_input(const UploadInput& in, cli::Context& ctx) {
  InputStream out;
  if (in.path.empty()) {
    out.fd = ctx.in;
  } else if (in.tree) {
    TreeOptions options;
    options.skip = parent_path(in.folder);
    options.warn = [&ctx](const std::string& text) { ctx.warn("warning: " + text); };
    CESS_TRY_ASSIGN(out.tree, TreeSource::start(in.path, std::move(options)));
    out.fd = out.tree->fd();
  } else {
    CESS_TRY_ASSIGN(out.file, open_read(in.path));
    out.fd = out.file.get();
  }
  return out;
}

}  // namespace cess
