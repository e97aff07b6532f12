// SPDX-License-Identifier: Apache-2.0
// rights register: lines of cess-fingerprint to certificates.
#include <algorithm>
#include <memory>

#include "commands.hpp"
#include "crypto/sha256.hpp"
#include "fingerprint/encoding.hpp"
#include "inputs.hpp"
#include "rights.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

constexpr std::size_t kFingerprintsMax = 256U << 20U;  // bytes of all lines
constexpr std::size_t kLicenceMax = 64U << 20U;

struct RegisterOptions {
  NodeOptions node;
  std::string key;
  std::string in;
  std::vector<std::string> parents;
  std::string terms;
  std::string licence;
  std::string derive = "permitted";
  bool check = false;
  SendChoice faucet;  ///< of which only the faucet counts
};

/// A devnet's deposit for one certificate: a faucet gives as much for each line.
constexpr Amount kDevnetDeposit = 2 * kBaseUnitsPerToken;

Result<rights::Terms> terms_of(const RegisterOptions& o) {
  rights::Terms t;
  t.derive = o.derive == "anyone" ? rights::Derive::anyone : rights::Derive::permitted;
  t.text = o.terms;
  CESS_TRY(claim::check_text(t.text, "terms"));
  if (!o.licence.empty()) {
    CESS_TRY_ASSIGN(const Bytes text, read_file(o.licence, kLicenceMax));
    t.document = sha256(text);
  }
  return t;
}

Json answer_json(const claim::Claimed& c, const std::string& file, bool check) {
  Json out = {{"schema", "cess.rights/1"}};
  if (!file.empty()) out["file"] = file;
  const bool refused = c.answer == claim::Answer::refused;
  out["answer"] = refused                            ? "refused"
                  : c.answer == claim::Answer::known ? "known"
                  : check                            ? "free"
                                                     : "registered";
  out["certificate"] = to_hex(c.certificate);
  if (!refused && !(check && c.answer == claim::Answer::registered)) {
    out["number"] = c.number;
    out["height"] = c.height;
    out["reach"] = c.reach;
    out["unnamed"] = c.unnamed;
  }
  if (!c.txn.is_zero()) out["hash"] = to_hex(c.txn);
  out["conflicts"] = Json::array();
  for (const auto& f : c.conflicts) out["conflicts"].push_back(claim::found_json(f));
  return out;
}

Status print_answer(cli::Context& ctx, const claim::Claimed& c, const std::string& file,
                    bool check) {
  const Json j = answer_json(c, file, check);
  if (ctx.json) return ctx.print(j);
  const std::string what = file.empty() ? std::string() : file + ": ";
  for (const auto& f : c.conflicts)
    ctx.warn(what + (c.answer == claim::Answer::refused ? "conflict with " : "near ") +
             claim::describe(f));
  if (c.unnamed != 0)
    ctx.warn(what + "near " + std::to_string(c.unnamed) + " more works that it does not name");
  if (c.answer == claim::Answer::refused) return {};
  return ctx.print(to_hex(c.certificate) + "  " + what + j["answer"].get<std::string>() +
                   (c.number == 0 && check ? "" : ", number " + std::to_string(c.number)));
}

Result<int> run_register(const RegisterOptions& o, cli::Context& ctx) {
  if (o.key.empty()) return fail(Code::usage, "whose are they: --key names the account's key");
  CESS_TRY_ASSIGN(const rights::Terms terms, terms_of(o));
  CESS_TRY_ASSIGN(const AccountKey key, read_account_key(ctx, o.key));
  CESS_TRY_ASSIGN(auto rpc, connect(o.node));
  std::vector<Hash256> parents;
  for (const auto& name : o.parents) {
    CESS_TRY_ASSIGN(parents.emplace_back(), claim::find_one(rpc, name));
  }
  std::string name;
  CESS_TRY_ASSIGN(const Bytes text, read_input(ctx, o.in, kFingerprintsMax, name));
  std::string_view rest = as_text(text);
  // Only for a work that nothing hinders, and then for it and all that follow: who is refused
  // shall not have drawn on the faucet.
  const auto fill = [&]() -> Status {
    auto works = 1 + std::count(rest.begin(), rest.end(), '\n');
    if (!rest.empty() && !rest.ends_with('\n')) ++works;
    SendChoice faucet = o.faucet;
    if (faucet.faucet.empty()) return {};  // deposits differ: the chain tells what lacks
    faucet.moves = kDevnetDeposit * static_cast<Amount>(works);
    faucet.holds = "deposit";
    return fill_from_faucet(ctx, rpc, faucet, key.id);
  };
  std::size_t count = 0;
  std::size_t refused = 0;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    const std::string where = name + ": line " + std::to_string(++count);
    CESS_TRY_ASSIGN(const fp::Fingerprint f, fp::parse_fingerprint_json(line, where));
    CESS_TRY_ASSIGN(const Json document, parse_json(line, where, {.size_max = kFingerprintsMax}));
    const auto file = document.value("file", Json());
    CESS_TRY_ASSIGN(const auto claimed, claim::register_print(rpc, key, claim::print_of(f), terms,
                                                              parents, o.check, fill));
    refused += claimed.answer == claim::Answer::refused ? 1 : 0;
    CESS_TRY(print_answer(ctx, claimed, file.is_string() ? file.get<std::string>() : std::string(),
                          o.check));
  }
  if (count == 0) return fail(Code::input, name + ": empty: expected lines of cess-fingerprint");
  return refused == 0 ? 0 : 1;
}

}  // namespace

cli::Command rights_register_command() {
  auto o = std::make_shared<RegisterOptions>();
  cli::Command c;
  c.name = "rights register";
  c.summary = "register fingerprints; name what is in conflict";
  c.declare = [o](cli::Options& opt) {
    opt.positional("FILE", o->in, "cess.fingerprint/1, a line each; default stdin");
    declare_node(opt, o->node);
    opt.text("-k,--key", "FILE", o->key, "account key of the holder");
    opt.texts("--parent", "ID", o->parents, "a work these derive from; repeatable");
    opt.text("--terms", "TEXT", o->terms, "the licence in a few words, or a URI");
    opt.text("--licence", "FILE", o->licence, "the licence itself: its SHA-256 is registered");
    opt.choice("--derive", {"anyone", "permitted"}, o->derive,
               "who may register derived works (default permitted)");
    declare_faucet(opt, o->faucet);
    opt.flag("--check", o->check, "only say what would happen");
  };
  c.run = [o](cli::Context& ctx) { return run_register(*o, ctx); };
  return c;
}

}  // namespace cess
