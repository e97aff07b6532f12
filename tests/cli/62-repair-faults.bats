#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A repair that goes wrong on the way: what agents rebuild of a file that a tagger masked, with the rebuilder and the
# agents killed in the middle. Nothing here depends on when exactly a kill lands.
load helper
load network

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  # Nobody is put out, however slow this machine may be. A claim that runs out may be made again.
  net_up --host "$(own_host)" --validators 1 --miners 4 --taggers 3 --capacity 1GiB --block-ms 500 \
    --param audits.exit_failures=1000
  export CESS_NETWORK=net CESS_NODE=net/node-0 XDG_STATE_HOME="$PWD/state"
}
teardown() { net_down; }

upload() { cess upload --profile 2+1 --fragment-size 64KiB "$@"; }
restored() { cess-chain export events --filter files.restored | jq -r .data.miner; }
restored_more() { [ "$(restored | wc -l)" -gt "$1" ]; }
claimed() { [ "$(cess-chain list files.restoral | jq -r 'select(.seed != "") | .claimant' | grep -cx "$1")" -gt 0 ]; }

@test "what a tagger masked is rebuilt by agents, though rebuilder and agents are killed meanwhile" {
  random_file data 1500000 3
  fid="$(upload --mask tee data 2>err)" || { cat err >&2; return 1; }
  mapfile -t holders < <(cess-chain list files.slot "$fid" | jq -r .miner)
  [ "${#holders[@]}" = 3 ]
  for m in net/miner-*; do
    account="$(cess-chain key address "$m/account.key")"
    [[ " ${holders[*]} " == *" $account "* ]] || { rebuilder="$(basename "$m")"; spare="$account"; }
  done
  # The first holder's fragments are damaged, and a scrub finds them.
  store="net/$(name_of "${holders[0]}")/store"
  find "$store" -type f -size +60k -path '*frag*' >files
  count="$(wc -l <files)"
  [ "$count" -ge 8 ]
  while read -r f; do flip "$f" 5000; done <files
  run --separate-stderr -1 cess-store -s "$store" scrub

  # Three times: in the middle of what it has claimed.
  for victims in "$rebuilder" "$rebuilder tagger-0 tagger-1 tagger-2" "$rebuilder"; do
    had="$(restored | wc -l)"
    [ "$had" -lt "$count" ] || break
    busy() { claimed "$spare" || restored_more "$had"; }
    eventually busy
    # shellcheck disable=SC2086
    kill9 $victims
    all_ready
  done
  all_restored() { [ "$(restored | wc -l)" -ge "$count" ] && [ -z "$(cess-chain list files.restoral)" ]; }
  eventually all_restored
  restored >by
  run -1 grep -x -e "${holders[1]}" -e "${holders[2]}" by
  # Any two of three: now it is needed, for the second holder is silent.
  s6-svc -wd -d "net/services/$(name_of "${holders[1]}")"
  cess download "$fid" -o back 2>err || { cat err >&2; return 1; }
  cmp back data
  s6-svc -wU -u "net/services/$(name_of "${holders[1]}")"
}
