#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The binaries are what the compiler flags promised: position independent, read-only relocations bound at
# start, no executable stack, no run path, stack protector and fortified calls.
. "$(dirname "$0")/common.inc"

protected=0
fortified=0
for binary in "$BUILD"/bin/cess*; do
  name="$(basename "$binary")"
  header="$(readelf -hW "$binary")"
  segments="$(readelf -lW "$binary")"
  dynamic="$(readelf -dW "$binary")"
  symbols="$(readelf -W --dyn-syms "$binary")"
  grep -q 'Type: *DYN' <<<"$header" || bad "$name: not position independent"
  grep -q 'GNU_RELRO' <<<"$segments" || bad "$name: no RELRO"
  grep -qE 'BIND_NOW|FLAGS_1.*NOW' <<<"$dynamic" || bad "$name: not bound at start"
  grep -qE 'FLAGS_1.*PIE' <<<"$dynamic" || bad "$name: not marked PIE"
  grep -qE 'GNU_STACK .* RW +0' <<<"$segments" || bad "$name: executable stack"
  grep -qE 'LOAD .* RWE ' <<<"$segments" && bad "$name: a segment is writable and executable"
  grep -qE 'RPATH|RUNPATH' <<<"$dynamic" && bad "$name: has a run path"
  grep -q '__stack_chk_fail' <<<"$symbols" && protected=$((protected + 1))
  grep -qE '__[a-z]+_chk(@|$)' <<<"$symbols" && fortified=$((fortified + 1))
done
# A small binary may have no buffer to protect; not one of all would mean that the flag was lost.
[ "$protected" -gt 0 ] || bad "no binary uses the stack protector"
[ "$fortified" -gt 0 ] || bad "no binary uses fortified calls"
finish
