#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# repair: bit-identical, tags kept, from stores and bundles, masked files too.

load helper

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  cess-tag keygen -o tagger.key >/dev/null 2>&1
  cess-encode key new -o alice.key >/dev/null 2>&1
  cess-encode key public alice.key >alice.pub
  random_file plain 700000
  cess-encode -r alice.pub --mask owner --fragment-size 64KiB plain 2>/dev/null |
    cess-tag -k tagger.key >private.tar 2>/dev/null
  cess-encode mask-key --identity alice.key -o mask.key private.tar 2>/dev/null
  cess-encode --public --mask owner --copies 2 --profile 2+2 --fragment-size 64KiB -o copies.tar plain 2>/dev/null
}
setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  cp "$BATS_FILE_TMPDIR"/* .
}

new_store() { cess-store -s "$1" init --capacity 64MiB; }
fid_of() { cess-encode inspect "$1" | jq -r .fid; }
# The fragments of a store with their sums, and their tag files.
contents() { (cd "$1" && find fragments tags taggers manifests -type f -exec sha256sum {} + | sort -k 2); }

@test "a lost column is rebuilt onto a new store: the same fragments, tags, ids" {
  for i in 0 1 2 3; do
    new_store "s$i"
    cess-store -s "s$i" put --column "$((i * 2))-$((i * 2 + 1))" private.tar >/dev/null
  done
  new_store want
  new_store got
  cess-store -s want put --column 9,11 private.tar >acks
  fid=$(fid_of private.tar)
  from="--from s0 --from s2"
  # Masked, so that miners cannot: the key is needed.
  # shellcheck disable=SC2086
  run --separate-stderr -1 cess-store -s got repair --fid "$fid" --column 9,11 $from
  [[ "$output" == *"needs --mask-key"* ]]
  # shellcheck disable=SC2086
  run_quiet -0 cess-store -s got repair --fid "$fid" --column 9,11 $from --mask-key mask.key
  diff <(grep cess.ack/1 <<<"$output") <(grep cess.ack/1 acks)
  diff <(contents got) <(contents want)
  run_quiet -0 cess-store -s got scrub
  cess-prove challenge --beacon "$(printf '%064d' 9)" -s got | cess-prove prove -s got |
    cess-prove verify --tagger tagger.pub
  # Again: nothing left to do.
  # shellcheck disable=SC2086
  run_quiet -0 cess-store -s got repair --fid "$fid" --column 9,11 $from
  [ -z "$output" ]
}

@test "too few fragments: says so, changes nothing, exit 1" {
  new_store a
  new_store b
  cess-store -s a put --column 0-2 private.tar >/dev/null
  run --separate-stderr -1 cess-store -s b repair --fid "$(fid_of private.tar)" --column 5 --from a --mask-key mask.key
  [[ "$output" == *"needs 4 of 12 fragments, the sources have 3"* ]]
  [ "$(cess-store -s b list --fragments | wc -l)" = 0 ]
}

@test "damage in fragments, tags, tagger key and manifest heals from a store" {
  new_store a
  new_store b
  cess-store -s a put private.tar >/dev/null
  cess-store -s b put --column 0-4 private.tar >/dev/null
  contents a >want
  for file in $(find a/fragments -name '*.frag' | sort | sed -n '3p;9p;20p') \
    $(find a/tags -type f | sort | sed -n 2p) a/manifests/* a/taggers/*; do
    flip "$file" 200
  done
  run --separate-stderr -1 cess-store -s a scrub
  [ "$(wc -l <<<"$output")" = 6 ]
  run_quiet -0 cess-store -s a repair --from b --mask-key mask.key
  [ "$(grep -c cess.repaired/1 <<<"$output")" = 6 ]
  contents a | diff - want
  run_quiet -0 cess-store -s a scrub
}

@test "damage heals from a bundle, file and folder, without a mask key" {
  new_store a
  cess-store -s a put private.tar >/dev/null
  contents a >want
  cess-store -s a get "$(fid_of private.tar)" -d folder
  for bundle in private.tar folder; do
    for file in $(find a/fragments a/tags a/taggers -type f); do flip "$file" 90; done
    run --separate-stderr -1 cess-store -s a scrub
    run_quiet -0 cess-store -s a repair --bundle "$bundle"
    contents a | diff - want
  done
}

@test "a bad source is not believed" {
  new_store a
  new_store b
  cess-store -s a put private.tar >/dev/null
  cess-store -s b put private.tar >/dev/null
  contents a >want
  file=$(cd a && find fragments -name '*.frag' | sort | sed -n 5p)
  flip "a/$file" 7
  flip "b/$file" 8
  for other in $(cd b && find fragments -name '*.frag' | sort | sed -n '6,9p'); do flip "b/$other" 1; done
  cess-store -s a scrub >/dev/null || true
  run_quiet -0 cess-store -s a repair --from b --mask-key mask.key
  contents a | diff - want
}

@test "a bad source's tags are skipped, the good ones come from elsewhere" {
  for s in a want got; do new_store "$s"; done
  cess-store -s a put private.tar >/dev/null
  cess-store -s want put --column 9,11 private.tar >/dev/null
  fid=$(fid_of private.tar)
  cess-store -s a get "$fid" -d bad
  flip bad/tags/00000000-009-000.tag 0                                        # no tag file any more
  cp bad/tags/00000001-003-000.tag bad/tags/00000001-009-000.tag              # another fragment's
  offset=$(($(stat -c %s bad/tags/00000001-011-000.tag) - 1))
  for at in 70 200 "$offset"; do flip bad/tags/00000001-011-000.tag "$at"; done # signature
  run --separate-stderr -1 cess-store -s got repair --fid "$fid" --column 9,11 --bundle bad
  [[ "$stderr" == *"skipped a tag file"* ]]
  [[ "$output" == *"no source has good tags of it"* ]]
  run --separate-stderr -0 cess-store -s got repair --fid "$fid" --column 9,11 --bundle bad --bundle private.tar
  [[ "$stderr" == *"'bad': skipped a tag file of segment"* ]]
  [ "$(cd got && find fragments -type f -exec sha256sum {} + | sort)" = \
    "$(cd want && find fragments -type f -exec sha256sum {} + | sort)" ]
  run_quiet -0 cess-store -s got scrub
}

@test "replicas: one copy of a public masked file is rebuilt from the other" {
  new_store a
  new_store b
  new_store want
  cess-store -s a put --column 0-3 copies.tar >/dev/null
  cess-store -s want put --column 4-7 copies.tar >/dev/null
  cess-store -s b repair --fid "$(fid_of copies.tar)" --column 4-7 --from a >/dev/null
  diff <(cd b && find fragments -type f -exec sha256sum {} + | sort) \
    <(cd want && find fragments -type f -exec sha256sum {} + | sort)
}

@test "a repair that was killed goes on" {
  new_store a
  new_store got
  cess-store -s a put private.tar >/dev/null
  fid=$(fid_of private.tar)
  cess-store -s got repair --fid "$fid" --column 0-11 --from a | { head -n 12 >first; }
  [ "$(wc -l <first)" = 12 ]
  cess-store -s got repair --fid "$fid" --column 0-11 --from a >/dev/null
  [ "$(cess-store -s got list --json | jq .fragments)" = "$(cess-store -s a list --json | jq .fragments)" ]
  cess-store -s got get "$fid" | cess-encode decode --identity alice.key | cmp - plain
}

@test "wrong usage and wrong keys" {
  new_store a
  fid=$(fid_of private.tar)
  refused 2 "belong together" cess-store -s a repair --fid "$fid"
  refused 2 "belong together" cess-store -s a repair --column 1
  refused 2 "own files" cess-store -s a repair --index --from a
  refused 4 "cannot open" cess-store -s a repair --bundle nothing
  refused 1 "no source has a good manifest" cess-store -s a repair --fid "$fid" --column 1
  cp mask.key open.key && chmod 644 open.key
  refused 4 "0600" cess-store -s a repair --mask-key open.key
  echo '{}' >bad.key && chmod 600 bad.key
  refused 3 "bad.key" cess-store -s a repair --mask-key bad.key
}
