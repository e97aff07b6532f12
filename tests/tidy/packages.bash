#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every program of a Debian package that a script calls comes with what tools/deps installs, or with every Debian: a
# machine that happens to have more hides what a fresh one lacks. A script may also ask first: `command -v PROGRAM`.
. "$(dirname "$0")/common.inc"

readarray -t scripts < <(files '*.bats' '*.bash' '*.inc' '.ci/*' 'demo/*' 'examples/*' 'tools/*' 'tests/bench/*' \
  'tests/chaos/*' | grep -vE '\.(cpp|hpp|md|py|jq|service)$|/notification-fd$')

# Words where a command may stand, that are names of programs here and of no function of the scripts.
called() {
  local before='^|\| |; |&& |`|(?<!\()\(|\b(then|do|else|run|run_quiet|xargs|exec|env|inside [^ ]+|timeout \d+)\b'
  grep -hvE '^ *(#|[a-z0-9 |*-]+\) )' "$@" | grep -oP "($before) *\\K[a-z][a-z0-9_.+-]+(?=[ ;|&)]|\$)" |
    grep -vxFf <(grep -hoP '^ *\K[a-z0-9_-]+(?=\(\))' "$@") | sort -u
}
# Where they lie, as their packages may call it: since Debian 12 /bin is /usr/bin.
declare -A lies
for name in $(comm -12 <(called "${scripts[@]}") <(compgen -c | sort -u)); do
  [ "$(type -t "$name")" = file ] || continue
  grep -qE "command -v $name\b" "${scripts[@]}" && continue
  at="$(readlink -f "$(type -P "$name")")"
  lies[$at]="$name" lies[${at#/usr}]="$name" lies[/usr$at]="$name"
done
[ "${#lies[@]}" -gt 100 ] || bad "tests/tidy/packages.bash: finds ${#lies[@]} programs in all scripts"

# What is there at the least, and what comes with the list.
kept="$(dpkg-query -Wf '${Package} ${Essential} ${Priority}\n' | awk '$2 == "yes" || $3 == "required" { print $1 }')"
# shellcheck disable=SC2046,SC2086 # lists of words
installed="$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
  --no-enhances $(tools/deps --list) make $kept | grep -oE '^[a-z0-9][a-z0-9.+-]*' | sort -u)"

dpkg -S "${!lies[@]}" 2>/dev/null | grep -vE '^(local )?diversion ' | while read -r line; do
  owner="${line%%[:,]*}" at="${line##*: }"
  grep -qxF -- "$owner" <<<"$installed" || bad "a script calls ${lies[$at]}: package $owner is not in tools/deps"
done

finish
