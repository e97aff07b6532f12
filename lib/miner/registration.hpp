// SPDX-License-Identifier: Apache-2.0
// What a miner's configuration asks of the chain: to register, or to bring its record up to date
// after a move to another address.
#pragma once

#include <optional>
#include <string>

#include "chain/client/rpc.hpp"
#include "chain/state/miners/calls.hpp"
#include "crypto/ed25519.hpp"

namespace cess::miner {

/// What a miner's folder says.
struct Offer {
  std::string endpoint;  ///< "https://host:port"
  std::string region;
  std::optional<miners::IpAddress> ip;  ///< none: that of the endpoint's host
  Ed25519Public sign_key{};
  std::uint64_t declared = 0;  ///< for a registration only
};

/// The address of an endpoint's host, which may be a name. Code::input: no endpoint; Code::peer: no
/// such name.
Result<miners::IpAddress> address_of(const std::string& endpoint);

/// Code::input: no endpoint or region. Stakes exactly what is required.
Result<miners::Register> make_registration(const Offer& offer, const miners::Params& params,
                                           Amount debt);
/// nullopt: the chain says all of it already.
Result<std::optional<miners::Update>> make_update(const Offer& offer, const miners::Miner& record);

}  // namespace cess::miner
