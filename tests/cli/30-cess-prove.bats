#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
load helper

B1=0101010101010101010101010101010101010101010101010101010101010101
B2=0202020202020202020202020202020202020202020202020202020202020202

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  cess-tag keygen -o tagger.key >tagger.id
  cess-tag keygen -o other.key >other.id
  random_file in 3000000
  # disk1 and disk2: the same file by two taggers; disk3: no tags; disk4: both kinds.
  cess-encode --public --profile 2+1 --fragment-size 640KiB <in >plain.bundle
  cess-tag -k tagger.key plain.bundle >tagged.bundle
  cess-tag -k other.key plain.bundle >other.bundle
  echo more | cess-encode --public --profile 1+1 >more.bundle
  for disk in 1 2 3 4; do cess-store -s disk$disk init --capacity 256MiB >/dev/null; done
  cess-store -s disk1 put <tagged.bundle >/dev/null
  cess-store -s disk2 put <other.bundle >/dev/null
  cess-store -s disk3 put <plain.bundle >/dev/null
  cess-store -s disk4 put <tagged.bundle >/dev/null
  cess-encode --public --profile 1+1 --fragment-size 64KiB in | cess-store -s disk4 put >/dev/null
  for disk in 1 2 3 4; do
    cess-prove challenge --beacon $B1 -s disk$disk --count 40 >c$disk.json
    cess-prove prove -s disk$disk c$disk.json >p$disk.json
  done
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  F="$BATS_FILE_TMPDIR"
}

# challenge STORE [OPTION]...
challenge() { local s="$1"; shift; cess-prove challenge --beacon $B1 -s "$F/$s" --count 40 "$@"; }
# verdict FILE [OPTION]...: verifies with both public keys; prints the reasons, "ok" for none.
verdict() {
  local f="$1"
  shift
  cess-prove verify --tagger "$F/tagger.pub" --tagger "$F/other.pub" "$@" "$f" >verdicts
  local code=$?
  jq -r 'if .ok then "ok" else .reason end' verdicts | paste -sd' '
  return $code
}
# bad REASON FILE [OPTION]...: one proof, refused for that reason.
bad() {
  local reason="$1"
  shift
  run --separate-stderr -1 verdict "$@"
  [ -z "$stderr" ] && [ "$output" = "$reason" ] || { echo "expected $reason, got $output $stderr" >&2; return 1; }
}

@test "the pipe of the manual, literally" {
  cp -r "$F/disk1" disk1
  cp "$F/tagger.pub" .
  run_quiet bash -c 'cess-prove challenge --beacon "$(openssl rand -hex 32)" -s disk1 |
    cess-prove prove -s disk1 | cess-prove verify --tagger tagger.pub'
  [ "$(jq -c '[.schema, .line, .ok]' <<<"$output")" = '["cess.verdict/1",1,true]' ]
}

@test "the pipe from bytes to a store, literally" {
  mkdir photos
  cp "$F/in" photos/one
  cp "$F/tagger.key" "$F/tagger.pub" .
  cess-encode key new -o alice.key >/dev/null
  cess-store -s disk1 init --capacity 100MB
  tar c photos | cess-encode --recipient alice.pub | cess-tag -k tagger.key | cess-store -s disk1 put >stored
  for suite in 1 1u 2; do
    cess-prove challenge --beacon $B1 -s disk1 --suite $suite | cess-prove prove -s disk1 |
      cess-prove verify --tagger tagger.pub
  done
  fid="$(jq -r 'select(.fid) | .fid' stored | tail -n1)"
  mv photos before
  cess-store -s disk1 get "$fid" | cess-encode decode --identity alice.key | tar x
  diff -r before photos
}

@test "every suite over every kind of store" {
  for disk in disk1 disk2 disk3 disk4; do
    for suite in 1 1u 2; do
      challenge $disk --suite $suite | cess-prove prove -s "$F/$disk" >p
      run_quiet verdict p
      [ "$output" = ok ]
    done
  done
}

