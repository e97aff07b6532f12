# SPDX-License-Identifier: Apache-2.0
# what: a proposal need not repeat the highest prepared block of its justification
# file: lib/chain/consensus/core_propose.cpp
# args:
s/if \(\(highest != 0\) != m\.prepared\.has_value\(\)\) return false;//
s/if \(change\.vote\.prepared == highest && highest != 0 && /if (m.prepared \&\& /
