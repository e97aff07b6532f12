#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Idle space from the outside: fillers into a store, committed to, proven in two rounds, giving way.

load helper

beacon() { printf '%s' "$1" | sha256sum | cut -d' ' -f1; }

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  cess-store -s disk init --capacity 33MiB --miner "$(printf '%064d' 7)"
  cess-store -s disk idle generate --count 3 --size 16KiB --chain local -T 1
  cess-store -s disk idle commit >commit.json
  cess-store -s disk idle commit --accept 3
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  cp -r "$BATS_FILE_TMPDIR/disk" disk
  cp "$BATS_FILE_TMPDIR/commit.json" .
}

@test "what is made is there: labels of the size asked for, counted by stat" {
  [ "$(find disk/idle -name '*.labels' -size 16384c | wc -l)" = 3 ]
  [ -z "$(ls disk/idle/work)" ]
  run_quiet -0 cess-store -s disk idle status --json
  [ "$(jq -r '.fillers, .live, .rear, .uncommitted, .idle_bytes' <<<"$output" | paste -sd ' ')" = "3 3 3 0 49152" ]
  run_quiet -0 cess-store -s disk idle status
  [[ "$output" == "fillers    3 of 16384 bytes, 0 being made"* ]]
  run_quiet -0 cess-store -s disk stat --json
  [ "$(jq -r .filler_bytes <<<"$output")" -ge 49152 ]
}

@test "a miner's fillers are the same on every disk" {
  cess-store -s other init --capacity 33MiB --miner "$(printf '%064d' 7)"
  run_quiet -0 cess-store -s other idle generate --count 3 --size 16KiB --chain local \
    -T 2 --memory 64KiB --scratch away --json
  [ "$(jq -r .fillers <<<"$output")" = 3 ]
  run_quiet -0 cess-store -s other idle commit
  [ "$output" = "$(cat commit.json)" ]
  for f in disk/idle/*.labels; do cmp "$f" "other/idle/${f##*/}"; done
  [ -z "$(find away -type f)" ]
}

@test "two rounds: challenge, answer, draw, answer, verify" {
  cess-prove idle challenge -s disk --epoch 4 --beacon "$(beacon one)" -o c.json
  cess-prove idle answer --challenge c.json -s disk -o answered.json
  cess-prove idle draw --beacon "$(beacon two)" answered.json -o c2.json
  cess-prove idle answer --challenge c2.json -s disk -o idle-proof.json
  run_quiet -0 cess-prove verify idle-proof.json
  [ "$(jq -r '.good, .fillers, .epoch' <<<"$output" | paste -sd ' ')" = "true 3 4" ]
  # Another epoch's document around the same proof.
  jq -c '.challenge.epoch = 5' idle-proof.json >bad.json
  run_quiet -1 cess-prove verify bad.json
  [ "$(jq -r .good <<<"$output")" = false ]
  # Both kinds of line in one run; a broken one stops nobody.
  { echo '{"schema":"cess.idle_proof/1"}'; cat idle-proof.json; } >two.json
  run --separate-stderr -3 cess-prove verify two.json
  [ "$(jq -r .good <<<"$output")" = true ]
}

