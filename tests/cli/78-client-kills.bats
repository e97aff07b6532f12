#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Uploads and downloads that are killed, and miners that stand still or lost bytes: the same command goes on, the file
# is stored once and comes back whole. A kill may come later than it was meant to, or too late: what is asked holds
# for every moment.
load helper
load network

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  # Nobody is put out, however slow this machine may be.
  net_up --host "$(own_host)" --validators 1 --miners 4 --taggers 3 --capacity 1GiB --block-ms 500 \
    --param audits.exit_failures=1000
}
teardown_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  net_down
}
setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  net="$BATS_FILE_TMPDIR/net"
  export CESS_NETWORK="$net" XDG_STATE_HOME="$PWD/state"
}
upload=(cess upload --profile 2+1 --fragment-size 64KiB) # no function: that would be a process more to kill
file_count() { cess-chain list files.file | wc -l; }
declared() { [ "$(file_count)" -gt "$1" ]; }
stored_bytes() { cess-chain list files.file | jq -s 'map(.stored_bytes) | add // 0'; }
used_bytes() { cess-chain list territory.territory | jq -s 'map(.used + .locked) | add'; }

# killed_when EVENT COMMAND...: runs the command in the background, kills it once the shell command EVENT says yes; true
# if it had ended by itself before, with a success.
killed_when() {
  local event="$1" pid
  shift
  "$@" >>out 2>>err 3>&- &
  pid=$!
  until eval "$event" || ! kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
  kill -9 "$pid" 2>/dev/null || true
  wait "$pid"
}

@test "an upload killed at any point goes on, and is stored and paid for once" {
  for mask in owner tee; do
    random_file "data-$mask" 1500000 7
    before="$(file_count)"
    : >out
    # Its folder is there; it is encoded; the chain knows it; once more; and to the end.
    done=0
    for event in '[ -n "$(ls state/cess/upload 2>/dev/null)" ]' \
      '[ -n "$(find state/cess/upload -name manifest.json)" ]' 'declared $before' 'declared $before' false; do
      if killed_when "$event" "${upload[@]}" --mask "$mask" "data-$mask"; then done=1; fi
      [ ! -s out ] || break # it has said that the file is stored
    done
    [ -s out ] || { cat err >&2; return 1; }
    fid="$(cat out)"
    cess download "$fid" 2>/dev/null | cmp - "data-$mask"
    [ "$(file_count)" = $((before + 1)) ]
    [ "$(used_bytes)" = "$(stored_bytes)" ]
    [ "$done" = 0 ] || [ -z "$(ls state/cess/upload)" ]
    rm -rf state
  done
}

@test "a killed download goes on; a miner that stands still is overtaken; one that lost bytes is replaced" {
  mkdir tree
  random_file tree/a 3000000 8
  random_file tree/b 900000 9
  fid="$("${upload[@]}" tree 2>err)" || { cat err >&2; return 1; }
  for event in '[ -n "$(ls -d back.*.part 2>/dev/null)" ]' '[ -n "$(ls back.*.part/a 2>/dev/null)" ]' false; do
    ! killed_when "$event" cess download "$fid" -x back || break
  done
  diff -r tree back
  [ -z "$(find . -name '*.part*')" ]
  for event in '[ -n "$(ls flat.*.part 2>/dev/null)" ]' '[ -s "$(ls flat.*.part 2>/dev/null)" ]' false; do
    ! killed_when "$event" cess download "$fid" -o flat || break
  done
  [ "$(tar xOf flat a | sha256sum)" = "$(sha256sum <tree/a)" ]

  # Two of three will do, so one may be silent.
  holder="$(cess-chain list files.slot "$fid" | jq -r .miner | head -n 1)"
  folder="$net/$(cd "$BATS_FILE_TMPDIR" && name_of "$holder")"
  still="$(s6-svstat -o pid "$net/services/$(basename "$folder")")"
  kill -STOP "$still"
  cess download "$fid" 2>/dev/null | cmp - flat
  kill -CONT "$still"

  # Every byte it has of fragments is wrong now: it is named, others stand in for it.
  find "$folder/store" -type f -size +60k -path '*frag*' >files
  [ -s files ]
  while read -r f; do flip "$f" $(($(stat -c %s "$f") / 2)); done <files
  cess download "$fid" -o again 2>err
  cmp again flat
  grep -q "warning: miner $holder sent wrong bytes for fragment" err
}

# killed_early ARGUMENT...: an upload that is killed when its folder is whole; a block's time is left for that.
killed_early() {
  local whole='[ -n "$(find state/cess/upload -name manifest.json 2>/dev/null)" ]'
  while killed_when "$whole" "${upload[@]}" --mask owner "$@"; do :; done
}
# Other bytes in the middle of a file, and nothing else that tells.
alter() {
  touch -r "$1" stamp
  printf 'other' | dd of="$1" bs=1 seek=700000 conv=notrunc status=none
  touch -r stamp "$1"
}

@test "a file that changes while it is stored is refused and then stored as it is; --spool keeps it as it was" {
  random_file data 1500000 11
  killed_early data
  [ -n "$(find state/cess/upload -name recipe.json -perm 600)" ]
  [ -z "$(find state/cess/upload -name '*.frag')" ]
  alter data
  refused 3 "'data' changed while it was being stored" "${upload[@]}" --mask owner data
  grep -q 'hint: the same command stores it as it is now' <<<"$stderr"
  [ -z "$(find state/cess/upload -name recipe.json)" ]
  fid="$("${upload[@]}" --mask owner data 2>err)" || { cat err >&2; return 1; }
  cess download "$fid" 2>/dev/null | cmp - data
  [ -z "$(ls state/cess/upload)" ]

  random_file kept 1500000 12
  cp kept before
  killed_early --spool kept
  [ -n "$(find state/cess/upload -name '*.frag')" ]
  [ -z "$(find state/cess/upload -name recipe.json)" ]
  alter kept
  fid="$("${upload[@]}" --mask owner --spool kept 2>err)" || { cat err >&2; return 1; }
  cess download "$fid" 2>/dev/null | cmp - before
}
