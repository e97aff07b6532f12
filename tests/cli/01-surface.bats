#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What every command does alike, whatever it is for.
load helper

@test "--help is one screen on stdout with two examples, exit 0" {
  for c in $(commands); do
    run_quiet "$c" --help
    [[ "${lines[0]}" == "$c - "* ]] || { echo "$c: ${lines[0]}"; return 1; }
    grep -q '^usage: ' <<<"$output"
    grep -q '^options:' <<<"$output"
    [ "$(sed -n '/^examples:/,$p' <<<"$output" | grep -c '^  ')" = 2 ] || { echo "$c: not two examples"; return 1; }
    [ "$(wc -l <<<"$output")" -le 54 ] || { echo "$c: $(wc -l <<<"$output") lines"; return 1; }
    if sed -e 1d -e '/^examples:/,$d' <<<"$output" | grep -E '^.{81,}'; then
      echo "$c: a line over 80 columns"
      return 1
    fi
  done
}

@test "every subcommand has its own --help" {
  for c in $(commands); do
    while IFS=$'\t' read -r _ name _; do
      [ "$name" != - ] || continue
      # shellcheck disable=SC2086 # "challenge index" is two words
      run_quiet "$c" $name --help
      [[ "${lines[0]}" == "$c $name - "* ]] || { echo "$c $name: ${lines[0]}"; return 1; }
    done < <("$c" --dump-options | grep ^command)
  done
}

@test "--version names the program and its version" {
  for c in $(commands); do
    run_quiet "$c" --version
    [[ "$output" =~ ^$c\ [0-9]+\.[0-9]+\.[0-9]+$ ]] || { echo "$output"; return 1; }
  done
}

@test "an unknown option is one line and exit 2" {
  for c in $(commands); do
    refused 2 "^$c: error: unknown option '--no-such-option'" "$c" --no-such-option
    refused 2 "^$c: error: unknown option '--helq' \(did you mean '--help'\?\)" "$c" --helq
    refused 2 "^$c: error: unknown option '-Z'" "$c" -Z
  done
}

@test "options are not repeated and flags take no value" {
  for c in $(commands); do
    refused 2 "option '--verbose' is given twice" "$c" --verbose -v --help
    refused 2 "option '--quiet' takes no value" "$c" --quiet=yes
    refused 2 "exclude each other" "$c" --progress --no-progress --help
  done
}

@test "an option that needs a value says so" {
  for c in $(commands); do
    while IFS=$'\t' read -r _ name names _ kind _; do
      [ "$kind" != flag ] && [ "$name" = - ] || continue
      o="--${names##*--}"
      [[ "$names" == *--* ]] || o="${names##*,}"
      refused 2 "option '$o' needs a value" "$c" "$o"
      refused 2 "option '$o' has an empty value" "$c" "$o" ""
    done < <("$c" --dump-options | grep ^option)
  done
}

@test "numbers are decimal and bounded" {
  for c in $(commands); do
    while IFS=$'\t' read -r _ name names _ kind _; do
      [[ "$kind" =~ ^(number|size)$ ]] || continue
      o="--${names##*--}"
      [[ "$names" == *--* ]] || o="${names##*,}"
      [ "$name" != - ] || name=
      for bad in 18446744073709551616 -0 0x10 ' 1' 1e99 ''; do
        # shellcheck disable=SC2086
        run --separate-stderr -2 "$c" $name "$o" "$bad"
        [ "$(wc -l <<<"$stderr")" = 1 ] || { echo "$c $name $o '$bad': $stderr"; return 1; }
      done
    done < <("$c" --dump-options | grep ^option)
  done
}

@test "a message cannot take over the terminal, and has an end" {
  for c in $(commands); do
    run --separate-stderr -2 "$c" $'--a\nb\e[2J\xff\xc2\x9b'
    [ -z "$(tr -d '\n[:print:]' <<<"$stderr")" ] || { echo "$c: control bytes"; return 1; }
    run --separate-stderr -2 "$c" "--$(head -c 100000 /dev/zero | tr '\0' x)"
    [ "${#stderr}" -lt 1500 ] || { echo "$c: ${#stderr} bytes"; return 1; }
  done
}

@test "output that cannot be written is exit 4, never 0" {
  for c in $(commands); do
    run --separate-stderr -4 bash -c "'$c' --help >/dev/full"
    [ "$stderr" = "$c: error: cannot write 'standard output': No space left on device" ]
    run --separate-stderr -4 bash -c "'$c' --help >&-"
    [ "$stderr" = "$c: error: cannot write 'standard output': Bad file descriptor" ]
    # With nobody to tell, the exit code still tells.
    run -4 bash -c "'$c' --help >&- 2>&- <&-"
  done
}

@test "errors come as JSON too, as the last line" {
  for c in $(commands); do
    run --separate-stderr -2 "$c" --json --no-such-option
    [ "$(tail -n 1 <<<"$stderr" | jq -r '.schema, .code, .exit' | tr '\n' ' ')" = "cess.error/1 usage 2 " ]
  done
}

@test "locale, time zone and a missing HOME change nothing" {
  for c in $(commands); do
    "$c" --help >plain
    env -i PATH="$PATH" LC_ALL=tr_TR.UTF-8 TZ=Pacific/Kiritimati "$c" --help >strange
    cmp plain strange
  done
}

@test "a deleted working folder does not matter to help" {
  mkdir gone
  cd gone
  rmdir ../gone
  for c in $(commands); do run_quiet "$c" --help; done
}
