// SPDX-License-Identifier: Apache-2.0
// A miner's fillers and the chain: commits to what was made, proves batches, answers both rounds of
// each epoch. Blobs wait for the judges in the folder from which the miner's server hands them out.
// Nothing is remembered that the chain or a folder does not hold; a kill costs one step's work.
#pragma once

#include <optional>
#include <string>

#include "chain/client/rpc.hpp"
#include "chain/state/idle/idle.hpp"
#include "chain/types/account_key.hpp"
#include "idle/folder.hpp"

namespace cess {

class IdleDuty {
 public:
  /// `folder` is the miner's, `store` its store.
  IdleDuty(const std::string& folder, std::string store, const AccountKey& key);
  /// Does what is due. What it did, or waits for; empty without fillers.
  Result<std::string> look(client::Rpc& rpc);

 private:
  struct View;
  Result<View> view(client::Rpc& rpc, const idle::IdleFolder& folder);
  Result<std::string> batch(client::Rpc& rpc, const idle::IdleFolder& folder, const View& now);
  Result<std::string> epoch(client::Rpc& rpc, const idle::IdleFolder& folder, const View& now);
  Result<std::string> answer(client::Rpc& rpc, const idle::IdleFolder& folder, const View& now,
                             idle_space::EpochTrial trial);
  Result<std::string> open(client::Rpc& rpc, const idle::IdleFolder& folder, const View& now,
                           const idle_space::EpochTrial& trial);
  Status announce(client::Rpc& rpc, const View& now, idle_space::Kind kind, std::uint64_t number,
                  const Bytes& blob);
  Status forget_old(const View& now);

  std::string store_;
  std::string blobs_;
  std::string scratch_;
  const AccountKey& key_;
  std::optional<std::uint64_t> committed_;  ///< first filler of the last batch that was sent
};

}  // namespace cess
