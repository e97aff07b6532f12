#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Pictures: kinds by content, alterations found, hostile files refused, a line for every number of threads.
# The ISCC unit of films.
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
  # Where no file can be made it is kept in memory, which has an end.
  run_quiet bash -c "cat '$F/a.png' | TMPDIR=/proc cess-fingerprint"
  [ "$output" = "$file" ]
  run --separate-stderr -4 bash -c "head -c 268435457 /dev/zero | TMPDIR=/proc cess-fingerprint"
  [[ "$stderr" == *"'-' is larger than 256 MiB"* ]]
  # A file of the kernel's says that it has no bytes, and has.
  run_quiet cess-fingerprint /proc/cpuinfo
  [ "$(jq -r '.kind, .size_bytes != "0"' <<<"$output" | xargs)" = "text true" ]
}

@test "compare: same, derived and unrelated, and a line in place of a file" {
  run_quiet -0 cess-fingerprint compare "$F/a.png" "$F/a.jpg"
  [ "${lines[0]}" = same ]
  run_quiet -0 cess-fingerprint compare "$F/a.png" "$F/mirrored.png"
  [ "${lines[0]}" = derived ]
  run_quiet -0 cess-fingerprint compare --json "$F/a.png" "$F/part.png"
  [ "$(jq -r .verdict <<<"$output")" = derived ]
  part="$(jq .strength <<<"$output")"
  # Hashes that are far apart have no turn: of the eight, one is always the nearest.
  jq -e '.evidence[] | select(.feature == "pdq") | .distance > 64 and (has("note") | not)' <<<"$output" >/dev/null
  run_quiet -0 cess-fingerprint compare --json "$F/a.png" "$F/a.jpg"
  [ "$part" -ge 100 ]
  [ "$(jq .strength <<<"$output")" -gt "$part" ]
  run_quiet -0 cess-fingerprint compare "$F/a.png" "$F/a.png"
  [[ "$output" == *"strength 1000 (told from 100)"* ]]
  run_quiet -1 cess-fingerprint compare "$F/a.png" "$F/other.png"
  [ "${lines[0]}" = unrelated ]
  cess-fingerprint "$F/a.png" >a.json
  run_quiet -0 cess-fingerprint compare a.json "$F/a.jpg"
  [ "${lines[0]}" = same ]
  # The line may come through a pipe, as lines do.
  run_quiet -0 bash -c "cess-fingerprint '$F/a.png' | cess-fingerprint compare - '$F/a.jpg'"
  [ "${lines[0]}" = same ]
  cat a.json a.json >two.jsonl
  refused 2 "'-' holds more than one fingerprint" bash -c "cess-fingerprint compare - '$F/a.jpg' <two.jsonl"
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
  run --separate-stderr -3 cess-fingerprint -q "$F/a.png" cut.png
  [[ "$stderr" == *"cannot decode 'cut.png'"* ]]
  run --separate-stderr -3 cess-fingerprint cut.png "$F/a.png" stub.png
  [ "${#lines[@]}" = 1 ]
  [[ "$stderr" == *"2 of 3 files have no fingerprint"* ]]
}

@test "a verb with a slip is no file, and is told so" {
  refused 4 "did you mean the command 'index'" cess-fingerprint indx
  run --separate-stderr -4 cess-fingerprint comapre "$F/a.png" "$F/a.jpg"
  [[ "$stderr" == *"hint: did you mean the command 'compare'"* ]]
  run --separate-stderr -4 cess-fingerprint "$F/a.png" elsewhere.png
  [[ "$stderr" != *"did you mean"* ]]
}

@test "a decoder that needs more than it may have is refused, not killed with us" {
  refused 3 "cannot decode" cess-fingerprint --memory 1MiB "$F/a.png"
}

# units FILE...: the first ISCC unit of each is that of the frames that FFmpeg's own filters `fps` and `signature` see.
units() {
  local f theirs ours
  for f in "$@"; do
    ffmpeg -nostdin -v error -y -i "$f" -an -vf fps=5,signature=format=xml:filename=sig.xml -f null -
    theirs="$(python3 "$BATS_TEST_DIRNAME/mpeg7_unit.py" sig.xml)"
    ours="$(cess-fingerprint "$f" | jq -r '.iscc[0]')"
    [ "${theirs% *}" = "$ours" ] || { echo "$f: $ours, by ffmpeg's filter $theirs" >&2; return 1; }
    [ "${theirs#* }" -ge 8 ] || { echo "$f has only ${theirs#* } frames" >&2; return 1; }
  done
}

