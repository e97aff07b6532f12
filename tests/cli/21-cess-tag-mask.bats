#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Masks by a tagger: the local form of it, with files and pipes.

load helper

setup_file() {
  export F="$BATS_FILE_TMPDIR"
  cd "$F" || return 1
  for t in 1 2 3; do
    cess-tag keygen -o "t$t.key" >"t$t.id"
  done
  cess-tag agents t1.pub t2.pub t3.pub >agents.json
  head -c 700000 /dev/urandom >plain
  cess-encode --public --mask none --profile 2+2 --fragment-size 64KiB plain -o plain.bundle
  cess-tag -k t1.key --mask tee --agents agents.json <plain.bundle >masked.bundle
  tar xf masked.bundle manifest.json
}

setup() { cd "$BATS_TEST_TMPDIR" || return 1; }

@test "a masked bundle has good tags, new roots, a new fid, and says so" {
  run_quiet cess-tag check "$F/masked.bundle"
  tar xf "$F/plain.bundle" manifest.json
  [ "$(jq -r .mask "$F/manifest.json")" = tee ]
  [ "$(jq -r .file_id manifest.json)" = "$(jq -r .file_id "$F/manifest.json")" ]
  [ "$(jq -r .header manifest.json)" = "$(jq -r .header "$F/manifest.json")" ]
  [ "$(jq -r .fid manifest.json)" != "$(jq -r .fid "$F/manifest.json")" ]
  jq -e '.custody.threshold == 2 and (.custody.shares | length) == 3' "$F/manifest.json"
  # Of the roots none is left, and none comes twice.
  cat manifest.json "$F/manifest.json" | jq -r '.segments[].roots[]' | sort | uniq -d >twice
  [ ! -s twice ]
}

@test "any two of three agents give the mask key, one does not" {
  for t in 1 2 3; do
    run_quiet cess-tag share -k "$F/t$t.key" -o "s$t" "$F/manifest.json"
  done
  for pair in "1 2" "1 3" "2 3"; do
    # shellcheck disable=SC2086  # two words
    set -- $pair
    run_quiet cess-tag combine -m "$F/manifest.json" -o "key$1$2" "s$1" "s$2"
    [ "$(stat -c %a "key$1$2")" = 600 ]
    cess-encode decode --mask-key "key$1$2" "$F/masked.bundle" | cmp - "$F/plain"
    cess-encode decode --mask-key "key$1$2" <"$F/masked.bundle" | cmp - "$F/plain"
  done
  refused 1 "" cess-tag combine -m "$F/manifest.json" -o none s1
  refused 1 "" cess-tag combine -m "$F/manifest.json" -o none s1 s1
  [ ! -e none ]
}

@test "a false share is named, and a third one replaces it" {
  for t in 1 2 3; do
    cess-tag share -k "$F/t$t.key" -o "s$t" "$F/manifest.json"
  done
  share="$(jq -r .share s2)"
  other=0
  [ "${share:0:1}" != 0 ] || other=1
  jq -c --arg share "$other${share:1}" '.share = $share' s2 >bad
  chmod 600 bad
  run --separate-stderr -0 cess-tag combine -m "$F/manifest.json" -o key s1 bad s3
  [[ "$stderr" == *"'bad' does not fit its digest"* ]]
  run --separate-stderr -1 cess-tag combine -m "$F/manifest.json" -o key2 s1 bad
}

@test "without the mask key nothing is decoded, and a wrong one is refused" {
  refused 1 "mask key is missing" cess-encode decode "$F/masked.bundle" -o out
  [ ! -e out ]
  cess-encode --public --mask none "$F/plain" |
    cess-tag -k "$F/t1.key" --mask tee --agents "$F/agents.json" >other.bundle
  tar xf other.bundle manifest.json
  for t in 1 2; do
    cess-tag share -k "$F/t$t.key" -o "o$t" manifest.json
  done
  cess-tag combine -m manifest.json -o other.key o1 o2
  refused 3 "other.key" cess-encode decode --mask-key other.key "$F/masked.bundle"
  refused 3 "o1" cess-tag combine -m "$F/manifest.json" -o none o1
}

@test "a store keeps a masked file, and its parity alone decodes with the mask key" {
  for t in 2 3; do
    cess-tag share -k "$F/t$t.key" -o "s$t" "$F/manifest.json"
  done
  cess-tag combine -m "$F/manifest.json" -o key s2 s3
  cess-store -s all init --capacity 64MiB >/dev/null
  cess-store -s all put "$F/masked.bundle" >/dev/null
  tar xf "$F/masked.bundle"
  fid="$(jq -r .fid "$F/manifest.json")"
  cess-store -s all get "$fid" | tar t | sort -u >want
  tar tf "$F/masked.bundle" | sort -u | diff - want
  # Decoding from parity alone needs the right masks of every fragment.
  rm fragments/*-000-000.frag fragments/*-001-000.frag
  cess-encode decode --mask-key key -m manifest.json fragments/*.frag | cmp - "$F/plain"
}

@test "a bundle that is masked already, or agents without a mask, are refused" {
  refused 2 "agents" cess-tag -k "$F/t1.key" --mask tee "$F/plain.bundle"
  refused 2 "agents" cess-tag -k "$F/t1.key" --agents "$F/agents.json" "$F/plain.bundle"
  refused 3 "has a mask already" cess-tag -k "$F/t1.key" --retag --mask tee --agents "$F/agents.json" \
    -o out "$F/masked.bundle"
  cess-encode --public "$F/plain" -o owner.bundle
  refused 3 "has a mask already" cess-tag -k "$F/t1.key" --mask tee --agents "$F/agents.json" -o out owner.bundle
  [ ! -e out ]
  refused 3 "twice" cess-tag agents "$F/t1.pub" "$F/t1.pub"
  cess-tag keygen -o other.key >/dev/null
  refused 1 "no share" cess-tag share -k other.key -o out "$F/manifest.json"
}
