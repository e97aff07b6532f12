// SPDX-License-Identifier: Apache-2.0
// Members of a local network beside its validators: their keys and files, and their coming to the
// chain by real transactions, which does nothing for who is there already.
#pragma once

#include <functional>

#include "chain/client/rpc.hpp"
#include "localnet/folder.hpp"

namespace cess::localnet {

/// Folders of miners, taggers and the user, inside a folder that `make_devnet` has made.
Status make_members(const Network& network, Random& random, Clock& clock);

/// The user's territory.
constexpr const char* kTerritory = "home";

/// Funds accounts from the faucet, registers miners and taggers, leases the user's territory.
/// `say` gets a line for each step. `go_on` false: ends soon with Code::busy. Code::peer: no node.
Status join_members(const Network& network, client::Rpc& rpc,
                    const std::function<void(const std::string&)>& say,
                    const std::function<bool()>& go_on);

/// Where capacity counts only once fillers have shown it (miners.idle_proofs): waits until the
/// miners' fillers are judged, then leases the user's territory, if a GiB is shown.
Status lease_what_is_shown(const Network& network, client::Rpc& rpc,
                           const std::function<void(const std::string&)>& say,
                           const std::function<bool()>& go_on);

}  // namespace cess::localnet
