#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The examples of the chain, run as a user would.
load helper

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  export PATH="$CESS_ROOT/examples:$PATH"
}
teardown() { [ ! -f pid ] || kill -9 "$(cat pid)" 2>/dev/null || true; }

@test "pay-and-prove starts a network, pays, and proves it without a node" {
  run --separate-stderr pay-and-prove net "$(own_host)"
  [ "$status" = 0 ]
  [[ "$output" == *"accounts.transfer"* ]]
  [ "$(jq -r .schema net/paid.json)" = cess.finality_proof/1 ]
  # It leaves no process behind.
  ! pgrep -f "$BATS_TEST_TMPDIR/net" >/dev/null
}

@test "the s6 service starts a node, says when it listens, and ends on TERM with 0" {
  cess-chain devnet --validators 1 -d net --host "$(own_host)" >/dev/null
  cp -r "$CESS_ROOT/examples/s6/cess-chain" service
  [ "$(cat service/notification-fd)" = 3 ]
  mkfifo ready
  NODE="$PWD/net/node-0" service/run 3>ready >log 2>&1 &
  echo $! >pid
  read -r <ready
  cess-chain watch --heads --count 2 --node net/node-0 >/dev/null
  kill "$(cat pid)"
  wait "$(cat pid)"
  run service/finish 2
  [ "$status" = 125 ]
  run service/finish 4
  [ "$status" = 0 ]
}

@test "the systemd units are some" {
  command -v systemd-analyze >/dev/null || skip "no systemd here"
  mkdir -p units
  for unit in cess-chain@.service cess-miner@.service cess-prover@.service cess-tagger@.service; do
    sed "s|/usr/bin/|$CESS_BIN/|" "$CESS_ROOT/examples/systemd/$unit" >"units/$unit"
    run systemd-analyze verify "$PWD/units/$unit"
    [[ "$output" != *"$unit:"* ]]
  done
}
