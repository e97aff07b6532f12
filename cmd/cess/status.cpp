// SPDX-License-Identifier: Apache-2.0
// cess status: the network at a glance, or one file: where its fragments are, what is missing, and
// why it waits.
#include <algorithm>
#include <array>
#include <memory>

#include "base/hex.hpp"
#include "builtin.hpp"
#include "chain/client/state.hpp"
#include "chain/state/files/layout.hpp"
#include "chain/state/miners/miners.hpp"
#include "chain/state/territory/territory.hpp"
#include "economy/amount.hpp"
#include "network.hpp"

namespace cess {
namespace {

constexpr std::size_t kSlotCountMax = 256;
constexpr std::size_t kSegmentCountMax = files::kSegmentsMax;

struct StatusOptions {
  NetworkOptions network;
  std::string fid;
};

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  std::uint64_t rest = 0;
  while (bytes >= 1024 && unit + 1 < kUnits.size()) {
    rest = bytes % 1024;
    bytes /= 1024;
    ++unit;
  }
  std::string out = std::to_string(bytes);
  if (unit > 0 && bytes < 100) out += "." + std::to_string(rest * 10 / 1024);
  return out + " " + kUnits[unit];
}

// ---- one file

Json slot_json(const AccountId& id, const files::Slot& slot, std::uint32_t stripe,
               std::uint16_t column, const std::optional<miners::Miner>& miner) {
  return Json{{"stripe", stripe},
              {"column", column},
              {"miner", to_ss58(id)},
              {"reported", slot.reported},
              {"endpoint", miner ? miner->endpoint : std::string()},
              {"miner_state",
               miner ? std::string(miners::kMinerStateNames[static_cast<std::size_t>(miner->state)])
                     : "unknown"}};
}

// Missing fragments as [segment, column].
Result<Json> missing_of(client::Rpc& rpc, const Fid& fid) {
  CESS_TRY_ASSIGN(const auto rows,
                  client::list(rpc, "files.missing", files::kMissing, kSegmentCountMax, fid));
  Json out = Json::array();
  for (const auto& [key, bits] : rows) {
    for (std::size_t c = 0; c < bits.size() * 8; ++c) {
      if ((bits[c / 8] >> (c % 8) & 1) != 0) {
        out.push_back(Json{{"segment", std::get<1>(key)}, {"column", c}});
      }
    }
  }
  return out;
}

Result<Json> restorals_of(client::Rpc& rpc, const Fid& fid) {
  CESS_TRY_ASSIGN(const auto rows, client::list(rpc, "files.restoral", files::kRestorals,
                                                kSegmentCountMax * files::kColumnsMax, fid));
  Json out = Json::array();
  for (const auto& [key, order] : rows) {
    const bool open = order.claimant.is_zero();
    Json claimant = open ? Json() : Json(to_ss58(order.claimant));
    out.push_back(Json{{"segment", std::get<1>(key)},
                       {"column", std::get<2>(key)},
                       {"opened", order.opened},
                       {"claimant", std::move(claimant)},
                       {"until", open ? Json() : Json(order.until)}});
  }
  return out;
}

std::string why_it_waits(const files::File& f, Height now, std::size_t missing,
                         std::size_t restorals) {
  switch (f.state) {
    case files::FileState::placing: {
      const std::string due =
          f.due > now ? ", " + std::to_string(f.due - now) + " blocks are left" : "";
      if (f.stripe_segments == 0) {
        return "miners are being drawn" + (f.reason.empty() ? "" : ": " + f.reason);
      }
      return std::to_string(f.slot_count - f.reported_count) + " of " +
             std::to_string(f.slot_count) + " slots are not reported" + due;
    }
    case files::FileState::active:
      if (missing == 0) return "";
      return std::to_string(missing) + " fragments are missing, " + std::to_string(restorals) +
             " of them ordered to be rebuilt";
    case files::FileState::lost:
    case files::FileState::failed:
      return f.reason;
    case files::FileState::deleting:
      return "its fragments are being cleared away";
  }
  return "";
}

Status print_file(cli::Context& ctx, const Json& doc) {
  const auto text = [&](const char* key) {
    const Json& v = doc[key];
    return v.is_string() ? v.get<std::string>() : v.dump();
  };
  CESS_TRY(ctx.print("file      " + text("fid")));
  CESS_TRY(ctx.print("state     " + text("state") + (doc["why"] == "" ? "" : ": " + text("why"))));
  CESS_TRY(ctx.print("length    " + text("length") + " bytes in " + text("segments") +
                     " segments, " + bytes_text(doc["stored_bytes"].get<std::uint64_t>()) +
                     " stored"));
  CESS_TRY(ctx.print("profile   any " + text("k") + " of " + text("n") + ", " + text("copies") +
                     " each"));
  CESS_TRY(
      ctx.print("reported  " + text("slots_reported") + " of " + text("slots_total") + " slots"));
  const auto place = [](const Json& s) { return s["stripe"].dump() + "/" + s["column"].dump(); };
  std::size_t width = 0;
  for (const Json& s : doc["slots"]) width = std::max(width, place(s).size());
  for (const Json& s : doc["slots"]) {
    std::string at = place(s);
    at.resize(width, ' ');
    CESS_TRY(ctx.print("  " + at + "  " + s["miner"].get<std::string>() + "  " +
                       s["miner_state"].get<std::string>() + "  " +
                       (s["reported"].get<bool>() ? "holds it" : "awaited") + "  " +
                       s["endpoint"].get<std::string>()));
  }
  for (const Json& m : doc["missing"]) {
    CESS_TRY(
        ctx.print("missing   segment " + m["segment"].dump() + ", column " + m["column"].dump()));
  }
  for (const Json& r : doc["restorals"]) {
    CESS_TRY(ctx.print(
        "restoral  segment " + r["segment"].dump() + ", column " + r["column"].dump() + ", " +
        (r["claimant"].is_null() ? "open" : "claimed by " + r["claimant"].get<std::string>())));
  }
  return {};
}

Result<int> file_status(cli::Context& ctx, client::Rpc& rpc, const Fid& fid) {
  CESS_TRY_ASSIGN(const auto info, client::node_info(rpc));
  CESS_TRY_ASSIGN(const auto file, client::get(rpc, files::kFiles, fid));
  if (!file) return fail(Code::no, "the chain does not know '" + to_hex(fid) + "'", to_hex(fid));
  Json slots = Json::array();
  CESS_TRY_ASSIGN(const auto rows,
                  client::list(rpc, "files.slot", files::kSlots, kSlotCountMax, fid));
  std::map<AccountId, std::optional<miners::Miner>> known;
  for (const auto& [key, slot] : rows) {
    if (!known.contains(slot.miner)) {
      CESS_TRY_ASSIGN(known[slot.miner], client::get(rpc, miners::kMiners, slot.miner));
    }
    slots.push_back(
        slot_json(slot.miner, slot, std::get<1>(key), std::get<2>(key), known[slot.miner]));
  }
  CESS_TRY_ASSIGN(Json missing, missing_of(rpc, fid));
  CESS_TRY_ASSIGN(Json restorals, restorals_of(rpc, fid));
  Json doc;
  doc["schema"] = "cess.file_status/1";
  doc["fid"] = to_hex(fid);
  doc["height"] = info.height;
  doc["state"] = files::kFileStateNames[static_cast<std::size_t>(file->state)];
  doc["why"] = why_it_waits(*file, info.height, missing.size(), restorals.size());
  doc["length"] = file->length;
  doc["segments"] = file->segment_count;
  doc["stored_bytes"] = file->stored_bytes;
  doc["k"] = file->profile.k;
  doc["n"] = file->profile.n();
  doc["copies"] = file->profile.copies;
  doc["owners"] = file->owner_count;
  doc["attempt"] = file->attempt;
  doc["due"] = file->due;
  doc["slots_reported"] = file->reported_count;
  doc["slots_total"] = file->slot_count;
  doc["slots"] = std::move(slots);
  doc["missing"] = std::move(missing);
  doc["restorals"] = std::move(restorals);
  CESS_TRY(ctx.json ? ctx.print(doc) : print_file(ctx, doc));
  return 0;
}

// ---- the network

// Entries of an item, and how many of them `pick` likes.
Result<std::uint64_t> count(client::Rpc& rpc, const std::string& item,
                            const std::function<bool(const Json&)>& pick) {
  std::uint64_t n = 0;
  CESS_TRY(client::list_raw(rpc, item, Json::array(),
                            [&](std::string_view, const Json& value) -> Status {
                              if (pick(value)) ++n;
                              return {};
                            }));
  return n;
}

Result<Json> miners_by_state(client::Rpc& rpc) {
  std::array<std::uint64_t, miners::kMinerStateNames.size()> counts{};
  CESS_TRY(client::list_raw(rpc, "miners.miner", Json::array(),
                            [&](std::string_view, const Json& value) -> Status {
                              const std::string state = value.value("state", std::string());
                              for (std::size_t i = 0; i < counts.size(); ++i) {
                                if (state == miners::kMinerStateNames[i]) ++counts[i];
                              }
                              return {};
                            }));
  Json out = Json::object();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) out[miners::kMinerStateNames[i]] = counts[i];
  }
  return out;
}

