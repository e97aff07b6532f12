#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cess-encode: encode and decode through every way in and out.
load helper

# Small fragments, so that a few hundred KB are several segments.
small=(--profile 4+2 --fragment-size 64KiB)

@test "the file comes back from a pipe, a file, a folder and unpacked tar" {
  random_file in 700001
  run_quiet cess-encode --public "${small[@]}" -o in.bundle in
  grep -qE '^[0-9a-f]{64}$' <<<"$output"
  cess-encode decode in.bundle | cmp - in
  cess-encode decode <in.bundle | cmp - in
  cat in.bundle | cess-encode decode | cmp - in
  cess-encode decode <(cat in.bundle) | cmp - in
  mkdir unpacked
  tar x -C unpacked -f in.bundle
  cess-encode decode unpacked | cmp - in
  cess-encode --public "${small[@]}" -d parts <in
  cess-encode decode -o out parts
  cmp in out
}

@test "sizes around every boundary, through pipes" {
  for size in 0 1 65519 65520 65521 262079 262080 262081 524160 524161; do
    random_file in "$size"
    cess-encode --public "${small[@]}" <in | cess-encode decode | cmp - in
  done
}

@test "GNU tar and bsdtar list and unpack a bundle without a word" {
  random_file in 300000
  cess-encode --public "${small[@]}" in >b
  run_quiet tar tvf b
  [ "${#lines[@]}" = 14 ]
  [ "$(tar tf b | head -n 1)" = header ]
  [ "$(tar tf b | tail -n 1)" = manifest.json ]
  run_quiet bsdtar tvf b
  mkdir gnu bsd
  run_quiet tar x -C gnu -f b
  run_quiet bsdtar -x -C bsd -f b
  diff -r gnu bsd
  cess-encode decode gnu | cmp - in
}

