#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Pictures: kinds by content, alterations found, hostile files refused, one line for every number of threads.
load helper

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  # A picture with many places: drawn shapes of a fixed seed.
  awk 'BEGIN { srand(5); print "viewbox 0 0 640 480";
    for (i = 0; i < 150; i++) printf "fill rgb(%d,%d,%d) circle %d,%d %d,%d\n", rand()*255, rand()*255, rand()*255,
      x = rand()*640, y = rand()*480, x + 4 + rand()*30, y }' >shapes.mvg
  convert -size 640x480 xc:gray50 -draw @shapes.mvg a.png 2>/dev/null ||
    convert -size 640x480 plasma:tomato-steelblue a.png
  convert a.png -quality 80 a.jpg
  convert a.png -flop mirrored.png
  convert a.png -crop 60x60%+30+20 +repage part.png
  convert -size 640x480 -seed 3 plasma:fractal other.png
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  F="$BATS_FILE_TMPDIR"
}

@test "one line per file, in order, whatever the names say and however many threads there are" {
  cp "$F/a.jpg" picture.txt
  echo "some words about nothing" >words.jpg
  run_quiet cess-fingerprint -T 1 picture.txt words.jpg "$F/a.png"
  [ "$(jq -r .kind <<<"$output" | tr '\n' ' ')" = "image text image " ]
  [ "$(jq -r .file <<<"$output" | head -1)" = picture.txt ]
  one="$output"
  run_quiet cess-fingerprint -T 3 picture.txt words.jpg "$F/a.png"
  [ "$output" = "$one" ]
  [ "$(head -1 <<<"$one" | jq -r .sha256)" = "$(sha picture.txt)" ]
  [ "$(head -1 <<<"$one" | jq -r '"\(.width)x\(.height)"')" = 640x480 ]
}

@test "standard input gives the line of the file, but for its name" {
  run_quiet cess-fingerprint "$F/a.png"
  file="$(jq -c 'del(.file)' <<<"$output")"
  run_quiet bash -c "cat '$F/a.png' | cess-fingerprint"
  [ "$output" = "$file" ]
}

@test "compare: same, derived and unrelated, and a line in place of a file" {
  run_quiet -0 cess-fingerprint compare "$F/a.png" "$F/a.jpg"
  [ "${lines[0]}" = same ]
  run_quiet -0 cess-fingerprint compare "$F/a.png" "$F/mirrored.png"
  [ "${lines[0]}" = derived ]
  run_quiet -0 cess-fingerprint compare --json "$F/a.png" "$F/part.png"
  [ "$(jq -r .verdict <<<"$output")" = derived ]
  run_quiet -1 cess-fingerprint compare "$F/a.png" "$F/other.png"
  [ "${lines[0]}" = unrelated ]
  cess-fingerprint "$F/a.png" >a.json
  run_quiet -0 cess-fingerprint compare a.json "$F/a.jpg"
  [ "${lines[0]}" = same ]
}

@test "cut, malformed and oversized pictures are refused with exit 3, and others still get their lines" {
  head -c 3000 "$F/a.png" >cut.png
  head -c 3000 "$F/a.jpg" >cut.jpg
  printf '\x89PNG\r\n\x1a\n' >stub.png
  # A header that promises 65535 x 65535 pixels.
  { printf '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\x02\0\0\0'; printf '\x37\x22\xd1\x70'; } >bomb.png
  printf 'RIFF\x20\0\0\0WEBPVP8 ' >stub.webp
  printf '\0\0\0\x18ftypisom\0\0\0\0isommp42' >stub.mp4
  for f in cut.png cut.jpg stub.png bomb.png stub.webp stub.mp4; do
    refused 3 "cannot decode '$f'" cess-fingerprint "$f"
  done
  run --separate-stderr -3 cess-fingerprint cut.png "$F/a.png" stub.png
  [ "${#lines[@]}" = 1 ]
  [[ "$stderr" == *"2 of 3 files have no fingerprint"* ]]
}

@test "a decoder that needs more than it may have is refused, not killed with us" {
  refused 3 "cannot decode" cess-fingerprint --memory 1MiB "$F/a.png"
}
