#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A miner's life: it joins a running network with a node, keys and a store of its own, freezes and recovers, moves to
# another address with its folder, and leaves with its stake. At each turn it says why it waits.
load helper
load network

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  own_host >host
  net_up --host "$(cat host)" --validators 1 --miners 3 --taggers 1 --capacity 1GiB --block-ms 500 \
    --param audits.exit_failures=1000 --param miners.exit_lock_ms=2000 --param miners.cooling_per_tib_ms=2000
  export CESS_NETWORK=net XDG_STATE_HOME="$PWD/state"
  random_file data 300000
  cess upload data --public --profile 1+1 --mask none >fid 2>err || { cat err >&2; return 1; }
}
teardown_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  while read -r pid; do kill "$pid" 2>/dev/null && tail --pid="$pid" -f /dev/null; done <pids || true
  net_down
}
setup() {
  cd "$BATS_FILE_TMPDIR" || return 1
  export CESS_NETWORK=net CESS_NODE=net/node-0 XDG_STATE_HOME="$PWD/state"
  host="$(cat host)"
}

# start COMMAND...: in the background; returns when it is ready.
start() {
  rm -f started
  mkfifo started
  "$@" --ready-fd 9 9>started >>started.out 2>>started.err 3>&- &
  echo $! >>pids
  read -r <started || { tail started.err >&2; return 1; }
}
record() { cess-chain show miner "$1" -j | jq -r --arg f "$2" '.["miners.miner"][$f]'; }
waits() { cess-store status -d "$1" -j | jq -r .waits; }
says() { [[ "$(waits "$1")" =~ $2 ]]; }
passed() { cess-chain list audits.history | jq -r --arg m "$1" 'select(.key[0] == $m) | .passed'; }
failures() { cess-chain list audits.history | jq -r --arg m "$1" 'select(.key[0] == $m) | .failures'; }
passed_more() { [ "$(passed "$1")" -gt "$2" ] 2>/dev/null; }
failed_so_often() { [ "$(failures "$1")" -ge "$2" ] 2>/dev/null; }
# stop MINER [SERVER]: its prover and its server end, or its server alone.
stop_miner() {
  local s
  for s in "$1" ${2-"prover-${1##*-}"}; do
    s6-svc -d "net/services/$s"
    s6-svwait -d -t 120000 "net/services/$s"
  done
}
start_miner() {
  s6-svc -u "net/services/$1"
  s6-svc -u "net/services/prover-${1##*-}"
  all_ready_of "$1" "prover-${1##*-}"
}
all_ready_of() { local s; for s; do s6-svwait -U -t 120000 "net/services/$s"; done; }
# holder COLUMN: who has to keep that fragment of the first file.
holder() {
  local frag
  frag="$(cess-chain list files.fragments | jq -r --argjson c "$1" --arg f "$(cat fid)" \
    'select(.key[0] == $f and .key[1] == $c) | .fragments[0].frag')"
  cess-chain list audits.index_holder | jq -r --arg f "$frag" 'select(.key[0] == $f) | .miner'
}
back_equal() { rm -f back && cess download "$(cat fid)" -o back 2>/dev/null && cmp data back; }