@test "a challenge is what was asked for, and the same for the same arguments" {
  run_quiet challenge disk1 --epoch 7 --chain cess-test --suite 1u
  c="$output"
  [ "$(jq -c '[.chain_id, .epoch, .beacon, .count, .suite]' <<<"$c")" = "[\"cess-test\",7,\"$B1\",40,\"1u\"]" ]
  run_quiet challenge disk1 --epoch 7 --chain cess-test --suite 1u
  [ "$output" = "$c" ]
  run_quiet cess-prove challenge --beacon $B1 -s "$F/disk1"
  [ "$(jq .count <<<"$output")" = 513 ]
}

@test "a challenge from the list or the totals alone is the one from the store" {
  cess-store -s "$F/disk1" challenge index >index
  challenge disk1 >from_store
  cess-prove challenge --beacon $B1 --index index --count 40 | cmp - from_store
  cess-prove challenge --beacon $B1 --index - --count 40 <index | cmp - from_store
  field() { jq -r ".$1" from_store; }
  cess-prove challenge --beacon $B1 --svc-root "$(field svc_root)" --miner "$(field miner_id)" \
    --blocks "$(field blocks)" --fragments "$(field fragments)" --count 40 | cmp - from_store
  sed '$d' index >cut
  refused 3 "cut.*truncated" cess-prove challenge --beacon $B1 --index cut
  { head -n1 index; tail -n +2 index | tac; } >turned
  refused 3 "svc_root" cess-prove challenge --beacon $B1 --index turned
}

@test "a list made by another program: same root, little memory" {
  for n in 1 2 3 1000 100000; do
    python3 "$CESS_ROOT/tests/vectors/podr2/service_index.py" $n >list
    run_quiet bash -c "ulimit -v 300000; cess-prove challenge --beacon $B1 --index list"
    [ "$(jq .fragments <<<"$output")" = $n ]
  done
}

@test "the raw proof is the 128 bytes of the JSON one" {
  cess-prove prove -s "$F/disk1" --raw -o raw "$F/c1.json"
  [ "$(stat -c %s raw)" = 128 ]
  [ "$(xxd -p -c 256 raw)" = "$(jq -r '.groups[0].proof' "$F/p1.json")" ]
  challenge disk1 --suite 2 >c2
  refused 2 "suite 1" cess-prove prove -s "$F/disk1" --raw c2
  refused 1 "no tags" cess-prove prove -s "$F/disk3" --raw "$F/c3.json"
}

@test "proofs without openings need the index" {
  cess-prove prove -s "$F/disk1" --no-openings "$F/c1.json" >p
  [ "$(jq -c .openings p)" = "[]" ]
  bad opening p
  cess-store -s "$F/disk1" challenge index >index
  run_quiet verdict p --index index
  [ "$output" = ok ]
  cess-store -s "$F/disk2" challenge index >index2
  bad binding p --index index2
  # The list pins what may be asked of, also for a proof that brings its openings.
  run_quiet verdict "$F/p1.json" --index index
  [ "$output" = ok ]
  bad binding "$F/p1.json" --index index2
}

@test "many proofs in one input: a verdict a line, the liars named" {
  cat "$F"/p[1234].json >all
  jq -c '.groups[0].proof |= (.[0:200] + (if .[200:201] == "0" then "1" else "0" end) + .[201:])' "$F/p2.json" >lie
  sed -i "2{r lie
d}" all
  run --separate-stderr -1 verdict all
  [ "$output" = "ok equation ok ok" ]
  [ "$(jq -s -c '[.[].line]' verdicts)" = "[1,2,3,4]" ]
  [ "$(jq -r 'select(.ok | not) | .miner_id' verdicts)" = "$(jq -r .miner_id "$F/c2.json")" ]
}

