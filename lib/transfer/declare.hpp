// SPDX-License-Identifier: Apache-2.0
// What an upload says to the chain before a byte moves: is there room, who tags, what is stored.
// Each step first asks the chain whether it is done, so that a killed upload goes on.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "chain/client/rpc.hpp"
#include "chain/state/files/calls.hpp"
#include "chain/types/account_key.hpp"
#include "codec/manifest.hpp"
#include "podr2/keys.hpp"

namespace cess::transfer {

/// Code::no, with a hint that names the command: no such territory, not active, or less than
/// `stored_bytes` free.
Status check_territory(client::Rpc& rpc, const AccountId& owner, const std::string& territory,
                       std::uint64_t stored_bytes);

/// Leases `gib` for `days` under that name if the account has no such territory.
Status lease_territory(client::Rpc& rpc, const AccountKey& key, const std::string& territory,
                       std::uint32_t gib, std::uint32_t days);

/// Registers a class C tagger of the account's own, unless the chain knows it. Code::no: it was
/// given up or revoked.
Status register_tagger(client::Rpc& rpc, const AccountKey& key, const TaggerSecret& secret,
                       const TaggerHead& head);

struct Declaration {
  std::string territory;
  files::Visibility visibility = files::Visibility::restricted;
  files::RegionRule rule;
  std::optional<Hash256> certificate;  ///< of rights, the owner's
};
/// Whether the account has an unfinished declaration of the file: its space is locked already.
Result<bool> is_drafted(client::Rpc& rpc, const AccountId& owner, const Fid& fid);
/// Declares a file, in as many transactions as its roots need, unless the chain has it. `digest`:
/// SHA-256 of the manifest's text. `note` hears of each transaction. A failed or cancelled file may
/// be declared again.
Status declare(client::Rpc& rpc, const AccountKey& key, const Manifest& manifest,
               const Hash256& digest, const Declaration& declaration,
               const std::function<void(const std::string&)>& note);

}  // namespace cess::transfer
