# SPDX-License-Identifier: Apache-2.0
# what: a round change forgets what was prepared
# file: lib/chain/consensus/core_rounds.cpp
# args:
s/^  if \(prepared\) \{/  if (prepared \&\& prepared->height == 0) {/
