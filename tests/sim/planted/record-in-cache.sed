# SPDX-License-Identifier: Apache-2.0
# what: after a kill the record is gone on from though it was never synced
# file: lib/chain/consensus/voter_record.cpp
# args: --validators 7
/^Result<VoterRecord> load_voter_record/,/^}/s/^  CESS_TRY\(storage\.sync\(slot_of\(record\.sequence\)\)\);//