Status print_network(cli::Context& ctx, const Json& doc) {
  const auto size = [&](const char* key) { return bytes_text(doc[key].get<std::uint64_t>()); };
  CESS_TRY(ctx.print("chain      " + doc["chain"].get<std::string>() + ", height " +
                     doc["height"].dump() + ", era " + doc["era"].dump() + ", epoch " +
                     doc["epoch"].dump() +
                     (doc["synced"].get<bool>() ? "" : ", the node is not in sync")));
  CESS_TRY(ctx.print("committee  " + doc["committee"].dump() + " validators"));
  std::string states;
  for (const auto& [state, n] : doc["miners"].items()) {
    states += (states.empty() ? "" : ", ") + n.dump() + " " + state;
  }
  CESS_TRY(ctx.print("miners     " + (states.empty() ? "none" : states)));
  CESS_TRY(ctx.print("space      " + size("idle_bytes") + " idle, " + size("locked_bytes") +
                     " locked, " + size("service_bytes") + " in service"));
  CESS_TRY(ctx.print("sold       " + size("leased_bytes") + " leased, " + size("used_bytes") +
                     " used, at " + doc["price_text"].get<std::string>() +
                     " CESS per GiB and day"));
  CESS_TRY(ctx.print("deals      " + doc["deals_open"].dump() + " open"));
  return ctx.print("repairs    " + doc["repairs_open"].dump() + " open");
}

