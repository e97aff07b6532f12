// SPDX-License-Identifier: Apache-2.0
// rights register: lines of cess-fingerprint to certificates.
#include <algorithm>
#include <deque>
#include <memory>

#include "chain/client/state.hpp"
#include "chain/state/accounts/accounts.hpp"
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

/// More than one registration's fee, where it matters whether an account has enough for several.
constexpr Amount kFeeOfOne = kBaseUnitsPerToken / 10;
constexpr std::size_t kOnTheirWayMax = 64;
constexpr const char* kLinesWanted =
    "it takes lines of cess-fingerprint: cess-fingerprint FILE | cess-chain rights register -k KEY";

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

bool is_of_line(const Error& e) { return e.code == Code::no || e.code == Code::input; }

/// An error of one of several lines names its file.
tl::unexpected<Error> of_file(Error e, const std::string& file) {
  if (!file.empty() && is_of_line(e)) e.message = file + ": " + e.message;
  return tl::unexpected<Error>(std::move(e));
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

/// Lines to registrations, many on their way at once, answered in the order of the lines.
class Registrar {
 public:
  Registrar(cli::Context& ctx, client::Rpc& rpc, const RegisterOptions& o, const AccountKey& key,
            const rights::Terms& terms, const std::vector<Hash256>& parents)
      : ctx_(ctx), rpc_(rpc), o_(o), key_(key), terms_(terms), parents_(parents) {}

  /// The work of a line, behind which stand `more` lines.
  Status take(const fp::Fingerprint& f, const std::string& file, std::size_t more) {
    const rights::Print print = claim::print_of(f);
    if (o_.check) {
      auto c = claim::register_print(rpc_, key_, print, terms_, parents_, true);
      return c ? answer(*c, file) : of_file(std::move(c).error(), file);
    }
    // A node that is asked what is near knows blocks, not what waits for one.
    const bool again = std::any_of(sent_.begin(), sent_.end(), [&](const Line& l) {
      return l.pending.wish.print.exact == print.exact;
    });
    CESS_TRY(settle(again ? 0 : kOnTheirWayMax - 1));
    auto pending =
        claim::send_registration(rpc_, key_, print, terms_, parents_, [&] { return ready(more); });
    if (!pending) {
      Error e = std::move(pending).error();
      return earlier_failed_ ? tl::unexpected<Error>(std::move(e)) : of_file(std::move(e), file);
    }
    sent_.push_back({std::move(*pending), file});
    // What needs no block is answered at once.
    while (!sent_.empty() && sent_.front().pending.answer) CESS_TRY(settle(sent_.size() - 1));
    return {};
  }

  /// Waits until no more than so many are on their way; after an error of one of them for the
  /// answers of all. The first error is returned, others are told at once. What is no line's error,
  /// such as a node that does not answer, ends it.
  Status settle(std::size_t left) {
    Status first;
    while (sent_.size() > left || (!first && !sent_.empty())) {
      const Line line = std::move(sent_.front());
      sent_.pop_front();
      Status said = await(line);
      if (said) continue;
      const bool of_line = is_of_line(said.error());
      if (!of_line && !sent_.empty()) {
        ctx_.fault("what became of " + std::to_string(sent_.size()) +
                   " others that were sent is not known");
        sent_.clear();
      }
      if (first) {
        first = std::move(said);
      } else {
        ctx_.fault(said.error().message);
      }
    }
    return first;
  }
  [[nodiscard]] bool all_granted() const { return refused_ == 0; }

 private:
  struct Line {
    claim::Pending pending;
    std::string file;
  };

  Status await(const Line& line) {
    auto c = claim::await_registration(rpc_, line.pending);
    if (c) return answer(*c, line.file);
    earlier_failed_ = true;
    return of_file(std::move(c).error(), line.file);
  }

  Status answer(const claim::Claimed& c, const std::string& file) {
    refused_ += c.answer == claim::Answer::refused ? 1 : 0;
    return print_answer(ctx_, c, file, o_.check);
  }

  /// Money for a work that nothing hinders, and then for it and all that follow: who is refused
  /// shall not have drawn on the faucet. What is on its way will be taken yet: where little is left
  /// beside it, that is waited for, so that nobody pays fees for many that cannot have a deposit.
  Status ready(std::size_t more) {
    if (deposit_ == 0) {
      CESS_TRY_ASSIGN(deposit_, claim::deposit_of(rpc_, terms_, parents_.size()));
    }
    if (!filled_ && !o_.faucet.faucet.empty()) {
      SendChoice faucet = o_.faucet;
      faucet.moves = deposit_ + (deposit_ + kFeeOfOne) * static_cast<Amount>(more);
      faucet.holds = "deposit";
      CESS_TRY(fill_from_faucet(ctx_, rpc_, faucet, key_.id));
      filled_ = true;
    }
    if (sent_.empty()) return {};
    CESS_TRY_ASSIGN(const auto account, client::get(rpc_, accounts::kAccounts, key_.id));
    const Amount has = account ? account->free : 0;
    const Amount wanted = (deposit_ + kFeeOfOne) * static_cast<Amount>(sent_.size() + 1);
    return has >= wanted ? Status() : settle(0);
  }

  cli::Context& ctx_;
  client::Rpc& rpc_;
  const RegisterOptions& o_;
  const AccountKey& key_;
  const rights::Terms& terms_;
  const std::vector<Hash256>& parents_;
  std::deque<Line> sent_;
  std::size_t refused_ = 0;
  Amount deposit_ = 0;
  bool filled_ = false;
  bool earlier_failed_ = false;  ///< one that was sent
};

/// A line of the text, taken from its beginning.
std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

Status take_lines(Registrar& to, std::string_view rest, const std::string& name) {
  std::size_t count = 0;
  auto more = static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '\n'));
  if (!rest.empty() && !rest.ends_with('\n')) ++more;
  while (!rest.empty()) {
    const auto line = take_line(rest);
    const std::string where = name + ": line " + std::to_string(++count);
    std::string file;
    auto f = fp::parse_fingerprint_json(line, where, &file);
    if (!f) {
      Error e = std::move(f).error();
      if (e.hint.empty()) e.hint = kLinesWanted;
      return tl::unexpected<Error>(std::move(e));
    }
    CESS_TRY(to.take(*f, file, --more));
  }
  if (count == 0) return fail(Code::input, name + ": empty", {}, kLinesWanted);
  return {};
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
  Registrar registrar(ctx, rpc, o, key, terms, parents);
  Status taken = take_lines(registrar, as_text(text), name);
  // What was paid for is answered, whatever became of a later line.
  Status settled = registrar.settle(0);
  if (!taken && !settled) ctx.fault(settled.error().message);
  CESS_TRY(taken);
  CESS_TRY(settled);
  return registrar.all_granted() ? 0 : 1;
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