@test "stale epoch, other miner, other chain, other index, other count are refused" {
  asked() { verdict "$1" --challenge "$F/c1.json"; }
  run_quiet asked "$F/p1.json"
  [ "$output" = ok ]
  for change in "--beacon $B1 --epoch 1" "--beacon $B2"; do
    # shellcheck disable=SC2086
    cess-prove challenge -s "$F/disk1" --count 40 $change | cess-prove prove -s "$F/disk1" >p
    bad "stale missing" p --challenge "$F/c1.json"
  done
  for change in "--chain elsewhere" "--suite 2"; do
    # shellcheck disable=SC2086
    challenge disk1 $change | cess-prove prove -s "$F/disk1" >p
    bad "binding missing" p --challenge "$F/c1.json"
  done
  cess-prove challenge --beacon $B1 -s "$F/disk1" --count 41 | cess-prove prove -s "$F/disk1" >p
  bad "binding missing" p --challenge "$F/c1.json"
  bad "binding missing" "$F/p2.json" --challenge "$F/c1.json"
  # The index has grown since.
  cp -r "$F/disk1" disk
  cess-store -s disk put <"$F/more.bundle" >/dev/null
  cess-prove challenge --beacon $B1 -s disk --count 40 | cess-prove prove -s disk >p
  bad "binding missing" p --challenge "$F/c1.json"
  # Taking the right challenge for another answer does not help.
  jq -c --slurpfile c "$F/c1.json" '.challenge = $c[0]' "$F/p2.json" >p
  bad opening p --challenge "$F/c1.json"
  # Another epoch asks for other blocks, perhaps of the same fragments.
  jq -c '.challenge.epoch = 9' "$F/p1.json" >p
  run --separate-stderr -1 verdict p
  [ "$output" = opening ] || [ "$output" = equation ]
}

@test "the same proof twice: the first counts" {
  cat "$F/p1.json" "$F/p1.json" >twice
  bad "ok submitted" twice
}

@test "points and scalars that are not canonical" {
  proof() { jq -c --arg p "$1" '.groups[0].proof = ($p + .groups[0].proof[($p | length):])' "$F/p1.json" >p; }
  tail_of() { jq -c --arg p "$1" '.groups[0].proof = (.groups[0].proof[0:192] + $p)' "$F/p1.json" >p; }
  zeros() { printf '0%.0s' $(seq "$1"); }
  f() { printf 'f%.0s' $(seq "$1"); }
  proof "$(f 96)"
  bad point p
  proof "$(zeros 96)"
  bad point p
  proof "80$(zeros 92)04" # on the curve, outside the subgroup
  bad point p
  proof "c0$(zeros 94)" # the identity
  bad equation p
  tail_of "$(f 64)"
  bad scalar p
  tail_of "01000000fffffffffe5bfeff02a4bd5305d8a10908d83933487d9d2953a7ed73" # r itself
  bad scalar p
  tail_of "00"
  bad scalar p
  tail_of "$(zeros 66)"
  bad scalar p
}

@test "one flipped digit anywhere in a proof is never good" {
  python3 - "$F/p4.json" >bent <<'END'
import json, random, sys
line = open(sys.argv[1]).read().strip()
random.seed(1)
# The number of fragments only shapes the paths; a neighbouring number may give the same shapes.
shape = line.index('"fragments"')
shape = range(shape, line.index(",", shape))
places = [i for i, c in enumerate(line) if c in "0123456789abcdf" and i not in shape]
for i in random.sample(places, 150):
    c = line[i]
    print(line[:i] + ("0" if c != "0" else "1") + line[i + 1:])
END
  n=0
  while IFS= read -r line; do
    echo "$line" >p
    run verdict p
    # 1: judged false; 3: no longer a proof at all.
    [ "$status" = 1 ] || [ "$status" = 3 ]
    n=$((n + 1))
  done <bent
  [ $n = 150 ]
}

@test "an unknown tagger is the proof's fault, not the batch's" {
  cat "$F/p1.json" "$F/p2.json" >both
  run --separate-stderr -1 cess-prove verify --tagger "$F/tagger.pub" both
  [ "$(jq -s -c 'map([.ok, .reason])' <<<"$output")" = '[[true,null],[false,"tagger"]]' ]
}

# Enough blocks that the damaged or lost one of 27 is asked for: it is missed once in 10^9 runs.
SURE=600

@test "a damaged fragment makes a false proof; --check finds it first" {
  cp -r "$F/disk1" disk
  frag="$(find disk/fragments -name '*.frag' | sort | head -n1)"
  chmod u+w "$frag"
  flip "$frag" 5
  for suite in 1 2; do
    cess-prove challenge --beacon $B1 -s disk --count $SURE --suite $suite >c.$suite
  done
  cess-prove prove -s disk c.1 >p
  bad equation p
  run --separate-stderr -1 cess-prove prove -s disk --check c.1
  [ -z "$output" ]
  grep -q "fragment $(basename "$frag" .frag): its bytes do not have its root" <<<"$stderr"
  # Suite 2 needs no second look.
  run --separate-stderr -1 cess-prove prove -s disk c.2
  [ -z "$output" ]
  grep -q "fragment $(basename "$frag" .frag): its bytes do not have its root" <<<"$stderr"
  run_quiet cess-prove prove --check -s "$F/disk1" "$F/c1.json"
}

