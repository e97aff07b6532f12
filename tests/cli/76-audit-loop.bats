#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Audits end to end with real processes: a file declared, placed, put on the drawn miners' disks and reported, with the
# small tools alone; the watchers answer for their miners; a miner that lost its disk is found out and fined.
load helper

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  export CESS_NODE=net/node-0
  mkfifo ready
  cess up -d net --host "$(own_host)" --validators 4 --miners 3 --taggers 1 --capacity 1GiB --block-ms 500 \
    --ready-fd 9 9>ready >up.out 2>up.err 3>&- &
  echo $! >up.pid
  read -r <ready || { cat up.out up.err >&2; return 1; }
}
teardown() {
  [ ! -f up.pid ] || { kill "$(cat up.pid)" && wait "$(cat up.pid)"; } 2>/dev/null || true
}

# call KEY NAME ARGS: a transaction that must succeed.
call() { cess-chain tx call "$2" --args "$3" -k "$1" --wait finalized >/dev/null; }
miner_folder() {
  local m
  for m in net/miner-*; do
    [ "$(cess-chain key address "$m/account.key")" != "$1" ] || { echo "$m"; return; }
  done
  return 1
}
history() { cess-chain list audits.history | jq -r --arg m "$1" --arg f "$2" 'select(.key[0] == $m) | .[$f]'; }
record() { cess-chain show miner "$1" -j | jq -r --arg f "$2" '.["miners.miner"][$f]'; }
next_block() { cess-chain watch --heads --count 1 >/dev/null; }

# The file in `stored/` (an unpacked bundle) becomes a file of the user.
declare_file() {
  local home digest
  home="$(cess-chain key address net/home/account.key)"
  digest="$(sha stored/manifest.json)"
  call net/home/account.key files.declare "$(jq -c --arg owner "$home" --arg digest "$digest" '{
    owner: $owner, fid, file_id, manifest: $digest, length,
    profile: (.profile | {k, m, copies, matrix, fragment_size}), territory: "home", visibility: "private",
    rule: {regions: [], allow: [], deny: [], polygon: []}, certificate: null, capsule: "00",
    roots: [.segments[].roots[]]}' stored/manifest.json)"
}
# report MINER_ADDRESS COLUMN: the drawn miner puts its column away and says so.
report() {
  local folder tag deal
  folder="$(miner_folder "$1")"
  cess-store -s "$folder/store" put --column "$2" <bundle.tar >/dev/null
  tag="stored/tags/00000000-00$2-000.tag"
  deal="$(cess-chain list files.file | jq -r --arg fid "$fid" 'select(.key[0] == $fid) | .deal')"
  call "$folder/account.key" files.report "$(jq -nc --arg fid "$fid" --arg deal "$deal" --argjson column "$2" \
    --arg tagger "$(xxd -s 94 -l 32 -p -c 32 "$tag")" --arg nonce "$(xxd -s 126 -l 16 -p -c 16 "$tag")" \
    '{receipts: [{fid: $fid, deal: $deal, stripe: 0, column: $column, tagger: $tagger, nonces: [$nonce],
      signature: ""}]}')"
}

@test "a miner that keeps its file passes, one that lost its disk is found out and fined" {
  random_file data 300000
  cess-encode key new -o alice.key >/dev/null
  cess-encode --profile 1+1 --recipient alice.pub data | cess-tag -k net/tagger-0/tagger.key >bundle.tar
  mkdir stored && tar xf bundle.tar -C stored
  fid="$(jq -r .fid stored/manifest.json)"
  declare_file
  until [ "$(cess-chain list files.slot | wc -l)" = 2 ]; do next_block; done
  cess-chain list files.slot | jq -r '.miner + " " + (.key[2] | tostring)' >slots
  while read -r miner column; do report "$miner" "$column" </dev/null; done <slots
  [ "$(cess-chain list files.file | jq -r .state)" = active ]
  { read -r first _; read -r second _; } <slots

  for miner in "$first" "$second"; do
    until [ "$(history "$miner" passed)" -ge 1 ] 2>/dev/null; do next_block; done
  done

  # The second one's disk is gone; its watcher comes back again and again, and has nothing to answer with.
  folder="$(miner_folder "$second")"
  kill -9 "$(s6-svstat -o pid "net/services/prover-${folder##*-}")"
  rm -rf "$folder/store"
  until [ "$(history "$second" failures)" -ge 2 ]; do next_block; done
  [ "$(record "$second" stake)" != 2000000000000000000000 ]
  [ "$(record "$second" state)" != positive ]
  until [ "$(history "$first" passed)" -ge 2 ]; do next_block; done
  # Five in a row put it out, and what it held has to be rebuilt.
  until [ "$(cess-chain list files.restoral | wc -l)" = 1 ]; do next_block; done
  [ "$(record "$second" state)" = offline ]
}