@test "a node and a miner join with the network's genesis, an address, and keys of their own" {
  genesis="$(cess-chain status -j | jq -r .genesis)"
  node_key="$(jq -r .node_key net/node-0/data/listening.json)"
  peer="$(jq -r .listen net/node-0/config.json)"
  refused 1 'another chain' cess-chain join -d far-node --from net/node-0 --peer "$peer" \
    --genesis "$(printf '00%.0s' {1..32})"
  [ ! -e far-node ]
  run_quiet cess-chain join -d far-node --from net/node-0 --genesis "$genesis" --peer "$peer@$node_key" \
    --listen "$host:29001" --rpc "$host:29002"
  [ "$(jq -r .genesis <<<"$output")" = "$genesis" ]
  start cess-chain run -d far-node
  in_sync() { [ "$(cess-chain status -j --node far-node | jq .synced)" = true ]; }
  eventually in_sync

  refused 2 "missing option '--node'" cess-store config -d far-miner --listen "$host:29003" --region NO \
    --capacity 256MiB
  run_quiet cess-store config -d far-miner --node far-node --listen "$host:29003" --prover-listen "$host:29004" \
    --region NO --capacity 256MiB
  far="$output"
  says far-miner 'not registered on the chain'
  # Without money it is told what it lacks, and nothing has happened.
  run --separate-stderr cess-store register -d far-miner
  [ "$status" = 3 ]
  [[ "$stderr" == *'error: '* ]]
  cess-chain tx transfer -k net/home/account.key --to "$far" --amount 2100 --wait included >/dev/null
  run_quiet cess-store register -d far-miner
  [ "$output" = "registered https://$host:29003" ]
  run_quiet cess-store register -d far-miner
  [ "$output" = "unchanged https://$host:29003" ]
  [ "$(record "$far" region) $(record "$far" state) $(record "$far" ip)" = \
    "NO positive $(printf '00%.0s' {1..10})ffff$(printf '%02x' ${host//./ })" ]
  says far-miner 'not drawn for any file yet'
  start cess-store serve -d far-miner
  start cess-prove watch -d far-miner
}

@test "a miner whose node is behind says where it is; in sync, it waits for something else" {
  node_key="$(jq -r .node_key net/node-0/data/listening.json)"
  # Between both is a way that lets names and heights through, and no blocks.
  python3 "$BATS_TEST_DIRNAME/slow_peer.py" "$host" "$(jq -r .listen net/node-0/config.json)" 4000 open \
    >slow_address 3>&- &
  echo $! >>pids
  until [ -s slow_address ]; do sleep 0.1; done
  run_quiet cess-chain join -d late-node --from net/node-0 --genesis "$(cess-chain status -j | jq -r .genesis)" \
    --peer "$(cat slow_address)@$node_key" --listen "$host:29021" --rpc "$host:29022"
  start cess-chain run -d late-node
  cp -r far-miner late-miner
  jq --arg n "$PWD/late-node" '.node = [$n]' far-miner/config.json >late-miner/config.json
  is_behind() {
    [[ "$(waits late-miner)" =~ ^the\ node\ is\ syncing\ at\ ([0-9]+)\ of\ ([0-9]+)$ ]] &&
      [ "${BASH_REMATCH[1]}" -lt "${BASH_REMATCH[2]}" ]
  }
  eventually is_behind
  [ "${BASH_REMATCH[2]}" -le "$(cess-chain show head -j | jq .height)" ]
  touch open
  eventually says late-miner '^not drawn for any file yet$'
}

@test "a miner moves to another country: who asks for that one waits for it, and then it is drawn" {
  far="$(cess-chain key address far-miner/account.key)"
  random_file nordic 100000 3
  # By its own hand, so that nobody but the client can say why it waits; without -v.
  cess upload --public --profile 1+0 --mask none --region SE nordic >nordic.fid 2>nordic.err 3>&- &
  upload=$!
  is_declared() { [ "$(cess-chain list files.file | jq -s '[.[] | select(.rule.regions == ["SE"])] | length')" = 1 ]; }
  eventually is_declared
  next_block
  next_block
  [ ! -s nordic.fid ]
  eventually grep '^cess: waiting: not enough miners with room fit the rule$' nordic.err

  jq '.region = "Sweden"' far-miner/config.json >changed
  mv changed far-miner/config.json
  run --separate-stderr cess-store register -d far-miner
  [ "$status" != 0 ]
  [ "$(record "$far" region)" = NO ]
  jq '.region = "SE"' far-miner/config.json >changed
  mv changed far-miner/config.json
  run_quiet cess-store register -d far-miner
  [ "$output" = "updated https://$host:29003" ]
  [ "$(record "$far" region)" = SE ]
  wait "$upload" || { cat nordic.err >&2; return 1; }
  [ "$(cess-chain list files.slot "$(cat nordic.fid)" | jq -r .miner)" = "$far" ]
  cess download "$(cat nordic.fid)" 2>/dev/null | cmp - nordic
}