@test "a bundle packed again by GNU tar with its attributes is still one" {
  random_file in 1000
  cess-encode --public "${small[@]}" -o b in
  mkdir d
  tar x --xattrs --xattrs-include='user.*' -C d -f b || skip "no extended attributes here"
  (cd d && tar c --format=pax --xattrs --xattrs-include='user.*' header fragments/* manifest.json) >again
  grep -aq user.cess.root again || skip "no extended attributes here"
  cat again | cess-encode decode | cmp - in
}

@test "any four of twelve, in any order, from several inputs" {
  random_file in 100000
  cess-encode --public -d parts in
  rm parts/fragments/*-00[0-7]-*
  run --separate-stderr -0 cess-encode decode -v -o out parts
  [[ "$stderr" == *"segment 0: used 00000000-008-000 00000000-009-000"* ]]
  cmp in out
  cess-encode decode parts | cmp - in
  cess-encode decode --manifest parts/manifest.json parts/fragments/*-011-* parts/fragments/*-009-* \
    parts/fragments/*-010-* parts/fragments/*-008-* | cmp - in
  mv parts/fragments/*-010-* stray
  cess-encode decode parts stray | cmp - in
  rm stray
  refused 1 'segment 0: need 4 of 12, have 3' cess-encode decode -o out2 parts
  [ ! -e out2 ]
}

@test "a damaged fragment is named and another used" {
  random_file in 100000
  cess-encode --public "${small[@]}" -d parts in
  flip parts/fragments/00000000-002-000.frag 5000
  run --separate-stderr cess-encode decode -o out parts
  [ "$status" = 0 ]
  [ "$stderr" = "cess-encode: warning: fragment 00000000-002-000 is damaged; using another" ]
  cmp in out
  run --separate-stderr -1 cess-encode inspect --check parts
  grep -q '00000000-002-000 is damaged' <<<"$stderr"
}

@test "a public bundle whose fragments claim other roots than its manifest is refused" {
  random_file in 300000
  cess-encode --public "${small[@]}" -o b in >fid
  root=$(grep -ao 'user.cess.root=[0-9a-f]*' b | sed -n 2p)
  false_root="user.cess.root=$(printf '%064d' 7)"
  [ "${#root}" = "${#false_root}" ]
  sed "s/$root/$false_root/" b >claimed
  run --separate-stderr -3 bash -c 'cat claimed | cess-encode decode -o out'
  grep -q 'error: .*fragment 00000000-001-000 has another root' <<<"$stderr"
  [ ! -e out ]
  # With the manifest from elsewhere nothing is believed that it does not say.
  tar xf b manifest.json
  cat claimed | cess-encode decode -m manifest.json | cmp - in
}

@test "recipients, several; strangers get nothing" {
  for who in alice bob eve; do cess-encode key new -o $who.key >$who.said; done
  [ "$(stat -c %a alice.key)" = 600 ]
  diff alice.said alice.pub
  [ "$(cess-encode key public alice.key)" = "$(cat alice.pub)" ]
  random_file in 1000
  run_quiet cess-encode -r alice.pub -r "$(cat bob.pub)" "${small[@]}" -o b in
  cess-encode decode -i alice.key b | cmp - in
  cess-encode decode --identity eve.key --identity bob.key <b | cmp - in
  refused 1 'no identity given opens this file \(2 recipients\)' cess-encode decode -i eve.key -o out b
  [ ! -e out ]
  refused 2 'encrypted to keys' cess-encode decode b
  chmod 644 alice.key
  refused 4 "others may read it \(mode 0644, wanted 0600\)" cess-encode decode -i alice.key b
  refused 2 'exists already' cess-encode key new -o alice.key
}

@test "a key made by age-keygen works" {
  command -v age-keygen >/dev/null || skip "age is not installed"
  age-keygen -o k 2>/dev/null
  chmod 600 k
  echo hello >in
  cess-encode -r "$(cess-encode key public k)" in | cess-encode decode -i k | cmp - in
  cess-encode -r "$(grep -o 'age1.*' k)" in | cess-encode decode -i k | cmp - in
}

@test "a passphrase" {
  umask 077
  echo "correct horse" >pass
  echo "battery staple" >wrong
  echo secret >in
  run_quiet cess-encode --passphrase-file pass "${small[@]}" -o b in
  cess-encode decode --passphrase-file pass b | cmp - in
  refused 1 'the passphrase does not open this file' cess-encode decode --passphrase-file wrong b
  refused 2 'locked by a passphrase' cess-encode decode b
  : >empty
  refused 3 'has 0 bytes' cess-encode --passphrase-file empty in
}

@test "nobody to read: a usage error that tells what to do" {
  refused 2 'key new .*--recipient.*--passphrase-file.*--public' cess-encode </dev/null
  refused 2 'exclude each other' cess-encode --public -r age1x </dev/null
}

@test "a folder to encode: a usage error that tells to use tar" {
  mkdir folder
  refused 2 "cannot encode 'folder': it is a folder" cess-encode --public -o out folder
  grep -qF "hint: tar c FOLDER | cess-encode" <<<"$stderr"
  refused 2 'it is a folder' cess-encode --public -o out folder/
  [ ! -e out ]
}

@test "ranges, from files only" {
  random_file in 700001
  cess-encode --public "${small[@]}" -o b in
  while read -r range skip count; do
    cess-encode decode --range "$range" b | cmp - <(tail -c "+$((skip + 1))" in | head -c "$count")
  done <<'END'
0-0 0 1
0- 0 700001
65519-65520 65519 2
262079-262081 262079 3
-1 700000 1
-800000 0 700001
700000-700000 700000 1
699999-999999999 699999 2
100-524300 100 524201
END
  refused 1 'starts after the end' cess-encode decode --range 700001- b
  for bad in '' - 5 5-4 a-b -0 0x1-2 1-2-3 -- 99999999999999999999-; do
    run --separate-stderr -2 cess-encode decode --range "$bad" b
  done
  run --separate-stderr -2 bash -c 'cat b | cess-encode decode --range 0-1'
  grep -q 'not a pipe' <<<"$stderr"
}

@test "a range reads little" {
  command -v strace >/dev/null || skip "strace is not installed"
  random_file in 30000000
  cess-encode key new -o a.key >/dev/null
  cess-encode -r a.pub -d parts in
  strace -f -e trace=pread64,read -o trace cess-encode decode -i a.key --range 20000000-20000009 parts >/dev/null
  read_bytes=$(grep -E 'fragments|pread64' trace | grep -oE '= [0-9]+$' | awk '{s += $2} END {print s + 0}')
  [ "$read_bytes" -le 200000 ]
}

@test "inspect tells the manifest of a file, a folder, a bundle and a stream" {
  random_file in 1000
  fid=$(cess-encode --public "${small[@]}" --name letter.txt -o b in)
  mkdir d && tar x -C d -f b
  for from in b d d/manifest.json; do
    run_quiet cess-encode inspect "$from"
    [ "$(jq -r .fid <<<"$output")" = "$fid" ]
  done
  [ "$(cess-encode inspect <b | jq -r .name)" = letter.txt ]
  [ "$(cat b | cess-encode inspect --check | jq -r '.profile.name, .length' | tr '\n' ' ')" = "4+2 1000 " ]
}

@test "plan as a table and as JSON" {
  run_quiet cess-encode plan --size 10GiB --profile cess-4-8 --profile 10+6
  [ "${#lines[@]}" = 3 ]
  run_quiet cess-encode plan --size 1 --profile 4+4 --json
  [ "$(jq -r .schema <<<"$output")" = cess.plan/1 ]
  [ "$(jq -c '.profiles[0] | [.segment_count, .stored_bytes]' <<<"$output")" = '[1,8192]' ]
  # What plan says is stored is what encode stores.
  random_file in 700001
  cess-encode --public "${small[@]}" -d parts in
  planned=$(cess-encode plan --size 700001 --profile 4+2 --fragment-size 64KiB -j | jq '.profiles[0].stored_bytes')
  [ "$(cat parts/fragments/* | wc -c)" = "$planned" ]
  refused 2 'unknown name' cess-encode plan --size 1 --profile nonsense
}

@test "mask-key: what a repairer needs, and only for masked files" {
  random_file in 1000
  cess-encode key new -o a.key >/dev/null
  cess-encode -r a.pub "${small[@]}" -o b in
  run_quiet cess-encode mask-key -i a.key -o mask.json b
  [ "$(stat -c %a mask.json)" = 600 ]
  [ "$(jq -r .schema mask.json)" = cess.mask_key/1 ]
  [ "$(jq -r .file_id mask.json)" = "$(cess-encode inspect b | jq -r .file_id)" ]
  cess-encode --public --mask none "${small[@]}" -o c in
  refused 1 'not masked' cess-encode mask-key -o - c
}
