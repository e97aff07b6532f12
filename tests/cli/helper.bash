# SPDX-License-Identifier: Apache-2.0
# Loaded by every Bats file. Each test runs in a folder of its own with the built commands on PATH.
# stderr must be empty unless the test says so: use `run_quiet`, or look at $stderr.

bats_require_minimum_version 1.5.0

CESS_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
# Not exported: the commands would take it for the option --root.
# Another build's binaries: CESS_BIN=build-fuzz/bin bats tests/cli
export CESS_BIN="${CESS_BIN:-$CESS_ROOT/build/bin}"
export PATH="$CESS_BIN:$PATH"
unset CESS_STORE CESS_KEY CESS_TAGGER CESS_NODE CESS_NETWORK # the environment must not decide a test,
export XDG_CONFIG_HOME=/nonexistent                         # nor the user's configuration
umask 022

setup() { cd "$BATS_TEST_TMPDIR" || return 1; }

# run_quiet [-N] command...: like run, and stderr must be empty.
run_quiet() {
  local code=-0
  if [[ "$1" =~ ^-[0-9]+$ ]]; then code="$1"; shift; fi
  run --separate-stderr "$code" "$@"
  if [ -n "$stderr" ]; then
    echo "unexpected on stderr: $stderr" >&2
    return 1
  fi
}

# refused N PATTERN command...: exit code N, nothing on stdout, exactly one "NAME: error: " line on stderr
# (a hint may follow) that matches the extended regular expression PATTERN.
refused() {
  local code="$1" pattern="$2"
  shift 2
  run --separate-stderr "-$code" "$@"
  [ -z "$output" ] || { echo "unexpected on stdout: $output" >&2; return 1; }
  [ "$(grep -c ': error: ' <<<"$stderr")" = 1 ] || { echo "not one error line: $stderr" >&2; return 1; }
  if [ "$(grep -vc -e ': error: ' -e ': hint: ' <<<"$stderr")" != 0 ]; then
    echo "more than an error and a hint: $stderr" >&2
    return 1
  fi
  grep -qE -- "$pattern" <<<"$stderr" || { echo "no match for '$pattern' in: $stderr" >&2; return 1; }
}

# random_file NAME SIZE_BYTES [SEED]: bytes that look random and are the same in every run.
random_file() {
  head -c "$2" /dev/zero |
    openssl enc -aes-128-ctr -nosalt -K "$(printf '%032x' "${3:-1}")" -iv 00000000000000000000000000000000 >"$1"
}

# flip NAME OFFSET: inverts the lowest bit of one byte of a file, in place.
flip() {
  local byte
  byte=$((0x$(xxd -s "$2" -l 1 -p "$1") ^ 1))
  # shellcheck disable=SC2059
  printf "$(printf '\\x%02x' "$byte")" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

sha() { sha256sum <"$1" | cut -d' ' -f1; }

# commands: the built commands by name.
commands() {
  local path
  for path in "$CESS_BIN"/cess*; do basename "$path"; done
}

# own_host: an address of the loopback network that no other running test has, as it is made of this process's
# number. All of 127/8 is local on Linux, so all ports there are free: the folders of a devnet must name theirs before
# anybody listens.
own_host() { echo "127.$((64 + ($$ >> 16 & 63))).$(($$ >> 8 & 255)).$(($$ & 255))"; }
