#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a disk, a crowd and an operator can do to a store. Faults at each system call: tests/kill.

load helper

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  random_file plain 700000
  cess-encode --public --fragment-size 64KiB -o bundle.tar plain 2>/dev/null
  cess-encode --public --profile 1+2 --fragment-size 64KiB -o small.tar <(head -c 900 plain) 2>/dev/null
  cess-encode --public --fragment-size 1MiB -o large.tar <(random_file /dev/stdout 30000000) 2>/dev/null
}
setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  for f in plain bundle.tar small.tar large.tar; do ln -s "$BATS_FILE_TMPDIR/$f" .; done
}
teardown() {
  if mountpoint -q "$BATS_TEST_TMPDIR/mnt" 2>/dev/null; then umount "$BATS_TEST_TMPDIR/mnt"; fi
}

new_store() { cess-store -s "$1" init --capacity "${2:-64MiB}"; }
fid_of() { cess-encode inspect "$1" | jq -r .fid; }
bytes_in() { find "$1" -printf '%s\n' | awk '{ s += $1 } END { print s }'; }

@test "S5: scrub finds each flipped byte of a fragment, its tags, its manifest" {
  new_store a
  cess-store -s a put small.tar >/dev/null
  count=0
  for file in $(find a/fragments a/tags a/manifests -type f); do
    size=$(stat -c %s "$file")
    for ((offset = 0; offset < size; offset += 41)); do
      flip "$file" "$offset"
      run --separate-stderr -1 cess-store -s a scrub
      [[ "$output" == *"$file"* ]]
      flip "$file" "$offset"
      count=$((count + 1))
    done
  done
  [ "$count" -gt 90 ]
  run_quiet -0 cess-store -s a scrub
}

@test "S5: cut, emptied, removed, swapped, grown files are found, not served, and repaired" {
  new_store a
  new_store b
  # Store a holds no more than a decoder needs, so no loss of its own can be made good from itself,
  # whichever segments the damaged ones belong to.
  cess-store -s a put --column 0-3 bundle.tar >/dev/null
  cess-store -s b put --column 4-11 bundle.tar >/dev/null
  fid=$(fid_of bundle.tar)
  (cd a && find fragments -name '*.frag' -exec sha256sum {} + | sort) >good
  readarray -t f < <(find a/fragments -name '*.frag' | sort)
  truncate -s 1000 "${f[0]}"
  : >"${f[1]}"
  rm "${f[2]}"
  mv "${f[3]}" x && mv "${f[4]}" "${f[3]}" && mv x "${f[4]}"
  printf x >>"${f[5]}"
  run --separate-stderr -1 cess-store -s a scrub
  [ "$(wc -l <<<"$output")" = 6 ]
  for i in 0 1 2 3 4 5; do
    refused 1 "is damaged" cess-store -s a get "$(basename "${f[$i]}" .frag)"
    refused 1 "is damaged" cess-store -s a get "$(basename "${f[$i]}" .frag)" --range 0-9 --no-verify
  done
  run --separate-stderr -0 cess-store -s a get "$fid" -o left.tar
  [ "$(grep -c 'left out damaged' <<<"$stderr")" = 6 ]
  [ "$(cess-store -s a stat --json | jq -r .damaged)" = 6 ]
  run --separate-stderr -1 cess-store -s a repair
  [ "$(grep -c cess.unrepaired/1 <<<"$output")" -ge 1 ]
  run_quiet -0 cess-store -s a repair --from b
  run_quiet -0 cess-store -s a scrub
  (cd a && find fragments -name '*.frag' -exec sha256sum {} + | sort) | diff - good
  [ "$(cess-store -s a stat --json | jq -r .damaged)" = 0 ]
}

@test "get of a file: what cannot be read ends with exit 4, and leaves no output file" {
  new_store a
  cess-store -s a put bundle.tar >/dev/null
  fid=$(fid_of bundle.tar)
  folder=$(dirname "$(find a/fragments -name '*.frag' | sort | head -n 1)")
  mv "$folder" aside
  ln -s "$(basename "$folder")" "$folder" # a loop: ELOOP, in place of EIO
  refused 4 "cannot examine .*symbolic links" cess-store -s a get "$fid" -o left.tar
  [ ! -e left.tar ]
  rm "$folder" && mv aside "$folder"
  run_quiet -0 cess-store -s a get "$fid" -o left.tar
  cess-encode decode left.tar | cmp - plain
}

