# SPDX-License-Identifier: Apache-2.0
# what: whoever proposes first is the proposer
# file: lib/chain/consensus/core_propose.cpp
# args:
s/if \(v\.kind != Kind::proposal \|\| m\.vote\.signer != committee->proposer\(height, v\.round\)\)/if (v.kind != Kind::proposal || m.vote.signer >= committee->size())/
s/^  ask_validation\(signed_proposal\.vote\.digest, fresh\);/  ask_validation(signed_proposal.vote.digest, false);/
