#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cess upload --geoip: a miner that a database finds in another country than it declares is denied by name, and the
# chain draws it for no fragment; where the database agrees, or knows nothing, it is drawn.
load helper
load network

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  # Their regions: DE, FR, NL, FI; all of their addresses are in one network.
  net_up --host "$(own_host)" --validators 1 --miners 4 --taggers 0 --capacity 1GiB --block-ms 500
  export CESS_NETWORK=net CESS_NODE=net/node-0 XDG_STATE_HOME="$PWD/state"
}
teardown() {
  [ -z "${upload:-}" ] || kill "$upload" 2>/dev/null || true
  net_down
}

database() { python3 "$BATS_TEST_DIRNAME/mmdb.py" "$@"; }
store() { cess upload -v --public --profile 1+0 --region DE "$@"; }

@test "who is not where it says is denied and not drawn; who is, is" {
  german="$(cess-chain key address net/miner-00/account.key)"
  random_file one 100000 1
  database agrees.mmdb 127.0.0.0/8=DE
  fid="$(store --geoip agrees.mmdb one 2>err)" || { cat err >&2; return 1; }
  run -1 grep 'not where it says' err
  [ "$(cess-chain list files.slot "$fid" | jq -r .miner)" = "$german" ]
  cess download "$fid" 2>/dev/null | cmp - one

  random_file two 100000 2
  database silent.mmdb 10.0.0.0/8=FR
  fid="$(store --geoip silent.mmdb two 2>err)" || { cat err >&2; return 1; }
  run -1 grep 'not where it says' err

  # Nobody is left for this rule: it waits, and we do not.
  random_file three 100000 3
  database differs.mmdb 127.0.0.0/8=FR
  store --geoip differs.mmdb three >fid3 2>err3 &
  upload=$!
  denied() { [ "$(cess-chain list files.file | jq -r '.rule.deny[]?' | sort -u)" = "$german" ]; }
  eventually denied
  [ "$(cess status -j | jq .deals_open)" = 1 ]
  [ "$(grep -c 'is not where it says, by ' err3)" = 1 ]
  grep -q "miner $german is not where it says, by 'differs.mmdb': denied" err3
  next_block
  next_block
  [ "$(cess-chain list files.slot | wc -l)" = 2 ]
}

@test "what is no database, or without a rule, is refused before anything is sent" {
  random_file one 1000 1
  refused 2 '--geoip is for --region' cess upload --geoip x.mmdb one
  echo 'no database' >x.mmdb
  refused 3 'x.mmdb' cess upload --region DE --geoip x.mmdb one
  [ -z "$(cess-chain list files.file)" ]
}
