// SPDX-License-Identifier: Apache-2.0
// Who may send fragments of a file: its owners, and taggers. What the chain says is remembered for
// half a minute: a delivery asks for every piece. Any thread.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "chain/client/rpc.hpp"
#include "crypto/ed25519.hpp"

namespace cess::miner {

class Gate {
 public:
  /// Of what time it is; tests have their own.
  using Now = std::chrono::steady_clock::time_point (*)();
  explicit Gate(client::Rpc& rpc, Now now = std::chrono::steady_clock::now)
      : rpc_(rpc), now_(now) {}
  /// Code::no: it may not.
  Status may_write(const Ed25519Public& caller, const Fid& fid);

 private:
  using Time = std::chrono::steady_clock::time_point;
  Result<bool> is_tagger(const Ed25519Public& caller);

  client::Rpc& rpc_;
  Now now_;
  std::mutex mutex_;
  std::map<std::pair<Ed25519Public, Fid>, Time> owners_;  ///< until when it is believed
  std::mutex taggers_mutex_;                              ///< held while the chain is asked
  std::set<Ed25519Public> taggers_;
  Time taggers_read_{};
  bool taggers_known_ = false;
};

}  // namespace cess::miner
