# SPDX-License-Identifier: Apache-2.0
# what: the time window also holds for blocks proposed again
# file: lib/chain/sim/counter_app.cpp
# args:
s/^  if \(fresh\) \{/  {/
s/^    if \(h\.proposer != account_of\(proposer\)\)/    if (fresh \&\& h.proposer != account_of(proposer))/
