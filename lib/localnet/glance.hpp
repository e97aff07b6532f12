// SPDX-License-Identifier: Apache-2.0
// What a person at the terminal sees of a running network: processes beside what the chain says of
// their members.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "chain/client/rpc.hpp"
#include "chain/state/audits/audits.hpp"
#include "chain/state/miners/miners.hpp"
#include "localnet/folder.hpp"
#include "localnet/supervisor.hpp"

namespace cess::localnet {

struct MinerGlance {
  miners::Miner record;
  audits::History history;
};

struct Glance {
  client::NodeInfo node;
  std::map<std::string, MinerGlance> miners;  ///< by name
  std::size_t taggers = 0;
  std::size_t restorals = 0;
};

/// Asks a node. `accounts`: the miners' names and accounts.
Result<Glance> look(client::Rpc& rpc, const std::map<std::string, AccountId>& accounts);
/// Accounts of the miners whose folders are there.
std::map<std::string, AccountId> miner_accounts(const Network& network);

/// The table, a line each; `glance` is absent while no node answers. `rows_max` 0: no limit.
std::vector<std::string> render(const Network& network, const std::optional<Glance>& glance,
                                const std::map<std::string, ServiceState>& services,
                                std::size_t rows_max);

}  // namespace cess::localnet
