#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Indexes of fingerprints whose writer is killed, or whose disk fails, at each call on their folder; readers and
# writers at once; damaged bytes; what is found against a plain comparison of all.
load helper

setup() {
  inject="$(dirname "$CESS_BIN")/inject.so"
  # Memory is the fastest disk, and SIGKILL does not lose what was written to it.
  memory="$(mktemp -d /dev/shm/cess-index.XXXXXX 2>/dev/null)" || memory="$BATS_TEST_TMPDIR"
  cd "$memory" || return 1
}
teardown() {
  [ -z "${adder-}" ] || kill "$adder" 2>/dev/null || true
  cd "$BATS_TEST_TMPDIR" && rm -rf "$memory"
}

# prints_of N SEED [NEAR]: N fingerprints; with NEAR each differs in a few bits from one of NEAR words.
prints_of() {
  python3 - "$@" <<'EOF'
import hashlib, random, struct, sys
n, seed, near = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0
r = random.Random(seed)
centres = [r.getrandbits(256) for _ in range(near)]
for i in range(n):
    word = r.choice(centres) if near else r.getrandbits(256)
    if near:
        for bit in r.sample(range(256), r.randrange(50)):
            word ^= 1 << bit
    exact = hashlib.sha256(b"%d %d" % (seed, i)).hexdigest()
    # doc/formats/fingerprint.md: the head, then the hash of no features and no units.
    head = b"CFP1" + bytes.fromhex(exact) + struct.pack("<QBI", 1, 1, 10) + b"text/plain"
    head += struct.pack("<IIQQ", 0, 0, 0, i) + word.to_bytes(32, "big") + hashlib.sha256(bytes(2)).digest()
    print('{"schema":"cess.fingerprint/1","kind":"text","type":"text/plain","size_bytes":"1","sha256":"%s",'
          '"certificate":"%016x","similarity":"%064x","commitment":"%s","features":{}}'
          % (exact, i, word, hashlib.sha256(b"cess.fingerprint/1\0" + head).hexdigest()))
EOF
}
# records INDEX: how many its check says; it fails if the check does.
records() { cess-fingerprint index check "$1" | jq -r .records; }
# files_of INDEX: how many files it has, besides the lock.
files_of() { find "$1" -type f ! -name lock | wc -l; }
# injected CALL:N:ACTION COMMAND...: run with this fault on the index's folder, named by its whole path.
injected() {
  { (export CESS_INJECT="$1" CESS_INJECT_UNDER="$PWD/$index" CESS_INJECT_COUNTS="$PWD/counts" LD_PRELOAD="$inject"
     exec "${@:2}" >injected.out 2>injected.err); } 2>/dev/null
}
# count_calls TEMPLATE INPUT VERB: how often the verb makes each call, in the file `counts`.
count_calls() {
  index=counted
  [ -z "$1" ] || cp -r "$1" "$index"
  injected none:0:EIO cess-fingerprint index "$3" "$PWD/$index" <"$2"
  rm -r "$index"
}
# synced N TEMPLATE INPUT VERB: the verb makes N calls of fsync: no kill shows what a power cut loses.
synced() {
  count_calls "${@:2}"
  [ "$(awk '$1 == "fsync" { print $2 }' counts)" = "$1" ] || { echo "synced $1? $(xargs <counts)" >&2; return 1; }
}
# fault CALL N ACTION OLD NEW TEMPLATE INPUT VERB: the verb on a copy of the template (none: "") with a fault at its
# N-th CALL. Afterwards the index has the old or the new number of records; the verb again gives the new, and leaves
# nothing over.
fault() {
  local spec="$1:$2:$3" old="$4" new="$5" template="$6" input="$7" verb="$8" has=none code=0
  index="case-${spec//:/-}"
  [ -z "$template" ] || cp -r "$template" "$index"
  injected "$spec" cess-fingerprint index "$verb" "$PWD/$index" <"$input" || code=$?
  if [ -e "$index/manifest" ]; then
    has="$(records "$index")" || { echo "$verb $spec: not whole" >&2; return 1; }
  fi
  [ "$has" = "$old" ] || [ "$has" = "$new" ] || { echo "$verb $spec: $has records" >&2; return 1; }
  # Who said that it is done has done it; who was killed said nothing; an error has words.
  case "$3:$code" in
    *:0) [ "$has" = "$new" ] || { echo "$verb $spec: exit 0 and $has records" >&2; return 1; } ;;
    kill:137 | after:137) seen=$((seen + 1)) ;;
    E*:4 | short:4) grep -q ': error: ' injected.err && seen=$((seen + 1)) ;;
    *) echo "$verb $spec: exit $code: $(cat injected.err)" >&2; return 1 ;;
  esac
  # A build that fails leaves nothing, if it may still remove files.
  [ "$verb:$code" != build:4 ] || [ "$3" = ENOSPC+ ] || [ "$1:$2" = rmdir:1 ] || [ ! -e "$index" ] ||
    { echo "$verb $spec: left $(ls -A "$index" | xargs)" >&2; return 1; }
  [ "$verb:$has" = "build:$new" ] || cess-fingerprint index "$verb" "$index" <"$input" >/dev/null
  [ "$(records "$index")" = "$new" ]
  [ "$(files_of "$index")" = "$wanted_files" ] ||
    { echo "$verb $spec: left over: $(ls -A "$index" | xargs)" >&2; return 1; }
  rm -r "$index"
}
# faults CALLS ACTIONS OLD NEW TEMPLATE INPUT VERB: at each of the verb's calls of these kinds.
faults() {
  local call action n count
  seen=0
  count_calls "${@:5}"
  cp counts all
  for call in $1; do
    count="$(awk -v call="$call" '$1 == call { print $2 }' all)"
    [ "$count" -gt 0 ] || { echo "no call of $call" >&2; return 1; }
    for action in $2; do
      for n in $(seq 1 "$count"); do fault "$call" "$n" "$action" "${@:3}"; done
    done
  done
  [ "$seen" -gt 0 ] || { echo "no fault was seen" >&2; return 1; }
}

