#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Every command that reads, given what is not its input: exit 3 or 4 with one line, nothing on stdout,
# nothing left under an output name.
load helper

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  PATH="$(dirname "$BATS_TEST_FILENAME")/../../build/bin:$PATH"
  PATH="${CESS_BIN:-}:$PATH"
  cess-encode key new -o alice.key >/dev/null
  cess-encode key public alice.key >alice.pub
  cess-tag keygen -o tagger.key >/dev/null
  cess-store -s st init --capacity 1GiB >/dev/null
  head -c 5000 /dev/zero | cess-encode --public | cess-tag -k tagger.key | cess-store -s st put >/dev/null
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  cp -r "$BATS_FILE_TMPDIR"/{alice.key,alice.pub,tagger.key,tagger.pub,st} .
}

# One command line each; all read stdin.
readers() {
  cat <<'LINES'
cess-encode decode --identity alice.key -o out
cess-encode inspect
cess-tag -k tagger.key -o out
cess-tag check --tagger tagger.pub
cess-prove prove -s st
cess-prove verify --tagger tagger.pub
cess-store -s st put
LINES
}

# refused_either PATTERN command...: exit 3 or 4 and one error line.
refused_either() {
  local pattern="$1"
  shift
  run --separate-stderr "$@"
  [ "$status" = 3 ] || [ "$status" = 4 ] || { echo "exit $status: $*: $output $stderr"; return 1; }
  [ -z "$output" ] || { echo "on stdout: $*: $output"; return 1; }
  [ "$(grep -c ': error: ' <<<"$stderr")" = 1 ] || { echo "$*: $stderr"; return 1; }
  grep -qE -- "$pattern" <<<"$stderr" || { echo "$*: no '$pattern' in $stderr"; return 1; }
  [ ! -e out ] || { echo "$*: left an output file"; return 1; }
  [ -z "$(find . -name '.cess-*')" ] || { echo "$*: left a temporary file"; return 1; }
}

@test "empty input is refused" {
  while read -r line; do refused_either '' bash -c "$line </dev/null"; done < <(readers)
}

@test "closed stdin is refused" {
  while read -r line; do refused_either '' bash -c "$line <&-"; done < <(readers)
  run --separate-stderr -4 bash -c "cess-encode --recipient alice.pub -o out <&-"
  [ ! -e out ]
}

@test "a directory on stdin is refused" {
  while read -r line; do refused_either 'directory' bash -c "$line <."; done < <(readers)
  refused 2 'folder' bash -c "cess-encode --recipient alice.pub -o out <."
}

@test "noise is refused" {
  random_file noise 70000
  while read -r line; do refused_either '' bash -c "$line <noise"; done < <(readers)
  printf '{"schema":"cess.challenge/1"' >cut
  while read -r line; do refused_either '' bash -c "$line <cut"; done < <(readers)
  printf '{"schema":"cess.nothing/1"}\n' >other
  while read -r line; do refused_either '' bash -c "$line <other"; done < <(readers)
}

@test "an input file that is absent, or a directory, is named" {
  while read -r line; do
    case "$line" in *' prove '* | *' put') continue ;; esac # these take no file
    refused_either "'absent'.*No such file" bash -c "$line absent"
  done < <(readers)
  refused_either "'absent'.*No such file" cess-encode --recipient alice.pub -o out absent
  mkdir folder
  refused 2 "'folder'.*folder" cess-encode --recipient alice.pub -o out folder
  grep -qF "hint: tar c FOLDER | cess-encode" <<<"$stderr"
}

@test "key files that others can read are refused, and never printed" {
  for mode in 640 604 644 660 666 777; do
    chmod "$mode" tagger.key alice.key
    refused_either "'tagger.key'.*expected 0600" bash -c "cess-tag -k tagger.key -o out </dev/null"
    refused_either "'alice.key'.*0600" bash -c "cess-encode decode --identity alice.key -o out </dev/null"
  done
  chmod 600 tagger.key alice.key
  mkfifo pipe.key
  refused_either "'pipe.key'.*FIFO" bash -c "cess-tag -k pipe.key -o out </dev/null"
  ln -s tagger.key link.key
  refused_either "'link.key'.*symbolic link" bash -c "cess-tag -k link.key -o out </dev/null"
  refused_either "directory" bash -c "cess-tag -k st -o out </dev/null"
  : >empty.key
  chmod 600 empty.key
  refused_either "empty.key" bash -c "cess-tag -k empty.key -o out </dev/null"
  head -c 100 tagger.key >half.key
  chmod 600 half.key
  refused_either "half.key" bash -c "cess-tag -k half.key -o out </dev/null"
  truncate -s 1G huge.key
  chmod 600 huge.key
  refused_either "huge.key" bash -c "cess-tag -k huge.key -o out </dev/null"
}

@test "an existing output is kept unless --force says otherwise" {
  echo precious >out
  echo data >in
  for line in "cess-encode --recipient alice.pub -o out in" "cess-tag keygen -o out" "cess-encode key new -o out"; do
    # shellcheck disable=SC2086
    run --separate-stderr $line
    [ "$status" -ge 2 ] && [ "$(cat out)" = precious ] || { echo "$line: exit $status"; return 1; }
  done
  ln -s precious link
  echo keep >precious
  run_quiet cess-encode --recipient alice.pub --force -o link in
  [ "$(cat precious)" = keep ]
  [ ! -L link ]
}

@test "output to a full device is exit 4, never 0" {
  echo data >in
  run --separate-stderr -4 bash -c "cess-encode --recipient alice.pub in >/dev/full"
  grep -q 'No space left on device' <<<"$stderr"
  run --separate-stderr -4 bash -c "cess-encode --recipient alice.pub in >&-"
  run --separate-stderr -4 bash -c "cess-prove challenge --beacon $(printf '%064d' 0) -s st >/dev/full"
  run --separate-stderr -4 bash -c "cess-store -s st stat >/dev/full"
}

@test "a reader that leaves early ends the writer" {
  truncate -s 200M big
  run -0 bash -c 'cess-encode --public big | head -c 1 >/dev/null; code=${PIPESTATUS[0]}
    [ "$code" = 141 ] || [ "$code" = 4 ]'
}

@test "input in any pieces gives the same bytes" {
  random_file in 300000
  cess-encode --public <in >whole
  cess-encode decode <whole >back
  cmp in back
  { head -c 1 in; tail -c +2 in | head -c 70001; tail -c +70003 in; } |
    cess-encode --public | cess-encode decode >back
  cmp in back
  dd if=in bs=977 status=none | cess-encode --public | dd bs=1013 status=none | cess-encode decode >back
  cmp in back
  : | cess-encode --public >empty
  cess-encode decode <empty | cmp - /dev/null
}

@test "no descriptor below 3 ever becomes a file of ours" {
  cp tagger.key before
  bash -c "cess-encode key new -o new.key <&- >&- 2>&-" || true
  cmp tagger.key before
  [ ! -e new.key ] || grep -q '^AGE-SECRET-KEY-1' new.key
}
