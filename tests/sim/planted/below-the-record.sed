# SPDX-License-Identifier: Apache-2.0
# what: after a restart the record is read and not kept to
# file: lib/chain/consensus/core.cpp
# args: --validators 4
s/^    record = \*voter\.record;/&\n    record.last = Vote();\n    record.prepared.reset();/