@test "a flipped label is found by its own miner, and by everybody" {
  cess-prove idle challenge -s disk --beacon "$(beacon one)" -o c.json
  cess-prove idle answer --challenge c.json -s disk -o answered.json
  cess-prove idle draw --beacon "$(beacon two)" answered.json -o c2.json
  for f in disk/idle/*.labels; do head -c 16384 /dev/zero >"$f"; done
  refused 1 "not those of the first round" cess-prove idle answer --challenge c2.json -s disk
  # One that lies in the first round already cannot open.
  cess-prove idle answer --challenge c.json -s disk -o lie.json
  cess-prove idle draw --beacon "$(beacon two)" lie.json -o c3.json
  refused 1 "not those it was committed with" cess-prove idle answer --challenge c3.json -s disk
}

@test "a commitment is proven, from layers made again" {
  cess-prove idle challenge --commit commit.json --beacon "$(beacon three)" -o cc.json
  refused 2 "are not kept" cess-prove idle answer --challenge cc.json -s disk -o proof.bin
  run_quiet -0 cess-prove idle answer --challenge cc.json -s disk --scratch away -o proof.bin
  run_quiet -0 cess-prove idle verify --challenge cc.json proof.bin
  [ "$(jq -r '.good, .fillers' <<<"$output" | paste -sd ' ')" = "true 3" ]
  flip proof.bin 5000
  run_quiet -1 cess-prove idle verify --challenge cc.json proof.bin
  [ "$(jq -r .good <<<"$output")" = false ]
  head -c 100000 proof.bin >short.bin
  refused 3 "commit proof" cess-prove idle verify --challenge cc.json short.bin
}

@test "layers kept in a folder that no proof was given are told of, and go once the chain has their fillers" {
  layers() {
    cess-store -s third idle status --scratch kept -j |
      jq -r '.layers_fillers, .layers_taken, .layers_bytes' | paste -sd ' '
  }
  cess-store -s third init --capacity 32MiB
  cess-store -s third idle generate --count 2 --size 16KiB --chain local --keep-layers --scratch kept
  [ "$(layers)" = "2 0 $((2 * 7 * 16384))" ]
  cess-store -s third idle commit --accept 1
  [ "$(layers)" = "2 1 $((2 * 7 * 16384))" ]
  run_quiet -0 cess-store -s third idle status --scratch kept
  [[ "${lines[3]}" == *" of 2 fillers in 'kept', of which 1 are accepted"* ]]
  cess-store -s third idle generate --count 1 --scratch kept
  [ "$(layers)" = "1 0 $((7 * 16384))" ]
}

@test "until full, then user data: the oldest give way and the capacity holds" {
  run_quiet -0 cess-store -s disk delete --help
  cess-store -s big init --capacity 33MiB
  run_quiet -0 cess-store -s big idle generate --until-full --size 1MiB --chain local
  before=$(find big/idle -name '*.labels' | wc -l)
  [ "$(du -sb big | cut -f1)" -le $((33 << 20)) ]
  random_file data 3000000
  cess-encode --public --profile 1+1 --fragment-size 256KiB -o data.tar data
  run_quiet -0 cess-store -s big put data.tar
  [ "$(du -sb big | cut -f1)" -le $((33 << 20)) ]
  after=$(find big/idle -name '*.labels' | wc -l)
  [ "$after" -lt "$before" ]
  [ ! -e big/idle/0000000000000.tree ]
  [ -e "$(printf 'big/idle/%013d.tree' $((before - 1)))" ]
  cess-store -s big get "$(cess-encode inspect data.tar | jq -r .fid)" | cess-encode decode - | cmp - data
}

@test "plan: a line for each number of cores, whose numbers agree" {
  run_quiet -0 cess-store idle plan --size 64KiB --memory 64MiB --json
  [ "$(jq -rs '.[0].cores' <<<"$output")" = 1 ]
  [ "$(jq -rs '.[-1].cores' <<<"$output")" = "$(nproc)" ]
  [ "$(jq -rs 'all(.[]; (.bytes_per_second | tonumber) > 100000 and (.memory_bytes | tonumber) <= 67108864 and
    .side_by_side >= 1 and ((.bytes_per_second | tonumber) * (.seconds_per_tib | tonumber) / 1099511627776 - 1 | fabs)
    < 0.01)' <<<"$output")" = true ]
  run --separate-stderr -0 cess-store idle plan --size 16KiB
  [[ "${lines[0]}" == "cores  fillers side by side"* ]]
  refused 2 "size of a filler" cess-store idle plan --size 3MiB
}

@test "plan: the disk of --scratch beside the processor, and which of both limits; nothing is left there" {
  mkdir fast
  run_quiet -0 cess-store idle plan --size 4MiB --memory 64MiB --scratch fast --json
  [ "$(jq -rs 'all(.[]; .processor_bytes_per_second as $p | .disk_written_per_second as $w | .disk_read_per_second as $r
    | ([$p, $w, $r, .bytes_per_second] | map(tonumber)) as [$p, $w, $r, $rate]
    | (1 / ([1 / $p, 8 / $w] | max + 8 / $r) / $rate - 1 | fabs) < 0.01
      and .limit == (if 8 / $w + 8 / $r > 1 / $p then "disk" else "processor" end))' <<<"$output")" = true ]
  [ -z "$(ls -A fast)" ]
  run --separate-stderr -0 cess-store idle plan --size 4MiB --memory 64MiB --scratch fast
  [[ "${lines[0]}" == *"  limit" ]]
  [[ "${lines[1]}" =~ "  "(disk|processor)$ ]]
  # What is made in memory asks no disk; without a folder none is measured.
  run_quiet -0 cess-store idle plan --size 64KiB --memory 64MiB --scratch fast --json
  [ "$(jq -s 'any(.[]; has("limit"))' <<<"$output")" = false ]
  run_quiet -0 cess-store idle plan --size 4MiB --memory 64MiB --json
  [ "$(jq -s 'any(.[]; has("disk_written_per_second"))' <<<"$output")" = false ]
  refused 4 "none" cess-store idle plan --size 4MiB --scratch none
}

@test "what is there says of which size and chain more are; without a network nobody else does" {
  run_quiet -0 cess-store -s disk idle generate --count 1 --json
  [ "$(jq -r .bytes <<<"$output")" = 16384 ]
  [ "$(find disk/idle -name '*.labels' -size 16384c | wc -l)" = 4 ]
  refused 2 "another size: 16384 bytes" cess-store -s disk idle generate --until-full --size 1MiB
  refused 2 "another chain: 'local'" cess-store -s disk idle generate --until-full --chain other
  cess-store -s bare init --capacity 33MiB
  run --separate-stderr -0 cess-store -s bare idle generate --count 1 --size 16KiB
  [[ "$stderr" == *"no network is known: these fillers are for the chain 'local'" ]]
}

@test "nothing to commit to, and nothing to submit: each end says which" {
  cess-store -s disk idle commit >none 2>err && return 1
  grep -q 'there is no filler to commit to: all 3 are on the chain' err
  refused 3 "nothing to submit: standard input is empty" cess-chain tx submit -k key.json <none
  refused 3 "nothing to submit: 'none' is empty" cess-chain tx submit none
}

@test "usage: one of --until-full and --count, sizes that exist, one size a store" {
  refused 2 "either" cess-store -s disk idle generate
  refused 2 "either" cess-store -s disk idle generate --until-full --count 1
  refused 2 "size of a filler" cess-store -s disk idle generate --count 1 --size 32KiB
  refused 2 "another size" cess-store -s disk idle generate --count 1 --size 64KiB
  refused 2 "--store" cess-store idle generate --count 1
  cess-store -s none init --capacity 33MiB
  refused 1 "no fillers" cess-store -s none idle status
  refused 2 "exactly one" cess-prove idle challenge --beacon "$(beacon x)"
}
