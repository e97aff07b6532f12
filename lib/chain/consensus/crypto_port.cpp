// SPDX-License-Identifier: Apache-2.0
#include "chain/consensus/crypto_port.hpp"

namespace cess::consensus {

bool verify_vote(Verifier& verifier, const Hash256& chain, const Committee& committee,
                 const SignedVote& vote) {
  if (vote.vote.era != committee.era() || vote.signer >= committee.size()) return false;
  return verifier.verify(committee.keys()[vote.signer], signed_bytes(chain, vote.vote),
                         vote.signature);
}

bool verify_certificate(Verifier& verifier, const Hash256& chain, const Committee& committee,
                        const Certificate& certificate) {
  const Certificate& c = certificate;
  if (c.kind != Kind::prepare && c.kind != Kind::commit) return false;
  if (c.era != committee.era() || c.signers.size != committee.size()) return false;
  if (c.signers.size < 64 && (c.signers.bits >> c.signers.size) != 0) return false;
  if (c.signers.count() < committee.quorum() || c.round > kRoundMax) return false;
  std::vector<PublicKey> keys;
  for (ValidatorIndex i = 0; i < committee.size(); ++i) {
    if (c.signers.has(i)) keys.push_back(committee.keys()[i]);
  }
  return verifier.verify_aggregate(keys, signed_bytes(chain, c.vote()), c.aggregate);
}

}  // namespace cess::consensus
