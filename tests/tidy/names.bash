#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# In a unity build (decision 0405) a constant of one .cpp can hide the library's of the same name from the next file
# of its batch, in silence: nobody else of its target may use that name.
. "$(dirname "$0")/common.inc"

# "name file" of each constant that FILE... define outside every class and function: in the first column.
constants() {
  grep -HoP -- '^(?:inline |static |constexpr |constinit |const )+[^=({]*?\bk[A-Z]\w*(?=\s*(?:=|\{|\[))' "$@" |
    sed -E 's/^([^:]*):.*\b(k[A-Z][A-Za-z0-9_]*)$/\2 \1/' | sort -u
}

# The folder whose sources are one target: of the state machine and of the tests all below it.
target_of() {
  case "$1" in
  lib/chain/state/*) echo lib/chain/state ;;
  tests/unit/chain/*) cut -d / -f 1-4 <<<"$1" ;;
  *) echo "${1%/*}" ;;
  esac
}

readarray -t headers < <(files 'lib/*.hpp')
readarray -t sources < <(files '*.cpp')
definitions="$(constants "${sources[@]}")"
while read -r name source header; do
  readarray -t users < <(grep -rlw --include='*.cpp' -- "$name" "$(target_of "$source")")
  for user in "${users[@]}"; do
    grep -qxF "$name $user" <<<"$definitions" ||
      bad "$source: its $name can hide that of $header from $user"
  done
done < <(join <(cat <<<"$definitions") <(constants "${headers[@]}"))
finish
