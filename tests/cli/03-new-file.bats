#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A file that is created appears whole or not at all, whichever system call fails and whenever the process
# is killed. Tried on key creation, which goes through the same code as every other output.
load helper

# The calls that make the file, from the first that opens its folder on.
calls="openat write fchmod fsync linkat getrandom"

whole() { grep -q '^AGE-SECRET-KEY-1' key && [ "$(stat -c %a key)" = 600 ]; }
clean() { [ -z "$(find . -name '.cess-*')" ]; }

# faults WHAT CHECK: injects WHAT into the n-th call of each kind until it no longer happens.
faults() {
  local call n count=0
  for call in $calls; do
    for ((n = 1; n < 200; n++)); do
      rm -f key trace
      strace -f -qq -o trace -e trace="$call" -e inject="$call:$1:when=$n" cess-encode key new -o key >out 2>err &&
        code=0 || code=$?
      grep -q INJECTED trace || [[ "$1" == signal* && $code -gt 128 ]] || break
      "$2" "$call" "$n" || { echo "$call $n: exit $code: $(cat err)"; ls -la; return 1; }
      count=$((count + 1))
    done
  done
  [ "$count" -gt 10 ] || { echo "only $count faults happened"; return 1; }
}

failed_cleanly() {
  clean || return 1
  # The loader, not we, may have met the fault.
  [ "$code" = 127 ] && [ ! -e key ] && return 0
  if [ -e key ]; then
    whole # the fault came after the commit, or did not matter
  else
    [ "$code" != 0 ] && [ "$code" -lt 128 ]
  fi
}

killed_cleanly() {
  clean || return 1
  [ ! -e key ] || whole
}

@test "each call fails once" { faults error=EIO failed_cleanly; }

@test "each call finds the disk full" { faults error=ENOSPC failed_cleanly; }

@test "each call is the last: killed" { faults signal=KILL killed_cleanly; }

@test "each call is the last: terminated" { faults signal=TERM killed_cleanly; }

@test "without O_TMPFILE a temporary name is used, and goes with a signal" {
  # The first openat of the folder is the one with O_TMPFILE.
  strace -qq -o trace -e trace=openat cess-encode key new -o probe
  n="$(grep -n O_TMPFILE trace | head -n 1 | cut -d: -f1)"
  strace -qq -o trace -e trace=openat -e "inject=openat:error=EOPNOTSUPP:when=$n" cess-encode key new -o key
  whole
  clean
  code=0
  strace -f -qq -o trace -e trace=openat,fsync -e "inject=openat:error=EOPNOTSUPP:when=$n" \
    -e inject=fsync:signal=TERM:when=1 cess-encode key new -o other 2>/dev/null || code=$?
  [ "$code" = 143 ]
  [ ! -e other ]
  clean
}
