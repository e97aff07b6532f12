#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What every file must look like.
. "$(dirname "$0")/common.inc"

readarray -t code < <(files '*.cpp' '*.hpp' '*.c' '*.h' '*.cmake' 'CMakeLists.txt' | sort -u)
readarray -t scripts < <(files '*.bash' '*.bats' '*.inc' '*.awk' 'Makefile' 'tools/*' '.ci/*' 'demo/*' \
  'examples/*' 'tests/*/run' | grep -vE '\.(md|json|cpp|hpp|txt|1)$|/notification-fd$' | sort -u)
readarray -t prose < <(files '*.md')
readarray -t pages < <(files 'man/*')

# each_line TEXT PATTERN FILE...: every line that matches is a problem.
each_line() {
  local text="$1" pattern="$2" hit
  shift 2
  while read -r hit; do bad "$text: ${hit:0:100}"; done < <(grep -HnP -- "$pattern" "$@")
}
# each_file TEXT: every name on stdin is a problem.
each_file() {
  local name
  while read -r name; do bad "$name: $1"; done
}

for f in "${code[@]}" "${scripts[@]}" "${pages[@]}"; do
  # The first line, or the second after #! or #compdef.
  { read -r first; read -r second; } <"$f"
  [[ "$first$second" == *'SPDX-License-Identifier: Apache-2.0'* ]] || echo "$f"
done | each_file "no SPDX line at its head"

# Advised: 100 columns. Refused: more than 120.
each_line "over 120 columns" '^.{121,}' "${code[@]}" "${scripts[@]}"
wc -l "${code[@]}" "${scripts[@]}" | awk '$2 != "total" && $1 > 400 { print $2 }' |
  each_file "over 400 lines: look for two things in one"
each_line "tab" '\t' "${code[@]}"

all=("${code[@]}" "${scripts[@]}" "${prose[@]}" "${pages[@]}")
each_line "white space at the end" '[ \t]+$' "${all[@]}"
for f in "${all[@]}"; do [ -z "$(tail -c 1 "$f")" ] || echo "$f"; done | each_file "no newline at its end"
each_line "unfinished business (undecided design is NEEDSWORK)" '\b(TO''DO|FIX''ME|X''XX)\b' "${all[@]}"
# Names of places only the author's machine knows, and of hosts we must not depend on.
place='(^|[^a-z])/wo''rk/|\.\./sha''red|/ro''ot/|registry\.npm|deb\.debian'
each_line "a place outside the project" "$place" "${all[@]}"

for f in "${prose[@]}"; do
  titles="$(awk '/^```/ { fence = !fence } !fence && /^# / { n++ } END { print n + 0 }' "$f")"
  [ "$titles" = 1 ] || bad "$f: $titles titles, expected one"
  read -r first <"$f"
  [[ "$first" == '# '* ]] || bad "$f: does not open with its title"
done

for d in lib/* cmd/*; do
  compgen -G "$d/*.cpp" >/dev/null && [ ! -f "$d/DESIGN.md" ] && bad "$d: no DESIGN.md"
done

# Bash lets a negated command, and all of a chain but its last part, fail without a word: such a line in the middle of a
# test says nothing. 'run !' and a line for each part do.
tests=()
for f in "${scripts[@]}"; do [[ "$f" != *.bats ]] || tests+=("$f"); done
awk 'at && !/^ *(}|fi)/ { print at }
  { at = "" }
  /^ +(! |\[.*\] && )/ && !/\|\|/ && !/&& (return|break|continue)/ { at = FILENAME ":" FNR ": " substr($0, 1, 60) }' \
  "${tests[@]}" | each_file "cannot fail here"

for f in "${scripts[@]}"; do
  read -r first <"$f"
  [[ "$first" =~ ^'#!'.*sh$ ]] || continue
  bash -n "$f" || bad "$f: does not parse"
done

finish
