# SPDX-License-Identifier: Apache-2.0
# what: a block is voted for whatever state root it names
# file: lib/chain/sim/counter_app.cpp
# args:
s/if \(h\.state_root != s_\.root \|\| /if (/