@test "a film's ISCC unit is that of what ffmpeg's filter says, in every container, rate and turn" {
  ff() { ffmpeg -nostdin -v error -y "$@"; }
  x264="-c:v libx264 -preset veryfast -pix_fmt yuv420p"
  moves() { echo "-f lavfi -i testsrc2=s=$1:r=$2:d=4"; }
  sound="-f lavfi -i anoisesrc=d=4:c=pink:a=0.3"
  # shellcheck disable=SC2046,SC2086 # they are words
  {
    ff $(moves 176x144 25) $sound $x264 -bf 3 -c:a aac a.mp4
    ff $(moves 200x154 30000/1001) $x264 -bf 2 odd.mkv
    ff $(moves 160x120 24) -c:v libvpx -b:v 300k a.webm
    ff $(moves 160x120 12) -c:v mpeg4 -q:v 4 a.avi
    ff $(moves 160x120 3) $x264 slow.mp4
    ff $(moves 160x120 25) -vf "select='not(mod(n,7))+lt(n,20)'" -vsync vfr $x264 uneven.mkv
    ff -itsoffset 0.37 $(moves 160x120 25) $sound $x264 -c:a libvorbis late.mkv
    ff $(moves 160x120 25) -c:v ffv1 -pix_fmt yuv444p10le ten-bits.mkv
  }
  for turn in 90 180 270; do ff -i a.mp4 -c copy -metadata:s:v rotate=$turn turned-$turn.mp4; done
  ff -ss 1.3 -i a.mp4 -c copy cut.mp4
  units *.mp4 *.mkv *.webm *.avi
  # With sound there are its unit and the one of both; a film without has one, and so has one that is too small none.
  [ "$(cess-fingerprint a.mp4 | jq -r '.iscc[][0:8]' | xargs)" = "ISCC:EMD ISCC:EID ISCC:EQD" ]
  [ "$(cess-fingerprint a.avi | jq -r '.iscc[][0:8]' | xargs)" = "ISCC:EMD" ]
  # Its sound alone is derived from it, and a picture of another kind is told to be that.
  ff -i a.mp4 -vn a.wav
  run_quiet -0 cess-fingerprint compare a.wav a.mp4
  [ "${lines[0]}" = derived ]
  [[ "$output" != *"nothing to compare"* ]]
  run_quiet -1 cess-fingerprint compare "$F/a.png" a.mp4
  [ "${lines[0]}" = unknown ]
  [[ "$output" == *"image and video: nothing to compare"* ]]
  # shellcheck disable=SC2046
  ff $(moves 64x16 25) -c:v ffv1 small.mkv
  [ "$(cess-fingerprint small.mkv | jq -r '.kind, .iscc' | xargs)" = "video null" ]
}

@test "a sound in parts is the sound in one, however it is packed and coded, for any number of processors" {
  ff() { ffmpeg -nostdin -v error -y "$@"; }
  # Notes that change four times a second; from 1 MiB on a sound is decoded in parts.
  notes="0.4*sin(2*PI*t*(220+110*mod(floor(t*4)*7\,11)))+0.2*(random(0)-0.5)*mod(floor(t*3)\,3)"
  ff -f lavfi -i "aevalsrc=$notes:s=44100:d=60" -ac 2 src.wav
  ff -i src.wav -c:a libmp3lame -b:a 128k -write_xing 0 few.mp3
  ff -i src.wav -c:a libmp3lame -q:a 2 -write_xing 0 bare.mp3
  ff -i src.wav -ar 48000 -c:a libvorbis -b:a 128k few.ogg
  ff -i src.wav -c:a libopus -b:a 120k few.opus
  ff -i src.wav -c:a alac -ar 11025 -ac 1 few.m4a
  what='.features, .iscc, .certificate, .similarity, .duration_ms'
  for f in few.mp3 bare.mp3 few.ogg few.opus few.m4a; do
    size=$(stat -c %s $f)
    # The same sound in a file that has room for two parts, the middle of which is within the sound.
    [ "$size" -lt 1048576 ]
    [ "$size" -gt 550000 ] || { echo "$f is too small: $size" >&2; return 1; }
    rest=$((1048584 - size))
    box="$(printf '\\x%02x\\x%02x\\x%02x' $((rest >> 16)) $((rest >> 8 & 255)) $((rest & 255)))"
    { cat $f; printf "\\0${box}free"; head -c $((rest - 8)) /dev/zero; } >"more.${f##*.}"
    cess-fingerprint $f | jq -c "$what" >one
    cess-fingerprint "more.${f##*.}" | jq -c "$what" >two
    [ "$(wc -c <one)" -gt 1000 ]
    cmp one two || { echo "$f differs" >&2; return 1; }
  done
  # What comes second says that it is eight hours later, and is cut in its midst: all of it is there nevertheless.
  ff -i few.ogg -t 45 -c:a copy first.ogg
  ff -i src.wav -ar 48000 -c:a libvorbis -b:a 128k -output_ts_offset 30000 late.ogg
  { cat first.ogg late.ogg; head -c $((1048576 - $(cat first.ogg late.ogg | wc -c))) /dev/zero; } >gap.ogg
  cess-fingerprint gap.ogg >gap
  [ "$(jq -r .duration_ms gap)" -ge 104900 ]
  # Eight digits for each of 2,257 frames.
  [ "$(jq -r '.features.audio_bits.data | length' gap)" -ge 18000 ]
  # Four parts for four processors, and one after another; what is cut off leaves what is there.
  cat few.ogg few.ogg >chain
  for _ in 1 2 3 4; do cat chain chain >chains && mv chains chain; done
  [ "$(stat -c %s chain)" -ge 16777216 ] || { echo "the chain is too short" >&2; return 1; }
  for n in 1 3 16; do cess-fingerprint -T $n chain >$n; done
  cmp 1 3
  cmp 1 16
  [ "$(jq -r .duration_ms 1)" -ge 1910000 ]
  cat few.mp3 few.mp3 >twice.mp3
  truncate -s 1200000 twice.mp3
  run_quiet -0 cess-fingerprint compare twice.mp3 few.ogg
  [[ $output == same* || $output == derived* ]]
}