@test "a missing fragment is named, and no proof is made" {
  cp -r "$F/disk1" disk
  cess-prove challenge --beacon $B1 -s disk --count $SURE >c
  frag="$(find disk/fragments -name '*.frag' | sort | head -n1)"
  rm -f "$frag"
  run --separate-stderr -1 cess-prove prove -s disk -o out c
  grep -q "$(basename "$frag" .frag)" <<<"$stderr"
  grep -q "1 of the asked fragments" <<<"$stderr"
  [ ! -e out ]
}

@test "challenges for others and for old states are refused" {
  refused 1 "miner" cess-prove prove -s "$F/disk2" "$F/c1.json"
  cp -r "$F/disk1" disk
  cess-store -s disk put <"$F/more.bundle" >/dev/null
  refused 1 "another state" cess-prove prove -s disk "$F/c1.json"
}

@test "a prover that runs on answers for what was put meanwhile" {
  cp -r "$F/disk1" disk
  mkfifo asked
  cess-prove prove -s disk <asked >proofs 3>&- &
  local pid=$!
  exec 7>asked
  cat "$F/c1.json" >&7
  timeout 300 bash -c 'until [ "$(wc -l <proofs)" = 1 ]; do sleep 0.1; done'
  cess-store -s disk put <"$F/more.bundle" >/dev/null
  cess-prove challenge --beacon $B2 -s disk --count 40 >&7
  exec 7>&-
  wait $pid
  run_quiet verdict proofs
  [ "$output" = "ok ok" ]
}

@test "no proof, no challenge, no sense: exit 3" {
  : >empty
  refused 3 "empty" cess-prove verify --tagger "$F/tagger.pub" empty
  refused 3 "empty" cess-prove verify --tagger "$F/tagger.pub" --challenge empty "$F/p1.json"
  refused 3 "empty" cess-prove prove -s "$F/disk1" empty
  echo '{}' >p
  refused 3 "'p': line 1.*schema" cess-prove verify p
  jq -c '.challenge.suite = "3"' "$F/p1.json" >p
  refused 3 "suite" cess-prove verify p
  jq -c '.suite = "3"' "$F/p1.json" >p
  refused 3 "suite" cess-prove verify p
  jq -c '.suite = "2"' "$F/p1.json" >p
  bad suite p
  head -c 1000 "$F/p1.json" >p
  refused 3 "'p': line 1" cess-prove verify p
  head -c 1000 "$F/c1.json" | tr , ';' >c
  refused 3 "'c': line 1" cess-prove prove -s "$F/disk1" c
}

@test "malformed lines stop nobody else from being judged" {
  { cat "$F/p1.json"; echo x; cat "$F/p2.json"; echo '{}'; cat "$F/p4.json"; } >p
  run --separate-stderr -3 verdict p --challenge <(cat "$F"/c[1234].json)
  [ "$output" = "ok ok ok missing" ]
  [ "$(jq -s -c '[.[].line]' verdicts)" = "[1,3,5,null]" ]
  [[ "$stderr" == *"line 2"* ]]
}

@test "a million claims: refused in linear time and little memory" {
  yes '{"schema":"cess.proof/1"}' | head -n 1000000 >claims
  refused 3 "line 1: .*challenge" cess-prove verify claims
  # Small claims that parse, all false: 20,000 judged one by one, 2^20 + 1 lines refused.
  jq -c '.groups = [] | .leaves = [] | .openings = [] | .challenge.count = 1' "$F/p1.json" >small
  claim="$(cat small)"
  yes "$claim" | head -n 20000 >many
  run --separate-stderr -1 bash -c "ulimit -v 1000000; cess-prove verify -T 1 many >verdicts"
  [ "$(wc -l <verdicts)" = 20000 ]
  [ "$(jq -r .reason verdicts | sort -u)" = opening ]
}

