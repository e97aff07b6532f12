// SPDX-License-Identifier: Apache-2.0
// cess upload --rights: a file is fingerprinted on its way in, looked for on the chain, and refused
// or registered as the network's policy says; the stored file then names the certificate.
// cess-fingerprint is run, not linked: this program would load every decoder at each start.
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.hpp"
#include "claim/claim.hpp"
#include "fingerprint/encoding.hpp"
#include "localnet/tool.hpp"
#include "sys/file.hpp"
#include "transfer/declare.hpp"
#include "upload.hpp"
#include "verbs.hpp"

namespace cess {
namespace {

constexpr std::size_t kPiece = 1U << 20U;

/// A file for plain text: it has no name, so that nothing of it stays, however this process ends.
Result<Fd> nameless_file(const std::string& folder) {
  Fd fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd.valid()) return fd;
  // Where the file system cannot do that: in memory.
  fd = Fd(::memfd_create("cess-upload", MFD_CLOEXEC));
  if (!fd.valid()) return system_error("cannot keep aside", "the input", errno);
  return fd;
}

/// Of the file at `place`, which the user knows as `path`.
Result<fp::Fingerprint> fingerprint_of(const std::string& place, const std::string& path) {
  CESS_TRY_ASSIGN(const Verb verb, find_verb(find_verbs(verb_folders()), "fingerprint", {}));
  CESS_TRY_ASSIGN(const auto end,
                  localnet::run_tool({verb.path, place[0] == '-' ? "./" + place : place},
                                     3 * fp::kContentBytesMax));
  if (end.code != 0) {
    // Its own words, without its name.
    const std::string line = end.err.substr(0, end.err.find('\n'));
    const auto words = line.find("error: ");
    return fail(end.code == 3 ? Code::input : Code::system,
                "cannot fingerprint '" + path + "': " +
                    (words == std::string::npos ? "exit " + std::to_string(end.code)
                                                : line.substr(words + 7)),
                path);
  }
  const std::string_view line = std::string_view(end.out).substr(0, end.out.find('\n'));
  return fp::parse_fingerprint_json(line, "cess-fingerprint");
}

}  // namespace

Status keep_input(UploadInput& in, cli::Context& ctx) {
  struct stat st {};
  if (!in.path.empty() && ::stat(in.path.c_str(), &st) == 0 && S_ISREG(st.st_mode)) return {};
  const std::string name = in.path.empty() ? "standard input" : in.path;
  CESS_TRY_ASSIGN(in.kept, nameless_file(in.folder));
  CESS_TRY_ASSIGN(const InputStream from, open_input(in, ctx));
  Bytes piece(kPiece);
  std::uint64_t size = 0;
  while (true) {
    CESS_TRY_ASSIGN(const std::size_t n, read_full(from.fd, piece, name));
    CESS_TRY(write_full(in.kept.get(), ByteView(piece).first(n), "work folder"));
    size += n;
    if (n < piece.size()) break;
  }
  if (from.tree) CESS_TRY(from.tree->status());
  // By our number, not by "self": cess-fingerprint opens it too.
  in.path = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(in.kept.get());
  in.tree = false;
  in.size = size;
  return {};
}

Result<Hash256> certify_input(const UploadOptions& o, client::Rpc& rpc, const AccountKey& key,
                              const UploadInput& in, const std::string& path, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const fp::Fingerprint f, fingerprint_of(in.path, path));
  std::vector<Hash256> parents;
  for (const std::string& name : o.parents) {
    CESS_TRY_ASSIGN(parents.emplace_back(), claim::find_one(rpc, name));
  }
  rights::Terms terms;
  terms.text = o.terms;
  const rights::Print print = claim::print_of(f);
  const auto room = [&]() -> Status {
    CESS_TRY_ASSIGN(const Profile profile, choose_profile(o));
    return transfer::check_territory(rpc, key.id, o.territory,
                                     Layout(profile, f.size_bytes).stored_bytes());
  };
  CESS_TRY_ASSIGN(const auto claimed,
                  claim::claim_upload(rpc, key, key.id, print, terms, parents, room));
  if (claimed.answer == claim::Answer::refused) {
    std::string words;
    for (const auto& c : claimed.conflicts)
      words += (words.empty() ? "" : "; ") + claim::describe(c);
    return fail(Code::no, "cannot upload '" + path + "': in conflict with " + words, path,
                "what derives from a registered work names it: --parent ID");
  }
  for (const auto& c : claimed.conflicts)
    ctx.warn("'" + path + "' is flagged: near " + claim::describe(c));
  if (claimed.unnamed != 0)
    ctx.warn("'" + path + "' is near " + std::to_string(claimed.unnamed) + " more works");
  ctx.note("certificate " + to_hex(claimed.certificate) + " of '" + path + "'");
  return claimed.certificate;
}

}  // namespace cess
