// SPDX-License-Identifier: Apache-2.0
// What a tagger asks of the chain and of miners. The real one is chain_world.hpp; tests bring
// their own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "chain/state/files/files.hpp"
#include "codec/segment_decoder.hpp"
#include "tagger/client.hpp"

namespace cess::tagger {

/// The chain as a node knows it, and the miners that hold a file. Any thread.
class World {
 public:
  virtual ~World() = default;
  virtual Result<Height> height() = 0;
  /// Nothing: the chain does not know it.
  virtual Result<std::optional<files::File>> file(const Fid& fid) = 0;
  virtual Result<std::optional<files::RestoralOrder>> order(const Fid& fid, std::uint32_t segment,
                                                            std::uint16_t column) = 0;
  /// The key that a miner signs with beside its account's; nothing when it is no miner.
  virtual Result<std::optional<Ed25519Public>> miner_key(const AccountId& miner) = 0;
  /// Whether an account is an owner of the file, or was granted it.
  virtual Result<bool> may_read(const Fid& fid, const AccountId& who) = 0;
  /// Whether an account has anything, so that uploads are not for free to make up.
  virtual Result<bool> has_account(const AccountId& who) = 0;
  virtual Result<std::optional<TaggerAt>> tagger(const TaggerId& id) = 0;
  /// All active ones: the agents of new files.
  virtual Result<std::vector<TaggerAt>> taggers() = 0;
  /// Who tagged this fragment.
  virtual Result<std::optional<TaggerId>> tagger_of(const Fid& fid, std::uint32_t segment,
                                                    std::uint16_t column) = 0;
  /// k good fragments of a segment, from whoever holds them (transfer/fetch.hpp).
  virtual Result<Group> fetch(const Manifest& manifest, std::uint32_t segment) = 0;
};

}  // namespace cess::tagger
