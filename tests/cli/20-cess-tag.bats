#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
load helper

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  cess-tag keygen -o tagger.key >tagger.id
  cess-tag keygen -o other.key >other.id
  random_file in 700000
  cess-encode --public --profile 2+1 --fragment-size 256KiB <in >plain.bundle
  cess-tag -k tagger.key plain.bundle >tagged.bundle
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  F="$BATS_FILE_TMPDIR"
}

# offset_of BUNDLE NAME: where the data of a tar entry begins: after the header, whose first field is its name.
offset_of() {
  local at
  for at in $(LC_ALL=C grep -aboF "$2" "$1" | cut -d: -f1); do
    [ $((at % 512)) = 0 ] && echo $((at + 512)) && return
  done
  return 1
}

@test "keygen writes a 0600 secret and a public file, and says the id" {
  run_quiet cess-tag keygen -o a.key
  [[ "$output" =~ ^[0-9a-f]{64}$ ]]
  [ "$(stat -c %a a.key)" = 600 ]
  [ "$(stat -c %a a.pub)" = 644 ]
  [ "$(stat -c %s a.pub)" = 406206 ]
  [ "$(jq -r .schema a.key)" = cess.tagger_key/1 ]
  [ "$(jq -r .class a.key)" = C ]
  id="$output"
  run_quiet cess-tag check-key a.pub
  [ "$output" = "$id" ]
  run_quiet cess-tag inspect a.pub
  [ "$(jq -r .tagger_id <<<"$output")" = "$id" ]
}

@test "keygen is private whatever the umask, and keeps class and attestation" {
  umask 0
  digest="$(printf 'ab%.0s' {1..32})"
  run_quiet cess-tag keygen -o a.key --class A --attestation "$digest"
  [ "$(stat -c %a a.key)" = 600 ]
  run_quiet cess-tag inspect a.pub
  [ "$(jq -r '.class + .attestation' <<<"$output")" = "A$digest" ]
}

@test "keygen never replaces a file" {
  cess-tag keygen -o a.key
  before="$(sha a.key)$(sha a.pub)"
  refused 2 "'a.key'" cess-tag keygen -o a.key
  rm a.key
  refused 2 "'a.pub'" cess-tag keygen -o a.key
  [ ! -e a.key ]
  refused 2 "unknown option" cess-tag keygen -o b.key --force
  refused 2 "attestation" cess-tag keygen -o b.key --attestation 00
  refused 4 "No such file" cess-tag keygen -o none/b.key
  [ ! -e b.key ] && [ ! -e b.pub ]
}

@test "a key that others may use is refused, with the mode that is wanted" {
  for mode in 640 604 644 660 666 777; do
    cp "$F/tagger.key" k.key
    chmod "$mode" k.key
    refused 4 "'k.key'.*0600" cess-tag -k k.key "$F/plain.bundle"
    rm k.key
  done
  mkfifo k.fifo
  chmod 600 k.fifo
  refused 4 "k.fifo" timeout 120 cess-tag -k k.fifo "$F/plain.bundle"
  ln -s "$F/tagger.key" k.link
  refused 4 "k.link" cess-tag -k k.link "$F/plain.bundle"
  mkdir k.dir
  refused 4 "k.dir" cess-tag -k k.dir "$F/plain.bundle"
}

@test "malformed keys are refused, and no secret is shown" {
  secret="$(jq -r .alpha "$F/tagger.key")"
  edit() { jq -c "$1" "$F/tagger.key" >k.key && chmod 600 k.key; }
  for change in 'del(.alpha)' '.alpha = "00"' '.tau = .tau + "00"' '.class = "D"' '.schema = "x"' \
    '.alpha = "ff" * 32' '.alpha = "00" * 32' '.sign_seed = 7' '.attestation = ""'; do
    edit "$change"
    refused 3 "k.key" cess-tag -k k.key "$F/plain.bundle"
    [[ "$stderr" != *"$secret"* ]]
  done
  : >k.key
  refused 3 "k.key" cess-tag -k k.key "$F/plain.bundle"
  head -c 100 "$F/tagger.key" >k.key
  refused 3 "k.key" cess-tag -k k.key "$F/plain.bundle"
  head -c 5000 /dev/zero >k.key
  refused 3 "k.key" cess-tag -k k.key "$F/plain.bundle"
}

@test "a public file of another key is refused, none is worked out afresh" {
  cp "$F/tagger.key" k.key
  cp "$F/other.pub" k.pub
  refused 3 "does not belong" cess-tag -k k.key "$F/plain.bundle"
  rm k.pub
  cess-tag -k k.key "$F/plain.bundle" >again.bundle
  tar tf again.bundle | grep -qx "taggers/$(cat "$F/tagger.id").pub"
}

