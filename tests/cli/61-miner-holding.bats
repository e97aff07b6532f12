#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A miner that finds one of its fragments lost says so itself, for a tenth of the fine, and the fragment is made again;
# what the chain does not give a miner any more leaves its disk.
load helper
load network

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  # Nobody is put out, however slow this machine may be.
  net_up --host "$(own_host)" --validators 1 --miners 3 --taggers 1 --capacity 1GiB --block-ms 250 \
    --param audits.exit_failures=1000
  export CESS_NETWORK=net CESS_NODE=net/node-0 XDG_STATE_HOME="$PWD/state"
}
teardown() { net_down; }

# holder FRAG: who has to keep it; nobody while it is lost.
holder() { cess-chain list audits.index_holder | jq -r --arg f "$1" 'select(.key[0] == $f) | .miner'; }
held_by_another() { local now; now="$(holder "$1")" && [ -n "$now" ] && [ "$now" != "$2" ]; }
# stored STORE: how many fragments and manifests are in it.
stored() { cess-store -s "$1" stat -j | jq -r '"\(.fragments) \(.files)"'; }
is_empty() { [ "$(stored "$1")" = '0 0' ]; }
has() { [ "$(stored "$1")" = "$2" ]; }

@test "a damaged fragment is reported by its miner and made again elsewhere; a deleted file leaves all disks" {
  random_file data 300000
  fid="$(cess upload data --public --profile 1+1 --mask none 2>err)" || { cat err >&2; return 1; }
  frag="$(cess-chain list files.fragments | jq -r 'select(.key[1] == 0) | .fragments[0].frag')"
  first="$(holder "$frag")"
  folder="net/$(name_of "$first")"
  has "$folder/store" '1 1'

  # Who could make it again is away: the loss is found by a scrub, beside the running server, and the order stays open.
  mapfile -t holders < <(cess-chain list files.slot "$fid" | jq -r .miner)
  for m in net/miner-*; do
    [[ " ${holders[*]} " == *" $(cess-chain key address "$m/account.key") "* ]] || spare="$(basename "$m")"
  done
  s6-svc -wD -T 300000 -d "net/services/$spare"
  file="$(find "$folder/store" -type f -name "$frag*" -size +250k)"
  flip "$file" 1000
  run --separate-stderr -1 cess-store -s "$folder/store" scrub
  repairs() { cess status -j | jq .repairs_open; }
  ordered() { [ "$(repairs)" = 1 ]; }
  eventually ordered
  cess status "$fid" -j >status.json
  [ "$(jq -c '[.missing[0].column, .restorals[0].column, .restorals[0].claimant]' status.json)" = '[0,0,null]' ]
  s6-svc -wU -T 300000 -u "net/services/$spare"
  eventually held_by_another "$frag" "$first"
  grep -q "reported lost: fragment $frag" "net/log/$(basename "$folder").log"
  lost="$(cess-chain export events --filter files.fragment_lost | jq -r .data.miner)"
  [ "$lost" = "$first" ]
  [ "$(repairs)" = 0 ]
  # A tenth of a failed audit's five percent of 2000 CESS.
  cess-chain export events --filter miners.fined >fined
  jq -r --arg m "$first" 'select(.data.miner == $m) | .data.amount' fined | grep -qx 10000000000000000000
  cess download "$fid" 2>/dev/null | cmp - data

  # It is not its to keep any more, and goes when no audit can ask for it.
  eventually is_empty "$folder/store"
  cess-chain tx call -k net/home/account.key files.delete owner="$(cess-chain key address net/home/account.key)" \
    fid="$fid" --wait included >/dev/null
  for m in net/miner-*; do eventually is_empty "$m/store"; done
}
