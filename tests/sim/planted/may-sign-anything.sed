# SPDX-License-Identifier: Apache-2.0
# what: a vote is never compared with the one before
# file: lib/chain/consensus/voter_record.cpp
# args:
s/^bool may_sign\(const Vote& last, const Vote& next\) \{/&\n  if (last.height + next.height > 0) return true;/