# FULL=1: at all calls, with all actions (half an hour).
every="kill after EIO ENOSPC+ short EINTR"
@test "killed or failing at any call: the index before or the one after, whole, and nothing left over" {
  [ -e "$inject" ] || skip "this build has no fault injection"
  prints_of 3 1 >three
  prints_of 1 2 >one
  cess-fingerprint index build old.idx <three >/dev/null
  wanted_files=2
  local which="open write fsync link mkdir rename" actions=kill
  [ -z "${FULL:-}" ] || which=any actions="$every"
  synced 4 "" three build # log, manifest; each with the folder
  synced 2 old.idx one add # the log as it is found, the batch
  faults "$which" "$actions" none 3 "" three build
  # Of a batch that was not finished any part may be there: of one record the whole or nothing.
  faults "${which/ link mkdir rename/ ftruncate}" "$actions" 3 4 old.idx one add
  [ -n "${FULL:-}" ] || faults fsync EIO none 3 "" three build
  [ -n "${FULL:-}" ] || faults write ENOSPC+ 3 4 old.idx one add
}

@test "the same where a build sorts its records in a file and writes a segment" {
  [ -e "$inject" ] || skip "this build has no fault injection"
  prints_of 65537 12 >many
  wanted_files=3
  if [ -n "${FULL:-}" ]; then
    faults "open write fsync link rename mkdir close" "$every" none 65537 "" many build
    for n in $(seq 1 16 "$(awk '$1 == "read" { print $2 }' all)"); do
      for action in EIO short EINTR; do fault read "$n" "$action" none 65537 "" many build; done
    done
    return
  fi
  synced 6 "" many build # segment, log and manifest, each with the folder
  # The first writes are of the sorted records, the most of the segment.
  writes="$(awk '$1 == "write" { print $2 }' counts)"
  [ "$writes" -gt 16 ]
  for n in 1 $((writes / 2)); do fault write "$n" ENOSPC+ none 65537 "" many build; done
  fault write $((writes / 2)) kill none 65537 "" many build
  fault write 2 short none 65537 "" many build
  fault read 20 EIO none 65537 "" many build
  for n in 1 3; do fault link "$n" kill none 65537 "" many build; done
}

