#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cess-encode: damaged input, full disks, slow and broken pipes.
load helper

small=(--profile 4+2 --fragment-size 64KiB)

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  random_file in 300000
  cess-encode --public "${small[@]}" -o b in >/dev/null
}

@test "one byte at a time" {
  head -c 3000 in >little
  perl -e '$| = 1; print while (read STDIN, $_, 1) == 1' <little | cess-encode --public "${small[@]}" >lb
  perl -e '$| = 1; syswrite STDOUT, $_ while (read STDIN, $_, 1) == 1' <lb | cess-encode decode | cmp - little
}

@test "a bundle cut anywhere is refused, and no file is left" {
  size=$(stat -c %s b)
  for cut in 0 1 511 512 513 1024 5000 70000 $((size / 2)) $((size - 1025)) $((size - 1024)) \
    $((size - 512)) $((size - 1)); do
    head -c "$cut" b >cut.tar
    refused 3 "truncated at byte $cut" cess-encode decode -o out cut.tar
    [ ! -e out ]
    # stdout may hold a prefix of the file by then, but never anything else
    cat cut.tar | run_status 3 cess-encode decode
    cmp -n "$(stat -c %s got)" got in
  done
}
run_status() {
  local want="$1" code=0
  shift
  "$@" >got 2>err || code=$?
  [ "$code" = "$want" ]
}

@test "bytes after the end, two bundles, and other files are refused" {
  { cat b; echo x; } >more
  refused 3 'after the end' cess-encode decode -o out more
  cat b b >two
  refused 3 'after the end' cess-encode decode -o out two
  tar c in >other.tar
  refused 3 "entry 'in' is none of a bundle's" cess-encode decode -o out other.tar
  cat other.tar | refused_stream 3 "none of a bundle's"
  : >empty
  cat empty | refused_stream 3 'truncated at byte 0'
  cess-encode --public "${small[@]}" -o b2 in >/dev/null
  refused 3 'parts of different files' cess-encode decode -o out b b2
}
refused_stream() {
  run --separate-stderr "-$1" cess-encode decode
  grep -q "$2" <<<"$stderr"
}

@test "full devices and closed descriptors" {
  code=0; cess-encode --public in >/dev/full 2>err || code=$?
  [ "$code" = 4 ]
  grep -q 'No space left on device' err
  code=0; cess-encode decode b >/dev/full 2>err || code=$?
  [ "$code" = 4 ]
  code=0; cat b | cess-encode decode >/dev/full 2>err || code=$?
  [ "$code" = 4 ]
  code=0; cess-encode --public in >&- 2>err || code=$?
  [ "$code" = 4 ]
  code=0; cess-encode --public <&- >out 2>err || code=$?
  [ "$code" = 4 ]
  refused 2 'folder' cess-encode --public .
  refused 4 'No such file' cess-encode --public absent
}

@test "a reader that goes away ends the encoder" {
  # Endless input: only the broken pipe can end this.
  run bash -c 'cess-encode --public /dev/zero | head -c 1000000 >/dev/null; exit "${PIPESTATUS[0]}"'
  [ "$status" = 141 ]
}

@test "a failed output does not wait for an idle input" {
  mkfifo slow
  exec 9<>slow
  code=0
  # Without descriptor 9, which also reads: else it would wait for itself once the encoder is gone.
  head -c 40000000 /dev/zero >slow 9>&- &
  timeout 300 cess-encode --public <slow >/dev/full 2>err || code=$?
  exec 9>&-
  wait || true
  [ "$code" = 4 ]
}

@test "no output file is left by a failure, and none is replaced unasked" {
  echo precious >out
  refused 2 'exists already' cess-encode decode -o out b
  [ "$(cat out)" = precious ]
  cess-encode decode --force -o out b
  cmp in out
  refused 2 'exists already' cess-encode --public -o b in
  mkdir full && echo mine >full/note
  refused 2 "files that are not a bundle's" cess-encode --public -d full in
  refused 2 "files that are not a bundle's" cess-encode --public --force -d full in
  [ "$(cat full/note)" = mine ]
  cess-encode --public "${small[@]}" -d parts in >/dev/null
  refused 2 'exists already' cess-encode --public -d parts in
  cess-encode --public --force -d parts "${small[@]}" in >/dev/null
  cess-encode decode parts | cmp - in
  flip b 3000
  run --separate-stderr cess-encode decode -o new b
  [ -z "$(find . -name '.cess-*')" ]
}

@test "a killed encoder leaves no file" {
  mkfifo slow
  cess-encode --public -o killed slow &
  pid=$!
  exec 9>slow
  # Until the output is there; it has no name yet, or a temporary one.
  while kill -0 "$pid" && ! readlink /proc/"$pid"/fd/* | grep -qE 'deleted|\.cess-'; do :; done
  kill -TERM "$pid"
  code=0; wait "$pid" || code=$?
  exec 9>&-
  [ "$code" = 143 ]
  [ ! -e killed ]
  [ -z "$(find . -name '.cess-*')" ]
}

@test "every byte of a small bundle flipped: the right bytes or an error" {
  echo hello >tiny
  cess-encode --public --profile 1+1 --fragment-size 64KiB -o t tiny >/dev/null
  # A sample here; the unit tests do every byte.
  size=$(stat -c %s t)
  for ((at = 0; at < size; at += 97)); do
    cp t bad
    flip bad "$at"
    code=0; cess-encode decode bad >got 2>err || code=$?
    case $code in
    0) cmp got tiny ;;
    1 | 3) [ ! -s got ] ;;
    *) echo "exit $code at byte $at"; return 1 ;;
    esac
  done
}

@test "limits on the command line, both sides" {
  for bad in 65535 0 65537 257MiB 1; do
    run --separate-stderr -2 cess-encode --public --fragment-size "$bad" in
  done
  run --separate-stderr -2 cess-encode --public --profile 5+1 --fragment-size 256MiB in
  run --separate-stderr -2 cess-encode --public --copies 17 in
  run --separate-stderr -2 cess-encode --public --copies 0 in
  run --separate-stderr -2 cess-encode --public --name a/b in
  run --separate-stderr -2 cess-encode --public -T 0 in
  cess-encode --public --profile 1+1 --copies 16 --fragment-size 64KiB -T 16 in | cess-encode decode | cmp - in
}

@test "constant memory: 1 GiB in and out under 400 MiB each" {
  head -c 1G /dev/zero |
    /usr/bin/time -f '%M' -o enc cess-encode --public |
    /usr/bin/time -f '%M' -o dec cess-encode decode |
    cmp -n 1073741824 - /dev/zero
  [ "$(tail -n 1 enc)" -lt 409600 ]
  [ "$(tail -n 1 dec)" -lt 409600 ]
}
