#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A miner's server beside a real validator: what it says of itself, whom it refuses, how it ends.
load helper

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  host="$(own_host)"
  cess-chain devnet --validators 1 -d net --host "$host" --block-ms 200 >/dev/null
  mkfifo ready
  cess-chain run -d net/node-0 --ready-fd 9 9>ready >out 2>log 3>&- &
  node=$!
  read -r <ready
  mkdir miner
  cess-chain key new -o miner/sign.key
  cess-store -s miner/store init --capacity 64MiB >/dev/null
  cat >miner/config.json <<EOF
{"schema": "cess.miner/1", "node": ["../net/node-0"], "listen": "$host:0", "sign_key": "sign.key", "store": "store"}
EOF
}
teardown() {
  kill -9 "$node" 2>/dev/null && wait "$node" 2>/dev/null || true
  [ -z "${miner:-}" ] || { kill -9 "$miner" 2>/dev/null && wait "$miner" 2>/dev/null; } || true
}
serve() {
  rm -f up
  mkfifo up
  cess-store serve -d miner --ready-fd 9 9>up >miner.out 2>miner.err 3>&- &
  miner=$!
  read -r <up
  at="$(jq -r .listen miner.out)"
}
# ask LINE [FIELD]...: one request; prints the whole answer.
ask() {
  { printf '%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n' "$1"
    [ $# = 1 ] || printf '%s\r\n' "${@:2}"
    printf '\r\n'
  } | openssl s_client -quiet -connect "$at" 2>/dev/null | tr -d '\r'
}

@test "a miner serves, says why it waits, refuses strangers, and ends cleanly" {
  serve
  grep -q '^ok$' <<<"$(ask 'GET /health')"
  status="$(ask 'GET /v1/status' | tail -1)"
  [ "$(jq -r .waits <<<"$status")" = "not registered on the chain" ]
  [ "$(jq -r .genesis <<<"$status")" = "$(jq -r .genesis out)" ]
  [ "$(jq -r .key <<<"$status")" = "$(jq -r .key miner.out)" ]
  # The same without the daemon's help.
  run_quiet cess-store status -d miner -j
  [ "$(jq -r '.schema, .waits' <<<"$output" | xargs)" = "cess.miner_status/1 not registered on the chain" ]
  run_quiet cess-store status -d miner
  grep -qx 'waits       not registered on the chain' <<<"$output"
  grep -q '^cess_miner_fragments_stored_total 0$' <<<"$(ask 'GET /metrics')"
  file="/v1/files/$(printf 'ab%.0s' {1..32})"
  grep -q '^HTTP/1.1 404' <<<"$(ask "GET $file/fragments/0/0")"
  grep -q '^HTTP/1.1 404' <<<"$(ask "GET $file/manifest")"
  grep -q '^HTTP/1.1 405' <<<"$(ask "DELETE $file/manifest")"
  grep -q 'request refused: not signed' <<<"$(ask "PUT $file/manifest" 'Content-Length: 0')"
  # Larger than any piece: refused by its head alone.
  grep -q '^HTTP/1.1 413' <<<"$(ask "PUT $file/fragments/0/0" 'Content-Length: 100000000')"
  # One writer to a store.
  refused 6 'store' cess-store serve -d miner
  kill "$miner"
  wait "$miner"
  miner=
  [ ! -s miner.err ]
}

@test "a killed miner comes back; without its node it says so" {
  serve
  kill -9 "$miner"
  wait "$miner" || true
  serve
  kill -9 "$node"
  wait "$node" || true
  grep -q '^HTTP/1.1 503' <<<"$(ask 'GET /health')"
  [ "$(ask 'GET /v1/status' | tail -1 | jq -r .waits)" != "" ]
  kill "$miner"
  wait "$miner"
  miner=
  refused 5 '' cess-store serve -d miner
}

@test "a folder without config, or with another's, is refused" {
  refused 4 'nowhere/config.json' cess-store serve -d nowhere
  sed -i 's#cess.miner/1#cess.node/1#' miner/config.json
  refused 3 'cess.node/1' cess-store serve -d miner
}