@test "a film in parts is the film in one, however it is packed and coded, for any number of processors" {
  ff() { ffmpeg -nostdin -v error -y "$@"; }
  x264="-c:v libx264 -preset ultrafast -pix_fmt yuv420p -b:v 6M"
  # Noise, so that they are large: of 4 MiB on a film is decoded in parts.
  ff -f lavfi -i testsrc2=s=320x240:r=25:d=12 -f lavfi -i anoisesrc=d=12:c=pink:a=0.3 -vf noise=alls=60:allf=t+u \
    -c:v ffv1 -c:a flac src.mkv
  # shellcheck disable=SC2086 # they are words
  {
    ff -i src.mkv $x264 -bf 3 -g 25 -x264-params open-gop=1 -c:a aac open.mp4
    ff -i src.mkv $x264 -bf 2 -g 40 -x264-params intra-refresh=1 -an refresh.mkv
    ff -i src.mkv $x264 -g 1000 -an -x264-params scenecut=0 one.mov
    ff -i src.mkv -c:v mpeg2video -b:v 6M -bf 2 -g 15 -an a.ts
    ff -i src.mkv -c:v libvpx -deadline realtime -cpu-used 8 -b:v 6M -g 30 -an a.webm
    ff -i src.mkv -c:v mpeg4 -b:v 6M -an a.avi
  }
  for f in open.mp4 refresh.mkv one.mov a.ts a.webm a.avi; do
    [ "$(stat -c %s "$f")" -ge 4194304 ] || { echo "$f is too small to have parts" >&2; return 1; }
  done
  units open.mp4 refresh.mkv one.mov a.ts a.webm a.avi
  # The same film in a file that has room for one part, and for eight.
  what='.features, .iscc, .certificate, .similarity, .duration_ms'
  ff -i src.mkv -vf scale=160:120 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -b:v 1M -g 10 -c:a aac few.mp4
  # So short that each frame of the unit has its weight: none is lost at a seam.
  ff -i src.mkv -t 2.6 -vf scale=160:120 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 7 -an shorter.mp4
  [ "$(stat -c %s few.mp4)" -lt 4194304 ]
  for f in few shorter; do
    { cat $f.mp4; printf '\x01\0\0\0free'; head -c 16777208 /dev/zero; } >many.mp4
    cess-fingerprint $f.mp4 | jq -c "$what" >one
    cess-fingerprint many.mp4 | jq -c "$what" >many
    [ "$(wc -c <one)" -gt 1000 ]
    cmp one many
  done
  # Three early frames say that they are shown late: a part does not end before those that follow them in the file.
  ff -f lavfi -i testsrc2=s=160x120:r=25:d=12 -c:v mjpeg -q:v 5 -bsf:v 'setts=pts=PTS+between(N\,20\,22)*8000' jump.mkv
  { cat jump.mkv; head -c 16777208 /dev/zero; } >many.mkv
  cess-fingerprint jump.mkv | jq -c .features >one
  cess-fingerprint many.mkv | jq -c .features >many
  cmp one many
  # One picture over a long sound, in a file that has room for parts.
  ff -f lavfi -i testsrc2=s=160x120:d=0.04 -f lavfi -i anoisesrc=d=60:c=pink:a=0.3 -c:v libx264 -pix_fmt yuv420p \
    -c:a pcm_s16le still.mkv
  [ "$(stat -c %s still.mkv)" -ge 4194304 ]
  [ "$(cess-fingerprint still.mkv | jq -r '.iscc[][0:8]' | xargs)" = "ISCC:EMD ISCC:EID ISCC:EQD" ]
  for n in 1 3 16; do cess-fingerprint -T $n open.mp4 >"$n"; done
  cmp 1 3
  cmp 1 16
  # Half of it is cut away: what is left is told.
  cat a.ts >cut.ts
  truncate -s 5000000 cut.ts
  run_quiet -0 cess-fingerprint compare cut.ts a.ts
  [ "${lines[0]}" = derived ] || [ "${lines[0]}" = same ]
}
