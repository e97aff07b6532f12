# SPDX-License-Identifier: Apache-2.0
# what: 2f+1 = 7 of 11 make a quorum
# file: lib/chain/consensus/types.hpp
# args: --validators 11
s/return \(2 \* n - 1\) \/ 3 \+ 1;/return 2 * ((n - 1) \/ 3) + 1;/
