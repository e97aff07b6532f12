#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A miner whose writes fail in the middle of an upload, at a place that looking at the disk's room does not foresee:
# where a fragment is received, and in its index. What it has acknowledged is still there, and the upload goes on.
load helper
load network

setup() {
  inject="$(dirname "$CESS_BIN")/inject.so"
  [ -e "$inject" ] || skip "this build has no fault injection"
  cd "$BATS_TEST_TMPDIR" || return 1
  # Nobody is put out, however slow this machine may be.
  net_up --host "$(own_host)" --validators 1 --miners 4 --taggers 0 --capacity 1GiB --block-ms 500 \
    --param audits.exit_failures=1000
  export CESS_NETWORK=net CESS_NODE=net/node-0 XDG_STATE_HOME="$PWD/state"
  random_file one 600000 3
  random_file two 600000 4
  store one >fid1 2>err || { cat err >&2; return 1; }
  s6-svc -wD -T 120000 -d net/services/miner-00
}
teardown() {
  [ -z "${upload:-}" ] || kill "$upload" 2>/dev/null || true
  [ -z "${failing:-}" ] || kill -9 "$failing" 2>/dev/null || true
  net_down
}

# All four miners hold some of each file, any two are enough to read it.
store() { cess upload -v --profile 2+2 --fragment-size 64KiB --mask none --public "$1"; }
# serve_failing FOLDER N: miner-00 by hand, whose writes to files in its store's FOLDER fail from the N-th on.
serve_failing() {
  rm -f ready
  mkfifo ready
  LD_PRELOAD="$inject" CESS_INJECT_UNDER="$PWD/net/miner-00/store/$1" CESS_INJECT="write:$2:ENOSPC+" \
    CESS_INJECT_COUNTS="$PWD/counts" cess-store serve -d net/miner-00 --ready-fd 9 9>ready >out 2>serve.err 3>&- &
  failing=$!
  read -r <ready
}
upload_until_told() { # WHAT
  store two >fid2 2>up2.err &
  upload=$!
  until grep -q "$1" up2.err; do
    kill -0 "$upload" || { cat up2.err >&2; return 1; }
    next_block
  done
}
# The supervisor has it again, and its disk has room.
heals() {
  s6-svc -wU -T 300000 -u net/services/miner-00
  wait "$upload" || { cat up2.err >&2; return 1; }
  upload=
  cess-store -s net/miner-00/store scrub
  # Now two others are silent, so that what it holds is needed.
  s6-svc -wD -T 120000 -d net/services/miner-01
  s6-svc -wD -T 120000 -d net/services/miner-02
  cess download "$(cat fid1)" 2>/dev/null | cmp - one
  cess download "$(cat fid2)" 2>/dev/null | cmp - two
}

@test "where a fragment is received: it is refused with the reason, and the miner serves on" {
  serve_failing tmp 1
  upload_until_told "answers 5[0-9][0-9]: .*No space left on device"
  kill -0 "$failing"
  cess download "$(cat fid1)" 2>/dev/null | cmp - one
  kill -9 "$failing"
  wait "$failing" || true
  failing=
  heals
}

@test "in the index: it says so and ends, for only what is on the disk counts; started again it goes on" {
  # How many writes a start is, told by one that is let end.
  serve_failing index 1000000
  kill "$failing"
  wait "$failing"
  start="$(awk '$1 == "write" { print $2 }' counts)"
  [ "$start" -gt 0 ]

  serve_failing index $((start + 2))
  upload_until_told "answers 500: cannot write index '.*No space left on device"
  timeout 300 tail --pid="$failing" -f /dev/null
  status=0
  wait "$failing" || status=$?
  failing=
  [ "$status" = 4 ]
  grep -q 'must be opened again after a failed write' serve.err
  heals
}
