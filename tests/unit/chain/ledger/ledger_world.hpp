// SPDX-License-Identifier: Apache-2.0
// A chain of the dev preset, without network and clock.
#pragma once

#include "chain/consensus/bls_crypto.hpp"
#include "chain/consensus/messages.hpp"
#include "chain/ledger/ledger.hpp"
#include "chain/node/devnet.hpp"
#include "chain/state/accounts/accounts.hpp"
#include "chain/state/system/system.hpp"
#include "chain/types/account_key.hpp"
#include "crypto/ed25519.hpp"

namespace cess::ledger {

struct LedgerWorld {
  Runtime runtime;
  std::unique_ptr<consensus::Verifier> verifier = consensus::make_bls_verifier();
  std::unique_ptr<Random> random = fake_random(7);
  std::vector<node::NodeKeys> keys;
  std::vector<AccountKey> owners;
  Json spec;

  explicit LedgerWorld(std::size_t n) {
    std::vector<node::GenesisValidator> validators;
    std::vector<AccountId> rich;
    for (std::size_t i = 0; i < n; ++i) {
      keys.push_back(node::make_keys(*random, true));
      owners.push_back(*make_account_key(SignatureKind::ed25519, random->key()));
      validators.push_back({owners.back().id, *node::public_keys(keys.back())});
    }
    spec = runtime.default_spec("dev");
    node::add_genesis(spec, validators, {}, 0);
  }
  std::unique_ptr<Ledger> make() { return std::move(*Ledger::genesis(runtime, *verifier, spec)); }

  /// The member of the committee whose account this is.
  const node::NodeKeys& keys_of(const AccountId& account) {
    for (std::size_t i = 0; i < owners.size(); ++i) {
      if (owners[i].id == account) return keys[i];
    }
    std::abort();
  }
  /// What stands in the next header for a certificate: the ledger looks at the signers only.
  static std::optional<consensus::Certificate> certificate(const Ledger& l) {
    if (l.height() == 0) return std::nullopt;
    consensus::Certificate c;
    c.era = l.parent_voters()->era();
    c.height = l.height();
    c.digest = digest_of(l.position().hash);
    c.signers.size = static_cast<std::uint16_t>(l.parent_voters()->size());
    for (std::uint16_t i = 0; i < c.signers.size; ++i) c.signers.add(i);
    return c;
  }
  consensus::SignedVote sign(const Ledger& l, consensus::ValidatorIndex i,
                             const consensus::Vote& vote) {
    const auto& member = l.committee().members[i];
    const auto signer = std::move(*consensus::make_bls_signer(*keys_of(member.account).bls));
    return {vote, i, signer->sign(signed_bytes(l.position().genesis, vote))};
  }
  /// A real certificate of a header that comes next, by as many as are needed.
  consensus::Certificate certify(const Ledger& l, const Header& header,
                                 consensus::Kind kind = consensus::Kind::commit) {
    consensus::Certificate c;
    c.kind = kind;
    c.era = l.next_era();
    c.height = header.height;
    c.digest = digest_of(header_hash(header));
    c.signers.size = static_cast<std::uint16_t>(l.voters()->size());
    std::vector<consensus::Signature> shares;
    for (consensus::ValidatorIndex i = 0; i < l.voters()->quorum(); ++i) {
      c.signers.add(i);
      shares.push_back(sign(l, i, c.vote()).signature);
    }
    c.aggregate = *verifier->aggregate(shares);
    return c;
  }
  BuildInput input(const Ledger& l) {
    BuildInput in;
    in.wall_ms = l.position().time_ms + 1000;
    const auto turn = l.voters()->proposer(l.height() + 1, 0);
    in.proposer = l.committee().members[turn].account;
    in.vrf_seed = &*keys_of(in.proposer).vrf_seed;
    in.parent_certificate = certificate(l);
    return in;
  }
  std::shared_ptr<const Bytes> transfer(const Ledger& l, std::size_t from, std::uint64_t nonce,
                                        Amount amount) {
    TxnBody body;
    body.genesis = l.position().genesis;
    body.sender = owners[from].id;
    body.nonce = nonce;
    body.valid_until = l.height() + 50;
    const auto call = runtime.find_call("accounts.transfer");
    body.module = call->first;
    body.call = call->second->index;
    body.args = encode_scale(accounts::Transfer{owners[(from + 1) % owners.size()].id, amount});
    return std::make_shared<const Bytes>(encode_scale(sign_txn(body, owners[from])));
  }
};

inline ValidateInput fresh(const Ledger& l) {
  ValidateInput in;
  in.fresh = true;
  in.proposer = l.voters()->proposer(l.height() + 1, 0);
  in.wall_ms = l.position().time_ms + 1000;
  return in;
}

}  // namespace cess::ledger
