// SPDX-License-Identifier: Apache-2.0
// A verifier's probes of availability: of each slot, asks the miners it was drawn for, all at once,
// and reports what it saw. What is decided or said stands on the chain; what is lost on the way is
// sent again.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "chain/client/probes.hpp"
#include "chain/types/account_key.hpp"

namespace cess {

struct ProberParts {
  const AccountKey& purse;  ///< pays for reports
  const bls::SecretKey& key;
  AccountId validator;
  std::function<void(const std::string&)> say;
  std::function<bool()> stop;
};

class Prober {
 public:
  explicit Prober(ProberParts parts) : p_(std::move(parts)) {}
  /// One look at the slots that take reports. Returns how many miners were reported.
  Result<std::size_t> look(client::Rpc& rpc, const client::NodeInfo& info);

 private:
  struct Sent {
    std::vector<probes::Verdict> verdicts;
    Height until = 0;  ///< last block that may hold what was sent
  };
  Result<std::vector<probes::Verdict>> ask(client::Rpc& rpc, const client::NodeInfo& info,
                                           Height slot, std::vector<client::AskedProbe> asked);
  Status send(client::Rpc& rpc, const client::NodeInfo& info, Height slot,
              const probes::Slot& record, std::vector<probes::Verdict> open);

  ProberParts p_;
  std::map<Height, Sent> sent_;
};

}  // namespace cess
