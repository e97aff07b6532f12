#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The examples of the chain, run as a user would.
load helper

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  export PATH="$CESS_ROOT/examples:$PATH"
}
teardown() {
  local pid
  [ ! -f pid ] || while read -r pid; do kill -9 "$pid" 2>/dev/null || true; done <pid
}
# line WORDS: the first example of the man page with these words.
line() { sed -n 's/^\.Dl //p' "$CESS_ROOT/man/cess-chain.1" | grep -F -m1 -- "$1"; }

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
  for path in "$CESS_ROOT"/examples/systemd/*.service; do
    unit="$(basename "$path")"
    sed "s|/usr/bin/|$CESS_BIN/|" "$path" >"units/$unit"
    run systemd-analyze verify "$PWD/units/$unit"
    [[ "$output" != *"$unit:"* ]]
    # Exposure, from 0 (none) to 100; a unit without sandbox has about 96.
    systemd-analyze security --offline=true --threshold=20 "$PWD/units/$unit" >/dev/null
  done
  [ "$(find units -name 'cess-*@.service' | wc -l)" = 5 ]
}

@test "the man page's network, payment, proof, events, audit and cold key, line by line" {
  cd "$BATS_TEST_TMPDIR"
  eval "$(line 'cess-chain devnet') --host $(own_host) --block-ms 500" >/dev/null
  eval "$(line 'cess-chain run -d')" 3>&-
  jobs -p >pid
  for i in 0 1 2 3; do
    until cess-chain watch --heads --count 1 --node net/node-$i >/dev/null 2>&1; do :; done
  done
  eval "$(line 'export CESS_NODE')"
  eval "$(line 'key new -o bob.key')" >/dev/null
  eval "$(line 'H=$(cess-chain show head')"
  eval "$(line 'tx transfer -k')"
  # A new key has nothing: the hint names what helps, then it does.
  run -3 --separate-stderr bash -c "$(line 'key new |')"
  [[ "$stderr" == *CESS_FAUCET=* ]]
  eval "$(line 'CESS_FAUCET')"
  eval "$(line 'key new |')" >piped.json
  [ "$(jq -r .schema piped.json)" = cess.finality_proof/1 ]
  unset CESS_FAUCET
  eval "$(line 'verify paid.json')" >verified
  grep -q finality verified
  # Of a bounded number of events here; somebody pays until the one is seen.
  eval "$(line 'cess-chain watch' | sed 's/ | / --count 1 | /')" >event 3>&- &
  watcher=$!
  bob="$(cess-chain key address bob.key)"
  while kill -0 $watcher 2>/dev/null; do
    cess-chain tx transfer -k net/faucet.key --to "$bob" --amount 1 --wait included >/dev/null
  done
  [ "$(jq -r .event event)" = transferred ]
  ms="$(cess-chain show block "$(jq .height event)" -j | jq .header.time_ms)"
  day="$(date -u -d "@$((ms / 1000))" +%F)"
  eval "$(line 'audit --what types' | sed "s/--day [0-9-]*/--day $day/")"
  grep -q ",accounts.transfer," types.csv
  cess-chain key new -o cold.key >cold
  cess-chain tx transfer -k net/faucet.key --to "$(cat cold)" --amount 50 --wait finalized >/dev/null
  eval "$(line 'tx build' | sed "s/cX\.\.\./$(cat cold)/; s/ab\.\.\./$(cess-chain status -j | jq -r .genesis)/")"
  eval "$(line 'tx sign')"
  eval "$(line 'tx submit txn.json')" >hash
  until cess-chain show txn "$(cat hash)" -j >shown 2>/dev/null; do cess-chain watch --heads --count 1 >/dev/null; done
  [ "$(jq -r .receipt.ok shown)" = true ]
  eval "$(line 'cess-chain simulate' | sed 's/--hours 24/--hours 1/; s/--miners 300/--miners 5/')" >simulated
  while read -r pid; do kill "$pid"; done <pid
}
