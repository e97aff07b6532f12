#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The commands joined by pipes, as the README shows them.

load helper

keys() {
  cess-encode key new -o alice.key 2>/dev/null
  cess-encode key public alice.key >alice.pub
  cess-tag keygen -o tagger.key 2>/dev/null
}
make_store() { cess-store -s "$1" init --capacity 400M >/dev/null 2>&1; }
fid_of() { cess-encode inspect "$1" | jq -r .fid; }

# put_file FILE STORE: encoded, tagged, stored; its fid in $fid.
put_file() {
  cess-encode --recipient alice.pub "$1" 2>/dev/null | cess-tag -k tagger.key 2>/dev/null |
    tee bundle.tar | cess-store -s "$2" put >/dev/null
  fid=$(fid_of bundle.tar)
}

@test "the way there and back: tar, encode, tag, put, get, decode, tar" {
  keys
  make_store disk1
  mkdir photos
  random_file photos/a 2500000 1
  random_file photos/b 10 2
  set -o pipefail
  tar c photos | cess-encode --recipient alice.pub | cess-tag -k tagger.key | cess-store -s disk1 put >put.out
  fid=$(jq -r 'select(.schema == "cess.stored/1") | .fid' put.out)
  mkdir back
  cess-store -s disk1 get "$fid" | cess-encode decode --identity alice.key | tar x -C back
  diff -r photos back/photos
}

@test "challenge, prove and verify in one pipe" {
  keys
  make_store disk1
  random_file plain 4000000 1
  put_file plain disk1
  set -o pipefail
  cess-prove challenge --beacon "$(openssl rand -hex 32)" -s disk1 | cess-prove prove -s disk1 |
    cess-prove verify --tagger tagger.pub >verdict
  [ -s verdict ]
}

@test "every size at a border comes back exactly" {
  keys
  make_store disk1
  # One chunk holds 65,520 bytes; segments of 4 fragments of 64 KiB hold 4 chunks.
  for size in 0 1 1023 1024 65519 65520 65521 262079 262080 262081 524160 524161 1000003; do
    random_file plain $size 5
    cess-encode --recipient alice.pub --fragment-size 64KiB plain | cess-tag -k tagger.key |
      tee bundle.tar | cess-store -s disk1 put >/dev/null
    fid=$(fid_of bundle.tar)
    cess-store -s disk1 get "$fid" | cess-encode decode --identity alice.key >back
    cmp plain back
  done
}

@test "a bundle is a tar that tar lists and unpacks, and the folder decodes" {
  keys
  random_file plain 1000000 1
  cess-encode --recipient alice.pub --name plain.bin plain >bundle.tar
  tar tf bundle.tar >names
  [ "$(head -n 1 names)" = header ]
  [ "$(tail -n 1 names)" = manifest.json ]
  [ "$(grep -c '^fragments/' names)" = 12 ]
  mkdir folder
  tar xf bundle.tar -C folder
  run_quiet cess-encode decode --identity alice.key -o back folder
  cmp plain back
}

@test "any 4 of 12 stores give the file back, 3 do not" {
  keys
  random_file plain 700000 1
  cess-encode --recipient alice.pub --mask owner plain | cess-tag -k tagger.key >bundle.tar
  fid=$(fid_of bundle.tar)
  for i in 1 5 6 9 10; do
    make_store "m$i"
    cess-store -s "m$i" put --column "$i" <bundle.tar >/dev/null
    cess-store -s "m$i" get "$fid" >"part$i.tar"
  done
  run_quiet cess-encode decode --identity alice.key -o back part1.tar part6.tar part9.tar part10.tar
  cmp plain back
  run --separate-stderr -1 cess-encode decode --identity alice.key -o never part5.tar part9.tar part10.tar
  [[ "$stderr" == *"4"*"3"* ]]
  [ ! -e never ]
}

@test "one bundle to many stores at once by tee" {
  keys
  random_file plain 500000 1
  for i in 0 1 2 3; do make_store "m$i"; done
  cess-encode --recipient alice.pub plain | cess-tag -k tagger.key |
    tee >(cess-store -s m0 put --column 0 >o0; echo $? >s0) \
      >(cess-store -s m1 put --column 1 >o1; echo $? >s1) \
      >(cess-store -s m2 put --column 2 >o2; echo $? >s2) |
    cess-store -s m3 put --column 3 >o3
  for i in 0 1 2; do
    for ((n = 0; n < 3000; n++)); do
      [ -s s$i ] && break
      read -rt 0.01 <> <(:) || true
    done
    [ "$(cat s$i)" = 0 ]
  done
  fid=$(jq -r 'select(.schema == "cess.stored/1") | .fid' o0)
  for i in 0 1 2 3; do cess-store -s "m$i" get "$fid" >"part$i.tar"; done
  run_quiet cess-encode decode --identity alice.key -o back part0.tar part1.tar part2.tar part3.tar
  cmp plain back
}

@test "a bit flipped in a stored fragment: proof refused, scrub names it, decode goes on" {
  keys
  make_store disk1
  random_file plain 600000 1
  put_file plain disk1
  victim=$(find disk1/fragments -name '*.frag' | sort | head -n 1)
  flip "$victim" 1000
  beacon=$(openssl rand -hex 32)
  # 1,000 draws over 12 blocks miss one with a probability below 1e-37.
  cess-prove challenge --count 1000 --beacon "$beacon" -s disk1 | cess-prove prove -s disk1 >proof
  run cess-prove verify --tagger tagger.pub <proof
  [ "$status" = 1 ]
  run cess-store -s disk1 scrub
  [ "$status" = 1 ]
  [[ "$output" == *"$(basename "$victim" .frag)"* ]]
  run bash -o pipefail -c "cess-store -s disk1 get $fid | cess-encode decode --identity alice.key -o back"
  cmp plain back
}

@test "demo-pipeline runs on a file of one's own" {
  random_file plain 5000000 1
  mkdir tmp
  run --separate-stderr env TMPDIR="$PWD/tmp" FILE=plain "$CESS_ROOT/demo/pipeline"
  echo "$output"
  echo "$stderr"
  [ "$status" = 0 ]
  [ -z "$stderr" ]
  [[ "$output" == *"$(sha plain)"* ]]
  [ -z "$(ls -A tmp)" ]
}

@test "demo-pipeline stops at the first step that goes wrong and leaves nothing behind" {
  random_file plain 100000 1
  mkdir tmp failing
  printf '#!/bin/sh\n[ "$1" != check ] || { echo "no" >&2; exit 1; }\nexec %s "$@"\n' \
    "$CESS_BIN/cess-tag" >failing/cess-tag
  chmod +x failing/cess-tag
  run --separate-stderr env CESS_BIN="$PWD/failing" TMPDIR="$PWD/tmp" FILE=plain "$CESS_ROOT/demo/pipeline"
  [ "$status" = 1 ]
  [[ "$stderr" == *"demo: error: check every tag"*"exit 1"* ]]
  [ -z "$(ls -A tmp)" ]
  run --separate-stderr env TMPDIR="$PWD/tmp" FILE=missing "$CESS_ROOT/demo/pipeline"
  [ "$status" = 1 ]
  [[ "$stderr" == *"cannot read '"* ]]
  [ -z "$(ls -A tmp)" ]
}
