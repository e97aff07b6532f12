// SPDX-License-Identifier: Apache-2.0
#include "transfer/declare.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "chain/client/send.hpp"
#include "chain/client/state.hpp"
#include "chain/state/files/calls.hpp"
#include "chain/state/taggers/calls.hpp"
#include "chain/state/territory/calls.hpp"
#include "crypto/ed25519.hpp"
#include "transfer/staged.hpp"

namespace cess::transfer {
namespace {

constexpr std::size_t kRootBytesMax = kTxnSizeMax - (16U << 10U);  // of one transaction

// Roots of segments [first, …), as many whole segments as fit one transaction.
std::vector<Hash256> some_roots(const Manifest& m, std::uint32_t first) {
  const std::size_t columns = m.profile().columns();
  const std::size_t count = std::max<std::size_t>(1, kRootBytesMax / (columns * Hash256::kSize));
  std::vector<Hash256> out;
  for (std::size_t s = first; s < std::min(m.segments.size(), first + count); ++s) {
    out.insert(out.end(), m.segments[s].roots.begin(), m.segments[s].roots.end());
  }
  return out;
}

std::string mint_hint(const std::string& name, std::uint64_t bytes) {
  const std::uint64_t gib = bytes / territory::kGib + 1;
  return "--lease leases it, or: cess-chain tx call territory.mint name=" + name +
         " gib=" + std::to_string(gib) + " days=30 -k ACCOUNT.key";
}

// A file of this name that is on its way, stored, or gone.
Result<bool> is_declared(client::Rpc& rpc, const AccountId& owner, const Fid& fid) {
  CESS_TRY_ASSIGN(const auto file, client::get(rpc, files::kFiles, fid));
  if (!file || file->state == files::FileState::failed ||
      file->state == files::FileState::deleting || file->state == files::FileState::lost) {
    return false;
  }
  CESS_TRY_ASSIGN(const auto ours, client::get(rpc, files::kOwners, fid, owner));
  if (ours) return true;
  return fail(Code::no, "'" + to_hex(fid) + "' is stored by somebody else already", to_hex(fid));
}

}  // namespace

Status check_territory(client::Rpc& rpc, const AccountId& owner, const std::string& territory,
                       std::uint64_t stored_bytes) {
  CESS_TRY_ASSIGN(const auto id, client::get(rpc, territory::kNames, owner, territory));
  if (!id) {
    return fail(Code::no, "the account has no territory '" + territory + "'", territory,
                mint_hint(territory, stored_bytes));
  }
  CESS_TRY_ASSIGN(const auto t, client::require(rpc, territory::kTerritories, *id));
  if (t.state != territory::TerritoryState::active) {
    return fail(Code::no,
                "territory '" + territory + "' is " +
                    territory::kTerritoryStateNames[static_cast<std::size_t>(t.state)],
                territory,
                "cess-chain tx call territory.reactivate name=" + territory + " days=30");
  }
  if (t.free() < stored_bytes) {
    return fail(Code::no,
                "territory '" + territory + "' has " + std::to_string(t.free()) +
                    " bytes free, the file takes " + std::to_string(stored_bytes),
                territory,
                "cess-chain tx call territory.expand name=" + territory +
                    " gib=" + std::to_string((stored_bytes - t.free()) / territory::kGib + 1));
  }
  return {};
}

Status lease_territory(client::Rpc& rpc, const AccountKey& key, const std::string& territory,
                       std::uint32_t gib, std::uint32_t days) {
  CESS_TRY_ASSIGN(const auto id, client::get(rpc, territory::kNames, key.id, territory));
  if (id) return {};
  CESS_TRY(client::send(rpc, key, "territory.mint", territory::Mint{territory, gib, days, {}}));
  return {};
}

Status register_tagger(client::Rpc& rpc, const AccountKey& key, const TaggerSecret& secret,
                       const TaggerHead& head) {
  CESS_TRY_ASSIGN(const auto known, client::get(rpc, taggers::kTaggers, head.id));
  if (known) {
    if (known->state == taggers::TaggerState::active) return {};
    return fail(Code::no, "tagger " + to_hex(head.id) + " is not active any more", to_hex(head.id),
                "make another with cess-tag keygen");
  }
  CESS_TRY_ASSIGN(const auto info, client::synced_info(rpc));
  taggers::Register r;
  r.sign_key = head.sign_key;
  const auto v = head.v.compress();
  const auto w = head.w.compress();
  std::copy(v.begin(), v.end(), r.v.begin());
  std::copy(w.begin(), w.end(), r.w.begin());
  r.list_hash = head.list_hash;
  r.possession = ed25519_sign(secret.sign_seed(),
                              taggers::registration_message(info.genesis, key.id, head.id));
  CESS_TRY(client::send(rpc, key, "taggers.register", r));
  return {};
}

Result<bool> is_drafted(client::Rpc& rpc, const AccountId& owner, const Fid& fid) {
  CESS_TRY_ASSIGN(const auto draft, client::get(rpc, files::kDrafts, owner, fid));
  return draft.has_value();
}

Status declare(client::Rpc& rpc, const AccountKey& key, const Manifest& m, const Hash256& digest,
               const Declaration& declaration,
               const std::function<void(const std::string&)>& note) {
  const auto total = static_cast<std::uint32_t>(m.segments.size());
  if (total > files::kSegmentsMax) {
    return fail(Code::input,
                "the file has " + std::to_string(total) + " segments, at most " +
                    std::to_string(files::kSegmentsMax) + " can be declared",
                to_hex(m.fid), "take a larger --fragment-size, or store it in parts");
  }
  CESS_TRY_ASSIGN(const bool there, is_declared(rpc, key.id, m.fid));
  if (there) return {};
  CESS_TRY_ASSIGN(const auto draft, client::get(rpc, files::kDrafts, key.id, m.fid));
  std::uint32_t done = draft ? draft->received : 0;
  if (!draft) {
    files::Declare d;
    d.owner = key.id;
    d.fid = m.fid;
    d.file_id = m.file;
    d.manifest = digest;
    d.length = m.length;
    d.profile = chain_profile(m.profile());
    d.territory = declaration.territory;
    d.visibility = declaration.visibility;
    d.rule = declaration.rule;
    d.certificate = declaration.certificate;
    d.roots = some_roots(m, 0);
    done = static_cast<std::uint32_t>(d.roots.size() / m.profile().columns());
    if (const auto sent = client::send(rpc, key, "files.declare", d); !sent) {
      // A run of ours that was killed may have sent the same a moment ago.
      CESS_TRY_ASSIGN(const bool ours, is_declared(rpc, key.id, m.fid));
      if (ours) return {};
      CESS_TRY_ASSIGN(const auto begun, client::get(rpc, files::kDrafts, key.id, m.fid));
      if (!begun) return tl::unexpected<Error>(sent.error());
      done = begun->received;
    }
    if (note)
      note("declared, " + std::to_string(done) + " of " + std::to_string(total) + " segments");
  }
  while (done < total) {
    files::Extend e;
    e.owner = key.id;
    e.fid = m.fid;
    e.first_segment = done;
    e.roots = some_roots(m, done);
    done += static_cast<std::uint32_t>(e.roots.size() / m.profile().columns());
    CESS_TRY(client::send(rpc, key, "files.extend", e));
    if (note)
      note("declared, " + std::to_string(done) + " of " + std::to_string(total) + " segments");
  }
  return {};
}

}  // namespace cess::transfer
