# SPDX-License-Identifier: Apache-2.0
# what: one validator may stand twice in a justification
# file: lib/chain/consensus/core_propose.cpp
# args:
s/if \(i > 0 && change\.signer <= m\.round_changes\[i - 1\]\.signer\) return false;//
