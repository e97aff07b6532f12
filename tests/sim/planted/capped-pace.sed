# SPDX-License-Identifier: Apache-2.0
# what: capped timers let a node run ahead of a quorum for ever
# file: lib/chain/consensus/detail/core_impl.hpp
# args: --validators 4
s/kAloneFactor = 4;/kAloneFactor = 1;/
s/kAloneDoublings = 4;/kAloneDoublings = 0;/
