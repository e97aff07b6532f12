# SPDX-License-Identifier: Apache-2.0
# what: a node that synced back to the height of its record forgets what it prepared there
# file: lib/chain/consensus/core_height.cpp
# args: --validators 4
/^void Core::Impl::on\(const event::Advanced/,/^}/{
/^  resume_from_record\(\);/d
}
