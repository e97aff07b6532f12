#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A network of four real nodes on loopback: payments become final, proofs hold without a node, nodes are killed.
load helper

# start N: runs node N and returns when it listens.
start() {
  local fifo="net/ready-$1"
  rm -f "$fifo"
  mkfifo "$fifo"
  cess-chain run -d "net/node-$1" --ready-fd 9 9>"$fifo" >"net/out-$1" 2>>"net/log-$1" 3>&- &
  echo $! >"net/pid-$1"
  read -r <"$fifo" || { cat "net/log-$1" >&2; return 1; }
}
stop() { kill "$(cat "net/pid-$1")" && wait "$(cat "net/pid-$1")"; }
kill9() {
  kill -9 "$(cat "net/pid-$1")"
  wait "$(cat "net/pid-$1")" 2>/dev/null || true
}
height() { cess-chain show head -j --node "net/node-$1" | jq -r .height; }
# heads N COUNT: returns after COUNT more blocks at node N.
heads() { cess-chain watch --heads --count "$2" --node "net/node-$1" >/dev/null; }
pay() { cess-chain tx transfer -k net/faucet.key --to "$bob" --amount "$1" --wait finalized "${@:2}"; }
balance() { cess-chain show account "$bob" -j --node "net/node-$1" | jq -r .free; }

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  cess-chain devnet --validators 4 -d net --host "$(own_host)" --block-ms 200 >/dev/null
  cess-chain key new -o bob.key >bob
  bob="$(cat bob)"
  export CESS_NODE=net/node-0
  for i in 0 1 2 3; do start $i; done
  heads 0 2
}
teardown() {
  for i in 0 1 2 3 4; do
    [ ! -f "net/pid-$i" ] || kill -9 "$(cat "net/pid-$i")" 2>/dev/null || true
  done
}

@test "a payment is final, its proof holds without a node, and no altered proof does" {
  checkpoint="$(cess-chain show head -j | jq -r .hash)"
  heads 0 1
  pay 5 --checkpoint "$checkpoint" >paid.json
  run_quiet cess-chain verify -j --checkpoint "$checkpoint" paid.json
  [ "$(jq -r '.proves, .txn.call, .receipt.ok' <<<"$output" | tr '\n' ' ')" = "finality accounts.transfer true " ]
  txn="$(jq -r .hash <<<"$output")"
  run_quiet cess-chain show "$txn" -j
  [ "$(jq -r .receipt.ok <<<"$output")" = true ]
  cess-chain show "$txn" --prove --checkpoint "$checkpoint" >pasted.json
  run_quiet cess-chain verify -j --checkpoint "$checkpoint" pasted.json
  [ "$(jq -r .hash <<<"$output")" = "$txn" ]
  run -1 --separate-stderr cess-chain show "$(printf 'e%.0s' {1..64})"
  [[ "$stderr" == *"nothing on the chain is called 'eeee"* ]]
  # Whatever a header prints can be pasted into show.
  cess-chain show head -j >head.json
  for field in hash header.parent header.state_root header.receipts_root header.mmr_root header.committee; do
    run_quiet cess-chain show "$(jq -r ".$field" head.json)" -j
  done
  run_quiet cess-chain show "$(cess-chain status -j | jq -r .genesis)" -j
  [ "$(jq -r .what <<<"$output")" = genesis ]
  run_quiet cess-chain show era "$(cess-chain status -j | jq -r .era)" -j
  for i in 0 1 2 3; do
    until [ "$(balance $i 2>/dev/null)" = 5000000000000000000 ]; do heads $i 1; done
  done
  # One digit of each field in turn.
  jq -r 'paths(type == "string") | select(.[0] != "schema") | @json' paid.json >fields
  [ "$(wc -l <fields)" -gt 10 ]
  while read -r path; do
    jq -c --argjson p "$path" 'getpath($p) as $old | ($old | length / 2 | floor) as $at
      | (if $old[$at:$at + 1] == "0" then "1" else "0" end) as $new
      | setpath($p; $old[:$at] + $new + $old[$at + 1:])' paid.json >bad.json
    cmp -s paid.json bad.json && continue
    run --separate-stderr cess-chain verify --checkpoint "$checkpoint" bad.json
    case "$path" in
      # Not looked at where the path holds them, or the next block proves them.
      *committee_bytes* | '["certificate_bytes"]') ;;
      *) [ "$status" = 1 ] || [ "$status" = 3 ] || { echo "accepted with another $path" && return 1; } ;;
    esac
  done <fields
}