@test "an altered public key fails its check" {
  cp "$F/tagger.pub" a.pub
  flip a.pub 200000
  run --separate-stderr cess-tag check-key a.pub
  [ "$status" = 1 ] || [ "$status" = 3 ]
  # Two powers change places: all points are good, their order is not.
  cp "$F/tagger.pub" a.pub
  dd if="$F/tagger.pub" of=a.pub bs=1 skip=$((270 + 48 * 7)) seek=$((270 + 48 * 8)) count=48 conv=notrunc status=none
  dd if="$F/tagger.pub" of=a.pub bs=1 skip=$((270 + 48 * 8)) seek=$((270 + 48 * 7)) count=48 conv=notrunc status=none
  refused 1 "a.pub" cess-tag check-key a.pub
  head -c 406205 "$F/tagger.pub" >a.pub
  refused 3 "a.pub" cess-tag check-key a.pub
  refused 3 "a.pub" cess-tag inspect a.pub
}

@test "tagging keeps the entries and puts a tag file after each fragment" {
  tar tf "$F/tagged.bundle" >names
  id="$(cat "$F/tagger.id")"
  [ "$(head -n1 names)" = header ]
  [ "$(sed -n 2p names)" = "taggers/$id.pub" ]
  [ "$(tail -n1 names)" = manifest.json ]
  grep -v -e '^tags/' -e '^taggers/' names | diff - <(tar tf "$F/plain.bundle")
  grep -e '^tags/' -e '^fragments/' names | paste - - | while read -r fragment tags; do
    [ "$(basename "$fragment" .frag)" = "$(basename "$tags" .tag)" ]
  done
  mkdir a b
  tar xf "$F/plain.bundle" -C a
  tar xf "$F/tagged.bundle" -C b
  diff -r a/fragments b/fragments
  cmp a/manifest.json b/manifest.json
  cmp "b/taggers/$id.pub" "$F/tagger.pub"
}

@test "a pipe and any number of threads: checked good, order the same" {
  for threads in 1 2 7; do
    run_quiet -0 bash -c "cess-encode --public --profile 2+1 --fragment-size 64KiB '$F/in' |
      cess-tag -k '$F/tagger.key' -T $threads | tee t.bundle | cess-tag check --tagger '$F/tagger.pub'"
    tar tf t.bundle >names.$threads
  done
  cmp names.1 names.2
  cmp names.1 names.7
}

@test "an empty file, one byte, and a folder bundle" {
  for size in 0 1; do
    head -c "$size" "$F/in" >small
    cess-encode --public --profile 2+1 small | cess-tag -k "$F/tagger.key" | cess-tag check
  done
  cess-encode --public --profile 2+1 -d folder "$F/in"
  cess-tag -k "$F/tagger.key" folder | cess-tag check
}

@test "a bundle with tags is refused unless --retag" {
  refused_bundle() { run --separate-stderr -3 bash -c "cess-tag -k '$F/other.key' -o out '$F/tagged.bundle'"; }
  refused_bundle
  [[ "$stderr" == *"has tags already"* && "$stderr" == *"--retag"* ]]
  [ ! -e out ]
  cess-tag -k "$F/other.key" --retag -o out "$F/tagged.bundle"
  run_quiet cess-tag check --tagger "$F/other.pub" out
  run --separate-stderr -1 cess-tag check --tagger "$F/tagger.pub" out
  [ "$(tar tf out | grep -c '^taggers/')" = 1 ]
}

@test "fragments whose bytes do not have their root are not tagged" {
  cp "$F/plain.bundle" bent
  flip bent $(($(offset_of bent fragments/00000000-001-000.frag) + 1000))
  refused 3 "00000000-001-000" cess-tag -k "$F/tagger.key" -o out bent
  [ ! -e out ]
}

@test "cut input leaves no output file" {
  size="$(stat -c %s "$F/plain.bundle")"
  for at in 0 100 512 1500 300000 $((size - 1024)); do
    head -c "$at" "$F/plain.bundle" >cut
    refused 3 "cut" cess-tag -k "$F/tagger.key" -o out cut
    [ ! -e out ]
  done
}

@test "check names every fragment with bad tags, and passes nothing on" {
  cp "$F/tagged.bundle" bent
  flip bent $(($(offset_of bent tags/00000000-000-000.tag) + 230))
  flip bent $(($(offset_of bent tags/00000001-002-000.tag) + 10))
  run --separate-stderr -1 cess-tag check --tagger "$F/tagger.pub" -o out bent
  [ -z "$output" ]
  grep -q 'fragment 00000000-000-000: ' <<<"$stderr"
  grep -q 'fragment 00000001-002-000: ' <<<"$stderr"
  [ "$(grep -c "fragment 0" <<<"$stderr")" = 2 ]
  grep -q 'error: 2 of ' <<<"$stderr"
  [ ! -e out ]
}

