#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cess up: a network of real processes, supervised; whatever is killed comes back, and a stop leaves nothing behind.
load helper

# up [OPTION]...: starts the network, returns when everybody is ready.
up() {
  rm -f ready
  mkfifo ready
  cess up -d net --ready-fd 9 "$@" 9>ready >>up.out 2>>up.err 3>&- &
  echo $! >up.pid
  read -r <ready || { cat up.out up.err net/log/*.log >&2; return 1; }
}
# down: ends it, which must be a success without a word on stderr.
down() {
  kill "$(cat up.pid)"
  wait "$(cat up.pid)"
  rm up.pid
  [ ! -s up.err ]
}
pid_of() { s6-svstat -o pid "net/services/$1"; }
all_pids() { for s in net/services/*/; do pid_of "$(basename "$s")"; done; }
none_left() {
  local pid
  for pid in "$@"; do
    [ "$pid" -gt 1 ] && ! kill -0 "$pid" 2>/dev/null || { echo "left: $pid of $*" >&2; return 1; }
  done
}
# back NAME PID: waits until the service is ready as another process. (One question: between two it may die.)
back() {
  local ready pid
  read -r ready pid < <(s6-svstat -o ready,pid "net/services/$1")
  while [ "$ready" != true ] || [ "$pid" = "$2" ]; do
    s6-svwait -U -t 120000 "net/services/$1"
    read -r ready pid < <(s6-svstat -o ready,pid "net/services/$1")
  done
}
small=(--validators 4 --miners 2 --taggers 1 --capacity 1GiB --block-ms 200)

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  export CESS_NODE=net/node-0
}
teardown() {
  [ ! -f up.pid ] || { kill "$(cat up.pid)" && wait "$(cat up.pid)"; } 2>/dev/null || true
}

@test "a network comes up with all its members on the chain, heals, stops, and goes on where it was" {
  up "${small[@]}" --host "$(own_host)"
  [ "$(cess-chain list miners.miner | jq -r .state | sort | uniq -c | xargs)" = "2 positive" ]
  [ "$(cess-chain list taggers.tagger | jq -r .state)" = active ]
  home="$(cess-chain key address net/home/account.key)"
  [ "$(cess-chain list territory.territory | jq -r '.owner + " " + .name')" = "$home home" ]
  grep -q 'nothing is asked of this miner' net/log/prover-01.log
  # Any one process, killed.
  for s in net/services/*/; do
    name="$(basename "$s")"
    old="$(pid_of "$name")"
    kill -9 "$old"
    back "$name" "$old"
  done
  run cess up -d net
  [ "$status" = 6 ]
  cess-chain watch --heads --count 2 >/dev/null
  mapfile -t pids < <(all_pids)
  free="$(cess-chain show account "$home" -j | jq -r .free)"
  genesis="$(cess-chain show block 1 -j | jq -r .hash)"
  down
  none_left "${pids[@]}"
  grep -q 'stopping 4 processes: node-0 to node-3' up.out

  # Moved elsewhere, killed in the middle, and up again.
  mkdir other
  mv net other/net
  cd other
  up
  [ "$(cess-chain show block 1 -j | jq -r .hash)" = "$genesis" ]
  [ "$(cess-chain show account "$home" -j | jq -r .free)" = "$free" ]
  [ "$(cess-chain list miners.miner | wc -l)" = 2 ]
  mapfile -t pids < <(all_pids)
  kill -9 "$(cat up.pid)"
  wait "$(cat up.pid)" || true
  for pid in "${pids[@]}"; do
    tail --pid="$pid" -f /dev/null
  done
  up
  down
}

@test "only the folder, and what is no network is refused" {
  run_quiet cess up -d net --no-start "${small[@]}"
  [ "$(jq -r .schema <<<"$output")" = cess.up/1 ]
  [ "$(jq -r .miners net/network.json)" = 2 ]
  [ -x net/services/node-3/run ]
  mkdir empty
  refused 4 "empty/network.json" cess up -d empty
  refused 2 "256 MiB" cess up -d new --capacity 1MiB
  [ ! -e new ]
}
