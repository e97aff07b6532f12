#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Four real nodes, and a fifth process with the key of one of them that signs two votes at each height.
load helper

# start N: runs node N and returns when it listens.
start() {
  mkfifo "net/ready-$1"
  cess-chain run -d "net/node-$1" --ready-fd 9 9>"net/ready-$1" >"net/out-$1" 2>"net/log-$1" 3>&- &
  echo $! >"net/pid-$1"
  read -r <"net/ready-$1" || { cat "net/log-$1" >&2; return 1; }
}
heads() { cess-chain watch --heads --count "$1" >/dev/null; }
teardown() {
  for pid in net/pid-*; do
    kill -9 "$(cat "$pid")" 2>/dev/null || true
  done
}

@test "a validator's equivocating twin is convicted and slashed, and the network goes on" {
  cess-chain devnet --validators 4 -d net --host "$(own_host)" --block-ms 500 >/dev/null
  export CESS_NODE=net/node-0
  for i in 0 1 2 3; do start $i; done
  heads 2
  guilty="$(cess-chain status -j --node net/node-3 | jq -r .account)"
  bonded="$(cess-chain show ledger "$guilty" -j | jq -r .active)"
  [ -z "$(cess-chain list conviction)" ]
  "$CESS_BIN/../cli_twin" net/node-3 net/node-0 net/node-1 net/node-2 >net/out-twin 2>net/log-twin 3>&- &
  echo $! >net/pid-twin
  for ((tries = 240; tries > 0; tries--)); do
    cess-chain list conviction >convictions
    [ ! -s convictions ] || break
    heads 1
  done
  # Nobody but the validator whose key it was.
  [ "$(jq -r '.key[1]' convictions)" = "$guilty" ]
  at="$(jq -r .convicted_at convictions)"
  # The evidence stands in a block, and says what was signed.
  for ((h = at; h >= at - 2; h--)); do
    evidence="$(cess-chain show block "$h" -j | jq -r '.evidence[0] // empty')"
    [ -z "$evidence" ] || break
  done
  run_quiet cess-chain decode -j "$evidence"
  [ "$(jq -r '.evidence.first.kind, .evidence.second.kind' <<<"$output" | tr '\n' ' ')" = "prepare prepare " ]
  [ "$(jq -r '.evidence.first.digest == .evidence.second.digest' <<<"$output")" = false ]
  # It cost money, and the event says how much.
  heads 1
  [ "$(cess-chain list conviction | jq -r .slashed)" != 0 ]
  [ "$(cess-chain show ledger "$guilty" -j | jq -r .active)" != "$bonded" ]
  # All of this holds on every honest node, and blocks go on without the twin and with it.
  heads 3
  kill -9 "$(cat net/pid-twin)"
  heads 2
  for i in 0 1 2; do
    [ "$(cess-chain list conviction --node net/node-$i | jq -r '.key[1]')" = "$guilty" ]
  done
  for i in 0 1 2 3; do
    kill "$(cat net/pid-$i)"
    wait "$(cat net/pid-$i)"
  done
}
