#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A miner that keeps nothing and fetches what it is asked about from a peer when it is asked: of three copies without a
# mask the peer's is as good as its own, and it passes; with masks each miner's bytes are others, and it is caught and
# fined. That it passes the first way shows that nothing but the mask tells them apart.
load helper
load network

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  # Nobody is put out, however slow this machine may be.
  net_up --host "$(own_host)" --validators 1 --miners 3 --taggers 1 --capacity 1GiB --block-ms 500 \
    --param audits.exit_failures=1000
  export CESS_NETWORK=net CESS_NODE=net/node-0 XDG_STATE_HOME="$PWD/state"
}
teardown() { net_down; }

# judged OUTCOME: epochs in which this miner's answer was so judged.
judged() {
  cess-chain export events --filter audits.judged |
    jq -r --arg m "$miner" --arg o "$1" 'select(.data.miner == $m and .data.outcome == $o) | .data.epoch'
}
stake() { cess-chain show miner "$miner" -j | jq -r '.["miners.miner"].stake'; }
# answer: the cron line.
answer() {
  cess-chain show challenge --miner "$miner" | cess-prove prove -s "$folder/store" |
    cess-chain tx submit-proof -k "$folder/account.key" >/dev/null
}
# fetch_and_answer: the same of a miner whose fragment comes from a peer, for as long as the answer takes.
fetch_and_answer() {
  local peer
  peer="$(cess-chain show miner "$other" -j | jq -r '.["miners.miner"].endpoint')"
  curl -sSf --insecure "https://${peer#https://}/v1/files/$fid/fragments/0/$column" -o "$file" || return 1
  [ "$(stat -c %s "$file")" = "$size" ] || return 1
  answer
  rm -f "$file"
}
# until_judged OUTCOME AFTER HOW: answers by this function until a round after AFTER ends so. A window that went by
# while this machine was busy is no answer of either kind.
until_judged() {
  local tries=600
  until [ "$(judged "$1" | sort -n | tail -1)" -gt "$2" ] 2>/dev/null; do
    ((tries-- > 0)) || { echo "never: $1" >&2; return 1; }
    "$3" 2>>answers.err || true
    next_block
  done
}
newest() { cess-chain export events --filter audits.judged | jq -s 'map(.data.epoch) | max // 0'; }

# forget MASK: a file of three copies; its first holder deletes its own and is a cheater from now on.
forget() {
  fid="$(cess upload --profile 1+0x3 --fragment-size 256KiB "$@" 2>err)" || { cat err >&2; return 1; }
  cess-chain list files.slot "$fid" | jq -r '.miner + " " + (.key[2] | tostring)' >slots
  [ "$(wc -l <slots)" = 3 ]
  { read -r miner _; read -r other column; } <slots
  folder="net/$(name_of "$miner")"
  service="$(basename "$folder")"
  for s in "$service" "prover-${service#miner-}"; do s6-svc -wD -T 120000 -d "net/services/$s"; done
  file="$(find "$folder/store/fragments" -type f -size +60k)"
  [ "$(wc -l <<<"$file")" = 1 ]
  size="$(stat -c %s "$file")"
  # Enough that no fine freezes it.
  cess-chain tx call -k "$folder/account.key" miners.top_up amount=1000CESS --wait included >/dev/null
  # With its own bytes the line passes.
  until_judged passed "$(newest)" answer
  rm "$file"
  start=$(($(newest) + 1)) # what was answered with them may not be judged yet
}

@test "what a peer has is no answer where masks are, and the miner is fined" {
  random_file data 200000
  forget --mask tee data
  had="$(stake)"
  # With its own bytes no answer was false, so that any such verdict is about a peer's.
  until_judged false 0 fetch_and_answer
  is_fined() { fetch_and_answer 2>>answers.err || true; [ "$(stake)" != "$had" ]; }
  eventually is_fined
  [ -z "$(judged passed | awk -v s="$start" '$1 > s')" ]
}

@test "without a mask a peer's copy is as good as one's own" {
  random_file data 200000
  forget --mask none --public data
  until_judged passed "$start" fetch_and_answer
}
