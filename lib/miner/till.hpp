// SPDX-License-Identifier: Apache-2.0
// A miner's till: who pays for what is read, what is given away, and when a voucher goes to the
// chain. Whoever pays shows with each request a voucher for what it asks (chain/state/flow); the
// newest of each channel is on the disk, with what was served for it, before a byte goes out. So a
// kill between a voucher and its settlement loses nothing, and the miner never serves more than one
// link (256 KiB) that is not paid for.
//
// Who does not pay gets unpaid_per_day bytes a day and address (doc/decisions/1507). Any thread.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "chain/client/rpc.hpp"
#include "chain/state/flow/flow.hpp"
#include "chain/types/account_key.hpp"
#include "miner/ports.hpp"
#include "proto/fragment_service.hpp"
#include "sys/clock.hpp"

namespace cess::miner {

/// Bytes of ranges with their paths that an address gets each day whatever else it had: probes must
/// not fail for want of money, and no file is worth reading that way.
constexpr std::uint64_t kProbedPerDay = 16ULL << 20U;
/// What a probe counts as at least, however little it asks: the miner reads the whole fragment for it.
constexpr std::uint64_t kProbeLeast = 64U << 10U;

struct TillSettings {
  std::string folder;                                ///< of the books; made by open()
  Amount price_per_mib = 0;                          ///< what a channel must offer at least
  std::uint64_t unpaid_per_day = ~std::uint64_t{0};  ///< bytes, of an address
};

/// A channel as the till knows it. On the disk: SCALE, one file each.
struct TillBook {
  flow::Voucher newest;
  std::uint64_t paid = 0;    ///< cumulative bytes that `newest` shows
  std::uint64_t served = 0;  ///< cumulative
  CESS_RECORD(newest, paid, served)
};

struct TillReport {
  std::size_t channels = 0;
  std::size_t damaged = 0;         ///< books set aside
  std::uint64_t paid_bytes = 0;    ///< served for vouchers, since the start
  std::uint64_t unpaid_bytes = 0;  ///< given away, since the start
  std::uint64_t refused = 0;
  std::uint64_t settled = 0;  ///< vouchers
};

class Till {
 public:
  /// `rpc` is asked by many threads; it and `clock` outlive the till.
  Till(client::Rpc& rpc, const Hash256& genesis, const AccountId& miner, TillSettings settings,
       Clock& clock = system_clock());
  /// Reads the books. One that is damaged is set aside as N.channel.damaged: what its channel owes
  /// since the last settlement is lost. Code::system.
  Status open();

  /// As FragmentService::toll. A voucher that shows more than the last is kept, whatever it is for.
  Result<proto::Toll> toll(const proto::Reader& reader, std::uint64_t bytes);

  /// Settles what is worth four times its fee, and what a payer who closes is about to take back;
  /// forgets channels that are gone. Returns how many were settled. One thread.
  Result<std::size_t> settle(const AccountKey& account, const std::function<bool()>& go_on);
  [[nodiscard]] TillReport report() const;
  [[nodiscard]] const TillSettings& settings() const { return settings_; }

 private:
  struct Known {
    flow::Channel channel;
    std::int64_t asked_at = 0;
  };
  struct Given {
    std::int64_t day = 0;
    std::uint64_t bytes = 0;
    std::uint64_t probed = 0;  ///< beside them, up to kProbedPerDay
  };
  struct Due {
    std::uint64_t channel = 0;
    flow::Voucher voucher;
    Amount amount = 0;
  };
  Result<proto::Toll> give_away(const proto::Reader& reader, std::uint64_t bytes);
  Result<proto::Toll> sell(const flow::Voucher& voucher, std::uint64_t bytes);
  Result<flow::Channel> channel_of(std::uint64_t id, bool fresh);
  Status keep(std::uint64_t id, const TillBook& book) const;
  [[nodiscard]] std::string path_of(std::uint64_t id) const;
  Result<std::optional<Due>> due_of(std::uint64_t id, const TillBook& book);

  client::Rpc& rpc_;
  Hash256 genesis_;
  AccountId miner_;
  TillSettings settings_;
  Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::uint64_t, TillBook> books_;
  std::map<std::uint64_t, Known> known_;
  std::map<std::string, Given> given_;
  TillReport counts_;
};

}  // namespace cess::miner