@test "check finds tags of other bytes: every group is multiplied out" {
  # Two fragments change places with their tags left where they are.
  mkdir x
  tar xf "$F/tagged.bundle" -C x
  mv x/tags/00000000-000-000.tag keep
  mv x/tags/00000000-001-000.tag x/tags/00000000-000-000.tag
  mv keep x/tags/00000000-001-000.tag
  run --separate-stderr -1 cess-tag check x
  [ "$(grep -c 'of another fragment' <<<"$stderr")" = 2 ]
  # Tags of the right fragment by the right tagger, the tags of its two blocks swapped and signed as before.
  rm -r x
  mkdir x
  cess-encode --public --profile 2+1 --fragment-size 512KiB "$F/in" | cess-tag -k "$F/tagger.key" | tar x -C x
  t=x/tags/00000000-000-000.tag
  [ "$(stat -c %s "$t")" = $((206 + 96)) ]
  { head -c 206 "$t"; tail -c 48 "$t"; tail -c 96 "$t" | head -c 48; } >swapped
  mv swapped "$t"
  run --separate-stderr -1 cess-tag check x
  grep -q '00000000-000-000: its tags do not fit its bytes' <<<"$stderr"
}

@test "check holds 64 fragments over all taggers, and judges every one" {
  random_file in 13000000
  cess-encode --public --profile 2+1 --fragment-size 64KiB in >plain
  mkdir x
  for n in 0 1 2 3 4; do
    cess-tag keygen -o $n.key >/dev/null
    mkdir $n
    cess-tag -k $n.key plain | tar x -C $n
    cp -r $n/. x
  done
  # Fragments take turns with the taggers.
  i=0
  for t in x/tags/*; do
    cp "$((i++ % 5))/tags/$(basename "$t")" "$t"
  done
  [ $i = 300 ]
  run_quiet bash -c 'ulimit -v 85000; cess-tag check x'
  last="$(find x/tags -name '*.tag' | sort | tail -n1)"
  for t in "$last" x/tags/00000000-000-000.tag; do
    flip "$t" 210
  done
  run --separate-stderr -1 cess-tag check x
  [ "$(grep -c "fragment 0" <<<"$stderr")" = 2 ]
}

@test "check passes a good bundle on unchanged, to a file and to a pipe" {
  run_quiet cess-tag check --tagger "$F/tagger.pub" -o out "$F/tagged.bundle"
  diff <(tar tf out) <(tar tf "$F/tagged.bundle")
  cess-tag check -o - "$F/tagged.bundle" | cmp - out
  run_quiet cess-tag check --json out
  [ "$(jq -c '[.fragments, .ok, .bad]' <<<"$output")" = '[6,true,[]]' ]
}

@test "a stream that was passed on before a bad tag lacks its end" {
  cp "$F/tagged.bundle" bent
  flip bent $(($(offset_of bent tags/00000001-002-000.tag) + 230))
  run --separate-stderr -1 bash -c "cess-tag check -o - bent >passed"
  refused 3 "passed" cess-tag check passed
}

@test "check wants tags, and only known taggers when told" {
  run --separate-stderr -1 cess-tag check "$F/plain.bundle"
  [ "$(grep -c 'has no tags' <<<"$stderr")" = 6 ]
  run --separate-stderr -1 cess-tag check --tagger "$F/other.pub" "$F/tagged.bundle"
  grep -q "no public key is given for its tagger $(cat "$F/tagger.id")" <<<"$stderr"
}

@test "wrong usage" {
  refused 2 "key" cess-tag "$F/plain.bundle"
  refused 2 "" cess-tag -k "$F/tagger.key" -k "$F/other.key"
  refused 2 "" cess-tag -k "$F/tagger.key" -T 0
  refused 2 "" cess-tag -k "$F/tagger.key" a b
  refused 2 "" cess-tag check-key
  refused 4 "none" cess-tag -k "$F/tagger.key" none
  refused 4 "none.key" cess-tag -k none.key "$F/plain.bundle"
  echo x >out
  refused 2 "out" cess-tag -k "$F/tagger.key" -o out "$F/plain.bundle"
  [ "$(cat out)" = x ]
}

@test "fewer threads than asked for will do, none is an error" {
  run_quiet bash -c "ulimit -s 300000 -v 1500000; cess-tag -k '$F/tagger.key' -T 64 '$F/plain.bundle' >out"
  cess-tag check out
  refused 4 "thread" bash -c "ulimit -s 2000000 -v 1900000; cess-tag -k '$F/tagger.key' -o none '$F/plain.bundle'"
  [ ! -e none ]
}

@test "a full disk is an error, not a short bundle" {
  run --separate-stderr -4 bash -c "cess-tag -k '$F/tagger.key' '$F/plain.bundle' >/dev/full"
  [[ "$stderr" == *"No space left on device"* ]]
}