@test "S5: a byte of the index flipped: refused or right, never wrong" {
  new_store a
  cess-store -s a put bundle.tar >/dev/null
  cess-store -s a list --fragments | sort >want
  cp -r a clean
  for file in $(cd a/index && ls | grep -v -e LOCK -e IDENTITY -e OPTIONS); do
    size=$(stat -c %s "a/index/$file")
    for part in 1 3 5 7; do
      flip "a/index/$file" $((size * part / 8))
      code=0
      cess-store -s a list --fragments 2>err | sort >got || true
      cess-store -s a stat >/dev/null 2>&1 || code=$?
      [ "$code" = 0 ] || [ "$code" = 4 ] || [ "$code" = 3 ]
      # Lines that are printed are right ones.
      [ -z "$(comm -23 got want)" ]
      flip "a/index/$file" $((size * part / 8))
    done
  done
  diff -r a clean
  rm -rf a/index
  refused 4 "index" cess-store -s a stat
  run_quiet -0 cess-store -s a repair --index
  cess-store -s a list --fragments | sort | diff - want
  run_quiet -0 cess-store -s a scrub
}

@test "S6: an index older than the acknowledgement is said, not used" {
  new_store a
  cp -r a/index old
  cess-store -s a put bundle.tar >/dev/null
  rm -rf a/index && mv old a/index
  refused 4 "index behind" cess-store -s a list
  refused 4 "index behind" cess-store -s a put bundle.tar
  run --separate-stderr -4 cess-store -s a stat
  [[ "$stderr" == *"repair --index"* ]]
  run_quiet -0 cess-store -s a repair --index
  run_quiet -0 cess-store -s a put bundle.tar
  run_quiet -0 cess-store -s a scrub
}

@test "S8: no store, empty folder, read-only folder" {
  refused 4 "No such file" cess-store -s none stat
  mkdir empty
  refused 4 "there is no store.json" cess-store -s empty stat
  refused 4 "there is no store.json" cess-store -s empty put small.tar
  [ -z "$(ls -A empty)" ]
  new_store a
  cess-store -s a put small.tar >/dev/null
  mkdir mnt
  mount --bind a mnt 2>/dev/null && mount -o remount,ro,bind mnt 2>/dev/null || skip "cannot mount here"
  run_quiet -0 cess-store -s mnt list
  run_quiet -0 cess-store -s mnt scrub
  cess-store -s mnt get "$(fid_of small.tar)" | cess-encode decode | cmp - <(head -c 900 plain)
  refused 4 "Read-only" cess-store -s mnt put bundle.tar
}

@test "S12: a newer store is refused and not touched" {
  new_store a
  cess-store -s a put small.tar >/dev/null
  sed -i 's|cess.store/1|cess.store/2|' a/store.json
  find a -type f -exec sha256sum {} + | sort >before
  for command in "put bundle.tar" list stat scrub gc "repair --index"; do
    # shellcheck disable=SC2086
    refused 3 "version 2" cess-store -s a $command
  done
  find a -type f -exec sha256sum {} + | sort | diff - before
}

@test "S10, A13: a second writer gets exit 6 and the holder's name; readers go on" {
  new_store a
  cess-store -s a put small.tar >/dev/null
  mkfifo pipe
  cess-store -s a put <pipe >acks &
  writer=$!
  exec 9>pipe
  head -c 100000 bundle.tar >&9
  until cess-store -s a gc 2>&1 | grep -q "process $writer"; do :; done
  refused 6 "$writer" cess-store -s a put small.tar
  run_quiet -0 cess-store -s a list
  run_quiet -0 cess-store -s a scrub
  tail -c +100001 bundle.tar >&9
  exec 9>&-
  wait "$writer"
  [ "$(grep -c cess.ack/1 acks)" = 36 ]
}

