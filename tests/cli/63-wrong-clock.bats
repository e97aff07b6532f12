#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A clock an hour off: a validator whose clock it is comes back, follows the chain and says what is wrong; a miner
# serves and says so, too.
load helper
load network

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  [ ! -e "$(dirname "$CESS_BIN")/shift_clock.so" ] ||
    net_up --host "$(own_host)" --validators 4 --miners 2 --taggers 1 --capacity 1GiB --block-ms 250 \
      --param audits.exit_failures=1000
}
teardown_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  net_down
}
setup() {
  cd "$BATS_FILE_TMPDIR" || return 1
  shift_clock="$(dirname "$CESS_BIN")/shift_clock.so"
  [ -e "$shift_clock" ] || skip "this build has no shifted clock"
  export CESS_NETWORK=net CESS_NODE=net/node-0 XDG_STATE_HOME="$PWD/state"
}
# shifted SERVICE SECONDS: starts it again with its clock so many seconds off; 0: with the right one.
shifted() {
  local run="net/services/$1/run"
  [ -e "$1.run" ] || cp "$run" "$1.run"
  s6-svc -wd -d "net/services/$1"
  sed "s#^exec cess#exec env LD_PRELOAD=$shift_clock CESS_CLOCK_SHIFT=$2 cess#" "$1.run" >"$run"
  [ "$2" = 0 ] || grep -q CESS_CLOCK_SHIFT "$run"
  s6-svc -u "net/services/$1"
}
height() { cess-chain show head -j --node "net/$1" 2>/dev/null | jq .height; }
reaches() { [ "$(height "$1")" -ge "$2" ] 2>/dev/null; }

@test "a validator an hour ahead or behind follows the others, who go on without its word, and says so" {
  for seconds in 3600 -3600; do
    : >net/log/node-3.log
    shifted node-3 "$seconds"
    goal=$(($(height node-0) + 20))
    eventually reaches node-0 "$goal"
    eventually reaches node-3 "$goal"
    hash() { cess-chain show block "$goal" -j --node "net/$1" | jq -r .hash; }
    [ "$(hash node-0)" = "$(hash node-3)" ]
    said() { grep -q "time outside the window: it is [0-9]* ms $1 this machine's clock" net/log/node-3.log; }
    if [ "$seconds" -gt 0 ]; then eventually said behind; else eventually said 'ahead of'; fi
  done
  shifted node-3 0
}

@test "a miner an hour off takes and gives files all the same, and says what is wrong" {
  shifted miner-00 -3600
  s6-svwait -U -t 300000 net/services/miner-00
  random_file data 300000
  fid="$(cess upload data --public --profile 1+1 --mask none 2>err)" || { cat err >&2; return 1; }
  s6-svc -wd -d net/services/miner-01
  cess download "$fid" 2>/dev/null | cmp - data
  s6-svc -u net/services/miner-01
  run_quiet env LD_PRELOAD="$shift_clock" CESS_CLOCK_SHIFT=-3600 cess-store status -d net/miner-00
  grep -qE "^clock +this machine's clock is 3[56][0-9]{2} s behind the chain's newest block$" <<<"$output"
  run_quiet cess-store status -d net/miner-00
  ! grep -q '^clock' <<<"$output"
}
