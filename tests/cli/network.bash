# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For files that need a network of real processes, supervised, in the folder net of the current folder.

# net_up [OPTION]...: starts it, returns when everybody is ready.
net_up() {
  rm -f ready
  mkfifo ready
  cess up -d net --ready-fd 9 "$@" 9>ready >>up.out 2>>up.err 3>&- &
  echo $! >up.pid
  read -r <ready || { cat up.out up.err net/log/*.log >&2; return 1; }
}
# net_down: ends it, whatever its state.
net_down() {
  [ ! -f up.pid ] || { kill "$(cat up.pid)" && wait "$(cat up.pid)"; } 2>/dev/null || true
  rm -f up.pid
}
# kill9 SERVICE...: their processes die; one that is down already is no error.
kill9() {
  local s pid
  for s in "$@"; do
    pid="$(s6-svstat -o pid "net/services/$s")"
    [ "$pid" -le 1 ] || kill -9 "$pid" 2>/dev/null || true
  done
}
# all_ready: waits until every service is.
all_ready() {
  local s
  for s in net/services/*/; do
    s6-svwait -U -t 300000 "$s" || { tail -n 5 "net/log/$(basename "$s").log" >&2; return 1; }
  done
}
# next_block: returns after it; asks whichever node answers.
next_block() {
  local n
  for n in net/node-*; do
    ! cess-chain watch --heads --count 1 --node "$n" >/dev/null 2>&1 || return 0
  done
  return 1
}
# eventually COMMAND...: asks after each block; the bound is for what hangs.
eventually() {
  local tries=1000
  until "$@"; do
    ((tries-- > 0)) || { echo "never: $*" >&2; return 1; }
    next_block || true
  done
}
# name_of ACCOUNT: the miner's folder.
name_of() {
  local m
  for m in net/miner-*; do
    [ "$(cess-chain key address "$m/account.key")" != "$1" ] || { basename "$m"; return; }
  done
  return 1
}