Result<int> network_status(cli::Context& ctx, client::Rpc& rpc) {
  CESS_TRY_ASSIGN(const auto info, client::node_info(rpc));
  CESS_TRY_ASSIGN(const Json committee, rpc.call("chain_committee"));
  CESS_TRY_ASSIGN(const auto totals, client::get(rpc, miners::kTotals));
  CESS_TRY_ASSIGN(const auto market, client::get(rpc, territory::kMarket));
  CESS_TRY_ASSIGN(Json by_state, miners_by_state(rpc));
  CESS_TRY_ASSIGN(const auto deals, count(rpc, "files.file", [](const Json& f) {
                    return f.value("state", std::string()) == "placing";
                  }));
  CESS_TRY_ASSIGN(const auto repairs,
                  count(rpc, "files.restoral", [](const Json&) { return true; }));
  const miners::Totals t = totals.value_or(miners::Totals{});
  const territory::Market m = market.value_or(territory::Market{});
  Json doc;
  doc["schema"] = "cess.network_status/1";
  doc["chain"] = info.chain;
  doc["genesis"] = to_hex(info.genesis);
  doc["height"] = info.height;
  doc["era"] = info.era;
  doc["epoch"] = info.epoch;
  doc["synced"] = info.synced;
  doc["committee"] = committee.value("members", Json::array()).size();
  doc["miners"] = std::move(by_state);
  doc["idle_bytes"] = t.idle;
  doc["locked_bytes"] = t.locked;
  doc["service_bytes"] = t.service;
  doc["leased_bytes"] = m.leased;
  doc["used_bytes"] = m.used;
  doc["price"] = to_decimal(m.price);
  doc["price_text"] = to_tokens(m.price);
  doc["deals_open"] = deals;
  doc["repairs_open"] = repairs;
  CESS_TRY(ctx.json ? ctx.print(doc) : print_network(ctx, doc));
  return 0;
}

}  // namespace

cli::Command status_command() {
  auto o = std::make_shared<StatusOptions>();
  cli::Command c;
  c.name = "status";
  c.summary = "the network at a glance, or a file: where it is and why it waits";
  c.declare = [o](cli::Options& opt) {
    declare_network(opt, o->network);
    opt.positional("FID", o->fid, "a stored file; default the network");
  };
  c.run = [o](cli::Context& ctx) -> Result<int> {
    std::optional<Fid> fid;
    if (!o->fid.empty()) {
      CESS_TRY_ASSIGN(fid, parse_id<Fid>(o->fid, "FID"));
    }
    CESS_TRY_ASSIGN(FoundNetwork network, find_network(o->network));
    return fid ? file_status(ctx, network.rpc, *fid) : network_status(ctx, network.rpc);
  };
  return c;
}

}  // namespace cess