@test "S10: many processes put the same and different files at once" {
  new_store a 128MiB
  for i in 1 2 3 4 5 6; do
    cess-store -s a put --wait 600 bundle.tar >"same.$i" &
    cess-encode --public --fragment-size 64KiB --name "f$i" <(random_file /dev/stdout 100000 "$i") 2>/dev/null |
      cess-store -s a put --wait 600 >"other.$i" &
  done
  wait
  for i in 2 3 4 5 6; do diff same.1 "same.$i"; done
  [ "$(cess-store -s a list | wc -l)" = 7 ]
  count=$(cat same.1 other.* | grep cess.ack/1 | jq -r .frag_id | sort -u | wc -l)
  [ "$count" = "$(cess-store -s a list --fragments | wc -l)" ]
  run_quiet -0 cess-store -s a scrub
}

@test "S2: what does not fit is refused with the numbers, before it is written; deleting heals" {
  new_store a 32MiB
  cess-store -s a put bundle.tar >/dev/null
  run --separate-stderr -4 cess-store -s a put large.tar
  [[ "$stderr" =~ full:.*[0-9]+\ bytes.*[0-9]+\ of\ 33554432 ]]
  [ "$(bytes_in a)" -le 33554432 ]
  # A folder says at once that it will not fit.
  mkdir x && tar xf large.tar -C x
  run --separate-stderr -4 cess-store -s a put x
  [ -z "$output" ]
  run_quiet -0 cess-store -s a scrub
  [ "$(cess-store -s a stat --json | jq -r '.temporary_bytes, .orphans' | paste -sd ' ')" = "0 0" ]
  cess-store -s a delete "$(cess-store -s a list --fragments --json | jq -r .file_id | tail -n 1)" >/dev/null
  run_quiet -0 cess-store -s a put bundle.tar
}

@test "S2: a full disk" {
  mkdir mnt
  mount -t tmpfs -o size=24m tmpfs mnt 2>/dev/null || skip "cannot mount here"
  new_store mnt/a 1GiB
  cess-store -s mnt/a put bundle.tar >acks
  run --separate-stderr -4 cess-store -s mnt/a put large.tar
  [[ "$stderr" == *"No space left on device"* ]]
  run_quiet -0 cess-store -s mnt/a list
  run_quiet -0 cess-store -s mnt/a scrub
  cess-store -s mnt/a get "$(fid_of bundle.tar)" | cess-encode decode | cmp - plain
  mount -o remount,size=300m mnt
  run_quiet -0 cess-store -s mnt/a put large.tar
  run_quiet -0 cess-store -s mnt/a gc
  run_quiet -0 cess-store -s mnt/a scrub
}

@test "A11: limits on file size and descriptors end with exit 4" {
  new_store a
  run --separate-stderr -4 bash -c 'ulimit -f 32; cess-store -s a put bundle.tar'
  [[ "$stderr" == *"File too large"* ]]
  run --separate-stderr -4 bash -c 'ulimit -n 16; cess-store -s a put bundle.tar'
  [[ "$stderr" == *"Too many open files"* ]]
  run_quiet -0 cess-store -s a put bundle.tar
  run_quiet -0 cess-store -s a scrub
}

@test "A3: acknowledgements that cannot be written end with exit 4; a rerun gives them" {
  new_store a
  run --separate-stderr -4 bash -c 'cess-store -s a put bundle.tar >/dev/full'
  [[ "$stderr" == *"No space left on device"* ]]
  run_quiet -0 cess-store -s a put bundle.tar
  [ "$(grep -c cess.ack/1 <<<"$output")" = 36 ]
}

@test "scrub --resume goes on, --rate slows it down" {
  new_store a
  cess-store -s a put bundle.tar >/dev/null
  first=$(find a/fragments -name '*.frag' | sed 's|.*/||' | sort | head -n 1)
  id=$(find a/fragments -name '*.frag' | sed 's|.*/||; s|.frag||' | sort | sed -n 18p)
  flip "$(find a -name "$first")" 5
  printf '{"schema":"cess.scrub_cursor/1","phase":"f","after":"%s"}\n' "$id" >a/scrub.cursor
  run_quiet -0 cess-store -s a scrub --resume
  run --separate-stderr -1 cess-store -s a scrub --resume
  start=$(date +%s%N)
  run --separate-stderr -1 cess-store -s a scrub --rate 2M
  [ $(($(date +%s%N) - start)) -gt 800000000 ]
}
