// SPDX-License-Identifier: Apache-2.0
// A miner's restoral duty: takes open orders for lost fragments, has the fragments made again,
// keeps them, and proves to the chain that it does. All that must outlive a kill is on the chain
// (the claim) and in the store (the fragment): a duty that begins anew goes on with its claims.
//
//   open -> claimed -> (seed drawn) -> made and kept -> completed
//                                      else the claim runs out, and the order opens again
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "miner/ports.hpp"
#include "miner/shelf.hpp"

namespace cess::miner {

struct DutyOptions {
  std::size_t claims_max = 4;  ///< at once
  /// An order waits so many blocks at most before this miner claims it; how many, differs by miner
  /// and order, so that not all try at once.
  std::uint32_t spread_blocks = 4;
  std::uint32_t blocks_needed = 3;       ///< a claim with fewer blocks left is let pass
  std::uint32_t retry_blocks = 20;       ///< before an order that was refused is looked at again
  std::uint64_t room_bytes = 1U << 20U;  ///< to be left idle beside the fragment
};

struct DutyCounts {
  std::uint64_t claimed = 0;
  std::uint64_t restored = 0;
  std::uint64_t failed_makes = 0;   ///< tries to make a fragment that did not succeed
  std::uint64_t failed_claims = 0;  ///< somebody else was faster, or the chain refused
  std::uint64_t let_pass = 0;       ///< claims that ran out
};

/// For people: what it does now.
struct DutyReport {
  DutyCounts counts;
  std::uint64_t open = 0;  ///< orders of the whole network that nobody has claimed
  std::uint64_t mine = 0;  ///< claims of this miner that are not completed
  std::string doing;       ///< empty: nothing
  std::string waits;       ///< why it does nothing, or why what it does does not go on
};

class RestoralDuty {
 public:
  struct Parts {
    Shelf& shelf;
    DutyChain& chain;
    FragmentMaker& maker;
    std::function<void(const std::string&)> log;
    /// True: whatever waits shall end.
    std::function<bool()> stopped;
  };
  explicit RestoralDuty(Parts parts, DutyOptions options = {})
      : p_(std::move(parts)), options_(options) {}

  /// One look at the chain, and what follows from it. True: something was done, and another look
  /// may bring more. Errors of the chain; whatever fails with one order is told to `log`, not here.
  Result<bool> step();
  /// Any thread.
  [[nodiscard]] DutyReport report() const;

 private:
  using Key = std::tuple<Fid, std::uint32_t, std::uint16_t>;
  struct Later {
    Height at = 0;
    std::string why;
  };
  struct Sent {
    OrderAt at;
    Pending pending;
  };
  static Key key(const OrderAt& at) { return {at.fid, at.segment, at.column}; }

  bool work(const std::vector<OrderAt>& mine, Height now);
  Result<Sent> restore(const OrderAt& at);
  Status keep(const OrderAt& at, const files::File& file, const files::Fragment& fragment);
  Result<bool> claim_some(std::vector<OrderAt> open, std::size_t mine, Height now);
  Result<std::optional<std::string>> why_not(const OrderAt& at, Height now);
  void put_off(const OrderAt& at, Height until, const std::string& why);
  void count_passed(const std::vector<OrderAt>& mine);
  void set_doing(std::string doing);
  void set_waits(std::string waits);
  void bump(std::uint64_t DutyCounts::*count);

  Parts p_;
  DutyOptions options_;
  std::map<Key, Later> later_;
  std::map<Key, OrderAt> had_;  ///< claims seen in the last step
  mutable std::mutex mutex_;
  DutyReport report_;
};

/// "segment 3 column 5 of file ab…".
std::string order_name(const OrderAt& at);

}  // namespace cess::miner