@test "a miner that was down freezes, says what it lacks, and is back with a top-up" {
  m="$(holder 0)"
  name="$(name_of "$m")"
  folder="net/$name"
  eventually passed_more "$m" 0
  stop_miner "$name"
  eventually failed_so_often "$m" 2
  [ "$(record "$m" state)" = frozen ]
  [ "$(cess status -j | jq -c .miners.frozen)" = 1 ]
  start_miner "$name"
  had="$(passed "$m")"
  # It answers again while it is frozen, so that no more is added to what it lacks.
  eventually passed_more "$m" "$had"
  [[ "$(waits "$folder")" =~ ^frozen\ for\ lack\ of\ ([0-9]+)\ CESS\ of\ stake ]]
  lack="${BASH_REMATCH[1]}"
  cess-chain tx transfer -k net/home/account.key --to "$m" --amount 1000 --wait included >/dev/null
  cess-chain tx call -k "$folder/account.key" miners.top_up amount="$((lack - 1))CESS" --wait included >/dev/null
  says "$folder" '^frozen for lack of 1 CESS'
  cess-chain tx call -k "$folder/account.key" miners.top_up amount=1CESS --wait included >/dev/null
  [ "$(record "$m" state)" = positive ]
  [ "$(waits "$folder")" = '' ]
}

@test "a miner moves: its folder at another address, the same account, the same fragments" {
  m="$(holder 1)"
  other="$(name_of "$(holder 0)")"
  name="$(name_of "$m")"
  stop_miner "$name"
  mkdir elsewhere
  cp -r "net/$name" elsewhere/moved
  mv "net/$name" gone
  jq --arg l "$host:29013" --arg p "$host:29014" --arg n "$PWD/net/node-0" \
    '.listen = $l | .endpoint = "https://" + $l | .prover_listen = $p | .node = [$n]' gone/config.json \
    >elsewhere/moved/config.json
  run_quiet cess-store register -d elsewhere/moved
  [ "$output" = "updated https://$host:29013" ]
  [ "$(record "$m" endpoint)" = "https://$host:29013" ]
  start cess-store serve -d elsewhere/moved
  start cess-prove watch -d elsewhere/moved
  had="$(passed "$m")"
  eventually passed_more "$m" "$had" || { tail started.err net/log/node-0.log >&2; return 1; }
  # Read from there alone.
  stop_miner "$other" ""
  back_equal
  start_miner "$other"
}

@test "a miner leaves: its fragments are handed on, its stake comes back, the file is whole" {
  m="$(holder 0)"
  name="$(name_of "$m")"
  folder="net/$name"
  by_another() { local now; now="$(holder 0)" && [ -n "$now" ] && [ "$now" != "$m" ]; }
  run -1 cess-chain tx call -k "$folder/account.key" miners.withdraw --wait included
  [[ "$output" == *'announce the exit first'* ]]
  cess-chain tx call -k "$folder/account.key" miners.exit --wait included >/dev/null
  says "$folder" '^(leaving: its exit begins at block|has left: )'
  eventually by_another
  eventually says "$folder" '^has left: its stake may be withdrawn from block [0-9]+ on'
  stake="$(record "$m" stake)"
  free() { cess-chain show account "$m" -j | jq -r .free; }
  had="$(free)"
  until_height="$(record "$m" until)"
  is_time() { [ "$(cess-chain show head -j | jq .height)" -ge "$until_height" ]; }
  eventually is_time
  cess-chain tx call -k "$folder/account.key" miners.withdraw --wait included >/dev/null
  says "$folder" '^has withdrawn'
  # All but the fee, which is far less than a token.
  [ "$(bc <<<"$(free) - $had > $stake - 10^18")" = 1 ]
  [ "$(record "$m" stake)" = 0 ]
  stop_miner "$name"
  back_equal
}
