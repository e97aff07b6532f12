// SPDX-License-Identifier: Apache-2.0
// audit: the four questions of a transaction audit (white paper 6.3), answered from the indexes
// that the chain keeps (lib/chain/state/records): who sent how much on which day, of which kinds,
// who acted without standing on the operator's list, and what ran that is not on the white list.
// There are no contracts yet: what can stand on the white list is the chain's own calls.
#include <array>
#include <charconv>
#include <chrono>
#include <memory>

#include "chain/client/send.hpp"
#include "chain/client/state.hpp"
#include "chain/state/records/records.hpp"
#include "commands.hpp"
#include "csv.hpp"
#include "show_search.hpp"

namespace cess {
namespace {

struct AuditOptions {
  NodeOptions node;
  std::string what;
  std::string day;
  std::string account;
  bool csv = false;
};

std::string date_of(records::Day day) {
  const std::chrono::year_month_day d{std::chrono::sys_days{std::chrono::days{day}}};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(d.year()),
                static_cast<unsigned>(d.month()), static_cast<unsigned>(d.day()));
  return text.data();
}

// "2026-11-21"; UTC as block times are.
Result<records::Day> parse_date(const std::string& text) {
  const auto refuse = [&] {
    return fail(Code::usage, "--day '" + text + "': want a date as 2026-11-21", text);
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return refuse();
  const auto part = [&](std::size_t at, std::size_t size) {
    unsigned n = 0;
    const char* end = text.data() + at + size;
    const auto r = std::from_chars(text.data() + at, end, n);
    return r.ec == std::errc() && r.ptr == end ? std::optional<unsigned>(n) : std::nullopt;
  };
  const auto y = part(0, 4);
  const auto m = part(5, 2);
  const auto d = part(8, 2);
  if (!y || !m || !d) return refuse();
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*y)),
                                         std::chrono::month(*m), std::chrono::day(*d)};
  if (!date.ok() || *y < 1970) return refuse();
  return static_cast<records::Day>(std::chrono::sys_days{date}.time_since_epoch().count());
}

std::string call_name(const records::TypeCount& t) {
  const auto* module = client::runtime().find(t.module);
  const auto* call = client::runtime().find_call(t.module, t.call);
  if (module == nullptr || call == nullptr)
    return std::to_string(t.module) + "." + std::to_string(t.call);
  return module->name() + "." + call->name;
}

// The lines that one account's day gives.
std::vector<Json> lines_of(const std::string& what, records::Day day, const AccountId& who,
                           const records::DayRecord& r) {
  const auto line = [&] {
    return Json{{"schema", "cess.txn_audit/1"}, {"day", date_of(day)}, {"account", to_ss58(who)}};
  };
  std::vector<Json> out;
  if (what == "transactions" || (what == "unregistered" && r.unregistered > 0)) {
    Json j = line();
    j["count"] = what == "transactions" ? r.count : r.unregistered;
    if (what == "transactions") j["failed"] = r.failed;
    out.push_back(std::move(j));
  }
  for (const auto& t : r.types) {
    if (what != "types" && (what != "unlisted" || t.outside == 0)) continue;
    Json j = line();
    j["call"] = call_name(t);
    j["count"] = what == "types" ? t.count : t.outside;
    out.push_back(std::move(j));
  }
  return out;
}

Status print(cli::Context& ctx, bool csv, Lines& lines, const Json& document) {
  if (ctx.json || csv) return lines.print(ctx, document);
  std::string text;
  for (const auto& [name, value] : document.items()) {
    if (name == "schema") continue;
    if (!text.empty()) text += "  ";
    if (name == "failed") text += "failed ";
    text += value.is_string() ? value.get<std::string>() : write_json(value);
  }
  return ctx.print(text);
}

// An empty answer must not be taken for a clean one.
Status warn_if_off(cli::Context& ctx, client::Rpc& rpc, const std::string& what) {
  CESS_TRY_ASSIGN(const auto params, client::require(rpc, records::kParams));
  if (what == "unregistered" && !params.register_on)
    ctx.warn("this chain does not count unregistered accounts now (records: register_on)");
  if (what == "unlisted" && !params.white_list_on)
    ctx.warn("this chain does not count calls outside the white list now (records: white_list_on)");
  return {};
}

Result<int> audit(const AuditOptions& o, cli::Context& ctx) {
  if (ctx.json && o.csv)
    return fail(Code::usage, "--csv and --json are two ways of writing", "--csv");
  Json leading = Json::array();
  if (!o.day.empty()) {
    CESS_TRY_ASSIGN(const auto day, parse_date(o.day));
    leading.push_back(day);
  }
  std::optional<AccountId> only;
  if (!o.account.empty()) {
    CESS_TRY_ASSIGN(const auto named, account_named(o.node, o.account));
    CESS_TRY_ASSIGN(only, parse_account(named, "--account"));
  }
  CESS_TRY_ASSIGN(auto rpc, connect(o.node));
  CESS_TRY(warn_if_off(ctx, rpc, o.what));
  Lines lines(o.csv);
  const auto visit = [&](std::string_view key, const Json& value) -> Status {
    const auto parts = records::kDays.read_key(key);
    if (!parts) return fail(Code::peer, "the node's entries are not of 'records.day'");
    const auto& [day, who] = *parts;
    if (only && *only != who) return {};
    records::DayRecord record;
    CESS_TRY(from_json_value(value, record, "records.day"));
    for (const Json& j : lines_of(o.what, day, who, record)) CESS_TRY(print(ctx, o.csv, lines, j));
    return {};
  };
  CESS_TRY(client::list_raw(rpc, "records.day", leading, visit));
  return 0;
}

}  // namespace

cli::Command audit_command() {
  auto o = std::make_shared<AuditOptions>();
  o->what = "transactions";
  cli::Command c;
  c.name = "audit";
  c.summary = "count transactions by day, account and call";
  c.declare = [o](cli::Options& opt) {
    opt.choice(
        "--what", {"transactions", "types", "unregistered", "unlisted"}, o->what,
        "all (default), by call, of accounts not registered, of calls not on the white list");
    opt.text("--day", "DATE", o->day, "of this day in UTC (default: all that are kept)");
    opt.text("--account", "ADDRESS", o->account, "of this account only");
    opt.flag("--csv", o->csv, "comma-separated values");
    declare_node(opt, o->node);
  };
  c.run = [o](cli::Context& ctx) { return audit(*o, ctx); };
  return c;
}

}  // namespace cess
