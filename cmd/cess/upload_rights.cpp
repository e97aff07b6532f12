// SPDX-License-Identifier: Apache-2.0
// cess upload --rights: a file is fingerprinted on its way in, looked for on the chain, and refused
// or registered as the network's policy says; the stored file then names the certificate.
// cess-fingerprint is run, not linked: this program would load every decoder at each start.
#include "base/hex.hpp"
#include "claim/claim.hpp"
#include "fingerprint/encoding.hpp"
#include "localnet/tool.hpp"
#include "upload.hpp"
#include "verbs.hpp"

namespace cess {
namespace {

Result<fp::Fingerprint> fingerprint_of(const std::string& path) {
  CESS_TRY_ASSIGN(const Verb verb, find_verb(find_verbs(verb_folders()), "fingerprint", {}));
  CESS_TRY_ASSIGN(const auto end,
                  localnet::run_tool({verb.path, "-T", "1", path[0] == '-' ? "./" + path : path},
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

Result<Hash256> certify_input(const UploadOptions& o, client::Rpc& rpc, const AccountKey& key,
                              const std::string& path, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const fp::Fingerprint f, fingerprint_of(path));
  std::vector<Hash256> parents;
  for (const std::string& name : o.parents) {
    CESS_TRY_ASSIGN(parents.emplace_back(), claim::find_one(rpc, name));
  }
  rights::Terms terms;
  terms.text = o.terms;
  CESS_TRY_ASSIGN(const auto claimed,
                  claim::register_print(rpc, key, claim::print_of(f), terms, parents));
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
