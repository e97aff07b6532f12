// SPDX-License-Identifier: Apache-2.0
#include "localnet/glance.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "chain/client/key_file.hpp"
#include "chain/client/state.hpp"

namespace cess::localnet {
namespace {

std::string size_text(std::uint64_t bytes) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return fmt::format("{:.{}f} {}", value, unit == 0 ? 0 : 1, kUnits[unit]);
}

Result<std::size_t> count(client::Rpc& rpc, const std::string& item) {
  std::size_t n = 0;
  CESS_TRY(client::list_raw(rpc, item, Json::array(), [&](std::string_view, const Json&) -> Status {
    ++n;
    return {};
  }));
  return n;
}

const char* process_word(const ServiceState& s) {
  if (!s.up) return "down";
  return s.ready ? "ready" : "starting";
}

std::string head_line(const Network& network, const std::optional<Glance>& glance,
                      const std::map<std::string, ServiceState>& services) {
  const auto ready =
      std::count_if(services.begin(), services.end(), [](const auto& s) { return s.second.ready; });
  std::string line =
      fmt::format("{}: {} of {} processes ready", network.folder, ready, services.size());
  if (!glance) return line + ", no node answers";
  std::uint64_t service = 0;
  std::uint64_t idle = 0;
  std::size_t positive = 0;
  for (const auto& [name, m] : glance->miners) {
    service += m.record.service;
    idle += m.record.idle;
    positive += m.record.state == miners::MinerState::positive ? 1 : 0;
  }
  line += fmt::format("; height {}, era {}, epoch {}", glance->node.height, glance->node.era,
                      glance->node.epoch);
  return line + fmt::format("; {} miners positive, {} in service, {} idle, {} repairs open",
                            positive, size_text(service), size_text(idle), glance->restorals);
}

std::string row(const std::string& name, const ServiceState& s,
                const std::optional<Glance>& glance) {
  std::string line = fmt::format("  {:<12} {:<9} {:>8} {:>8}", name, process_word(s),
                                 s.up ? std::to_string(s.pid) : "-",
                                 s.restarts == 0 ? "-" : std::to_string(s.restarts));
  if (!glance) return line;
  const auto found = glance->miners.find(name);
  if (found == glance->miners.end()) return line;
  const auto& m = found->second.record;
  const auto& h = found->second.history;
  return line + fmt::format("  {:<9} {:>10} {:>9} CESS  {}/{}/{}",
                            miners::kMinerStateNames.at(static_cast<std::size_t>(m.state)),
                            size_text(m.service),
                            static_cast<std::uint64_t>(m.stake / kBaseUnitsPerToken), h.passed,
                            h.missing, h.wrong);
}

}  // namespace

Result<Glance> look(client::Rpc& rpc, const std::map<std::string, AccountId>& accounts) {
  Glance g;
  CESS_TRY_ASSIGN(g.node, client::node_info(rpc));
  for (const auto& [name, id] : accounts) {
    CESS_TRY_ASSIGN(auto miner, client::get(rpc, miners::kMiners, id));
    if (!miner) continue;
    CESS_TRY_ASSIGN(auto history, client::get(rpc, audits::kHistories, id));
    g.miners[name] = {std::move(*miner), history.value_or(audits::History{})};
  }
  CESS_TRY_ASSIGN(g.taggers, count(rpc, "taggers.tagger"));
  CESS_TRY_ASSIGN(g.restorals, count(rpc, "files.restoral"));
  return g;
}

std::map<std::string, AccountId> miner_accounts(const Network& network) {
  std::map<std::string, AccountId> out;
  for (const auto& name : network.miners()) {
    auto key = client::read_key_file(network.path(name + "/account.key"));
    if (key) out[name] = key->id;
  }
  return out;
}

std::vector<std::string> render(const Network& network, const std::optional<Glance>& glance,
                                const std::map<std::string, ServiceState>& services,
                                std::size_t rows_max) {
  std::vector<std::string> lines{head_line(network, glance, services)};
  lines.push_back(fmt::format("  {:<12} {:<9} {:>8} {:>8}  {:<9} {:>10} {:>14}  {}", "SERVICE",
                              "PROCESS", "PID", "RESTARTS", "ON CHAIN", "HOLDS", "STAKE",
                              "PASSED/MISSED/FALSE"));
  for (const auto& [name, s] : services) {
    if (rows_max != 0 && lines.size() + 1 >= rows_max) {
      lines.push_back(fmt::format("  … {} more", services.size() + 2 - lines.size()));
      break;
    }
    lines.push_back(row(name, s, glance));
  }
  return lines;
}

}  // namespace cess::localnet
