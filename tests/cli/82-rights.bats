#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Certificates of rights on a real network: from pictures to conflicts, parents, transfers, disputes, lineage, proofs,
# and uploads that carry one.
load helper

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  mkfifo ready
  cess up -d net --host "$(own_host)" --validators 1 --miners 4 --taggers 0 --capacity 1GiB --block-ms 300 \
    --ready-fd 9 9>ready >up.out 2>up.err 3>&- &
  echo $! >up.pid
  read -r <ready || { cat up.out up.err >&2; return 1; }
  export CESS_NODE="$PWD/net/node-0"
  for who in me bob; do
    cess-chain key new -o $who.key >$who
    cess-chain tx transfer -k net/faucet.key --to "$(cat $who)" --amount 1000 --wait included >/dev/null
  done
}
teardown_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  { kill "$(cat up.pid)" && wait "$(cat up.pid)"; } 2>/dev/null || true
}
teardown() { [ -z "${node-}" ] || kill -9 "$node" 2>/dev/null || true; }
setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  net="$BATS_FILE_TMPDIR/net"
  export CESS_NODE="$net/node-0" XDG_STATE_HOME="$PWD/state"
  cp -p "$BATS_FILE_TMPDIR"/{me,bob}{,.key} .
}

# picture NAME SEED: soft spots of colour, the same on every machine; other seeds, other pictures.
picture() {
  awk -v x="$2" 'function r() { x = x * 16807 % 2147483647; return int(x / 2147483647 * 256) }
    BEGIN { for (i = 0; i < 60; i++) r(); print "P3 24 18 255"; for (i = 0; i < 24 * 18 * 3; i++) print r() }' \
    >spots.ppm
  convert spots.ppm -filter triangle -resize 640x480! "$1"
}
# denied PATTERN COMMAND...: it went into a block and failed there.
denied() {
  run --separate-stderr -1 "${@:2}"
  grep -qE -- "$1" <<<"$stderr" || { echo "no match for '$1' in: $stderr" >&2; return 1; }
}
register() { cess-chain rights register -k "$@"; }

@test "first confirmed wins; a near work of another is refused, and named with distance and holder" {
  picture photo.png 1
  convert photo.png -quality 80 photo.jpg
  cess-fingerprint photo.png | register me.key -j >mine.json
  [ "$(jq -r '.answer, (.conflicts | length), .reach' mine.json | tr '\n' ' ')" = "registered 0 31 " ]
  id="$(jq -r .certificate mine.json)"
  [ "$id" = "$(cess-fingerprint photo.png | jq -r .commitment)" ]

  cess-fingerprint photo.jpg >copy.jsonl
  run --separate-stderr -1 register bob.key -j copy.jsonl
  [ -z "$stderr" ]
  [ "$(jq -r '.answer, .conflicts[0].certificate, .conflicts[0].holder' <<<"$output" | tr '\n' ' ')" = \
    "refused $id $(cat me) " ]
  [ "$(jq '.conflicts[0].distance' <<<"$output")" -le 31 ]
  run --separate-stderr -1 register bob.key copy.jsonl
  [ -z "$output" ]
  [[ "$stderr" =~ "photo.jpg: conflict with certificate '$id' at distance "[0-9]+", held by $(cat me)" ]]
  # Nor does the faucet give to who is refused; of two works it gives for the one that is free.
  nobody="$(cess-chain key new -o nobody.key)"
  run --separate-stderr -1 register nobody.key --faucet "$net/faucet.key" copy.jsonl
  [[ "$stderr" != *" gave "* && "$stderr" == *conflict* ]]
  run -1 --separate-stderr cess-chain show account "$nobody"
  picture free.png 11
  cess-fingerprint photo.jpg free.png >two.jsonl
  run --separate-stderr -1 register nobody.key --faucet "$net/faucet.key" two.jsonl
  [ "${#lines[@]}" = 1 ]
  [[ "$stderr" == *" gave 12 CESS to $nobody"* ]]
  [ "$(cess-chain show rights "$(sha free.png)" -j | jq -r .holder)" = "$nobody" ]
  # The same bytes under another name; nobody pays for an answer that is known before.
  cess-fingerprint photo.png | { run -1 register bob.key --json; jq -e '.conflicts[0].same_bytes' <<<"$output"; }
  [ "$(cess-chain show account "$(cat bob)" -j | jq .nonce)" = 0 ]
  # One's own again is no conflict, and is found by every name it has.
  run_quiet bash -c "cess-fingerprint photo.png | cess-chain rights register -k me.key -j"
  [ "$(jq -r '.answer, .certificate' <<<"$output" | tr '\n' ' ')" = "known $id " ]
  for name in "$id" "$(sha photo.png)" "$(cess-fingerprint photo.png | jq -r .certificate)"; do
    [ "$(cess-chain show rights "$name" -j | jq -r .holder)" = "$(cat me)" ]
  done
  [ "$(cess-chain show "$id" -j | jq -r .print.type)" = image/png ]
  refused 1 "no certificate of '$(printf 'ab%.0s' {1..32})'" cess-chain show rights "$(printf 'ab%.0s' {1..32})"
  refused 3 "'x' names no certificate" cess-chain show rights x
}

