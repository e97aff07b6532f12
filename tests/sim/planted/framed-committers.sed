# SPDX-License-Identifier: Apache-2.0
# what: a round change that reports what was committed convicts of amnesia
# file: lib/chain/consensus/evidence.cpp
# args: --validators 4
s/change\.round > commit\.round && change\.prepared <= commit\.round;/change.round > commit.round \&\& change.prepared <= commit.round + 1;/
