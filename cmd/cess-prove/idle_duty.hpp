// SPDX-License-Identifier: Apache-2.0
// A miner's fillers and the chain: commits to what was made, proves batches, answers both rounds of
// each epoch. Blobs wait for the judges in the folder from which the miner's server hands them out.
// Nothing is remembered that the chain or a folder does not hold; a kill costs one step's work. A
// batch's proof, which may take hours, is made in a thread of its own: rounds of epochs come
// meanwhile, and have minutes.
#pragma once

#include <future>
#include <optional>
#include <string>

#include "chain/client/idle.hpp"
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
  Result<std::string> batch(client::Rpc& rpc, const idle::IdleFolder& folder,
                            const client::IdleView& now);
  Result<std::string> epoch(client::Rpc& rpc, const idle::IdleFolder& folder,
                            const client::IdleView& now);
  Result<std::string> commit(client::Rpc& rpc, const idle::IdleFolder& folder,
                             const client::IdleView& now);
  Result<std::string> prove(client::Rpc& rpc, const pois::BatchDocument& asked,
                            const client::IdleView& now);
  Status announce(client::Rpc& rpc, const client::IdleBlob& blob);

  std::string store_;
  std::string blobs_;
  std::string scratch_;
  const AccountKey& key_;
  struct Proving {
    std::uint64_t first = 0;
    Hash256 beacon;
    std::future<Result<client::IdleBlob>> blob;
  };
  std::optional<Proving> proving_;
  std::optional<std::uint64_t>
      sent_;                    ///< first filler of the batch that was sent and is not seen in
  unsigned failed_ = 0;         ///< batches in a row that were not accepted
  std::uint64_t again_at_ = 0;  ///< height
};

}  // namespace cess
