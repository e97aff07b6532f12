# SPDX-License-Identifier: Apache-2.0
# what: signatures leave before the voter record is durable
# file: lib/chain/consensus/core.cpp
# args:
s/^    block_to_keep = nullptr;/    release(record.sequence);\n&/
