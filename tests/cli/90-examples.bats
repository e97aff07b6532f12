#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every script of examples/, run as a user would.

load helper

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  export PATH="$CESS_ROOT/examples:$PATH"
}

# Keys of two people and a tagger.
keys() {
  local who
  for who in alice bob; do
    cess-encode key new -o $who.key 2>/dev/null
    cess-encode key public $who.key >$who.pub
  done
  cess-tag keygen -o tagger.key 2>/dev/null
}

make_folder() {
  mkdir -p folder/sub
  random_file folder/big 3000000 1
  random_file "folder/sub/with a space" 12345 2
  : >folder/empty
  ln -s big folder/link
}

make_store() { cess-store -s "$1" init --capacity 200M >/dev/null 2>&1; }

# fid_of BUNDLE
fid_of() { cess-encode inspect "$1" | jq -r .fid; }

# bundle NAME: a masked, tagged bundle of 3 MB.
bundle() {
  random_file plain 3000000 3
  cess-encode --recipient alice.pub --mask owner plain 2>/dev/null |
    cess-tag -k tagger.key >"$1" 2>/dev/null
}

@test "backup-folder and restore-folder give the folder back" {
  keys
  make_folder
  make_store disk
  run_quiet backup-folder folder disk alice.pub tagger.key
  [[ "$output" =~ ^[0-9a-f]{64}$ ]]
  run_quiet restore-folder "$output" disk alice.key restored
  diff -r --no-dereference folder restored
}

@test "restore-folder with another's key gives nothing" {
  keys
  make_folder
  make_store disk
  fid=$(backup-folder folder disk alice.pub tagger.key)
  run restore-folder "$fid" disk bob.key restored
  [ "$status" -ne 0 ]
  [ -z "$(ls -A restored)" ]
}

@test "share-with-two: each opens it alone, a third does not" {
  keys
  cess-encode key new -o carol.key 2>/dev/null
  random_file letter 100000 4
  run_quiet share-with-two letter letter.cess alice.pub bob.pub
  for who in alice bob; do
    run_quiet cess-encode decode --identity $who.key -o letter.$who letter.cess
    cmp letter letter.$who
  done
  run cess-encode decode --identity carol.key -o letter.carol letter.cess
  [ "$status" -ne 0 ]
  [ ! -e letter.carol ]
}

@test "bulk-encode encodes each file once and decodes to the same" {
  command -v parallel >/dev/null || skip "GNU parallel is not installed"
  keys
  mkdir many
  for i in 1 2 3 4 5; do random_file "many/file $i" $((i * 70000)) "$i"; done
  run_quiet bulk-encode many alice.pub
  [ "$(ls many | grep -c '\.cess$')" = 5 ]
  # Not `i`: the `run` of some Bats versions writes to it.
  for number in 1 2 3 4 5; do
    run_quiet cess-encode decode --identity alice.key -o back "many/file $number.cess"
    cmp back "many/file $number"
    rm back
  done
  before=$(sha "many/file 3.cess")
  random_file "many/file 6" 1000 6
  run_quiet bulk-encode many "$(cat alice.pub)"
  [ -e "many/file 6.cess" ]
  [ "$(sha "many/file 3.cess")" = "$before" ]
}

@test "prove-from-cron leaves one proof per epoch, and it verifies" {
  keys
  make_store disk
  bundle b.tar
  cess-store -s disk put <b.tar >/dev/null 2>&1
  echo "7 $(openssl rand -hex 32)" >beacon
  run_quiet prove-from-cron disk beacon outbox
  run_quiet prove-from-cron disk beacon outbox
  [ "$(ls outbox)" = epoch-7.proof ]
  run_quiet cess-prove verify --tagger tagger.pub <outbox/epoch-7.proof
  echo "8 $(openssl rand -hex 32)" >beacon
  run_quiet prove-from-cron disk beacon outbox
  [ "$(ls outbox | wc -l)" = 2 ]
}

@test "prove-from-cron with nothing to prove leaves no proof" {
  echo "7 $(openssl rand -hex 32)" >beacon
  run prove-from-cron no-such-store beacon outbox
  [ "$status" -ne 0 ]
  [ ! -e outbox/epoch-7.proof ]
}

@test "repair-store rebuilds a lost column bit for bit" {
  keys
  bundle b.tar
  fid=$(fid_of b.tar)
  for i in 0 3 4 7 11; do
    make_store "m$i"
    cess-store -s "m$i" put --column "$i" <b.tar >/dev/null 2>&1
  done
  cess-encode mask-key --identity alice.key -o mask.key b.tar 2>/dev/null
  (cd m3 && find fragments tags -type f -exec sha256sum {} + | sort) >before
  rm -rf m3
  CAPACITY=100M run_quiet repair-store m3 "$fid" 3 mask.key m0 m4 m7 m11
  (cd m3 && find fragments tags -type f -exec sha256sum {} + | sort) >after
  [ -s before ]
  diff before after
}

@test "verify-offline believes the published challenge, not the one in the proof" {
  keys
  make_store disk
  bundle b.tar
  cess-store -s disk put <b.tar >/dev/null 2>&1
  cess-prove challenge --beacon "$(openssl rand -hex 32)" -s disk >challenge
  cess-prove challenge --beacon "$(openssl rand -hex 32)" -s disk >other
  cess-prove prove -s disk <challenge >proof
  run_quiet verify-offline challenge proof tagger.pub
  run verify-offline other proof tagger.pub
  [ "$status" -ne 0 ]
}

@test "each example without arguments says how it is used, exit 2" {
  for each in "$CESS_ROOT"/examples/*; do
    [ -f "$each" ] && [ -x "$each" ] || continue
    run --separate-stderr -2 "$each"
    [[ "$stderr" == "usage: $(basename "$each") "* ]]
  done
}