@test "the same where a log becomes a segment" {
  [ -e "$inject" ] || skip "this build has no fault injection"
  # The largest log there is.
  prints_of 65536 3 | cess-fingerprint index build old.idx >/dev/null
  prints_of 2 4 >two
  [ "$(files_of old.idx)" = 2 ]
  wanted_files=3
  synced 8 old.idx two add # segment, log and manifest with the folder, the log before and the new one
  if [ -n "${FULL:-}" ]; then
    # All but reading, which each table does by 256 KiB.
    faults "open write fsync link rename unlink ftruncate close" "$every" 65536 65538 old.idx two add
    for n in $(seq 1 16 "$(awk '$1 == "read" { print $2 }' all)"); do
      for action in EIO short EINTR; do fault read "$n" "$action" 65536 65538 old.idx two add; done
    done
  else
    faults "link rename unlink ftruncate" kill 65536 65538 old.idx two add
    fault fsync 2 EIO 65536 65538 old.idx two add
    fault rename 3 after 65536 65538 old.idx two add
    fault fsync 7 EIO 65536 65538 old.idx two add
  fi
}

# asked QUERY INDEX RADIUS BASE: what the index answers is what comparing all of BASE gives.
asked() {
  { cess-fingerprint index search "$2" --radius "$3" <"$1" || [ $? = 1 ]; } >answer
  python3 - "$1" answer "$3" "$4" <<'EOF'
import json, sys
query, answer, radius, base = sys.argv[1:]
lines = lambda path: [json.loads(line) for line in open(path)]
words = {j["commitment"]: int(j["similarity"], 16) for j in lines(base)}
found = 0
for q, a in zip(lines(query), lines(answer), strict=True):
    w = int(q["similarity"], 16)
    want = sorted(((w ^ x).bit_count(), c) for c, x in words.items() if (w ^ x).bit_count() <= int(radius))
    assert [(m["distance"], m["commitment"]) for m in a["matches"]] == want, (radius, q["commitment"])
    assert a["commitment"] == q["commitment"] and a["radius"] == int(radius)
    found += len(want)
print(found)
EOF
}

@test "each answer is that of a plain comparison, at any radius, among strangers and in a crowd" {
  for near in 0 12; do
    prints_of 3000 5 $near >base
    head -n 1500 base | cess-fingerprint index build "ids-$near" >/dev/null
    tail -n 2000 base | cess-fingerprint index add "ids-$near" >/dev/null
    [ "$(records "ids-$near")" = 3000 ]
    { tail -n 20 base; prints_of 20 6 $near; } >query
    for radius in 0 1 15 31 32 47 130 255 256; do asked query "ids-$near" "$radius" base >found; done
    [ "$(cat found)" = $((40 * 3000)) ]
  done
  for radius in -1 257 x; do
    refused 2 "--radius" cess-fingerprint index search ids-0 --radius "$radius" <query
  done
  cess-fingerprint index build empty </dev/null >/dev/null
  asked query empty 256 /dev/null
}

@test "searches while another process adds see what was there; one answer for each line, at once" {
  prints_of 12000 7 >base
  head -n 1 base >first
  cess-fingerprint index build ids <first >/dev/null
  mkfifo go
  # Each is another process, so that readers find the log at every length.
  { read -r <go
    for i in $(seq 1 40); do head -n $((300 * i)) base | tail -n 300 | cess-fingerprint index add ids || exit 1; done
  } >added 2>adder.err 3>&- &
  adder=$!
  echo >go
  while kill -0 "$adder" 2>/dev/null; do
    run_quiet cess-fingerprint index search ids --radius 0 <first
    [ "$(jq -r '.matches | length' <<<"$output")" = 1 ]
  done
  wait "$adder" || { cat adder.err >&2; return 1; }
  adder=
  [ "$(records ids)" = 12000 ]
  # Of two that add the second is told.
  mkfifo one
  cess-fingerprint index add ids <one >/dev/null 3>&- &
  adder=$!
  exec 8>one
  until grep -q ":$(stat -c %i ids/lock) " /proc/locks; do kill -0 "$adder"; done
  refused 6 "is locked by process $adder" cess-fingerprint index add ids </dev/null
  exec 8>&-
  wait "$adder"
  adder=
  # Who asks through a pipe has each answer before the next question.
  coproc SEARCH { cess-fingerprint index search ids --radius 0 3>&-; }
  adder="$SEARCH_PID"
  for i in 1 2 3; do
    sed -n "${i}p" base >&"${SEARCH[1]}"
    read -r -t 120 answer <&"${SEARCH[0]}"
    [ "$(jq -r '.matches[0].commitment' <<<"$answer")" = "$(sed -n "${i}p" base | jq -r .commitment)" ]
  done
}

