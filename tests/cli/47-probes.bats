#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Probes of availability on a running network: judges ask miners for ranges, what they saw stands on the chain, and a
# miner that hands out nothing, or other bytes, fails.
load helper
load network

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  # Nobody is put out, however slow this machine may be.
  net_up --validators 3 --miners 2 --taggers 0 --capacity 1GiB --block-ms 250 --host "$(own_host)" \
    --param probes.per_epoch=10 --param audits.exit_failures=1000
  export CESS_NODE=net/node-0 XDG_STATE_HOME="$PWD/state"
  random_file data 300000
  cess upload --public --profile 1+1 --territory home -k net/home/account.key data >fid
}
teardown_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  net_down
}
setup() {
  cd "$BATS_FILE_TMPDIR" || return 1
  export CESS_NODE=net/node-0
  good="$(cess-chain key address net/miner-00/account.key)"
  silent="$(cess-chain key address net/miner-01/account.key)"
}

# probed MINER PASSED FROM: the chain has decided so at or after this block.
probed() {
  [ -n "$(cess-chain export events --filter 'probes.probed' --from "$3" |
    jq -c --arg m "$1" --argjson p "$2" 'select(.data.miner == $m and .data.passed == $p)')" ]
}
height() { cess-chain show head -j | jq -r .height; }

@test "judges are appointed, ask both miners, and two of three decide" {
  [ "$(cess-chain list idle.judge | wc -l)" = 3 ]
  eventually probed "$good" true 1
  eventually probed "$silent" true 1
}

# counted: this era or the one before has a passed probe of the good miner, as show says.
counted() {
  cess-chain show miner "$good" -j | jq -e '.service | (.probes_passed + (.last.probes_passed // 0)) > 0' >/dev/null
}
@test "show miner has the probes of this era and the last" {
  eventually counted
}

@test "a miner that answers with other bytes fails its probes; the judges say why" {
  # Nobody finds the damage before the judges do.
  s6-svc -wD -T 300000 -d net/services/prover-01
  file="$(find net/miner-01/store/fragments -type f -size +100k)"
  [ "$(wc -l <<<"$file")" = 1 ]
  flip "$file" 1000
  from="$(height)"
  eventually probed "$silent" false "$from"
  grep -q "miner '$silent' fails: range proof: the bytes do not lead to the fragment's root" net/log/judge-*.log
  flip "$file" 1000
  s6-svc -wU -T 300000 -u net/services/prover-01
  from="$(height)"
  eventually probed "$silent" true "$from"
}

@test "a miner whose server is stopped fails its probes; the judges say why" {
  s6-svc -wD -T 300000 -d net/services/miner-01
  from="$(height)"
  eventually probed "$silent" false "$from"
  eventually probed "$good" true "$from"
  grep -q "miner '$silent' fails" net/log/judge-*.log
  s6-svc -wU -T 300000 -u net/services/miner-01
  from="$(height)"
  eventually probed "$silent" true "$from"
}
