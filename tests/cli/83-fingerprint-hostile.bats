#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Media of strangers: cut anywhere, altered anywhere, larger than they say, or endless. The answer is a line or exit 3,
# never a crash, a signal, or another code; and the same content gives the same bytes on every machine.
load helper

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  # A picture and a sound of a fixed seed, in plain formats that any machine makes alike.
  awk 'BEGIN { x = 9; print "P3 160 120 255"; for (i = 0; i < 160 * 120 * 3; i++) {
    x = x * 16807 % 2147483647
    print int((x / 2147483647 * 60 + int(i / 480 / 8) * 97 % 190 + int(i % 480 / 24) * 53 % 5)) } }' >numbers.ppm
  convert numbers.ppm a.ppm
  awk 'BEGIN { x = 5; for (i = 0; i < 44100 * 8; i++) {
    if (i % 9000 == 0) { x = x * 16807 % 2147483647; f = 220 + x % 900 }
    v = (i * f / 44100) % 1; printf "%04x", int((v < 0.5 ? v : 1 - v) * 16000) } }' |
    sed 's/\(..\)\(..\)/\2\1/g' | xxd -r -p >a.raw
  ff() { ffmpeg -nostdin -v error -y "$@"; }
  ff -f s16le -ar 44100 -ac 1 -i a.raw -c:a pcm_s16le -fflags +bitexact -flags:a +bitexact a.wav
  for type in png jpg gif bmp tiff webp; do convert a.ppm "a.$type"; done
  for type in flac ogg mp3 m4a; do ff -i a.wav "a.$type"; done
  for type in mp4 mkv avi webm; do
    ff -loop 1 -t 2 -i a.png -i a.wav -shortest -vf fps=8,scale=160:120 "a.$type" </dev/null
  done
}
setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  F="$BATS_FILE_TMPDIR"
}
kinds="ppm png jpg gif bmp tiff webp wav flac ogg mp3 m4a mp4 mkv avi webm"

# answers FILE...: each has a line or is refused; nothing else happens.
answers() {
  run --separate-stderr cess-fingerprint -T 2 "$@"
  [ "$status" = 0 ] || [ "$status" = 3 ] || { echo "exit $status: $stderr" >&2; return 1; }
  lines_given="$(wc -l <<<"$output")"
  [ -n "$output" ] || lines_given=0
  # One line on standard error for each that is refused, and one that counts them.
  refusals="$(grep -c 'cannot decode\|cannot read' <<<"$stderr" || true)"
  [ "$((lines_given + refusals))" -ge "$#" ] ||
    { echo "$lines_given lines, $refusals refusals of $#: $stderr" >&2; return 1; }
}

@test "every kind of media has a line, and cut at any of twelve places it has one or is refused" {
  for k in $kinds; do cp "$F/a.$k" .; done
  run_quiet cess-fingerprint a.*
  [ "${#lines[@]}" = 16 ]
  for k in $kinds; do
    size="$(stat -c %s "a.$k")"
    for n in 0 1 2 3 4 5 6 7 8 9 10 11; do head -c "$((1 + size * n / 12))" "a.$k" >"cut-$n.$k"; done
  done
  answers cut-*
}

@test "bytes altered at places of a seed: a line or a refusal" {
  for k in $kinds; do
    size="$(stat -c %s "$F/a.$k")"
    for n in 1 2 3 4 5 6; do
      cp "$F/a.$k" "bad-$n.$k"
      for i in 1 2 3 4; do
        # Half of them in the head, where containers keep their lengths.
        at=$(((n * 7919 + i * 104729) % (i % 2 == 0 ? size : 200)))
        printf "\\x$(printf %02x $(((n * 37 + i * 91) % 256)))" |
          dd of="bad-$n.$k" bs=1 seek="$at" conv=notrunc status=none
      done
    done
  done
  answers bad-*
}

