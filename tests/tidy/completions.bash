#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# completions/ is what the built commands say today, and each shell can read its part.
. "$(dirname "$0")/common.inc"

fresh="$(mktemp -d)"
trap 'rm -rf "$fresh"' EXIT
"$SOURCE/tools/completions" "$BUILD/bin" "$fresh" || bad "tools/completions failed"
diff -r completions "$fresh" >/dev/null || bad "completions/ is out of date: run make completions"
for f in "$fresh"/bash/*; do bash -n "$f" || bad "$f"; done
if command -v zsh >/dev/null; then
  for f in "$fresh"/zsh/*; do zsh -n "$f" || bad "$f"; done
fi
if command -v fish >/dev/null; then
  for f in "$fresh"/fish/*; do fish --no-execute "$f" || bad "$f"; done
fi

# A sample of behaviour: verbs and options are offered.
. "$fresh/bash/cess"
COMP_WORDS=(cess --ver)
COMP_CWORD=1
_cess
[ "${COMPREPLY[*]}" = "--verbose --version" ] || bad "bash: cess --ver gives '${COMPREPLY[*]}'"
finish
