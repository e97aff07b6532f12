#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Idle space on a running network: fillers are committed, judged, answered for, and give way to user data.
load helper
load network

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  # Rounds are half as long again as usual, for lines of a crontab on a busy machine.
  net_up --validators 1 --miners 3 --taggers 0 --capacity 1GiB --fillers 2MiB --block-ms 200 --host "$(own_host)" \
    --param system.blocks_per_epoch=80 --param idle.answer_blocks=30 --param idle.opening_blocks=30
}
teardown_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  net_down
}
setup() {
  cd "$BATS_FILE_TMPDIR" || return 1
  export CESS_NODE=net/node-0 XDG_STATE_HOME="$PWD/state"
  miner="$(cess-chain key address net/miner-00/account.key)"
}

# space FIELD...: what the chain knows of miner's space, in one line.
space() {
  local list
  printf -v list '.space.%s,' "$@"
  cess-chain show miner "$miner" -j | jq -r "${list%,}" | paste -sd ' '
}
rear_is() { [ "$(space rear)" = "$1" ]; }
# accepted KIND MINER [FROM [FILLERS]]: such a trial of the miner has ended well since block FROM.
accepted() {
  [ -n "$(cess-chain export events --filter 'idle.*' --from "${3:-1}" |
    jq -c --arg kind "$1" --arg miner "$2" --argjson n "${4:-0}" 'select(.event == "concluded" and
      .data.kind == $kind and .data.miner == $miner and .data.outcome == "accepted" and
      ($n == 0 or .data.fillers == $n))')" ]
}

@test "fillers made before the start are committed and judged, and count" {
  eventually rear_is 32
  accepted batch "$miner"
  [ "$(space fillers front holes)" = "2097152 0 []" ]
  [ "$(cess-chain list idle.judge | wc -l)" = 1 ]
  # Anybody judges the batch again, offline.
  run_quiet -0 cess-prove idle-proof --miner "$miner" --asked asked.json -o batch.bin
  run_quiet -0 env -u CESS_NODE cess-prove idle verify --challenge asked.json batch.bin
  [ "$(jq -r '.good, .first, .fillers' <<<"$output" | paste -sd ' ')" = "true 0 32" ]
  judged="$(cess-chain list idle.batch_result | jq -r --arg m "$miner" 'select(.key[1] == $m) | .digest')"
  [ "$(sha batch.bin)" = "$judged" ]
  jq -c '.comms[0] = .comms[1]' asked.json >other.json
  run_quiet -1 cess-prove idle verify --challenge other.json batch.bin
  refused 1 "no proof of a batch from filler 5 on" \
    cess-prove idle-proof --miner "$miner" --asked no.json --batch 5 -o no.bin
  [ ! -e no.json ]
  [ ! -e no.bin ]
  refused 2 "--asked" cess-prove idle-proof --miner "$miner" --batch 5
  refused 2 "--output" cess-prove idle-proof --miner "$miner" --asked no.json
}

@test "each epoch is answered in two rounds; anybody judges the proof again, offline" {
  for m in net/miner-*; do
    eventually accepted epoch "$(cess-chain key address "$m/account.key")"
  done
  cess-prove idle-proof --miner "$miner" -o idle-proof.json
  run_quiet -0 cess-prove verify idle-proof.json
  [ "$(jq -r '.good, .fillers' <<<"$output" | paste -sd ' ')" = "true 32" ]
  jq -c '.challenge.epoch += 1' idle-proof.json >other.json
  run_quiet -1 cess-prove verify other.json
}

@test "user data takes the place of the oldest fillers; what is left of the room is less than one" {
  # Each miner promises just what its fillers take.
  for m in net/miner-*; do
    cess-chain tx call miners.declare declared=2097152 stake=0 -k "$m/account.key" --wait included
  done
  [ "$(space idle slack)" = "2097152 0" ]
  gave="$(cess-chain show head -j | jq -r .height)"
  random_file data 300000
  cess upload --public --profile 2+1 --fragment-size 64KiB --territory home -k net/home/account.key data >fid
  read -r front rear slack fillers service locked < <(space front rear slack fillers service locked)
  [ "$front" -gt 0 ]
  [ "$rear" = 32 ]
  [ "$service" -gt 0 ]
  [ "$locked" = 0 ]
  [ "$slack" -ge 0 ]
  [ "$slack" -lt 65536 ]
  [ $((fillers + service + slack)) = 2097152 ]
  [ "$fillers" = $(((32 - front) * 65536)) ]
  # They are answered for from the new front on.
  eventually accepted epoch "$miner" "$gave" "$((32 - front))"
  cess download "$(cat fid)" -o back 2>/dev/null
  cmp data back
}

# One line of a crontab.
cron_line() {
  cess-chain show idle-challenge --miner "$miner" |
    cess-prove idle answer --challenge - -s "$1/store" --blobs "$1/idle-blobs" |
    cess-chain tx submit-proof -k "$1/account.key"
}
# cron_until COMMAND...: after each block one run, whatever it finds to do or comes too late for.
cron_until() {
  cron_line net/miner-01 >>cron.out 2>>cron.err || true
  "$@"
}