@test "derived works name their parents, with permission; lineage shows both directions" {
  picture a.png 2
  convert a.png -quality 70 b.jpg
  convert a.png -resize 80% c.png
  cess-fingerprint a.png | register me.key --terms CC-BY-4.0 -j >a.json
  a="$(jq -r .certificate a.json)"
  cess-fingerprint b.jpg >b.jsonl
  # Told before anything is paid.
  refused 1 "no permission of $(cat me) to derive" register bob.key --parent "$a" --check b.jsonl
  nonce="$(cess-chain show account "$(cat bob)" -j | jq .nonce)"
  refused 1 "no permission of $(cat me) to derive" register bob.key --parent "$a" b.jsonl
  refused 2 "a parent is named twice" register me.key --parent "$a" --parent "$a" b.jsonl
  refused 2 "the text may be 256 bytes" cess-chain rights dispute "$a" --text "$(printf 'x%.0s' {1..257})" -k bob.key
  [ "$(cess-chain show account "$(cat bob)" -j | jq .nonce)" = "$nonce" ]
  cess-chain rights permit "$a" --to "$(cat bob)" -k me.key >/dev/null
  run_quiet register bob.key --parent "$a" --check -j b.jsonl
  [ "$(jq -r .answer <<<"$output")" = free ]
  b="$(register bob.key --parent "$a" -j b.jsonl | jq -r .certificate)"
  c="$(cess-fingerprint c.png | register bob.key --parent "$a" --parent "$b" -j | jq -r .certificate)"
  run_quiet cess-chain rights lineage -j "$c"
  [ "$(jq -r '"\(.generation) \(.certificate)"' <<<"$output")" = "-1 $b"$'\n'"-1 $a"$'\n'"0 $c" ]
  run_quiet cess-chain rights lineage "$a"
  [ "${#lines[@]}" = 3 ]
  [[ "${lines[0]}" == "   0  $a  image  $(cat me)" && "${lines[1]}" == "  +1  $b  image  $(cat bob)" ]]
  [ "$(cess-chain show rights "$a" -j | jq -r '.terms.text, .children' | tr '\n' ' ')" = "CC-BY-4.0 2 " ]
  # Parents stay; the last of the line can be given up, and its deposit comes back.
  denied "works derived from it are registered" cess-chain rights withdraw "$b" -k bob.key
  cess-chain rights withdraw "$c" -k bob.key >/dev/null
  refused 1 "no certificate of" cess-chain show rights "$c"
}

