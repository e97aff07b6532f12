// SPDX-License-Identifier: Apache-2.0
// Proof of flow (PoF): who pays for traffic, and who served it. A payer opens a channel to a server
// with a deposit; the more it receives, the larger the vouchers it signs; the server settles the
// last one whenever it likes. Between two vouchers a hash chain pays for each 256 KiB (PayWord,
// Rivest and Shamir 1996): the payer releases w_i with H^i(w_i) = w_0.
//
//   voucher: cumulative bytes, anchor w_0, Ed25519 by the channel's key      every 16 MiB
//   settle:  voucher, i <= 64, w_i      pays price · (bytes + i · 256 KiB - already paid)
//
// A tenth of every payment is burned. What miners served counts as F in the era's reward, at most
// bytes_per_token for each token of the payer's deposit, and F's weight is bounded by what was
// burned (economy/reward.hpp): wash traffic earns at most what it burned. Every channel is settled
// by itself (doc/decisions/1302).
//
//   sum of deposits of a payer's channels = what is held for kDeposit
#pragma once

#include "chain/state/accounts/accounts.hpp"

namespace cess::flow {

inline constexpr ModuleId kModule = 17;
inline constexpr HoldReason kDeposit{kModule, 0};
inline constexpr PoolId kBurning{kModule, 0};  ///< empty between calls
constexpr std::uint64_t kLinkBytes = 262'144;
constexpr std::uint32_t kLinksMax = 64;
constexpr std::size_t kVouchersMax = 64;  ///< of one call

struct Params {
  Amount deposit_min = kBaseUnitsPerToken;
  std::uint16_t burn_share = 1000;  ///< of 10000 of a payment
  std::uint64_t bytes_per_token = std::uint64_t{1}
                                  << 38U;  ///< counted per token of deposit and era
  std::uint64_t close_ms = 86'400'000;     ///< between a payer's wish to close and the end
  std::uint32_t closed_per_block = 200;
  CESS_RECORD(deposit_min, burn_share, bytes_per_token, close_ms, closed_per_block)
  static Params dev() {
    Params p;
    p.deposit_min = kBaseUnitsPerToken / 1000;
    p.close_ms = 60'000;
    return p;
  }
};

struct Channel {
  AccountId payer;
  AccountId server;
  std::array<std::uint8_t, 32> signer{};  ///< Ed25519: signs vouchers for the payer
  Amount price_per_mib = 0;
  Amount deposit = 0;  ///< still there
  Amount opened_with = 0;
  std::uint64_t bytes = 0;  ///< paid for, cumulative
  Amount paid = 0;
  Height closes_at = 0;  ///< 0: open
  Era era = 0;           ///< of `counted`
  std::uint64_t counted = 0;
  CESS_RECORD(payer, server, signer, price_per_mib, deposit, opened_with, bytes, paid, closes_at,
              era, counted)
};

inline constexpr StoredValue<Params> kParams{kModule, 0, "params"};
inline constexpr StoredMap<Channel, std::uint64_t> kChannels{kModule, 1, "channel"};
inline constexpr StoredValue<std::uint64_t> kNextChannel{kModule, 2, "next_channel"};
inline constexpr StoredMap<bool, Height, std::uint64_t> kClosing{kModule, 3, "closing"};

/// Call 0, by the payer.
struct Open {
  AccountId server;
  std::array<std::uint8_t, 32> key{};
  Amount price_per_mib = 0;
  Amount deposit = 0;
  CESS_RECORD(server, key, price_per_mib, deposit)
};
/// Call 1, by the payer.
struct TopUp {
  std::uint64_t channel = 0;
  Amount amount = 0;
  CESS_RECORD(channel, amount)
};
struct Voucher {
  std::uint64_t channel = 0;
  std::uint64_t bytes = 0;  ///< cumulative
  Hash256 anchor;           ///< w_0 of the links that follow it
  std::array<std::uint8_t, 64> signature{};
  std::uint32_t links = 0;  ///< i
  Hash256 link;             ///< w_i; if i is 0, not looked at
  CESS_RECORD(channel, bytes, anchor, signature, links, link)
};
/// Call 2, by the server. All or nothing.
struct Settle {
  std::vector<Voucher> vouchers;
  CESS_RECORD(vouchers)
};
/// Call 3: by the server at once; by the payer after close_ms, so that the last voucher can come.
struct Close {
  std::uint64_t channel = 0;
  CESS_RECORD(channel)
};

/// Call 4, by the server: one, for a fee to fit.
struct SettleOne {
  Voucher voucher;
  CESS_RECORD(voucher)
};

/// Cumulative bytes that a voucher of this channel shows. Code::input: it is none, with the reason.
Result<std::uint64_t> shown_bytes(const Hash256& genesis, const Channel& channel,
                                  const Voucher& voucher);
/// The price of so many bytes, rounded down over all of the channel.
Amount price_of(const Channel& channel, std::uint64_t bytes);

/// What the channel's key signs: "CESS-POF-v1" ‖ genesis ‖ LE64 channel ‖ LE64 bytes ‖ anchor.
Bytes voucher_message(const Hash256& genesis, std::uint64_t channel, std::uint64_t bytes,
                      const Hash256& anchor);

/// Event 0.
struct Opened {
  std::uint64_t channel = 0;
  AccountId payer;
  AccountId server;
  Amount deposit = 0;
  CESS_RECORD(channel, payer, server, deposit)
};
/// Event 1.
struct Settled {
  std::uint64_t channel = 0;
  std::uint64_t bytes = 0;  ///< cumulative by now
  Amount paid = 0;          ///< now, to the server
  Amount burned = 0;
  CESS_RECORD(channel, bytes, paid, burned)
};
/// Event 2.
struct Closed {
  std::uint64_t channel = 0;
  Amount returned = 0;
  CESS_RECORD(channel, returned)
};

}  // namespace cess::flow
