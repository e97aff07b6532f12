// SPDX-License-Identifier: Apache-2.0
// cess upload --rights: a file is fingerprinted on its way in, looked for on the chain, and refused
// or registered as the network's policy says; the stored file then names the certificate.
// cess-fingerprint is run, not linked: this program would load every decoder at each start.
#include <sys/stat.h>

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

/// Of the file at `place`, which the user knows as `path`.
Result<fp::Fingerprint> fingerprint_of(const std::string& place, const std::string& path) {
  CESS_TRY_ASSIGN(const Verb verb, find_verb(find_verbs(verb_folders()), "fingerprint", {}));
  CESS_TRY_ASSIGN(const auto end,
                  localnet::run_tool({verb.path, "-T", "1", place[0] == '-' ? "./" + place : place},
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
  const std::string place = in.folder + "/input";
  if (!path_exists(place)) {
    CESS_TRY_ASSIGN(const InputStream from, open_input(in, ctx));
    CESS_TRY_ASSIGN(NewFile to, NewFile::create(place, {.mode = 0600, .replace = true}));
    Bytes piece(kPiece);
    while (true) {
      CESS_TRY_ASSIGN(const std::size_t n, read_full(from.fd, piece, name));
      CESS_TRY(to.write(ByteView(piece).first(n)));
      if (n < piece.size()) break;
    }
    if (from.tree) CESS_TRY(from.tree->status());
    CESS_TRY(to.commit());
  }
  in.path = place;
  in.tree = false;
  CESS_TRY_ASSIGN(in.size, file_size(place));
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
  CESS_TRY_ASSIGN(auto claimed, claim::register_print(rpc, key, print, terms, parents, true));
  if (claimed.answer == claim::Answer::registered) {
    // What cannot be stored shall not be registered: its deposit would be held for nothing.
    CESS_TRY_ASSIGN(const Profile profile, choose_profile(o));
    CESS_TRY(transfer::check_territory(rpc, key.id, o.territory,
                                       Layout(profile, f.size_bytes).stored_bytes()));
    CESS_TRY_ASSIGN(claimed, claim::register_print(rpc, key, print, terms, parents));
  }
  if (claimed.answer == claim::Answer::refused) {
    std::string words;
    for (const auto& c : claimed.conflicts)
      words += (words.empty() ? "" : "; ") + claim::describe(c);
    return fail(Code::no, "cannot upload '" + path + "': in conflict with " + words, path,
                "what derives from a registered work names it: --parent ID");
  }
  for (const auto& c : claimed.conflicts)
    ctx.warn("'" + path + "' is flagged: near " + claim::describe(c));
  ctx.note("certificate " + to_hex(claimed.certificate) + " of '" + path + "'");
  return claimed.certificate;
}

}  // namespace cess
