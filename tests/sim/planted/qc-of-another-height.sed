# SPDX-License-Identifier: Apache-2.0
# what: a stale certificate, of an earlier height, is taken for one of this height
# file: lib/chain/consensus/crypto_port.cpp
# args:
s/^  return verifier\.verify_aggregate\(keys, signed_bytes\(chain, c\.vote\(\)\), c\.aggregate\);/  for (Height h = c.height > 9 ? c.height - 9 : 0; h <= c.height; ++h) {\n    Vote v = c.vote();\n    v.height = h;\n    if (verifier.verify_aggregate(keys, signed_bytes(chain, v), c.aggregate)) return true;\n  }\n  return false;/
