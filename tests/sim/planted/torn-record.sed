# SPDX-License-Identifier: Apache-2.0
# what: a record whose checksum is wrong is taken, if it can be read
# file: lib/chain/consensus/voter_record.cpp
# args:
s/if \(Hash256::from\(bytes\.last\(Hash256::kSize\)\) != sha256\(body\)\)/if (body.empty())/