@test "a build that fails leaves nothing, with the line's number; folders of others are let be" {
  prints_of 3 8 >three
  { cat three; echo '{"schema":"cess.fingerprint/1"}'; cat three; } >bad
  refused 3 "line 4: " cess-fingerprint index build ids <bad
  [ ! -e ids ]
  { cat three; echo; } >empty-line
  refused 3 "line 4: " cess-fingerprint index build ids <empty-line
  cess-fingerprint index build ids <three >/dev/null
  refused 2 "cannot make 'ids': it exists" cess-fingerprint index build ids <three
  refused 3 "line 4: " cess-fingerprint index add ids <bad
  [ "$(records ids)" = 3 ]
  mkdir logs
  echo mine >logs/log-1
  refused 2 "cannot make 'logs': it exists" cess-fingerprint index build logs <three
  echo mine >logs/lock
  echo mine >logs/log-2023.txt
  refused 2 "cannot make 'logs': it exists" cess-fingerprint index build logs <three
  [ "$(cat logs/* | sort -u)" = mine ]
  ln -s nowhere dangling
  refused 2 "cannot make 'dangling': it exists" cess-fingerprint index build dangling <three
  # Two builders: one is told. A build that was killed is begun anew.
  mkfifo one
  cess-fingerprint index build new <one >/dev/null 3>&- &
  adder=$!
  exec 8>one
  until [ -e new/lock ] && grep -q ":$(stat -c %i new/lock) " /proc/locks; do kill -0 "$adder"; done
  refused 6 "is locked by process $adder" cess-fingerprint index build new <three
  kill -9 "$adder"
  wait "$adder" || true
  adder=
  exec 8>&-
  refused 4 "no index in 'new'" cess-fingerprint index search new <three
  [ "$(cess-fingerprint index build new <three | jq -r .records)" = 3 ]
}

@test "damaged bytes are told, and no merge makes a right segment of a wrong one" {
  prints_of 2 9 >two
  cess-fingerprint index build ids <two >/dev/null
  # tests/unit/fingerprint/index_damage_test.cpp does this at each byte.
  for at in 0 8 20 31 40; do
    for file in manifest log-1; do
      flip ids/$file "$at"
      for verb in search add check; do
        refused 3 "cannot read 'ids/$file': " cess-fingerprint index $verb ids <two
      done
      flip ids/$file "$at"
    done
  done
  [ "$(records ids)" = 2 ]
  prints_of 65537 10 | cess-fingerprint index build large >/dev/null
  prints_of 65537 11 >more
  size="$(stat -c %s large/segment-2)"
  for at in 8 $((32 + 65537 * 40)) $((size - 1)); do
    flip large/segment-2 "$at"
    refused 3 "segment-2" cess-fingerprint index check large
    flip large/segment-2 "$at"
  done
  # The fourth segment of a size is merged with the others (index_damage_test.cpp does more of this).
  for n in 2 3; do
    [ "$(cess-fingerprint index add large <more | jq -r .records)" = $((n * 65537)) ]
    prints_of 65537 1$n >more
  done
  at=$((32 + 65537 * 32 + 5))
  flip large/segment-2 "$at"
  refused 3 "segment-2' was altered" cess-fingerprint index add large <more
  flip large/segment-2 "$at"
  [ "$(cess-fingerprint index add large <more | jq -r .records)" = $((4 * 65537)) ]
  [ "$(files_of large)" = 3 ]
}
