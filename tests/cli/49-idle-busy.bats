#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A miner whose proof of a batch takes long: rounds of epochs come meanwhile, and have minutes.
load helper
load network

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  net_up --validators 1 --miners 1 --taggers 0 --capacity 256MiB --fillers 512KiB --block-ms 200 --host "$(own_host)" \
    --param system.blocks_per_epoch=40 --param idle.batch_blocks=100000 --param audits.exit_failures=1000000
}
teardown_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  # Whoever still waits for a pipe would keep the network up.
  kill9 prover-00
  net_down
}
setup() {
  cd "$BATS_FILE_TMPDIR" || return 1
  export CESS_NODE=net/node-0 XDG_STATE_HOME="$PWD/state"
  miner="$(cess-chain key address net/miner-00/account.key)"
}

rear_is() { [ "$(cess-chain show miner "$miner" -j | jq -r .space.rear)" = "$1" ]; }
# passed_after EPOCH: the miner's fillers have been shown in a later one.
passed_after() {
  [ -n "$(cess-chain export events --filter 'idle.concluded' | jq -c --argjson e "$1" 'select(
    .data.kind == "epoch" and .data.outcome == "accepted" and (.data.number | tonumber) > $e)')" ]
}
proving() { grep -q "making the proof of the batch of 1 fillers from 8" net/log/prover-00.log; }

@test "a batch's proof that does not end holds no epoch's round up, and is made once it can be" {
  eventually rear_is 8
  # The layers of the next filler are there, as pipes: who opens one waits.
  scratch="net/miner-00/idle-scratch/$(cess-chain key address -j net/miner-00/account.key | jq -r '.account[:16]')"
  mkdir -p "$scratch"
  for layer in 1 2 3 4 5 6 7; do mkfifo "$scratch/0000000000008.layer$layer"; done
  run_quiet -0 cess-store -s net/miner-00/store idle generate --count 1
  eventually proving
  eventually passed_after "$(cess-chain status -j | jq .epoch)"
  rear_is 8
  # A pipe is no layer: they are made again.
  exec 8<>"$scratch/0000000000008.layer1"
  rm "$scratch"/0000000000008.layer?
  exec 8>&-
  eventually rear_is 9
}
