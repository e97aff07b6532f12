# SPDX-License-Identifier: Apache-2.0
# what: a record restored from a backup is taken for the last one
# file: lib/chain/consensus/voter_record.cpp
# args: --validators 4
s/if \(!any_place && r\.place != storage\.place\(\)\)/if (!any_place \&\& false)/
