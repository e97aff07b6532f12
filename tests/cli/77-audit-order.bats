#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is asked of a miner with several fragments follows the chain's index, not the order on its disk: with a fragment
# that left the index after the snapshot it is asked about the old one, and afterwards about one in another order.
load helper

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  export CESS_NODE=net/node-0
  mkfifo ready
  cess up -d net --host "$(own_host)" --validators 1 --miners 2 --taggers 1 --capacity 1GiB --block-ms 250 \
    --param audits.exit_failures=1000 --ready-fd 9 9>ready >up.out 2>up.err 3>&- &
  echo $! >up.pid
  read -r <ready || { cat up.out up.err >&2; return 1; }
}
teardown() {
  [ ! -f up.pid ] || { kill "$(cat up.pid)" && wait "$(cat up.pid)"; } 2>/dev/null || true
}

next_block() { cess-chain watch --heads --count 1 >/dev/null; }
# passed MINER EPOCH: it has passed that round or a later one. A miner that is put out never will.
passed() {
  [ "$(cess-chain show miner "$1" -j | jq -r '.["miners.miner"].state')" != offline ] || return 2
  [ "$(cess-chain list audits.result |
    jq -r --arg m "$1" --argjson e "$2" 'select(.key[1] == $m and .key[0] >= $e and .outcome == "passed") | 1' |
    wc -l)" -ge 1 ]
}
until_passed() {
  local code
  while true; do
    code=0
    passed "$@" || code=$?
    [ "$code" != 2 ] || { cat up.err >&2; return 1; }
    [ "$code" != 0 ] || return 0
    next_block
  done
}
snapshot() { cess-chain list audits.index_snapshot | jq -r .value; }

@test "fragments in another order than on disk, and one that is gone, are no reason to fail" {
  export XDG_STATE_HOME="$PWD/state" # where the user's own tagger key is made
  for n in 1 2 3; do
    random_file "data$n" 300000 "$n"
    fid[n]="$(cess upload "data$n" --public --profile 1+1 --territory home -k net/home/account.key 2>err)" ||
      { cat err >&2; return 1; }
  done
  mapfile -t miners < <(cess-chain list miners.miner | jq -r .key[0])
  [ "${#miners[@]}" = 2 ]
  at="$(snapshot)"
  for m in "${miners[@]}"; do
    [ "$(cess-chain show miner "$m" -j | jq -r '.["audits.index_totals"].fragments // 3')" = 3 ]
    until_passed "$m" "$((at + 1))"
  done
  # The first fragment of both goes while nobody answers: it is in the newest snapshot, and still asked for.
  for p in net/services/prover-*; do s6-svc -wd -d "$p"; done
  before="$(snapshot)"
  until [ "$(snapshot)" -gt "$before" ]; do next_block; done
  cess-chain tx call -k net/home/account.key files.delete owner="$(cess-chain key address net/home/account.key)" \
    fid="${fid[1]}" --wait included >/dev/null
  at="$(snapshot)"
  for p in net/services/prover-*; do s6-svc -wu -u "$p"; done
  for m in "${miners[@]}"; do until_passed "$m" "$at"; done
  # Then the last entry stands where the first was.
  for m in "${miners[@]}"; do until_passed "$m" "$((at + 1))"; done
}
