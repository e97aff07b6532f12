#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What every file must look like.
. "$(dirname "$0")/common.inc"

code() { files '*.cpp' '*.hpp' '*.c' '*.h' '*.cmake' 'CMakeLists.txt'; }
scripts() {
  files '*.bash' '*.bats' '*.inc' 'Makefile' 'tools/*' '.ci/*' 'demo/*' 'examples/*' 'tests/bench/run' |
    while read -r f; do
      case "$f" in *.md | *.json | *.cpp | *.hpp | *.txt | *.1) ;; *) echo "$f" ;; esac
    done | sort -u
}
prose() { files '*.md'; }

while read -r f; do
  head -n 2 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' || bad "$f: no SPDX line at its head"
done < <({ code; scripts; files 'man/*'; } | sort -u)

while read -r f; do
  # Advised: 100 columns. Refused: more than 120.
  grep -nE '^.{121,}' "$f" | cut -c1-60 | while read -r line; do echo "tidy: $f:$line...: over 120 columns"; done
  grep -qE '^.{121,}' "$f" && problems=$((problems + 1))
  count="$(wc -l <"$f")"
  [ "$count" -le 400 ] || bad "$f: $count lines, at most 400: look for two things in one"
done < <({ code; scripts; } | sort -u)

while read -r f; do
  grep -nP '\t' "$f" >/dev/null && bad "$f: tab"
done < <(code)

while read -r f; do
  grep -nE ' +$' "$f" >/dev/null && bad "$f: white space at the end of a line"
  [ -z "$(tail -c 1 "$f")" ] || bad "$f: no newline at its end"
  grep -nwE 'TO''DO|FIX''ME|X''XX' "$f" && bad "$f: unfinished business (write NEEDSWORK for undecided design)"
  # Names of places only the author's machine knows, and of hosts we must not depend on.
  grep -nE '(^|[^a-z])/wo''rk/|\.\./sha''red|/ro''ot/|registry\.npm|deb\.debian' "$f" &&
    bad "$f: names a place outside the project"
done < <({ code; scripts; prose; files 'man/*'; } | sort -u)

while read -r f; do
  titles="$(awk '/^```/ { fence = !fence } !fence && /^# /' "$f" | wc -l)"
  [ "$titles" = 1 ] || bad "$f: $titles titles, expected one"
  head -n 1 "$f" | grep -q '^# ' || bad "$f: does not open with its title"
done < <(prose)

for d in lib/* cmd/*; do
  [ -z "$(files "$d/*.cpp")" ] || [ -f "$d/DESIGN.md" ] || bad "$d: no DESIGN.md"
done

while read -r f; do
  head -n 1 "$f" | grep -qE '^#!.*(bash|sh)$' || continue
  bash -n "$f" || bad "$f: does not parse"
done < <(scripts)

finish
