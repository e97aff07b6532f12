#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# cess-fingerprint on texts and unknown files, and indexes of them.
load helper

# Words of a language of three letters, the same for the same seed.
words_file() {
  awk -v seed="$2" -v n="$3" 'BEGIN {
    s = seed
    for (i = 0; i < n; i++) {
      w = ""
      for (k = 0; k < 6; k++) { s = (s * 16807) % 2147483647; w = w sprintf("%c", 97 + s % 26) }
      printf "%s%s", w, i % 12 == 11 ? "\n" : " "
    }
  }' >"$1"
}

@test "texts: an excerpt and an edit are derived, others are not; the same line from a pipe" {
  words_file a.txt 1 3000
  words_file b.txt 2 3000
  head -n 60 a.txt >part.txt
  awk 'NR % 5 != 0' a.txt >edit.txt
  tr a-z A-Z <a.txt >loud.txt
  cess-fingerprint compare a.txt part.txt | grep -q '^derived'
  cess-fingerprint compare a.txt edit.txt | grep -q '^same'
  cess-fingerprint compare a.txt loud.txt | grep -q '^same'
  run -1 --separate-stderr cess-fingerprint compare a.txt b.txt
  [ "${lines[0]}" = unrelated ]
  [ "$stderr" = "" ]
  [ "$(cess-fingerprint - <a.txt)" = "$(cess-fingerprint - < <(cat a.txt))" ]
}

@test "documents: the same text in each format is the same, a damaged one is refused" {
  words_file a 1 1500
  python3 "$BATS_TEST_DIRNAME/documents.py" a
  for kind in html xml docx odt epub utf16 pdf; do
    verdict="$(cess-fingerprint compare a "a.$kind")" || { echo "$kind: $verdict"; false; }
    [ "$(head -n 1 <<<"$verdict")" = same ] || { echo "$kind: $verdict"; false; }
  done
  [ "$(cess-fingerprint a.pdf | jq -r .type)" = application/pdf ]
  head -c 700 a.docx >cut.docx
  run -3 cess-fingerprint cut.docx
  printf '%%PDF-1.4 no more' >cut.pdf
  run -3 cess-fingerprint cut.pdf
}

@test "unknown files: a container is found" {
  random_file big 400000
  head -c 300000 big >a
  tail -c 50000 big >b
  tar c a b >both.tar
  cess-fingerprint compare a both.tar | grep -q -E '^(same|derived)'
  run -1 cess-fingerprint compare a b
  cess-fingerprint a | jq -e '.kind == "other" and (.iscc[0] | startswith("ISCC:GAD"))' >/dev/null
}

@test "an index finds, adds, refuses" {
  for i in 1 2 3 4 5; do words_file "$i.txt" "$i" 1000; done
  cess-fingerprint 1.txt 2.txt 3.txt >old.jsonl
  cess-fingerprint 4.txt 5.txt >more.jsonl
  [ "$(cess-fingerprint index build ids.idx <old.jsonl | jq -r .records)" = 3 ]
  [ "$(cat old.jsonl more.jsonl | cess-fingerprint index add ids.idx | jq -r .added,.records | xargs)" = "2 5" ]
  found="$(cess-fingerprint index search ids.idx --radius 0 <more.jsonl | jq -r '.matches[].commitment')"
  [ "$found" = "$(jq -r .commitment more.jsonl)" ]
  cess-fingerprint index check ids.idx >/dev/null
  # The last line needs no end; what has too little content is left out, and that is said.
  printf %s "$(cat old.jsonl)" >no-end.jsonl
  [ "$(cess-fingerprint index build no-end.idx <no-end.jsonl | jq -r .records)" = 3 ]
  : >few.txt
  cess-fingerprint few.txt >few.jsonl
  run --separate-stderr cess-fingerprint index add ids.idx <few.jsonl
  [ "$(jq -r .read,.added,.records <<<"$output" | xargs)" = "1 0 5" ]
  [[ "$stderr" == *"1 fingerprints have too little content"* ]]
  words_file 6.txt 6 1000
  cess-fingerprint 6.txt >new.jsonl
  run -1 --separate-stderr cess-fingerprint index search ids.idx <new.jsonl
  [ "$(jq -r '.file, (.matches | length)' <<<"$output" | xargs)" = "6.txt 0" ]
  run -2 cess-fingerprint index build ids.idx <old.jsonl
  run -3 cess-fingerprint index add ids.idx <<<'{"schema":"cess.fingerprint/1"}'
  run -4 cess-fingerprint index search nowhere.idx <new.jsonl
  [[ $output == *"no index in 'nowhere.idx'"*"index build makes one"* ]]
  run -3 cess-fingerprint index search ids.idx <6.txt
  [[ $output == *"line 1: "*"lines that cess-fingerprint FILE prints"* ]]
  printf x >>ids.idx/manifest
  run -3 cess-fingerprint index search ids.idx <new.jsonl
}
