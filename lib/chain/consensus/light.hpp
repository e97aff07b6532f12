// SPDX-License-Identifier: Apache-2.0
// From a trusted checkpoint to a later header through one header per era: what state sync, wallets
// and bridges check. Pure; nothing here needs the blocks between.
#pragma once

#include <vector>

#include "chain/consensus/crypto_port.hpp"
#include "chain/consensus/header_view.hpp"

namespace cess::consensus {

/// What the operator trusts: a block that is not older than the unbonding period, after which those
/// who signed it can no longer be punished for signing another (long-range attack).
struct Checkpoint {
  Height height = 0;
  Digest digest;
};

/// A header with its COMMIT-QC.
struct CertifiedHeader {
  Bytes header;
  Certificate certificate;
};

/// The way from the checkpoint to the target.
struct HeaderChain {
  Bytes checkpoint_header;
  /// The committees that certify the headers below, ascending by era. Each is bound by a hash in a
  /// header already proven.
  std::vector<CommitteePtr> committees;
  /// One header of each era from the checkpoint's to the one before the target's; each names the
  /// next committee. The checkpoint's own header needs no repeating here if it names it.
  std::vector<CertifiedHeader> links;
  /// May be the checkpoint itself; then its certificate is not looked at.
  CertifiedHeader target;
};

struct LightRules {
  Hash256 chain;
  TimeMs unbonding_ms = 0;
  TimeMs now_ms = 0;             ///< wall clock, Unix time
  TimeMs clock_skew_ms = 60000;  ///< a header further in the future is refused
};

/// The header of the target, proven. Code::input names what is wrong; a checkpoint older than the
/// unbonding period is refused with a hint.
Result<HeaderView> verify_header_chain(Verifier& verifier, const BlockReader& reader,
                                       const LightRules& rules, const Checkpoint& checkpoint,
                                       const HeaderChain& chain);

/// The certificate is a COMMIT-QC of this header by this committee.
Status verify_certified_header(Verifier& verifier, const BlockReader& reader, const Hash256& chain,
                               const Committee& committee, const CertifiedHeader& header);

}  // namespace cess::consensus
