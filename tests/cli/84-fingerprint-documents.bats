#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# One text, however it is kept: older encodings, office documents of several writers, RTF. And files that only look
# like documents, sounds or pictures: they have their line, too.
load helper

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  # Pangrams and beginnings of old books, said in an order of a fixed seed: 400 words of each language.
  mix() { tr -s ' ' '\n' <<<"$1" | awk '{ w[NR] = $0 } END { x = 7; for (i = 0; i < 400; i++) {
    x = x * 16807 % 2147483647; printf "%s%s", w[1 + x % NR], i % 11 == 10 ? ".\n" : " " } }'; }
  mix "Falsches Üben von Xylophonmusik quält jeden größeren Zwerg bald vor den Öfen schöner Mädchen süß" >de.txt
  mix "Все счастливые семьи похожи друг на друга каждая несчастливая семья несчастлива по своему дом" >ru.txt
  mix "天地玄黄 宇宙洪荒 日月盈昃 辰宿列张 寒来暑往 秋收冬藏 闰余成岁 律吕调阳 云腾致雨 露结为霜" >zh.txt
  mix "天地玄黃 宇宙洪荒 日月盈昃 辰宿列張 寒來暑往 秋收冬藏 閏餘成歲 律呂調陽 雲騰致雨 露結為霜" >tw.txt
  mix "吾輩は猫である 名前はまだ無い どこで生れたか とんと見当がつかぬ 何でも薄暗いじめじめした所で" >ja.txt
  mix "모든 국민은 인간으로서의 존엄과 가치를 가지며 행복을 추구할 권리를 가진다 국가는 이를 보장할" >ko.txt
}
setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  F="$BATS_FILE_TMPDIR"
}

# same_text A B...: each B is told to be the same text as A, byte for byte of what is hashed.
same_text() {
  local a="$1" f
  shift
  [ "$(cess-fingerprint "$a" | jq -r .kind)" = text ]
  for f in "$@"; do
    run_quiet cess-fingerprint "$a" "$f"
    [ "$(jq -r .kind <<<"$output" | xargs)" = "text text" ] || { echo "$f is no text" >&2; return 1; }
    [ "$(jq -r .certificate <<<"$output" | sort -u | wc -l)" = 1 ] || { echo "$f is another text" >&2; return 1; }
  done
}

# zip_of NAME PART...: a zip of these files.
zip_of() { bsdtar --format zip -cf "$@"; }

@test "a text is the same in UTF-8, in UTF-16 and in the encodings of before" {
  for pair in de:ISO-8859-1 de:CP1252 ru:CP1251 ru:KOI8-R zh:GB18030 zh:GBK tw:BIG5 ja:SHIFT-JIS ja:EUC-JP ko:EUC-KR; do
    iconv -f UTF-8 -t "${pair#*:}" "$F/${pair%%:*}.txt" >"${pair/:/-}"
    same_text "$F/${pair%%:*}.txt" "${pair/:/-}"
  done
  for l in de ru zh tw ja ko; do
    { printf '\xff\xfe'; iconv -f UTF-8 -t UTF-16LE "$F/$l.txt"; } >"$l-le"
    { printf '\xfe\xff'; iconv -f UTF-8 -t UTF-16BE "$F/$l.txt"; } >"$l-be"
    same_text "$F/$l.txt" "$l-le" "$l-be"
  done
  # Pages and documents, too, whatever they say of themselves.
  { echo '<html><head><meta charset="iso-8859-1"></head><body><p>'; cat "$F/de.txt"; echo '</p></html>'; } >utf8.html
  iconv -f UTF-8 -t ISO-8859-1 utf8.html >latin.html
  { echo '<?xml version="1.0" encoding="ISO-8859-1"?><a><b>'; cat "$F/de.txt"; echo '</b></a>'; } >utf8.xml
  iconv -f UTF-8 -t ISO-8859-1 utf8.xml >latin.xml
  same_text "$F/de.txt" utf8.html latin.html utf8.xml latin.xml
}

