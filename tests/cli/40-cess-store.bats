#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cess-store from the outside: what goes in comes out, what is wrong is refused.

load helper

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  cess-tag keygen -o tagger.key >/dev/null 2>&1
  random_file plain 700000
  cess-encode --public --fragment-size 64KiB plain 2>/dev/null | cess-tag -k tagger.key >tagged.tar 2>/dev/null
  cess-encode --public --fragment-size 64KiB -o untagged.tar plain 2>/dev/null
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  for f in plain tagged.tar untagged.tar tagger.key tagger.pub; do ln -s "$BATS_FILE_TMPDIR/$f" .; done
}

new_store() { cess-store -s "$1" init --capacity "${2:-64MiB}"; }
fid_of() { cess-encode inspect "$1" | jq -r .fid; }

@test "init makes a store once, and only in an empty folder" {
  run_quiet -0 cess-store -s a init --capacity 32MiB --miner "$(printf '%064d' 5)" --json
  [ "$(jq -r .miner_id <<<"$output")" = "$(printf '%064d' 5)" ]
  [ "$(jq -r .capacity <<<"$output")" = 33554432 ]
  refused 2 "is a store already" cess-store -s a init --capacity 32MiB
  refused 2 "at least 33554432" cess-store -s b init --capacity 33554431
  [ ! -e b ]
  mkdir c; touch c/mine
  refused 2 "not empty" cess-store -s c init --capacity 32MiB
  mkdir -m 700 -p fresh/lost+found
  run_quiet -0 cess-store -s fresh init --capacity 32MiB
  run_quiet -0 cess-store -s fresh put untagged.tar
  run_quiet -0 cess-store -s fresh gc
  [ -d fresh/lost+found ]
  refused 2 "miner" cess-store -s d init --capacity 32MiB --miner 0102
}

@test "put, list, stat, get: the same bundle content comes back" {
  new_store a
  fid=$(fid_of tagged.tar)
  run_quiet -0 cess-store -s a put tagged.tar
  [ "$(grep -c cess.ack/1 <<<"$output")" = 36 ]
  [ "$(tail -n 1 <<<"$output" | jq -r .fid)" = "$fid" ]
  run_quiet -0 cess-store -s a list --json
  [ "$(jq -r '.fid, .fragments, .length' <<<"$output" | paste -sd ' ')" = "$fid 36 700000" ]
  run_quiet -0 cess-store -s a list
  [[ "$output" == "$fid  700000  36/36  "* ]]
  run_quiet -0 cess-store -s a list --fragments --json
  [ "$(jq -r .frag_id <<<"$output" | sort -u | wc -l)" = 36 ]
  run_quiet -0 cess-store -s a stat --json
  [ "$(jq -r '.fragments, .orphans, .damaged' <<<"$output" | paste -sd ' ')" = "36 0 0" ]
  cess-store -s a get "$fid" >got.tar
  run_quiet -0 cess-tag check got.tar
  cess-encode decode got.tar | cmp - plain
  cess-store -s a get "$fid" -d folder
  cess-encode decode folder | cmp - plain
  tar tf got.tar | grep -qx header
  [ "$(tar tf got.tar | tail -n 1)" = manifest.json ]
}

@test "put again, from a pipe, a folder, what get gave: the same acknowledgements, nothing stored twice" {
  new_store a
  cess-store -s a put <tagged.tar >first
  used=$(cess-store -s a stat --json | jq -r .used)
  cess-store -s a get "$(fid_of tagged.tar)" -d folder
  for input in tagged.tar folder; do
    run_quiet -0 cess-store -s a put "$input"
    diff - first <<<"$output"
  done
  cess-store -s a get "$(fid_of tagged.tar)" | cess-store -s a put | diff - first
  [ "$(cess-store -s a stat --json | jq -r .used)" = "$used" ]
}

@test "put --column keeps these columns and all tags" {
  new_store a
  fid=$(fid_of tagged.tar)
  run_quiet -0 cess-store -s a put --column 3,7-8 tagged.tar
  [ "$(grep -c cess.ack/1 <<<"$output")" = 9 ]
  [ "$(head -n -1 <<<"$output" | jq -r .index | sort -nu | paste -sd ' ')" = "3 7 8" ]
  cess-store -s a get "$fid" >got.tar
  [ "$(tar tf got.tar | grep -c '^tags/')" = 36 ]
  [ "$(tar tf got.tar | grep -c '^fragments/')" = 9 ]
  refused 2 "there is no column 12" cess-store -s a put --column 12 tagged.tar
  for list in '' , 3, x 3-1 -1 70000 1,,2; do
    run cess-store -s a put --column="$list" tagged.tar
    [ "$status" = 2 ] || [ -z "$list" ]
  done
}

@test "get gives single fragments and ranges, verified" {
  new_store a
  cess-store -s a put untagged.tar >acks
  fid=$(fid_of untagged.tar)
  tar xf untagged.tar fragments/00000001-003-000.frag
  cess-store -s a get "$fid" --fragment 00000001-003-000 | cmp - fragments/00000001-003-000.frag
  id=$(grep '"segment":1,"index":3,' acks | jq -r .frag_id)
  cess-store -s a get "$id" | cmp - fragments/00000001-003-000.frag
  tail -c +5001 fragments/00000001-003-000.frag | head -c 100 >part
  cess-store -s a get "$id" --range 5000-5099 | cmp - part
  cess-store -s a get "$fid" --fragment "$id" --range 5000-5099 --no-verify | cmp - part
  cess-store -s a get "$id" --range 65535-65535 -o last
  tail -c 1 fragments/00000001-003-000.frag | cmp - last
  refused 1 "has 65536 bytes" cess-store -s a get "$id" --range 0-65536
  for range in 5 5- -5 9-1 x-y 0x1-2 18446744073709551616-1; do
    run --separate-stderr -2 cess-store -s a get "$id" --range="$range"
    [ -z "$output" ]
  done
  refused 2 "need --fragment" cess-store -s a get "$fid" --range 0-1
  refused 1 "neither a file nor a fragment" cess-store -s a get "$(printf '%064d' 0)"
  refused 1 "not in this store" cess-store -s a get "$fid" --fragment 00000009-000-000
}

