#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# kill -9 of any one process while files go up, are audited and come down, and clients that waste time: everything heals
# by itself, and what was acknowledged comes back bit-identical. Nothing here depends on when exactly a kill lands.
load helper
load network

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  # Nobody is put out, however slow this machine may be: what is asked here is whether all heals.
  net_up --host "$(own_host)" --validators 4 --miners 3 --taggers 1 --capacity 1GiB --block-ms 500 \
    --param audits.exit_failures=1000
}
teardown_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  net_down
}
setup() {
  cd "$BATS_FILE_TMPDIR" || return 1
  export CESS_NODE=net/node-0 XDG_STATE_HOME="$PWD/state"
}

# upload FILE: prints its id.
upload() { cess upload "$1" --public --profile 1+1 --mask none --territory home -k net/home/account.key 2>>upload.err; }
# again COMMAND...: what ended because somebody had died is started again.
again() {
  local tries=60
  until "$@"; do
    ((tries-- > 0)) || { tail -n 5 upload.err >&2; return 1; }
    next_block || true
  done
}
# declared_files N: the chain knows so many.
declared_files() { [ "$(cess-chain list files.file 2>/dev/null | wc -l)" -ge "$1" ]; }
same_when_downloaded() {
  rm -f back
  cess download "$1" -o back 2>/dev/null && cmp "$2" back
}
holders() { cess-chain list files.slot "$1" | jq -r .miner; }

# ask SERVICE LINE [FIELD]: one request; prints the whole answer.
ask() {
  { printf '%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n' "$2"
    [ $# = 2 ] || printf '%s\r\n' "${@:3}"
    printf '\r\n'
  } | openssl s_client -quiet -connect "$(jq -r .listen "net/$1/config.json")" 2>/dev/null | tr -d '\r'
}

is_healthy() { grep -q '^HTTP/1.1 200' <<<"$(ask "$1" 'GET /health')"; }

@test "killed during an upload: the uploader, a validator, the drawn miners; the same command goes on" {
  random_file first 20000000 1
  upload first >first.fid &
  uploader=$!
  until declared_files 1; do kill -0 "$uploader" 2>/dev/null || break; done
  kill -9 "$uploader" 2>/dev/null || true
  kill9 node-2
  wait "$uploader" 2>/dev/null || true
  fid="$(again upload first)"
  random_file second 20000000 2
  upload second >second.fid &
  uploader=$!
  until declared_files 2; do kill -0 "$uploader" 2>/dev/null || break; done
  kill9 miner-00 miner-01 miner-02 tagger-0
  wait "$uploader" 2>/dev/null || true
  second="$(again upload second)"
  all_ready
  again same_when_downloaded "$fid" first
  again same_when_downloaded "$second" second
  echo "$fid" >first.fid
  echo "$second" >second.fid
}

@test "killed during an audit: provers, the miners' servers, a validator; later audits are passed" {
  passed() { cess-chain list audits.history 2>/dev/null | jq -r --arg m "$1" 'select(.key[0] == $m) | .passed'; }
  epoch() { cess-chain status -j 2>/dev/null | jq -r .epoch; }
  more_passed() { [ "$(passed "$1")" -gt "$2" ] 2>/dev/null; }
  new_epoch() { [ "$(epoch)" -gt "$1" ] 2>/dev/null; }
  eventually new_epoch "$(epoch)"
  kill9 prover-00 prover-01 prover-02 miner-00 miner-01 miner-02 node-3
  all_ready
  for m in $(holders "$(cat first.fid)"); do
    had="$(passed "$m")"
    eventually more_passed "$m" "${had:-0}"
  done
}

@test "killed during a download: a miner, the node that is asked; it comes at last" {
  fid="$(cat first.fid)"
  cess download "$fid" -o come 2>/dev/null &
  downloader=$!
  kill9 "$(name_of "$(holders "$fid" | head -n 1)")" node-0
  wait "$downloader" || true
  rm -f come
  all_ready
  again same_when_downloaded "$fid" first
}

@test "silent and slow clients are let go, others are served meanwhile; too much is refused" {
  fid="$(cat first.fid)"
  for m in miner-00 miner-01 miner-02 tagger-0; do
    mkfifo "$m.said"
    python3 "$BATS_TEST_DIRNAME/slow_clients.py" "$(jq -r .listen "net/$m/config.json")" 100 20 >"$m.said" 3>&- &
    pids+=($!)
    exec {said}<"$m.said"
    read -r word <&"$said"
    [ "$word" = held ]
    fds+=("$said")
  done
  again same_when_downloaded "$fid" first
  for m in miner-00 tagger-0; do
    beyond="/v1/files/$fid/fragments/0/0"
    grep -q '^HTTP/1.1 431' <<<"$(ask "$m" 'GET /health' "X-Long: $(printf 'x%.0s' {1..20000})")"
    grep -q '^HTTP/1.1 413' <<<"$(ask "$m" "PUT $beyond" 'Content-Length: 100000000000')"
    eventually is_healthy "$m"
  done
  for said in "${fds[@]}"; do
    read -r word <&"$said"
    [ "$word" = closed ]
  done
  wait "${pids[@]}"
}

@test "in the end there is one chain, and all files are whole" {
  all_ready
  height="$(cess-chain show head -j | jq -r .height)"
  hash_at() { cess-chain show block "$height" -j --node "net/node-$1" 2>/dev/null | jq -r .hash; }
  has_block() { [ -n "$(hash_at "$1")" ]; }
  for i in 1 2 3; do
    eventually has_block "$i"
    [ "$(hash_at "$i")" = "$(hash_at 0)" ]
  done
  again same_when_downloaded "$(cat first.fid)" first
  again same_when_downloaded "$(cat second.fid)" second
  nothing_open() { cess status -j | jq -e '.repairs_open == 0 and .deals_open == 0' >/dev/null; }
  eventually nothing_open
}
