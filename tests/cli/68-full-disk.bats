#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A miner whose disk runs full while it takes an upload: it answers so, status says so, what it has acknowledged is
# still there, and when room comes back it goes on without anybody's help. The whole store is on that disk.
load helper
load network

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  mkdir probe
  mount -t tmpfs -o size=1m none probe 2>/dev/null || skip "no right to mount a small file system"
  umount probe
  # Nobody is put out, however slow this machine may be.
  net_up --host "$(own_host)" --validators 1 --miners 4 --taggers 0 --capacity 1GiB --block-ms 500 \
    --param audits.exit_failures=1000
  export CESS_NETWORK=net CESS_NODE=net/node-0 XDG_STATE_HOME="$PWD/state"
}
teardown() {
  [ -z "${upload:-}" ] || kill "$upload" 2>/dev/null || true
  net_down
  umount -l net/miner-00/store 2>/dev/null || true
}

# All four miners hold some of each file, any two are enough to read it.
store() { cess upload -v --profile 2+2 --fragment-size 1MiB --public "$1"; }
says() { cess-store status -d net/miner-00 | grep "^waits.*$1"; }
# down SERVICE...: they end and stay so.
down() { local s; for s in "$@"; do s6-svc -wD -T 120000 -d "net/services/$s"; done; }
up() { local s; for s in "$@"; do s6-svc -u "net/services/$s"; done; all_ready; }

@test "a disk that runs full is told, nothing acknowledged is lost, and room heals it" {
  random_file one 3000000 1
  random_file two 60000000 2
  store one >fid1 2>err || { cat err >&2; return 1; }

  # Its whole store moves to a disk with little room.
  down prover-00 miner-00
  mv net/miner-00/store whole
  mkdir net/miner-00/store
  mount -t tmpfs -o "size=$(($(du -sk whole | cut -f1) + 20 * 1024))k" none net/miner-00/store
  cp -a whole/. net/miner-00/store
  rm -r whole
  up miner-00 prover-00
  run -1 says 'is full'

  store two >fid2 2>up2.err &
  upload=$!
  told() { grep -q 'answers 507: the disk is full: [0-9]* bytes of it are free' up2.err; }
  until told; do
    kill -0 "$upload" || { cat up2.err >&2; return 1; }
    next_block
  done
  says 'the disk is full: [0-9]* bytes of it are free, and the store may still take [0-9]'
  cess download "$(cat fid1)" 2>/dev/null | cmp - one

  mount -o remount,size=1g net/miner-00/store
  wait "$upload" || { cat up2.err >&2; return 1; }
  upload=
  run -1 says 'is full'
  cess-store -s net/miner-00/store scrub
  # Now two others are silent, so that what it holds is needed.
  down miner-01 miner-02
  cess download "$(cat fid1)" 2>/dev/null | cmp - one
  cess download "$(cat fid2)" 2>/dev/null | cmp - two
}
