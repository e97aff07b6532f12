# SPDX-License-Identifier: Apache-2.0
# what: bad shares are found and kept
# file: lib/chain/consensus/vote_set.cpp
# args:
s/^    shares_\[signers\[0\]\]\.reset\(\);//
