#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Upload, audits and download with real processes: a file goes to the drawn miners and comes back; the watchers answer
# for their miners; a miner that lost its disk is found out, fined and put out, another rebuilds what it held, and the
# file is read from that one alone.
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

miner_folder() {
  local m
  for m in net/miner-*; do
    [ "$(cess-chain key address "$m/account.key")" != "$1" ] || { echo "$m"; return; }
  done
  return 1
}
history() { cess-chain list audits.history | jq -r --arg m "$1" --arg f "$2" 'select(.key[0] == $m) | .[$f]'; }
record() { cess-chain show miner "$1" -j | jq -r --arg f "$2" '.["miners.miner"][$f]'; }
# holder COLUMN: who has to keep it; nobody while it is lost.
holder() {
  local frag
  frag="$(cess-chain list files.fragments | jq -r --argjson c "$1" 'select(.key[1] == $c) | .fragments[0].frag')"
  cess-chain list audits.index_holder | jq -r --arg f "$frag" 'select(.key[0] == $f) | .miner'
}
next_block() { cess-chain watch --heads --count 1 >/dev/null; }

@test "a miner that keeps its file passes, one that lost its disk is put out and its fragment rebuilt" {
  random_file data 300000
  export XDG_STATE_HOME="$PWD/state" # where the user's own tagger key is made
  fid="$(cess upload data --public --profile 1+1 --territory home -k net/home/account.key 2>err)" ||
    { cat err >&2; return 1; }
  cess download "$fid" -o back 2>/dev/null
  cmp data back
  [ "$(cess-chain list files.file | jq -r .state)" = active ]
  cess-chain list files.slot | jq -r '.miner + " " + (.key[2] | tostring)' >slots
  [ "$(wc -l <slots)" = 2 ]
  { read -r first _; read -r second _; } <slots

  for miner in "$first" "$second"; do
    until [ "$(history "$miner" passed)" -ge 1 ] 2>/dev/null; do next_block; done
  done

  # The second one's disk is gone; its watcher comes back again and again, and has nothing to answer with.
  folder="$(miner_folder "$second")"
  mv "$folder/store" gone
  for service in "prover-${folder##*-}" "$(basename "$folder")"; do
    kill -9 "$(s6-svstat -o pid "net/services/$service")" || true # it may have died of it already
  done
  until [ "$(history "$second" failures)" -ge 2 ]; do next_block; done
  [ "$(record "$second" stake)" != 2000000000000000000000 ]
  [ "$(record "$second" state)" != positive ]
  until [ "$(history "$first" passed)" -ge 2 ]; do next_block; done
  # Five in a row put it out, and what it held is rebuilt by who held nothing of it.
  until [ "$(record "$second" state)" = offline ]; do next_block; done
  column="$(awk -v m="$second" '$1 == m { print $2 }' slots)"
  until third="$(holder "$column")" && [ -n "$third" ] && [ "$third" != "$second" ]; do next_block; done
  [ "$third" != "$first" ]
  [ "$(cess-chain list files.restoral | wc -l)" = 0 ]
  folder="$(miner_folder "$third")"
  grep -q 'restored segment 0' "net/log/$(basename "$folder").log"
  # It answers for it from now on, and the file is read without any of those who had it at first.
  until [ "$(history "$third" passed)" -ge 1 ] 2>/dev/null; do next_block; done
  folder="$(miner_folder "$first")"
  s6-svc -d "net/services/$(basename "$folder")"
  s6-svwait -d -t 120000 "net/services/$(basename "$folder")"
  cess download "$fid" -o again 2>err || { cat err >&2; return 1; }
  cmp data again
}
