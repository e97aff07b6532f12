#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Three taggers and one validator as real processes: uploads, kills, agents, and what the chain must say before a share
# leaves.
load helper

# wait_ready FIFO LOG: returns when a line came.
wait_ready() { read -r <"$1" || { cat "$2" >&2; return 1; }; }

start_node() {
  rm -f node.ready
  mkfifo node.ready
  cess-chain run -d net/node-0 --ready-fd 9 9>node.ready >node.out 2>>node.log 3>&- &
  echo $! >node.pid
  wait_ready node.ready node.log
}
start() {
  rm -f "t$1/ready"
  mkfifo "t$1/ready"
  cess-serve tagger -d "t$1" -T 2 --ready-fd 9 9>"t$1/ready" >"t$1/out" 2>>"t$1/log" 3>&- &
  echo $! >"t$1/pid"
  wait_ready "t$1/ready" "t$1/log"
}
kill9() {
  kill -9 "$(cat "$1/pid")"
  wait "$(cat "$1/pid")" 2>/dev/null || true
}
stop() { kill "$(cat "$1/pid")" && wait "$(cat "$1/pid")"; }
get() { curl -sS --insecure "https://$host:4100$1$2"; }

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  host="$(own_host)"
  cess-chain devnet --validators 1 -d net --host "$host" --block-ms 200 >/dev/null
  export CESS_NODE=net/node-0
  start_node
  for t in 1 2 3; do
    cess-serve tagger-config -d "t$t" --node net/node-0 --listen "$host:4100$t" >"addr$t"
    # Paths of a configuration are its folder's.
    jq -c --arg node "$PWD/net/node-0" '.node = [$node] | .work = "staging"' "t$t/config.json" >c
    cp c "t$t/config.json"
    cess-chain tx transfer -k net/faucet.key --to "$(cat "addr$t")" --amount 100 --wait included >/dev/null
    cess-serve register-tagger -d "t$t" >"id$t"
    start $t
  done
  cess-chain key new -o alice.key >alice
  cess-chain tx transfer -k net/faucet.key --to "$(cat alice)" --amount 100 --wait included >/dev/null
  random_file plain 700000
  cess-encode --public --mask none --profile 2+2 --fragment-size 64KiB plain -o plain.bundle
}
teardown() {
  for pid in node.pid t1/pid t2/pid t3/pid; do
    [ ! -f "$pid" ] || kill -9 "$(cat "$pid")" 2>/dev/null || true
  done
}

@test "an upload is masked for all registered agents, again gives the same, and outlives kill -9" {
  run_quiet cess-serve upload -k alice.key --node net/node-0 --tagger "$(cat id2)" plain.bundle
  echo "$output" >manifest.json
  [ "$(jq -r .mask manifest.json)" = tee ]
  [ "$(jq -r '.custody.shares[].agent' manifest.json | sort)" = "$(sort id1 id2 id3)" ]
  kill9 t2
  # The staged bundle is whole: header, fragments, tags, manifest.
  cp -r t2/staging/jobs/*/bundle staged
  run_quiet cess-tag check staged
  for t in 1 3; do
    cess-tag share -k "t$t/tagger.key" -o "s$t" manifest.json
  done
  cess-tag combine -m staged/manifest.json -o key s1 s3
  cess-encode decode --mask-key key staged | cmp - plain
  start 2
  run_quiet cess-serve upload -k alice.key --node net/node-0 --tagger "$(cat id2)" plain.bundle
  cmp manifest.json - <<<"$output"
  fid="$(jq -r .fid manifest.json)"
  get 2 "/tagger/v1/manifests/$fid" | cmp - staged/manifest.json
  get 2 "/tagger/v1/tags/$fid/00000000-000-000" | cmp - staged/tags/00000000-000-000.tag
  get 2 /metrics >metrics
  grep -qx 'cess_tagger_jobs_sealed 1' metrics
  [ "$(get 2 /health | jq -r .tagger)" = "$(cat id2)" ]
  stop t2
}

@test "a tagger killed in the middle of an upload goes on with what it had" {
  # The bundle's second half waits in a pipe until the tagger has been killed and is back.
  mkfifo slow
  half=$(($(stat -c %s plain.bundle) / 2))
  cess-serve upload -k alice.key --node net/node-0 --tagger "$(cat id1)" slow >first 2>err 3>&- &
  uploader=$!
  exec 8>slow
  head -c "$half" plain.bundle >&8
  # Until half of it is durable: 64 KiB fragments, some of which wait in the pipe.
  for ((i = 0; i < 6000; ++i)); do
    [ "$(find t1/staging/jobs -path '*/roots/*' 2>/dev/null | wc -l)" -lt 3 ] || break
    sleep 0.05
  done
  kill -9 $uploader
  wait $uploader || true
  exec 8>&-
  kill9 t1
  had="$(find t1/staging/jobs -path '*/roots/*' | wc -l)"
  start 1
  run --separate-stderr -0 cess-serve upload -v -k alice.key --node net/node-0 --tagger "$(cat id1)" plain.bundle
  sent="$(grep -o 'sent [0-9]*' <<<"$stderr" | cut -d' ' -f2)"
  all="$(tar tf plain.bundle | grep -c '\.frag$')"
  [ "$((sent + had))" = "$all" ]
  cess-tag check t1/staging/jobs/*/bundle
}

@test "no share leaves for a file the chain does not know, a stranger's key, or an unsigned request" {
  cess-serve upload -k alice.key --node net/node-0 --tagger "$(cat id1)" plain.bundle >manifest.json
  refused 1 "does not know file" cess-serve mask-key -k alice.key --node net/node-0 -o key manifest.json
  [ ! -e key ]
  # An account without anything may not fill the tagger's disk.
  cess-chain key new -o nobody.key >/dev/null
  refused 3 "has nothing on the chain" cess-serve upload -k nobody.key --node net/node-0 \
    --tagger "$(cat id1)" plain.bundle
  [ "$(curl -sS --insecure -o answer -w '%{http_code}' -X POST --data-binary @manifest.json \
    "https://$host:41001/tagger/v1/jobs")" = 400 ]
  [ "$(jq -r .schema answer)" = cess.error/1 ]
  ! grep -q "released a share" t1/log
}