@test "many lines are registered together, answered in their order, each once" {
  for i in {1..20}; do echo "line $i: $(seq $((i * 1000)) $((i * 1000 + 99)) | tr '\n' ' ')" >$i.txt; done
  cess-fingerprint {1..20}.txt >lines.jsonl
  # The fourth again right behind, and behind all; and one of another holder in the midst.
  cess-fingerprint 7.txt | register bob.key >/dev/null
  { head -4 lines.jsonl; sed -n 4p lines.jsonl; tail -n +5 lines.jsonl; sed -n 4p lines.jsonl; } >again.jsonl
  before="$(cess-chain show account "$(cat me)" -j | jq .nonce)"
  run --separate-stderr -1 register me.key -j again.jsonl
  [ -z "$stderr" ]
  [ "$(jq -r .file <<<"$output" | xargs)" = "$(jq -r .file again.jsonl | xargs)" ]
  [ "$(jq -r .answer <<<"$output" | xargs)" = "$(printf 'registered %.0s' {1..4})known registered registered refused$(
    printf ' registered%.0s' {1..13}) known" ]
  [ "$(cess-chain show account "$(cat me)" -j | jq .nonce)" = "$((before + 19))" ]
  # One after another each has a block of its own.
  [ "$(jq -r 'select(.answer == "registered").height' <<<"$output" | sort -u | wc -l)" -lt 19 ]
  # Who has a deposit for two of them pays for no more than one that fails, and gets an answer for two.
  poor="$(cess-chain key new -o poor.key)"
  cess-chain tx transfer -k me.key --to "$poor" --amount 5 --wait included >/dev/null
  for i in {21..30}; do seq $((i * 1000)) $((i * 1000 + 99)) >$i.txt; done
  cess-fingerprint {21..30}.txt >poor.jsonl
  run --separate-stderr -1 register poor.key poor.jsonl
  [ "${#lines[@]}" = 2 ]
  [[ "$stderr" == *"error: 23.txt: transaction failed: "* ]]
  [ "$(cess-chain show account "$poor" -j | jq .nonce)" = 3 ]
  # An error does not take the answers of what was sent before it.
  for i in 31 32 33; do seq $((i * 1000)) $((i * 1000 + 99)) >$i.txt; done
  { cess-fingerprint 31.txt 32.txt 33.txt; echo nonsense; } >broken.jsonl
  run --separate-stderr -3 register me.key broken.jsonl
  [[ "${#lines[@]}" = 3 && "$stderr" == *"line 4: invalid JSON"* ]]
  # A file in place of its fingerprint.
  refused 3 "hint: it takes lines of cess-fingerprint" register me.key 1.txt
  # The board rules disputes by their numbers.
  id="$(sha 1.txt)"
  run_quiet cess-chain rights dispute "$id" --text mine -k bob.key
  [[ "${lines[1]}" =~ ^dispute\ [0-9]+$ ]]
  [ "$(cess-chain show dispute "${lines[1]#dispute }" -j | jq -r .text)" = mine ]
}

@test "transfer, dispute, and a proof that needs no node" {
  picture d.png 3
  d="$(cess-fingerprint d.png | register me.key -j | jq -r .certificate)"
  denied "only $(cat me) may do this" cess-chain rights transfer "$d" --to "$(cat bob)" -k bob.key
  cess-chain rights transfer "$d" --to "$(cat bob)" -k me.key >/dev/null
  [ "$(cess-chain show rights "$d" -j | jq -r '.holder, .first_holder' | tr '\n' ' ')" = "$(cat bob) $(cat me) " ]

  echo "a letter" >letter
  refused 2 "want --earlier alone" cess-chain rights dispute "$d" --earlier "$d" --text x -k me.key
  cess-chain rights dispute "$d" --evidence letter --text "sold under a condition" -k me.key -j >disputed.json
  n="$(jq '[.receipt.events[] | select(.event == "rights.disputed")][0].dispute' disputed.json)"
  [ "$(cess-chain show dispute "$n" -j | jq -r '.certificate, .evidence' | tr '\n' ' ')" = "$d $(sha letter) " ]
  # On a devnet a key made a moment ago can do so too: the faucet gives what the bond takes.
  cess-chain key new -o carol.key >/dev/null
  cess-chain rights dispute "$d" --text "mine as well" -k carol.key --faucet "$net/faucet.key" 2>faucet.err >/dev/null
  [ "$(cess-chain show rights "$d" -j | jq .disputes)" = 2 ]
  # A key that has something but not the bond is told so before anything is sent; the faucet adds what lacks of it.
  cess-chain key new -o erin.key >erin
  cess-chain tx transfer -k bob.key --to "$(cat erin)" --amount 12 --wait included >/dev/null
  refused 1 "the bond is 100 CESS, and '$(cat erin)' has 12" \
    cess-chain rights dispute "$d" --text "mine too" -k erin.key
  [[ "$stderr" == *"hint: send it 88 and the fee; on a network of "*" --faucet DIR/faucet.key does" ]]
  cess-chain tx transfer -k bob.key --to "$(cat erin)" --amount 88 --wait included >/dev/null
  refused 1 "the bond is 100 CESS, the fee 0.[0-9]*, and '$(cat erin)' has 100" \
    cess-chain rights dispute "$d" --text "mine too" -k erin.key
  [ "$(cess-chain show account "$(cat erin)" -j | jq -r .free)" = 100000000000000000000 ]
  run --separate-stderr -0 cess-chain rights dispute "$d" --text "mine too" -k erin.key --faucet "$net/faucet.key"
  [[ "$stderr" == *" gave 10 CESS to $(cat erin)"* ]]
  run --separate-stderr -0 cess-chain rights dispute "$d" --text "again" -k me.key --faucet "$net/faucet.key"
  [[ "$stderr" != *" gave "* ]]
  [ "$(cess-chain show rights "$d" -j | jq .disputes)" = 4 ]
  denied "a dispute about it is open" cess-chain rights transfer "$d" --to "$(cat me)" -k bob.key

  checkpoint="$(cess-chain show head -j | jq -r .hash)"
  cess-chain show rights "$d" --prove --checkpoint "$checkpoint" >proof.json
  run_quiet env CESS_NODE=/nonexistent cess-chain verify -j --checkpoint "$checkpoint" proof.json
  [ "$(jq -r '.item, .key[0], .value.holder, .value.print.exact' <<<"$output" | tr '\n' ' ')" = \
    "rights.certificate $d $(cat bob) $(sha d.png) " ]
  hex() { cess-chain convert -j "$(cat "$1")" | jq -r .account; }
  jq -c --arg bob "$(hex bob)" --arg me "$(hex me)" '.raw_value |= sub($bob; $me)' proof.json >forged.json
  run -1 cmp -s proof.json forged.json
  refused 1 "proof refused" cess-chain verify --checkpoint "$checkpoint" forged.json
}

@test "an upload registers, links its certificate, and refuses what is another's" {
  picture e.png 4
  picture f.png 5
  convert e.png -quality 75 e.jpg
  cess-fingerprint e.png | register me.key >/dev/null
  up() { cess upload --rights --public --profile 2+1 --fragment-size 64KiB --mask none --tags none --territory home \
    -k "$net/home/account.key" "$@"; }
  refused 2 "--parent and --terms are for --rights" cess upload --terms x f.png
  refused 1 "cannot upload 'e.jpg': in conflict with certificate '.*' at distance [0-9]+, held by $(cat me)" up e.jpg
  printf 'RIFF\1\0\2\0WEBPnothing' >-broken.webp
  refused 3 "cannot fingerprint '-broken.webp': cannot " up -- -broken.webp
  run --separate-stderr -0 up -j --terms "all rights reserved" f.png
  fid="$(jq -r .fid <<<"$output")"
  id="$(jq -r .certificate <<<"$output")"
  [ "$(cess-chain show file "$fid" -j | jq -r .certificate)" = "$id" ]
  [ "$(cess-chain show rights "$fid" -j | jq -r '.print.exact, .terms.text' | tr '\n' ';')" = \
    "$(sha f.png);all rights reserved;" ]
  cess download "$fid" 2>/dev/null | cmp - f.png
}

@test "standard input and folders carry a certificate too; nothing is registered that has no room" {
  up() { cess upload --rights --public --profile 2+1 --fragment-size 64KiB --mask none --tags none \
    -k "$net/home/account.key" "$@"; }
  picture p.png 7
  export net
  export -f up
  run_quiet bash -c "cat p.png | up --territory home -j -"
  cess-chain show rights "$(jq -r .fid <<<"$output")" -j >carried.json
  [ "$(jq -r '.print.exact, .print.kind' carried.json | xargs)" = "$(sha p.png) image" ]
  # What standard input said never stands under a name: killed in the middle, the command leaves nothing of it.
  mkfifo slow
  exec 7<>slow
  work="$PWD/work"
  cess upload --rights --public --profile 2+1 --fragment-size 64KiB --mask none --tags none --territory home \
    -k "$net/home/account.key" --work "$work" - <slow >killed.out 2>killed.err 3>&- 7>&- &
  killed=$!
  printf 'a secret that nobody finds' >&7
  SECONDS=0
  until find "/proc/$killed/fd" -lname "$work/*(deleted)" -o -lname "*memfd:cess-upload*" | grep -q .; do
    [ "$SECONDS" -lt 120 ] ||
      { echo "what it keeps has a name: $(find "$work" -type f)" >&2; kill -9 "$killed"; return 1; }
    kill -0 "$killed" || { cat killed.err >&2; return 1; }
    sleep 0.05
  done
  kill -9 "$killed"
  wait "$killed" || true
  exec 7>&-
  [ -d "$work" ]
  [ -z "$(find "$work" -type f -size +0)" ]
  mkdir tree
  head -c 300000 /dev/urandom >tree/inside
  fid="$(up --territory home tree)"
  cess-chain show rights "$fid" -j | jq -e '.print.kind == "other"' >/dev/null
  cess download "$fid" -x back 2>/dev/null
  cmp tree/inside back/inside
  # A territory that is not there: the work stays free for others.
  picture q.png 8
  run --separate-stderr -1 up --territory nowhere q.png
  [[ "$stderr" == *"nowhere"* ]]
  refused 1 "no certificate of" cess-chain show rights "$(sha q.png)"
}

@test "where the policy flags, near works are registered and related; the board changes the policy and rules" {
  cess-chain devnet --validators 1 -d flag --host "$(own_host)" --block-ms 100 --param rights.near=flag >/dev/null
  mkfifo ready
  cess-chain run -d flag/node-0 --ready-fd 9 9>ready >out 2>log 3>&- &
  node=$!
  read -r <ready
  export CESS_NODE=flag/node-0
  cess-chain tx transfer -k flag/faucet.key --to "$(cat bob)" --amount 100 --wait included >/dev/null
  picture g.png 6
  convert g.png -quality 85 g.jpg
  g="$(cess-fingerprint g.png | register flag/faucet.key -j | jq -r .certificate)"
  cess-fingerprint g.jpg >copy.jsonl
  run --separate-stderr -0 register bob.key -j copy.jsonl
  later="$(jq -r .certificate <<<"$output")"
  [ "$(jq -r '.answer, .conflicts[0].certificate' <<<"$output" | tr '\n' ' ')" = "registered $g " ]
  [ "$(cess-chain show rights "$later" -j | jq -r '.near[0].certificate')" = "$g" ]
  denied "it was not registered earlier" cess-chain rights dispute "$g" --earlier "$later" -k bob.key
  cess-chain rights dispute "$later" --earlier "$g" -k flag/faucet.key >/dev/null
  [ "$(cess-chain rights lineage "$g" -j | jq -r '"\(.generation) \(.certificate)"' | tail -1)" = "1 $later" ]

  # The board, here the faucet's key, changes the policy: refused, then not looked at.
  policy() { cess-chain tx propose -k flag/faucet.key governance.set_params module=rights params="{\"near\":\"$1\"}"; }
  policy refuse | grep -q '^proposal 0 carried$'
  convert g.png -quality 70 h.jpg
  cess-fingerprint h.jpg >again.jsonl
  run --separate-stderr -1 register bob.key -j again.jsonl
  [ "$(jq -r '.answer, .conflicts[0].certificate' <<<"$output" | tr '\n' ' ')" = "refused $g " ]
  policy off >/dev/null
  run_quiet register bob.key -j again.jsonl
  [ "$(jq -r '.answer, (.conflicts | length)' <<<"$output" | tr '\n' ' ')" = "registered 0 " ]
  again="$(jq -r .certificate <<<"$output")"

  # And rules: one certificate is given to the challenger, another is struck and found no more.
  dispute() { cess-chain rights dispute "$1" --text mine -k flag/faucet.key -j |
    jq '[.receipt.events[] | select(.event == "rights.disputed")][0].dispute'; }
  refused 2 "--ruling" cess-chain rights rule 0 -k flag/faucet.key
  denied "only a member of the board may do this" cess-chain rights rule 0 --ruling struck -k bob.key
  denied "no open proposal 77" cess-chain tx approve 77 -k flag/faucet.key
  denied "proposal 2 failed: .*no open dispute 99" cess-chain rights rule 99 --ruling struck -k flag/faucet.key
  n="$(dispute "$again")"
  cess-chain rights rule "$n" --ruling awarded -k flag/faucet.key >/dev/null
  [ "$(cess-chain show rights "$again" -j | jq -r .holder)" = "$(cess-chain key address flag/faucet.key)" ]
  n="$(dispute "$later")"
  cess-chain rights rule "$n" --ruling struck --note "a copy" -k flag/faucet.key >/dev/null
  [ "$(cess-chain show rights "$later" -j | jq -r .standing)" = struck ]
  kill "$node" && wait "$node"
}

# The last one: it changes the policy of the network that the others share.
@test "where the policy flags, an upload of a near work is taken, told of, and related" {
  up() { cess upload --rights --public --profile 2+1 --fragment-size 64KiB --mask none --tags none --territory home \
    -k "$net/home/account.key" "$@"; }
  picture i.png 9
  convert i.png -quality 80 i.jpg
  first="$(cess-fingerprint i.png | register me.key -j | jq -r .certificate)"
  refused 1 "cannot upload 'i.jpg': in conflict with certificate '$first'" up i.jpg
  cess-chain tx propose -k "$net/faucet.key" governance.set_params module=rights params='{"near":"flag"}' |
    grep -q ' carried$'
  run --separate-stderr -0 up -j i.jpg
  [[ "$stderr" =~ "'i.jpg' is flagged: near certificate '$first' at distance "[0-9]+", held by $(cat me)" ]]
  fid="$(jq -r .fid <<<"$output")"
  flagged="$(jq -r .certificate <<<"$output")"
  [ "$(cess-chain show rights "$fid" -j | jq -r '.print.exact, .near[0].certificate' | xargs)" = "$(sha i.jpg) $first" ]
  cess-chain rights dispute "$flagged" --earlier "$first" -k me.key >/dev/null
  [ "$(cess-chain rights lineage "$first" -j | jq -r '"\(.generation) \(.certificate)"' | tail -1)" = "1 $flagged" ]
  cess download "$fid" 2>/dev/null | cmp - i.jpg
  # The same bytes are refused under any policy but "off".
  cess-chain key new -o dave.key >/dev/null
  cess-fingerprint i.png >same.jsonl
  run --separate-stderr -1 register dave.key --faucet "$net/faucet.key" -j same.jsonl
  [ "$(jq -r '.answer, .conflicts[0].same_bytes' <<<"$output" | xargs)" = "refused true" ]
}
