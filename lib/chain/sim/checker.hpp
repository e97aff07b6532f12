// SPDX-License-Identifier: Apache-2.0
// What must hold whatever happens, checked as it happens, from outside: with its own count of
// quorums, its own book of who signed what. The first broken rule ends the run. One thread.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "chain/sim/app.hpp"

namespace cess::sim {

class Node;

struct Violation {
  std::string rule;  ///< "agreement", "certificate", "root", "record", "double vote", …
  std::string what;
};

class Checker {
 public:
  Checker(CryptoWorld& crypto, const Hash256& chain) : crypto_(&crypto), chain_(chain) {}

  /// An honest key makes a signature over these bytes.
  void signing(std::uint64_t key_number, ByteView message);
  /// A record became durable (or was found so at start). Neither its vote goes back, nor what it
  /// holds as prepared while it stays at a height.
  void durable(NodeId node, ByteView record);
  /// The record of `node` is started anew or lost: what it says may go back.
  void forget_record(NodeId node) { durable_.erase(node); }
  /// A message with the node's own vote leaves it.
  void leaving(NodeId node, const consensus::Vote& vote);
  /// An honest node takes a block for final.
  void final(NodeId node, const consensus::action::Commit& commit,
             const consensus::Committee& committee);
  /// …and has executed it.
  void executed(NodeId node, const App& app);
  /// The header of a final block: built by somebody whose turn it was, over the right root.
  void header(NodeId node, const Header& header, const consensus::Certificate& certificate,
              const consensus::Committee& committee);
  void fail(std::string rule, std::string what);

  /// Keys that never may be convicted, and how many there are by key.
  void protect(const consensus::PublicKey& key, std::uint64_t key_number) {
    honest_[key] = key_number;
  }
  void unprotect(const consensus::PublicKey& key) { honest_.erase(key); }

  /// How headers call a validator; account_of if not set.
  void set_names(std::function<AccountId(const consensus::PublicKey&)> names) {
    names_ = std::move(names);
  }

  [[nodiscard]] const std::optional<Violation>& violation() const { return violation_; }
  [[nodiscard]] consensus::Height highest() const { return highest_; }
  [[nodiscard]] consensus::Era era() const { return era_; }
  [[nodiscard]] std::size_t convictions() const { return convicted_.size(); }
  [[nodiscard]] const std::set<consensus::PublicKey>& convicted() const { return convicted_; }

 private:
  using Place = std::tuple<consensus::Height, consensus::Round, std::uint8_t>;
  struct Final {
    consensus::Digest digest;
    std::optional<Hash256> root;
    std::set<std::uint64_t> certificates;  // bit sets already checked
  };

  CryptoWorld* crypto_;
  std::function<AccountId(const consensus::PublicKey&)> names_ = account_of;
  Hash256 chain_;
  std::optional<Violation> violation_;
  std::map<consensus::PublicKey, std::uint64_t> honest_;
  std::map<std::uint64_t, std::map<Place, consensus::Vote>> signed_;  // by key number
  std::map<NodeId, consensus::VoterRecord> durable_;
  std::map<consensus::Height, Final> finals_;
  std::set<consensus::PublicKey> convicted_;
  consensus::Height highest_ = 0;
  consensus::Era era_ = 0;
};

}  // namespace cess::sim