@test "ids that are no ids are wrong usage" {
  new_store a
  id=$(printf '%064d' 0)
  for bad in "${id:1}" "${id}0" ../../etc/passwd "A${id:1}" "/${id:1}" "" "g${id:1}" $'\n'; do
    run cess-store -s a get "$bad"
    [ "$status" = 2 ]
    run cess-store -s a delete "$bad"
    [ "$status" = 2 ]
  done
}

@test "a fragment, tag file, manifest or end that is wrong is refused, and nothing false is stored" {
  new_store a
  mkdir x && tar xf tagged.tar -C x
  rebuild() { # the bundle again, its entries in their order, attributes kept from the folder reader
    cess-store -s a put x
  }
  flip x/fragments/00000001-003-000.frag 70
  run --separate-stderr -3 rebuild
  flip x/fragments/00000001-003-000.frag 70
  flip x/tags/00000001-003-000.tag 70
  run --separate-stderr -3 rebuild
  flip x/tags/00000001-003-000.tag 70
  cp x/tags/00000000-003-000.tag x/tags/00000001-003-000.tag
  run --separate-stderr -3 rebuild
  for n in 10 20000 300000 2500000; do
    head -c "$n" tagged.tar >cut
    run --separate-stderr -3 cess-store -s a put cut
    [[ "$stderr" == *"error: "* ]]
  done
  cess-store -s a list >files
  [ ! -s files ]
  run_quiet -0 cess-store -s a scrub
  run_quiet -0 cess-store -s a put tagged.tar
  [ "$(grep -c cess.ack/1 <<<"$output")" = 36 ]
}

@test "fragments stored with other tags are not replaced silently" {
  new_store a
  cess-store -s a put tagged.tar >/dev/null
  cess-tag keygen -o other.key 2>/dev/null
  cess-tag -k other.key --retag tagged.tar >other.tar 2>/dev/null
  run --separate-stderr -3 cess-store -s a put other.tar
  [[ "$stderr" == *"stored already under another id"* ]]
  run_quiet -0 cess-store -s a scrub
}

@test "delete: a fragment, a file, an unfinished put; the folder is as it was" {
  new_store a
  cess-store -s a put tagged.tar >acks
  fid=$(fid_of tagged.tar)
  id=$(head -n 1 acks | jq -r .frag_id)
  run_quiet -0 cess-store -s a delete "$id"
  refused 1 "neither a file nor a fragment" cess-store -s a delete "$id"
  [ "$(cess-store -s a list --json | jq .fragments)" = 35 ]
  run_quiet -0 cess-store -s a delete "$fid"
  refused 1 "neither" cess-store -s a delete "$fid"
  [ -z "$(find a/fragments a/tags a/taggers a/manifests a/tmp -type f)" ]
  run_quiet -0 cess-store -s a stat --json
  [ "$(jq -r '.fragment_bytes, .tag_bytes, .folder_bytes, .orphans' <<<"$output" | paste -sd ' ')" = "0 0 0 0" ]
  head -c 1500000 tagged.tar | cess-store -s a put >acks 2>/dev/null || true
  [ -s acks ]
  run_quiet -0 cess-store -s a delete "$(head -n 1 acks | jq -r .file_id)"
  [ "$(jq -r .fragments <<<"$output")" = "$(wc -l <acks)" ]
}

@test "challenge index: list, path, block, root agree" {
  new_store a
  cess-store -s a put tagged.tar >/dev/null
  run_quiet -0 cess-store -s a challenge index
  [ "$(wc -l <<<"$output")" = 37 ]
  [ "$(head -n 1 <<<"$output" | jq -r '.fragments, .blocks' | paste -sd ' ')" = "36 36" ]
  root=$(head -n 1 <<<"$output" | jq -r .svc_root)
  entry=$(sed -n 12p <<<"$output" | jq -r .frag_id)
  run_quiet -0 cess-store -s a challenge index --root
  [ "$(jq -r .svc_root <<<"$output")" = "$root" ]
  for how in "--path 10" "--block 10"; do
    # shellcheck disable=SC2086
    run_quiet -0 cess-store -s a challenge index $how
    [ "$(jq -r '.svc_root, .frag_id, .position' <<<"$output" | paste -sd ' ')" = "$root $entry 10" ]
    [ "$(jq -r '.path | length' <<<"$output")" = 6 ]
  done
  refused 2 "past the last" cess-store -s a challenge index --path 36
  refused 2 "past the last" cess-store -s a challenge index --block 36
  refused 2 "exclude each other" cess-store -s a challenge index --block 1 --root
}

@test "the index audits of cess-prove are answered from the store" {
  new_store a
  cess-store -s a put tagged.tar >/dev/null
  cess-prove challenge --beacon "$(printf '%064d' 9)" -s a | cess-prove prove -s a |
    cess-prove verify --tagger tagger.pub
  printf x | dd of="$(find a/fragments -name '*.frag' | head -n 1)" bs=1 seek=10 conv=notrunc status=none
  cess-prove challenge --beacon "$(printf '%064d' 9)" --count 2000 -s a >challenge
  run bash -c 'cess-prove prove -s a <challenge | cess-prove verify --tagger tagger.pub'
  [ "$status" -ne 0 ]
}