@test "a text is the same in RTF and in documents of several writers" {
  # shellcheck disable=SC1003,SC2028 # backslashes are what is written
  { echo '{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fswiss Helvetica;}}{\*\generator Someone;}{\info{\title No word of it}}'
    iconv -f UTF-8 -t ISO-8859-1 "$F/de.txt" | xxd -p -c1 | awk '
      { v = index("0123456789abcdef", substr($1, 1, 1)) * 16 - 17 + index("0123456789abcdef", substr($1, 2, 1)) }
      v == 10 { printf "\\par\n"; next } v < 128 { printf "%c", v; next }
      n++ % 2 { printf "\\'\''%s", $1; next } { printf "\\u%d ?", v }'
    echo '{\pict\pngblip 89504e47}{\header no word}}'; } >de.rtf
  same_text "$F/de.txt" de.rtf
  # Code points of Chinese, and the bytes of its code page.
  { printf '{\\rtf1\\ansi\\ansicpg936 '
    head -5 "$F/zh.txt" | iconv -f UTF-8 -t GBK | xxd -p -c1 | sed "s/^/\\\\'/" | tr -d '\n'
    tail -n +6 "$F/zh.txt" | iconv -f UTF-8 -t UTF-16BE | xxd -p -c2 |
      while read -r u; do printf '\\u%d ?' "$((0x$u))"; done
    printf '}'; } >zh.rtf
  same_text "$F/zh.txt" zh.rtf

  mkdir -p word xl/worksheets META-INF
  echo '<Types/>' | tee '[Content_Types].xml' META-INF/manifest.xml >/dev/null
  { echo '<w:document xmlns:w="x"><w:p>'; sed 's/$/<\/w:p><w:p>/' "$F/de.txt"
    echo '</w:p></w:document>'; } >content.xml
  cp content.xml word/document2.xml
  { echo '<worksheet>'; sed 's/.*/<c t="inlineStr"><is><t>&<\/t><\/is><\/c>/' "$F/de.txt"
    echo '</worksheet>'; } >xl/worksheets/sheet1.xml
  random_file media.jpg 100000
  # A large part before the names that tell and a main part of another number, cells with their words, no mimetype
  # in front.
  zip_of a.docx '[Content_Types].xml' media.jpg word/document2.xml
  zip_of a.xlsx '[Content_Types].xml' xl/worksheets/sheet1.xml
  zip_of a.odt META-INF/manifest.xml content.xml
  same_text "$F/de.txt" a.docx a.xlsx a.odt
  # A presentation of pictures alone has a line, with no words.
  mkdir ppt && echo '<p/>' >ppt/presentation.xml
  zip_of a.pptx '[Content_Types].xml' ppt/presentation.xml
  run_quiet cess-fingerprint a.pptx
  [ "$(jq -r '.kind + .certificate' <<<"$output")" = text0000000000000000 ]
}

@test "what only looks like a document, a sound or a picture has its line" {
  i=0
  for words in 'MAC addresses' 'ID3 tags' 'GIF89a' 'OggS' 'P1 is urgent' 'RIFF  a WAVE' 'the ftyp box' 'qoif' \
    '%PDF- is how'; do
    i=$((i + 1))
    echo "$words and what they are" >"words-$i"
  done
  mkdir -p word password && cp "$F/de.txt" word/readme.txt && cp "$F/de.txt" password/list.txt
  zip_of folder.zip word/readme.txt password/list.txt
  { printf '\xff\xfb\x90\x00'; random_file r 5000; cat r; } >two-bytes
  run_quiet cess-fingerprint words-* folder.zip two-bytes
  [ "$(jq -r .kind <<<"$output" | uniq -c | xargs)" = "9 text 2 other" ]
}

@test "hostile documents: nested, endless, or with what no page has" {
  { printf '{\\rtf1 '; head -c 1000000 /dev/zero | tr '\0' '{'; } >deep.rtf
  refused 3 "cannot decode 'deep.rtf': is nested too deeply" cess-fingerprint deep.rtf
  printf '{\\rtf1\\ansicpg99999\\bin99999999999 x' >bin.rtf
  printf "{\\\\rtf1\\\\ansicpg12345\\\\uc99 \\\\u-99999999999 word \\\\'" >cut.rtf
  printf '{\\rtf1 }}}}}} word' >ended.rtf
  run_quiet cess-fingerprint bin.rtf cut.rtf ended.rtf
  [ "${#lines[@]}" = 3 ]
}

@test "a decoder that somebody else kills is the system's failure, and no other file's" {
  truncate -s 1G long
  cess-fingerprint -T 1 long "$F/de.txt" >out 2>err 3>&- &
  parent=$!
  # The keeper, then the worker that it forks.
  worker=""
  for _ in $(seq 12000); do
    keeper="$(pgrep -P "$parent" | head -1)" || true
    [ -z "$keeper" ] || worker="$(pgrep -P "$keeper" | head -1)" || true
    [ -z "$worker" ] || break
    sleep 0.01
  done
  kill -KILL "$worker"
  status=0
  wait "$parent" || status=$?
  [ "$status" = 4 ]
  grep -q "cannot decode 'long': the decoder was killed" err
  [ "$(jq -r .kind out)" = text ]
}

@test "a picture of a telephone that FFmpeg cannot read is told to be that" {
  printf '\0\0\0\x18ftypheic\0\0\0\0mif1heic' >a.heic
  refused 3 "cannot decode 'a.heic': this system's FFmpeg cannot read this HEIC" cess-fingerprint a.heic
}

@test "compare takes one line, and says so of a file with more" {
  cess-fingerprint "$F/de.txt" "$F/ru.txt" >two.jsonl
  refused 2 "'two.jsonl' holds more than one fingerprint" cess-fingerprint compare two.jsonl "$F/de.txt"
  head -1 two.jsonl >one.jsonl
  run_quiet -0 cess-fingerprint compare one.jsonl "$F/de.txt"
  [ "${lines[0]}" = "same: equal bytes" ]
}
