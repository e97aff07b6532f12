#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cess: verbs found and started as git does.
load helper

fake_verb() {
  mkdir -p bin
  printf '#!/bin/sh\nif [ "$1" = --help ]; then echo "cess-%s - %s"; exit 0; fi\nprintf "<%%s>" "$@"; exit 7\n' \
    "$1" "$2" >"bin/cess-$1"
  chmod +x "bin/cess-$1"
}

@test "cess alone lists the commands with their summaries" {
  fake_verb frobnicate "frobs a file"
  PATH="$PWD/bin:$PATH" run_quiet cess
  [ "${lines[0]}" = "usage: cess COMMAND [ARGUMENT]..." ]
  grep -qE '^  frobnicate +frobs a file$' <<<"$output"
  PATH="$PWD/bin:$PATH" run_quiet cess help
  grep -qE '^  frobnicate +frobs a file$' <<<"$output"
  PATH="$PWD/bin:$PATH" run_quiet cess --json
  [ "$(jq -r '.commands[] | select(.name == "frobnicate") | .summary' <<<"$output")" = "frobs a file" ]
}

@test "a verb gets its arguments untouched and its exit code is ours" {
  fake_verb frobnicate x
  PATH="$PWD/bin:$PATH" run_quiet -7 cess frobnicate -x --json '' 'a b' --help
  [ "$output" = "<-x><--json><><a b><--help>" ]
}

@test "help VERB shows the verb's help" {
  fake_verb frobnicate "frobs a file"
  PATH="$PWD/bin:$PATH" run_quiet cess help frobnicate
  [ "$output" = "cess-frobnicate - frobs a file" ]
}

@test "an unknown verb is refused with the nearest" {
  fake_verb frobnicate x
  PATH="$PWD/bin:$PATH" refused 2 "unknown command 'frobnicat' \(did you mean 'frobnicate'\?\)" cess frobnicat
  refused 2 "unknown command 'qqqqqq', see cess help" cess qqqqqq
  refused 2 "unknown command ''" cess ''
  refused 2 "unknown command '../x'" cess ../x
  refused 2 "unknown option '--nope'" cess --nope
}

@test "the current folder is not searched" {
  fake_verb frobnicate x
  cd bin
  PATH=":$PATH" refused 2 "unknown command 'frobnicate'" cess frobnicate
}

@test "our own folder comes before PATH" {
  fake_verb frobnicate path
  mkdir own
  cp "$CESS_BIN/cess" own/cess
  printf '#!/bin/sh\necho own\n' >own/cess-frobnicate
  chmod +x own/cess-frobnicate
  PATH="$PWD/bin:$PATH" run_quiet own/cess frobnicate
  [ "$output" = own ]
}
