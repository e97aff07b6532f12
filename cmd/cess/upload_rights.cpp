// SPDX-License-Identifier: Apache-2.0
// cess upload --rights: a file is fingerprinted on its way in, looked for on the chain, and refused
// or registered as the network's policy says; the stored file then names the certificate.
#include "base/hex.hpp"
#include "claim/claim.hpp"
#include "upload.hpp"

namespace cess {

Result<Hash256> certify_input(const UploadOptions& o, const fp::Sandbox& decoders, client::Rpc& rpc,
                              const AccountKey& key, const std::string& path, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const fp::Fingerprint f, fp::fingerprint_file(decoders, path));
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