@test "a crontab's line in place of a prover: both rounds, and a batch made beside the running server" {
  store=net/miner-01/store miner="$(cess-chain key address net/miner-01/account.key)"
  eventually rear_is 32
  s6-svc -wD -T 300000 -d net/services/prover-01
  [ "$(s6-svstat -o up net/services/miner-01)" = true ]
  from="$(cess-chain show head -j | jq -r .height)"
  eventually cron_until accepted epoch "$miner" "$from"
  # Its server gives room for what is made, and hands out the proof of it.
  cess-chain tx call miners.declare declared=4194304 stake=1000CESS -k net/miner-01/account.key --wait included
  cess-store -s "$store" idle commit --accept 32
  cess-store -s "$store" idle generate --count 2
  cess-store -s "$store" idle commit | cess-chain tx submit -k net/miner-01/account.key --wait included
  eventually cron_until rear_is 34
  accepted batch "$miner" "$from" 2
  grep -q 'nothing to answer now' cron.err
  # What waited for its time goes with the next answer.
  old="net/miner-01/idle-blobs/$(printf '%064d' 1)"
  printf blob >"$old" && printf 1000 >"$old.at"
  eventually cron_until test ! -e "$old"
  [ ! -e "$old.at" ]
  s6-svc -u net/services/prover-01
}

# found_bad KIND FROM: such a trial of the miner has ended with that since block FROM.
found_bad() {
  [ -n "$(cess-chain export events --filter 'idle.*' --from "$2" | jq -c --arg kind "$1" --arg miner "$miner" 'select(
    .event == "concluded" and .data.kind == $kind and .data.miner == $miner and .data.outcome == "refused")')" ]
}
# lying_line FOLDER KIND: a crontab's line, but with a byte of the KIND's proof altered, under its right hash.
lying_line() {
  local line digest blobs="$1/idle-blobs" new
  cess-chain show idle-challenge --miner "$miner" |
    cess-prove idle answer --challenge - -s "$1/store" --blobs "$blobs" |
    while read -r line; do
      digest="$(jq -r --arg kind "$2" 'select(.schema == "cess.idle_blob/1" and .kind == $kind) | .sha256' <<<"$line")"
      if [ -n "$digest" ]; then
        flip "$blobs/$digest" $(($(stat -c %s "$blobs/$digest") / 2))
        new="$(sha256sum "$blobs/$digest" | cut -d' ' -f1)"
        mv "$blobs/$digest" "$blobs/$new"
        mv "$blobs/$digest.at" "$blobs/$new.at"
        line="$(jq -c --arg digest "$new" '.sha256 = $digest' <<<"$line")"
      fi
      printf '%s\n' "$line"
    done | cess-chain tx submit-proof -k "$1/account.key"
}
lying_until() {
  lying_line net/miner-01 "$1" >>lie.out 2>>lie.err || true
  shift
  "$@"
}

@test "one byte altered, of a batch's proof or of an epoch's: its judges find it bad" {
  miner="$(cess-chain key address net/miner-01/account.key)"
  s6-svc -wD -T 300000 -d net/services/prover-01
  from="$(cess-chain show head -j | jq -r .height)"
  rear="$(space rear)"
  cess-store -s net/miner-01/store idle generate --count 1
  cess-store -s net/miner-01/store idle commit | cess-chain tx submit -k net/miner-01/account.key --wait included
  eventually lying_until batch found_bad batch "$from"
  [ "$(space rear)" = "$rear" ]
  eventually lying_until epoch found_bad epoch "$from"
  grep -q 'finds the proof of .* for batch [0-9]* bad' net/log/judge-0.log
  # An honest answer is taken again, and ends the row of failures.
  from="$(cess-chain show head -j | jq -r .height)"
  s6-svc -u net/services/prover-01
  eventually accepted epoch "$miner" "$from"
}

