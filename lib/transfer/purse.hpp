// SPDX-License-Identifier: Apache-2.0
// A reader that pays: a channel to each miner it reads from (chain/state/flow), and for each piece
// of at most 4 MiB a voucher that shows what has been received and this piece. Kept on the disk
// before it is sent: after a kill the same channel goes on where it stopped, and nothing is paid
// twice. Never more than one voucher (16 MiB), and a sixteenth of what came, is paid for and not
// received: requests are given up when another miner was faster. Nor is a price above price_max
// agreed to, nor more than deposits_max put in. A miner that wants more, or cannot be paid, is
// asked as by anybody who does not pay. Any thread; the files of a miner belong to one process at a
// time.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "chain/client/rpc.hpp"
#include "chain/state/flow/flow.hpp"
#include "chain/types/account_key.hpp"
#include "proto/fragment_client.hpp"

namespace cess::transfer {

constexpr std::uint64_t kVoucherBytes = flow::kLinkBytes * flow::kLinksMax;  ///< 16 MiB
constexpr std::uint64_t kPaidPieceMax = 4U << 20U;  ///< of one request: lost if it is given up

struct PurseOptions {
  std::string folder;  ///< of the channels' files, made when it is not there
  Hash256 genesis;
  Amount deposit = kBaseUnitsPerToken;            ///< of a new channel, and of each top-up
  Amount price_max = kBaseUnitsPerToken / 100;    ///< of a MiB
  Amount deposits_max = 20 * kBaseUnitsPerToken;  ///< of all new channels and top-ups
  /// A node of one's own for each question that waits.
  std::function<Result<client::RpcClient>()> connect;
  std::function<void(const std::string&)> note;  ///< why a miner is not paid; any thread
};

/// What stands in a channel's file.
struct ChannelFile {
  std::optional<std::uint64_t> channel;  ///< none: it may have been opened, or not
  Key256 seed;                           ///< signs, and makes the hash chains
  Amount price_per_mib = 0;
  Amount deposit = 0;          ///< all that was ever put in
  std::uint64_t paid = 0;      ///< cumulative bytes of the newest voucher; whole links
  std::uint64_t received = 0;  ///< cumulative bytes that came for it
  std::uint64_t lost = 0;      ///< that the server says it has sent beside
};

/// The voucher that shows `paid` bytes, a multiple of 256 KiB.
flow::Voucher make_voucher(const ChannelFile& file, const Hash256& genesis, std::uint64_t paid);
/// What has to be paid in all before `size` more bytes come, `served` having come: whole links, one
/// of which the server lends.
std::uint64_t paid_for(std::uint64_t served, std::uint64_t size);

class Purse {
 public:
  /// `account` pays; it outlives the purse.
  Purse(const AccountKey& account, PurseOptions options);
  ~Purse();

  /// [offset, offset + size) of a fragment, at most kPaidPieceMax, paid for if it can be.
  Result<Bytes> fetch(proto::FragmentClient& link, const AccountId& miner,
                      const proto::FragmentAt& at, std::uint64_t offset, std::uint64_t size);
  /// Bytes that were paid for, since the start.
  [[nodiscard]] std::uint64_t paid_bytes() const;

 private:
  struct Wallet;
  Wallet& wallet_of(const AccountId& miner);
  Status open_wallet(Wallet& w, proto::FragmentClient& link, const AccountId& miner);
  Status open_channel(Wallet& w, const AccountId& miner);
  Status top_up(Wallet& w);
  template <class Call>
  Status send(client::RpcClient& rpc, const std::string& name, const Call& call);
  Status reserve_deposit();
  Status keep(const Wallet& w) const;
  Result<std::optional<Bytes>> try_paid(Wallet& w, proto::FragmentClient& link,
                                        const proto::FragmentAt& at, std::uint64_t offset,
                                        std::uint64_t size);

  const AccountKey& account_;
  PurseOptions options_;
  mutable std::mutex mutex_;
  std::mutex sending_;  // one transaction at a time gets a nonce
  std::map<AccountId, std::unique_ptr<Wallet>> wallets_;
  std::uint64_t paid_bytes_ = 0;
  Amount deposited_ = 0;
};

}  // namespace cess::transfer
