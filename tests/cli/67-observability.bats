#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every daemon of a network answers /health and /metrics; those that speak plain HTTP let silent and slow clients go,
# too, and refuse what is too large (the others: 77-network-faults); cess status shows the network.
load helper
load network

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  net_up --validators 2 --miners 2 --taggers 1 --capacity 1GiB --fillers 2MiB --block-ms 250 --host "$(own_host)"
  daemons >all
}
teardown_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  net_down
}
setup() {
  cd "$BATS_FILE_TMPDIR" || return 1
  export CESS_NODE=net/node-0 XDG_STATE_HOME="$PWD/state"
}
# daemons: a line each: its name, its scheme, where it answers.
daemons() {
  local f
  for f in net/node-*; do echo "$(basename "$f") http $(jq -r .rpc "$f/config.json")"; done
  for f in net/miner-* net/tagger-*; do echo "$(basename "$f") https $(jq -r .listen "$f/config.json")"; done
  for f in net/miner-*; do echo "prover-${f##*-} http $(jq -r .prover_listen "$f/config.json")"; done
  for f in net/judge-*; do echo "$(basename "$f") http $(jq -r .listen "$f/config.json")"; done
}
answers() { curl -fsS --insecure "$1/health" >/dev/null; }

@test "each daemon is healthy and has metrics of its own" {
  [ "$(wc -l <all)" = "$(find net/services -mindepth 1 -maxdepth 1 -type d ! -name '.*' | wc -l)" ]
  while read -r name scheme at; do
    eventually answers "$scheme://$at"
    curl -fsS --insecure "$scheme://$at/metrics" >metrics
    grep -qE '^cess_[a-z_]+(\{[^}]*\})? [0-9.]+$' metrics || { echo "$name:" && cat metrics; return 1; } >&2
    run -1 grep -vE '^(#|cess_)' metrics
    [ "$(curl -sS --insecure -o none -w '%{http_code}' "$scheme://$at/nothing")" = 404 ]
  done <all
  judge="$(awk '$1 == "judge-0" { print $3 }' all)"
  [ "$(curl -fsS "http://$judge/health" | jq -r '.schema, .ok' | xargs)" = 'cess.judge_health/1 true' ]
  judged() { curl -fsS "http://$judge/metrics" | grep -qE '^cess_judge_answers_total [1-9]'; }
  eventually judged
}

# counts NAME METRIC: that daemon has seen at least one.
counts() {
  curl -fsS --insecure "$(awk -v n="$1" '$1 == n { print $2 "://" $3 }' all)/metrics" | grep -qE "^cess_$2 [1-9]"
}

@test "what daemons have done is counted, and what is stored is told" {
  random_file data 300000
  cess upload data --public --profile 1+1 --mask tee --territory home -k net/home/account.key >/dev/null 2>err ||
    { cat err >&2; return 1; }
  [ "$(cess status -j | jq .service_bytes)" = "$(cess-chain list files.file | jq .stored_bytes)" ]
  counts tagger-0 tagger_sealed_total
  for m in 00 01; do
    counts "miner-$m" miner_fragments_stored_total
    eventually counts "prover-$m" prover_answers_total
  done
}

@test "what a daemon without its node says" {
  at="$(jq -r .prover_listen net/miner-00/config.json)"
  sick() { [ "$(curl -s -o none -w '%{http_code}' "http://$at/health")" = 503 ]; }
  for n in net/node-*; do s6-svc -wd -d "net/services/$(basename "$n")"; done
  for _ in {1..2400}; do ! sick || break; sleep 0.1; done
  sick
  for n in net/node-*; do s6-svc -u "net/services/$(basename "$n")"; done
  all_ready
  eventually answers "http://$at"
}

@test "the network at a glance" {
  run_quiet cess status -j
  jq -e '.committee == 2 and .miners.positive == 2 and .synced and (.height > 0) and .deals_open == 0 and
    .repairs_open == 0 and has("era") and has("price_text") and has("idle_bytes") and has("service_bytes") and
    has("leased_bytes")' <<<"$output" >/dev/null
  run_quiet cess status
  for word in chain committee miners space sold deals repairs; do grep -q "^$word " <<<"$output"; done
}

@test "silent, slow and greedy clients of nodes, provers and judges" {
  pids=() fds=()
  for name in node-0 prover-00 judge-0; do
    at="$(awk -v n="$name" '$1 == n { print $3 }' all)"
    mkfifo "$name.said"
    python3 "$BATS_TEST_DIRNAME/slow_clients.py" "$at" 30 10 plain >"$name.said" 3>&- &
    pids+=($!)
    exec {said}<"$name.said"
    read -r word <&"$said"
    [ "$word" = held ]
    fds+=("$said")
    # Others are served meanwhile.
    eventually answers "http://$at"
    [ "$(curl -sS -o none -w '%{http_code}' -H "X-Long: $(printf 'x%.0s' {1..20000})" "http://$at/health")" = 431 ]
    [ "$(curl -sS -o none -w '%{http_code}' -X POST -H 'Content-Length: 100000000000' "http://$at/")" = 413 ]
  done
  for said in "${fds[@]}"; do
    read -r word <&"$said"
    [ "$word" = closed ]
  done
  wait "${pids[@]}"
}
