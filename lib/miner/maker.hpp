// SPDX-License-Identifier: Apache-2.0
// Lost fragments made again. A file whose mask key agents keep: an agent rebuilds, since no miner
// may know that key. A file without a mask, or a public one whose header has the key: rebuilt here
// from k others. A private file with a mask of its owner's: only the owner can. Tag files come from
// miners that keep the segment's, or from the agent; nothing is believed unchecked.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "chain/client/rpc.hpp"
#include "codec/manifest.hpp"
#include "miner/ports.hpp"
#include "miner/shelf.hpp"
#include "tagger/client.hpp"
#include "transfer/fetch.hpp"

namespace cess::miner {

class PeerMaker final : public FragmentMaker {
 public:
  struct Parts {
    client::Rpc& rpc;
    transfer::MinerLinks& links;
    Shelf& shelf;
    const Key256& sign_seed;  ///< of the key that the chain has for this miner
    Hash256 genesis;
    std::function<void(const std::string&)> log;
    transfer::ChainPort* chain = nullptr;  ///< none: the one behind `rpc`
  };
  explicit PeerMaker(Parts parts);
  ~PeerMaker() override;

  Status check(const OrderAt& at) override;
  Result<Remade> make(const OrderAt& at, const files::File& file,
                      const files::Fragment& fragment) override;
  /// Any thread: ends what waits, and all later calls.
  void abort();

 private:
  struct Known;
  Status open_chain();
  Result<std::shared_ptr<const Known>> known(const Fid& fid);
  Result<Bytes> rebuild(const Known& k, const OrderAt& at);
  Result<tagger::Rebuilt> ask_agents(const Known& k, const OrderAt& at);
  /// Adds tag files that fit, from the miners that have the segment's.
  Status find_tags(Remade& out, const OrderAt& at, const files::Fragment& fragment);
  /// The own tag file among `offered`, if it is right, and those of others behind it.
  Result<Bytes> good_tags(const Bytes& offered, const Bytes& data, const files::Fragment& fragment);

  Parts p_;
  std::unique_ptr<transfer::ChainPort> own_chain_;
  transfer::ChainPort* chain_ = nullptr;  ///< after open_chain()
  std::map<Fid, std::shared_ptr<const Known>> known_;
  std::mutex mutex_;
  bool aborted_ = false;
  tagger::TaggerClient* asked_ = nullptr;
};

}  // namespace cess::miner
