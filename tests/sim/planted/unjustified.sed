# SPDX-License-Identifier: Apache-2.0
# what: the justification of a later round is not checked
# file: lib/chain/consensus/core_propose.cpp
# args:
s/^  if \(v\.round == 0\) return m\.round_changes\.empty\(\) && !m\.prepared;/&\n  fresh = !m.prepared;\n  if (v.height > 0) return true;/