@test "short claims of many blocks take no more memory than long ones" {
  cess-store -s disk init --capacity 100MiB >/dev/null
  cess-tag -k "$F/tagger.key" "$F/more.bundle" | cess-store -s disk put >/dev/null
  cess-prove challenge --beacon $B1 -s disk --count 65536 --suite 1u | cess-prove prove -s disk |
    jq -c '.groups[0] |= with_entries(if .key == "tagger" then . else .value = "" end)' >claim
  for _ in $(seq 100); do cat claim; done >claims
  run --separate-stderr -1 bash -c "ulimit -v 200000; cess-prove verify -T 1 --tagger '$F/tagger.pub' claims >verdicts"
  [ "$(jq -r .reason verdicts | sort | uniq -c | xargs)" = "100 scalar" ]
}

@test "a line without end is refused before it fills memory" {
  head -c 200000000 /dev/zero | tr '\0' ' ' >blank
  refused 3 "longer than 134217728 bytes" bash -c "ulimit -v 3000000; cess-prove verify blank"
  refused 3 "longer than 33554432" bash -c "ulimit -v 1500000; head -c 40000000 blank | cess-prove prove -s '$F/disk1'"
  refused 3 "longer than 4096" cess-prove prove -s "$F/disk1" <<<"$(jq -c '.why = " " * 5000' "$F/c1.json")"
}

@test "fewer threads than asked for will do" {
  # Each thread reserves its stack: 3 GB of it for a few threads, then more than there is for one.
  run_quiet bash -c "ulimit -s 3000000 -v 15000000; cess-prove prove -T 64 -s '$F/disk4' '$F/c4.json' >p"
  cmp p "$F/p4.json"
  cat "$F"/p[1234].json >all
  run_quiet bash -c "ulimit -s 2000000 -v 1900000
    cess-prove verify -T 64 --tagger '$F/tagger.pub' --tagger '$F/other.pub' all"
}

@test "audit-plan says what the formula says" {
  run_quiet cess-prove audit-plan --bad 0.01 --count 460 --probability 0.999
  grep -q '99.0178%' <<<"$output"
  grep -qw 688 <<<"$output"
  run_quiet cess-prove audit-plan --json --bad 0.01 --count 512 --probability 0.999 --fragments 1000000
  [ "$(jq -c '[.schema, .default_count, .required[0].counts[0]]' <<<"$output")" = '["cess.audit_plan/1",4419,688]' ]
  [ "$(jq '.detection[0].probabilities[0] * 10000 | floor' <<<"$output")" = 9941 ]
  refused 2 "" cess-prove audit-plan --bad 0
  refused 2 "" cess-prove audit-plan --bad 1.1
  refused 2 "" cess-prove audit-plan --probability 1
}

@test "wrong usage" {
  refused 2 "" cess-prove
  refused 2 "beacon" cess-prove challenge -s "$F/disk1"
  refused 2 "exactly one of" cess-prove challenge --beacon $B1
  refused 2 "exactly one of" cess-prove challenge --beacon $B1 -s "$F/disk1" --index x
  refused 2 "go with --svc-root" cess-prove challenge --beacon $B1 -s "$F/disk1" --blocks 5
  refused 2 "needs" cess-prove challenge --beacon $B1 --svc-root $B1 --blocks 5
  refused 2 "beacon" cess-prove challenge --beacon 00 -s "$F/disk1"
  refused 2 "beacon" cess-prove challenge --beacon "${B1^^}x" -s "$F/disk1"
  refused 2 "" challenge disk1 --suite 3
  refused 2 "" cess-prove challenge --beacon $B1 -s "$F/disk1" --count 0
  refused 2 "" cess-prove challenge --beacon $B1 -s "$F/disk1" --count 65537
  refused 2 "count" cess-prove challenge --beacon $B1 -s "$F/disk1" --count 8193 --suite 2
  refused 2 "" cess-prove challenge --beacon $B1 -s "$F/disk1" --epoch 4294967296
  refused 2 "chain_id" challenge disk1 --chain "a b"
  refused 4 "none" challenge ../none
  refused 4 "none" cess-prove verify none
  refused 2 "only one input" cess-prove verify --challenge -
  refused 2 "only one input" cess-prove verify --challenge - --index - none
  cess-store -s empty init --capacity 100MiB >/dev/null
  refused 1 "empty" cess-prove challenge --beacon $B1 -s empty
}
