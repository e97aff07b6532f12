// SPDX-License-Identifier: Apache-2.0
// What a miner's restoral duty needs of the world: the chain, and somebody who makes fragments
// again. The real ones are duty_chain.hpp and maker.hpp; tests bring their own. One thread.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "chain/state/files/calls.hpp"
#include "chain/state/miners/miners.hpp"

namespace cess::miner {

/// A restoral order and its place.
struct OrderAt {
  Fid fid;
  std::uint32_t segment = 0;
  std::uint16_t column = 0;
  files::RestoralOrder order;
};

/// A transaction on its way: waits for its block, and says what became of it. Code::no: it failed,
/// with the chain's words; Code::input: it was refused.
using Pending = std::function<Status()>;

class DutyChain {
 public:
  virtual ~DutyChain() = default;
  [[nodiscard]] virtual const Hash256& genesis() const = 0;
  [[nodiscard]] virtual const AccountId& me() const = 0;
  /// Of the last final block. Code::peer: no node that is in sync.
  virtual Result<Height> height() = 0;
  virtual Result<std::vector<OrderAt>> orders() = 0;
  virtual Result<std::optional<miners::Miner>> record() = 0;
  virtual Result<std::optional<files::File>> file(const Fid& fid) = 0;
  virtual Result<std::optional<files::Fragment>> fragment(const OrderAt& at) = 0;
  virtual Result<files::Params> params() = 0;
  /// Why the chain's rules keep this miner from the order; nothing: it may claim.
  virtual Result<std::optional<std::string>> objection(const OrderAt& at,
                                                       const files::File& file) = 0;
  virtual Result<Pending> claim(const OrderAt& at) = 0;
  virtual Result<Pending> complete(const files::CompleteRestoral& call) = 0;
};

/// A fragment made again.
struct Remade {
  Bytes data;
  Bytes tags;      ///< tag files of the segment, its own among them; none: untagged
  Bytes manifest;  ///< of its file, which goes along; or none
};

class FragmentMaker {
 public:
  virtual ~FragmentMaker() = default;
  /// Whether it could be made at all: asked before a claim. Code::no: never by this miner, and why;
  /// others: not now.
  virtual Status check(const OrderAt& at) = 0;
  /// The bytes with the root that the chain names, and tag files that bear the fragment's name; the
  /// tagger's public file is on the shelf by then.
  virtual Result<Remade> make(const OrderAt& at, const files::File& file,
                              const files::Fragment& fragment) = 0;
};

}  // namespace cess::miner
