#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What `make install` puts where, and that it works from there.
load helper

@test "DESTDIR and PREFIX are honoured and the commands run from there" {
  DESTDIR="$PWD/dest" run -0 cmake --install "$CESS_BIN/.." --prefix /usr
  # Nothing but what lies below the prefix.
  [ "$(ls dest)" = usr ]
  for c in $(commands); do
    [ -x "dest/usr/bin/$c" ]
    [ -f "dest/usr/share/man/man1/$c.1" ]
    [ -f "dest/usr/share/bash-completion/completions/$c" ]
    [ -f "dest/usr/share/zsh/site-functions/_$c" ]
    [ -f "dest/usr/share/fish/vendor_completions.d/$c.fish" ]
    run_quiet env PATH=/usr/bin:/bin "dest/usr/bin/$c" --version
  done
  [ -f dest/usr/share/man/man7/cess.7 ]
  [ -f dest/usr/share/doc/cess/README.md ]
  [ -x dest/usr/share/doc/cess/examples/backup-folder ]
  # The dispatcher finds its neighbours without PATH.
  run_quiet env PATH=/usr/bin:/bin dest/usr/bin/cess
  grep -q '^  encode ' <<<"$output"
}

@test "completions of an installed cess reach its neighbours" {
  DESTDIR="$PWD/dest" run -0 cmake --install "$CESS_BIN/.." --prefix /usr
  run -0 env PATH="$PWD/dest/usr/bin:$PATH" bash -c '
    . dest/usr/share/bash-completion/completions/cess
    COMP_WORDS=(cess enc) COMP_CWORD=1
    _cess
    echo "${COMPREPLY[*]}"
    COMP_WORDS=(cess store --sto) COMP_CWORD=2
    _cess
    echo "${COMPREPLY[*]}"'
  [ "${lines[0]}" = encode ]
  [ "${lines[1]}" = --store ]
}
