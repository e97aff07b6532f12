#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Downloads that are paid for: vouchers to the miners, settled on the chain, counted as flow; kills lose nothing; who
# does not pay is served as the miner pleases.
load helper
load network

# configure FILTER: of both miners, who start anew with it.
configure() {
  local m
  for m in miner-00 miner-01; do
    jq "$1" "net/$m/config.json" >config.new && mv config.new "net/$m/config.json"
  done
  kill9 miner-00 miner-01
  all_ready
}
setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  net_up --validators 1 --miners 2 --taggers 0 --capacity 1GiB --block-ms 250 --host "$(own_host)"
  export CESS_NODE=net/node-0 XDG_STATE_HOME="$PWD/state"
  random_file data 15000000
  cess upload --public --profile 1+1 --territory home -k net/home/account.key data >fid
  for name in alice bob; do
    cess-chain key new -o "$name.key"
    cess-chain tx transfer -k net/faucet.key --to "$(cess-chain key address "$name.key")" --amount 50 \
      --wait included >/dev/null
  done
  # A MiB is worth its fee.
  configure '.price_per_mib = "0.01"'
}
teardown_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  net_down
}
setup() {
  cd "$BATS_FILE_TMPDIR" || return 1
  export CESS_NODE=net/node-0 XDG_STATE_HOME="$PWD/state"
}

# Paid bytes of all channels, as the chain has settled them.
settled() { cess-chain list flow.channel | jq -s 'map(.bytes) | add // 0'; }
settled_past() { [ "$(settled)" -gt "$1" ]; }
# known_as_paid MINER: rewards know of bytes that it was paid for.
known_as_paid() {
  cess-chain show miner "$1" -j |
    jq -e '.service | ((.paid_bytes | tonumber) + (.last.paid_bytes // "0" | tonumber)) > 0' >/dev/null
}

@test "a paid download opens a channel; the miner settles; rewards count the bytes" {
  cess download "$(cat fid)" --pay alice.key -o back 2>err
  cmp data back
  run -1 grep 'is not paid' err
  # Either miner may have sent either segment; what is left of less than a MiB waits.
  eventually settled_past 9000000
  server="$(cess-chain list flow.channel | jq -r 'select(.bytes > 0) | .server' | head -n 1)"
  eventually known_as_paid "$server"
  channel="$(cess-chain list flow.channel | jq -r 'select(.bytes > 0) | .key[0]' | head -n 1)"
  cess-chain show channel "$channel" -j >channel.json
  [ "$(jq '.bytes > 0' channel.json)" = true ]
}

@test "a miner killed between voucher and settlement settles the voucher; the payer goes on with its channel" {
  count="$(cess-chain list flow.channel | wc -l)"
  before="$(settled)"
  cess download "$(cat fid)" --pay alice.key -o again 2>err
  kill9 miner-00 miner-01
  all_ready
  eventually settled_past "$before"
  cess download "$(cat fid)" --pay alice.key -o third 2>err
  cmp data third
  [ "$(cess-chain list flow.channel | wc -l)" -le "$((count + 1))" ]
}

@test "a download that was killed pays nothing twice" {
  paid() { cat state/cess/channels/*/*/*.json | jq -s 'map(.paid | tonumber) | add'; }
  before="$(paid)"
  cess download "$(cat fid)" --pay alice.key -o - >/dev/null 2>err &
  kill -9 $! || true
  wait $! || true
  cess download "$(cat fid)" --pay alice.key -o fourth 2>err
  cmp data fourth
  # Two downloads, of which both miners may have sent everything when both were slow.
  [ "$(paid)" -le "$((before + 4 * 15100000))" ]
}

@test "nothing is charged where nobody pays, up to what the miner gives away" {
  cess download "$(cat fid)" -o unpaid 2>/dev/null
  cmp data unpaid
  configure '.unpaid_bytes_per_day = 1000'
  run -5 cess download "$(cat fid)" -o refused
  grep -q 'a channel pays for more' <<<"$output"
  cess download "$(cat fid)" --pay bob.key -o paid 2>err || { cat err >&2; return 1; }
  cmp data paid
}

@test "a price that is too high is not agreed to, and no more is put in than was said" {
  count="$(cess-chain list flow.channel | wc -l)"
  cess-chain key new -o carol.key
  cess-chain tx transfer -k net/faucet.key --to "$(cess-chain key address carol.key)" --amount 50 \
    --wait included >/dev/null
  configure '.unpaid_bytes_per_day = 100000000'
  cess download "$(cat fid)" --pay carol.key --price-max 0.009 -o dear 2>err
  cmp data dear
  grep -q 'is not paid: it asks for 0.01 tokens for a MiB, and 0.009 are the most' err
  cess download "$(cat fid)" --pay carol.key --pay-max 0.5 -o poor 2>err
  cmp data poor
  grep -q 'is not paid: deposits of 0.5 tokens are the most for this download' err
  [ "$(cess-chain list flow.channel | wc -l)" -eq "$count" ]
  run -2 cess download "$(cat fid)" --price-max 1 -o free
}

@test "a closed channel gives back what is left of the deposit" {
  payer="$(cess-chain key address alice.key)"
  channel="$(cess-chain list flow.channel | jq -r --arg p "$payer" 'select(.payer == $p) | .key[0]' | head -n 1)"
  cess-chain tx call flow.close channel="$channel" -k alice.key --wait included >/dev/null
  [ "$(cess-chain show channel "$channel" -j | jq .closes_at)" -gt 0 ]
}
