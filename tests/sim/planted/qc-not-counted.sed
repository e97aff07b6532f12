# SPDX-License-Identifier: Apache-2.0
# what: nobody counts a certificate's signers
# file: lib/chain/consensus/crypto_port.cpp
# args:
s/c\.signers\.count\(\) < committee\.quorum\(\)/c.signers.count() < 1/