# unlike: the judge got bytes other than those announced, in the end found that epoch's proof absent, and the chain
# counts it as missed.
unlike() {
  local epoch
  for epoch in $(awk -v m="'$miner'" 'index($0, m) && /not those it announced/ { told = 1 }
    told && index($0, "finds the proof of " m " for epoch ") && / absent/ {
      told = 0; sub(/.* for epoch /, ""); print $1 }' net/log/judge-0.log); do
    cess-chain export events --filter 'idle.*' | jq -se --argjson n "$epoch" --arg m "$miner" 'any(.[];
      .event == "concluded" and .data.kind == "epoch" and .data.miner == $m and .data.number == $n and
      .data.outcome == "missed")' >/dev/null && return
  done
  return 1
}
# A crontab's line, and then another byte in each proof that it has announced.
spoil_until() {
  local blob
  cron_line net/miner-01 >>spoil.out 2>>spoil.err || true
  for blob in net/miner-01/idle-blobs/*.at; do
    blob="${blob%.at}"
    grep -qsx "$blob" spoiled || { flip "$blob" 100 && echo "$blob" >>spoiled; }
  done
  "$@"
}

@test "bytes other than those announced are no proof, and no lie: a missed deadline" {
  miner="$(cess-chain key address net/miner-01/account.key)"
  s6-svc -wD -T 300000 -d net/services/prover-01
  find net/miner-01/idle-blobs -name '*.at' | sed 's/\.at$//' >spoiled
  eventually spoil_until unlike
  s6-svc -u net/services/prover-01
}

@test "by hand, as a miner types it: filled to what is declared, to the byte; committed; nothing more to do" {
  miner="$(cess-chain key address net/miner-02/account.key)"
  ln -s net/miner-02/store disk1
  cp net/miner-02/account.key miner.key
  eventually rear_is 32
  s6-svc -wD -T 300000 -d net/services/prover-02
  s6-svc -wD -T 300000 -d net/services/miner-02
  cess-chain tx call miners.declare declared=4195304 stake=1000CESS -k miner.key --wait included
  refill="$(space refill)"
  [ "$refill" -gt 16 ]
  run_quiet -0 cess-store -s disk1 idle generate --until-full
  [ "$(cess-store -s disk1 idle status --json | jq -r .uncommitted)" = "$refill" ]
  refused 2 "another size: 65536 bytes" cess-store -s disk1 idle generate --until-full --size 16KiB
  refused 2 "another chain" cess-store -s disk1 idle generate --until-full --chain other
  refused 2 "name a key file" cess-chain tx submit <<<"$(cess-store -s disk1 idle commit)"
  refused 3 "not of the key's miner" cess-chain tx submit -k net/miner-00/account.key \
    <<<"$(cess-store -s disk1 idle commit)"
  cess-store -s disk1 idle commit | cess-chain tx submit -k miner.key --wait included
  refused 1 "waits for its verdict" cess-store -s disk1 idle commit
  s6-svc -u net/services/miner-02
  s6-svc -u net/services/prover-02
  eventually rear_is $((32 + refill))
  read -r fillers service locked vacant slack < <(space fillers service locked vacant slack)
  [ $((fillers + service + locked + slack)) = 4195304 ]
  [ "$vacant" = 0 ]
  [ "$slack" -ge 0 ]
  [ "$slack" -lt 65536 ]
  # Beside the running server, too.
  run_quiet -0 cess-store -s disk1 idle generate --until-full --json
  [ "$(jq -r .fillers <<<"$output")" = 0 ]
  refused 1 "no filler to commit to" cess-store -s disk1 idle commit
  # Another disk of this miner, in no miner's folder: the node that CESS_NODE names says the rest.
  cess-store -s other init --capacity 64MiB --miner "$(jq -r .account <(cess-chain key address -j miner.key))"
  refused 3 "has taken this miner's fillers below" cess-store -s other idle generate --until-full
  refused 5 "node" env CESS_NODE=http://127.0.0.1:1 cess-store -s other idle generate --until-full
}

# absent SINCE: a proof of the miner was announced and waited for, and judges could not get it.
absent() {
  cess-chain export events --filter 'idle.*' --from "$1" | jq -se --arg m "$miner" '
    map(select(.data.miner == $m and .data.kind == "epoch")) as $all | any($all[];
      .event == "concluded" and .data.outcome == "missed" and (.data.number as $n |
        any($all[]; .event == "stage_entered" and .data.stage == "verdict" and .data.number == $n)))' >/dev/null
}

@test "a proof that cannot be had is a missed deadline, once several tries were in vain" {
  miner="$(cess-chain key address net/miner-02/account.key)"
  s6-svc -wD -T 300000 -d net/services/miner-02
  from="$(cess-chain show head -j | jq -r .height)"
  eventually absent "$from"
  grep -q 'finds the proof of .* absent' net/log/judge-0.log
  s6-svc -u net/services/miner-02
  from="$(cess-chain show head -j | jq -r .height)"
  eventually accepted epoch "$miner" "$from"
}

@test "capacity is what was shown, where the chain asks for it" {
  net_down
  mkdir shown && cd shown
  net_up --validators 1 --miners 1 --taggers 0 --capacity 1GiB --fillers 1MiB --block-ms 200 --host "$(own_host)" \
    --param miners.idle_proofs=true
  cp up.pid ../up.pid # for the end, whatever comes now
  miner="$(cess-chain key address net/miner-00/account.key)"
  grep -q 'shown by fillers: 1048576 bytes' up.out
  grep -q 'it takes a GiB' up.out
  [ "$(space capacity fillers idle slack refill)" = "1048576 1048576 1048576 0 0" ]
  # A lost disk takes its capacity along: nothing is believed.
  cess-chain tx call idle.declare_hole first=3 end=5 -k net/miner-00/account.key --wait included
  [ "$(space capacity fillers slack)" = "917504 917504 0" ]
}