@test "bombs: much memory, much time, endless loops and nested documents end in exit 3" {
  # A picture that says it has 30000 x 30000 pixels; one that has 12000 x 12000, in a few kilobytes, with 64 MiB for it.
  xxd -p "$F/a.jpg" | tr -d '\n' | sed 's/\(ffc0001108\)......../\175307530/' | xxd -r -p >big.jpg
  refused 3 "cannot decode 'big.jpg': a picture of 30000 x 30000 pixels is too large" cess-fingerprint big.jpg
  ffmpeg -nostdin -v error -f lavfi -i color=c=black:s=12000x12000 -frames:v 1 -pix_fmt gray big.png
  [ "$(stat -c %s big.png)" -lt 1000000 ]
  refused 3 "cannot decode 'big.png': needs more memory than a decoder may have" cess-fingerprint --memory 64MiB big.png
  run_quiet cess-fingerprint big.png
  # Documents inside of documents, and one part that unpacks to a quarter of a gigabyte.
  { printf '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lollollollollollollol">'
    for i in b c d e f g h i; do
      printf '<!ENTITY %s "%s">' $i "$(printf "&$(tr b-i a-h <<<$i);%.0s" 1 2 3 4 5 6 7 8 9 10)"
    done
    printf ']><l>&i;</l>'; } >lol.xml
  answers lol.xml
  mkdir -p word
  head -c 268435456 /dev/zero | tr '\0' x >word/document.xml
  bsdtar -a -cf bomb.zip word/document.xml && mv bomb.zip bomb.docx && rm -r word
  answers bomb.docx
  # A page whose parser has no memory for a remark: refused, not read up to there.
  { echo '<html><p>some words before <!--'; head -c 100000000 /dev/zero | tr '\0' x
    echo '--> and after'; } >remark.html
  refused 3 "cannot decode 'remark.html': needs more memory than a decoder may have" \
    cess-fingerprint --memory 64MiB remark.html
  # Too long for the time it may have: a sound of two hours, packed.
  ffmpeg -nostdin -v error -f lavfi -i anullsrc=r=8000:cl=mono:d=7200 -c:a flac long.flac
  refused 3 "more than 1 s of processor time" cess-fingerprint --cpu-seconds 1 long.flac
  # And the next file is none the worse.
  run_quiet cess-fingerprint "$F/a.png"
}

@test "progress of a long file is shown where it is wanted, and nowhere else" {
  # Of 4 MB; told by the worker while it reads, not only at the end.
  ffmpeg -nostdin -v error -f lavfi -i anullsrc=r=8000:cl=mono:d=260 long.wav
  run --separate-stderr -0 cess-fingerprint --progress long.wav
  grep -qE '^fingerprint [0-9.]+ MB [1-9][0-9]? %' <<<"$stderr"
  # Beside a file that is not there, of standard input, and of what is compared.
  run --separate-stderr -4 cess-fingerprint --progress nowhere.wav long.wav
  grep -qE '^fingerprint [0-9.]+ MB [1-9][0-9]? %' <<<"$stderr"
  run --separate-stderr -0 bash -c "cess-fingerprint --progress <long.wav"
  grep -qE '^fingerprint [0-9.]+ MB [1-9][0-9]? %' <<<"$stderr"
  run --separate-stderr -0 bash -c "cat long.wav | cess-fingerprint compare --progress - long.wav"
  grep -qE '^compare [0-9.]+ MB [1-9][0-9]? %' <<<"$stderr"
  run_quiet cess-fingerprint long.wav
}

@test "the same content gives the same bytes: commitments that were written down once" {
  awk 'BEGIN { s = 3; for (i = 0; i < 2000; i++) { w = ""
    for (k = 0; k < 6; k++) { s = s * 16807 % 2147483647; w = w sprintf("%c", 97 + s % 26) }
    printf "%s%s", w, i % 12 == 11 ? "\n" : " " } }' >a.txt
  cp "$F/a.ppm" "$F/a.wav" .
  run_quiet cess-fingerprint -T 3 a.ppm a.wav a.txt
  [ "$(jq -r .commitment <<<"$output" | cut -c1-16 | xargs)" = "0b23dec6be6e155b e150f989bc610e2d c224bc00381a448e" ]
  # Units of ISO 24138: picture, sound, text, each of 256 bits.
  [ "$(jq -r '.iscc[0][0:8]' <<<"$output" | xargs)" = "ISCC:EED ISCC:EID ISCC:EAD" ]
}

@test "a processor without vector code gives the same lines" {
  files=()
  for k in png jpg webp gif wav mp3 ogg m4a mp4; do cp "$F/a.$k" . && files+=("a.$k"); done
  run_quiet cess-fingerprint "${files[@]}"
  # libjpeg-turbo's plain code; the C library's functions, sines among them, for a processor without AVX2 and FMA.
  export JSIMD_FORCENONE=1 GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F,-SSE4_1
  plain="$(cess-fingerprint "${files[@]}")"
  [ "$plain" = "$output" ]
}