@test "the proof of an account's balance, and of an account that is not there" {
  checkpoint="$(cess-chain show head -j | jq -r .hash)"
  heads 0 1
  pay 3 >/dev/null
  run_quiet cess-chain show account "$bob" --prove --checkpoint "$checkpoint"
  echo "$output" >proof.json
  run_quiet cess-chain verify -j --checkpoint "$checkpoint" proof.json
  [ "$(jq -r .value.free <<<"$output")" = 3000000000000000000 ]
  nobody="$(cess-chain key new | cess-chain key address)"
  run_quiet cess-chain show account "$nobody" --prove --checkpoint "$checkpoint"
  run_quiet cess-chain verify -j --checkpoint "$checkpoint" <<<"$output"
  [ "$(jq -r .value <<<"$output")" = null ]
  run -1 --separate-stderr cess-chain show account "$nobody"
  [[ "$stderr" == *"$nobody"* ]]
}

@test "one node killed under load comes back, nothing final is lost, TERM ends a node with 0" {
  for amount in 1 2; do pay $amount >/dev/null; done
  kill9 3
  for amount in 3 4; do pay $amount >/dev/null; done
  start 3
  for amount in 5 6; do pay $amount >/dev/null; done
  until [ "$(balance 3 2>/dev/null)" = 21000000000000000000 ]; do heads 3 1; done
  [ "$(cess-chain show block 5 -j --node net/node-3 | jq -r .hash)" = \
    "$(cess-chain show block 5 -j --node net/node-0 | jq -r .hash)" ]
  stop 3
}

@test "all four killed at once go on where they were" {
  pay 7 >/dev/null
  last="$(height 0)"
  for i in 0 1 2 3; do kill9 $i; done
  for i in 0 1 2 3; do start $i; done
  pay 1 >/dev/null
  [ "$(height 0)" -gt "$last" ]
  [ "$(balance 0)" = 8000000000000000000 ]
}

@test "two of four dead: nothing is final, nothing is lost, one back is enough" {
  kill9 2
  kill9 3
  give() { cess-chain tx transfer -k net/faucet.key --to "$bob" "$@"; }
  txn="$(give --amount 8)"
  run --separate-stderr timeout 3 cess-chain watch --heads --count 3
  [ "$status" = 124 ]
  # What waits is replaced by one that pays a tenth more; nothing is sent to learn the fee.
  waiting() { cess-chain show mempool "$(cess-chain key address net/faucet.key)" -j | jq -c '[.waiting[].hash]'; }
  [ "$(waiting)" = "[\"$txn\"]" ]
  fee="$(give --amount 8 --estimate -j | jq -r .fee)"
  [ "$(give --amount 8 --estimate --tip 0.5 -j | jq -r .fee)" = "$(bc <<<"$fee + 5 * 10^17")" ]
  [ "$(cess-chain show mempool -j | jq .count)" = 1 ]
  nonce="$(cess-chain show mempool "$(cess-chain key address net/faucet.key)" -j | jq -r '.waiting[0].nonce')"
  run -6 --separate-stderr give --amount 7 --nonce "$nonce"
  [ "$(waiting)" = "[\"$txn\"]" ]
  other="$(give --amount 9 --nonce "$nonce" --tip 0.5)"
  [ "$(waiting)" = "[\"$other\"]" ]
  start 3
  until cess-chain show txn "$other" >/dev/null 2>&1; do heads 0 1; done
  [ "$(balance 0)" = 9000000000000000000 ]
  run -1 --separate-stderr cess-chain show txn "$txn"
}

@test "a node that joins with a checkpoint begins with a snapshot proven from it" {
  pay 4 >/dev/null
  genesis="$(cess-chain status -j | jq -r .genesis)"
  peer="$(jq -r .listen net/node-0/config.json)"
  join() {
    cess-chain join -d net/node-4 --from net/node-0 --genesis "$genesis" --peer "$peer" --listen "$(own_host):0" \
      --rpc "$(own_host):0" --sync-from "$1"
  }
  for checkpoint in 3 3:xyz x:"$genesis"; do
    run --separate-stderr join "$checkpoint"
    [ "$status" != 0 ]
    [[ "$stderr" == *--sync-from* ]]
  done
  [ ! -e net/node-4 ]
  join "3:$(cess-chain show block 3 -j | jq -r .hash)"
  # States are kept of each 64th block.
  until [ "$(height 0)" -gt 66 ]; do heads 0 5; done
  start 4
  until cess-chain status --node net/node-4 >/dev/null; do sleep 1; done
  [ "$(cess-chain status -j --node net/node-4 | jq .oldest_block)" -gt 60 ]
  [ "$(balance 4)" = 4000000000000000000 ]
  stop 4
}

@test "a second process in a folder is refused, and so is a stranger's chain" {
  run -6 --separate-stderr cess-chain run -d net/node-0
  [[ "$stderr" == *"net/node-0"* ]]
  body="$(cess-chain tx build accounts.transfer to="$bob" amount=1 --sender "$(cess-chain key address net/faucet.key)" \
    --nonce 0 --valid-until 100 --genesis "$(printf '11%.0s' {1..32})")"
  run -3 --separate-stderr cess-chain tx submit <<<"$(cess-chain tx sign -k net/faucet.key <<<"$body")"
  [[ "$stderr" == *"another chain"* ]]
}
