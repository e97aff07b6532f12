#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Files in and out of a real network, and what the network says of itself.
load helper

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  cess-chain devnet --validators 1 -d net --host "$(own_host)" --block-ms 200 >/dev/null
  mkfifo ready
  cess-chain run -d net/node-0 --ready-fd 9 9>ready >out 2>log 3>&- &
  node=$!
  read -r <ready
  export CESS_NODE=net/node-0
}
teardown() {
  kill -9 "$node" 2>/dev/null && wait "$node" 2>/dev/null || true
}

@test "cess status shows the network, and what is not there is a plain no" {
  run_quiet cess status -j
  [ "$(jq -r '.schema, .committee, .deals_open, .repairs_open, .synced' <<<"$output" | tr '\n' ' ')" = \
    "cess.network_status/1 1 0 0 true " ]
  [ "$(jq -r .genesis <<<"$output")" = "$(jq -r .genesis out)" ]
  run_quiet cess status
  grep -qE '^chain +dev, height [0-9]+, era' <<<"$output"
  grep -qE '^miners +none$' <<<"$output"
  nobody="$(printf 'ab%.0s' {1..32})"
  refused 1 "the chain does not know '$nobody'" cess status "$nobody"
  refused 3 "FID" cess status xyz
  refused 5 "" cess status --node http://127.0.0.1:1
}

@test "an upload is refused before any work: no territory, too little room, nobody to read" {
  export HOME="$PWD" XDG_STATE_HOME="$PWD/state"
  random_file in 300000
  up() { cess upload -k net/faucet.key --territory home --tags none --profile 2+2 --fragment-size 64KiB "$@"; }
  refused 1 "the account has no territory 'home'" up --public in
  grep -q 'hint: --lease leases it, or: cess-chain tx call territory.mint name=home gib=1 days=30' <<<"$stderr"
  [ ! -e state/cess/upload/*/bundle ]
  refused 2 "who is to read this" up in
  refused 4 "" up --public nowhere
  refused 2 "'Germany' is no country" up --public --region Germany in
  echo '{"type":"Point","coordinates":[8,50]}' >point.json
  refused 3 "cannot use 'point.json' as a region: no GeoJSON polygon" up --public --region-file point.json in
  # With miners there is nothing to lease from: the market has no space.
  refused 1 "space|idle|capacity|more" up --public --lease in
  refused 1 "the chain does not know" cess download "$(printf 'ab%.0s' {1..32})" -o got
  [ ! -e got ]
  echo old >got
  refused 2 "'got' exists already" cess download "$(printf 'ab%.0s' {1..32})" -o got
}
