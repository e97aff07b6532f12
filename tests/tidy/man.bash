#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Man pages are clean mdoc, have the sections we promise, and name exactly the options there are.
. "$(dirname "$0")/common.inc"

for page in man/*.[1-8]; do
  mandoc -Tlint -Wwarning "$page" || bad "$page: mandoc complains"
done

sections="NAME SYNOPSIS DESCRIPTION OPTIONS EXIT_STATUS MEMORY EXAMPLES SEE_ALSO"
for binary in "$BUILD"/bin/cess*; do
  name="$(basename "$binary")"
  page="man/$name.1"
  [ -f "$page" ] || { bad "$page is missing"; continue; }
  found=" $(sed -n 's/^\.Sh //p' "$page" | tr ' ' '_' | tr '\n' ' ')"
  rest="$found"
  for s in $sections; do
    [[ "$rest" == *" $s "* ]] || { bad "$page: no section $s in its place"; continue; }
    rest=" ${rest#*" $s "}"
  done
  declared="$("$binary" --dump-options | awk -F'\t' '$1 == "option" { gsub(",", "\n", $3); print $3 }' | sort -u)"
  # `.It Fl k , Fl -key Ar FILE` documents -k and --key.
  documented="$(grep -E '^\.It .*Fl ' "$page" | grep -oE 'Fl [-a-zA-Z0-9]+' | sed 's/^Fl /-/' | sort -u)"
  for o in $(comm -23 <(echo "$declared") <(echo "$documented")); do bad "$page: $o is not documented"; done
  for o in $(comm -13 <(echo "$declared") <(echo "$documented")); do bad "$page: $o does not exist"; done
done
finish
