#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The DEPENDS lists of CMakeLists.txt are the law: no include goes past them, none of them makes a cycle,
# nobody reaches into another's detail/ or internal.hpp, an outside library's headers stay with the module that owns it.
. "$(dirname "$0")/common.inc"

# "kind name dep dep ..." per call, comments gone and calls on one line.
calls() {
  sed 's/#.*//' CMakeLists.txt | tr '\n' ' ' | grep -oE 'cess_(module|command)\([^)]*\)' |
    sed -E 's/^cess_(module|command)\(/\1 /; s/\)$//; s/ LIBS .*//; s/ DEPENDS / /'
}

declare -A allowed kind
order=()
while read -r k name deps; do
  for d in $deps; do
    # Only what was declared above may be used: no cycle can be written down.
    [ "${kind[$d]:-}" = module ] || bad "CMakeLists.txt: $name depends on $d, which is no module declared before it"
  done
  kind[$name]="$k"
  allowed[$name]=" $deps "
  order+=("$name")
done < <(calls)

# lib/chain is a folder of modules.
for d in lib/* lib/chain/* cmd/*; do
  name="${d#*/}"
  [ ! -d "$d" ] || [ "$name" = chain ] || [ -n "${kind[$name]:-}" ] || bad "$d: not declared in CMakeLists.txt"
done

# The module a header's path belongs to: the longest declared name in front of it.
module_of() {
  local path="${1%/*}"
  while [ -z "${kind[$path]:-}" ] && [[ "$path" == */* ]]; do path="${path%/*}"; done
  echo "$path"
}

# Header prefix -> owner. fmt may be used by any .cpp whose module links it.
owner_of() {
  case "$1" in
  openssl/ssl.h | openssl/x509*.h | boost/*) echo net ;;
  openssl/evp.h | openssl/err.h) echo crypto net ;;
  openssl/* | sodium.h | sodium/* | blst.h | blst_aux.h | blst_shim.h | secp256k1*.h) echo crypto ;;
  isa-l.h | isa-l/* | isal/*) echo erasure ;;
  rocksdb/*) echo store ;;
  archive.h | archive_entry.h) echo codec fingerprint ;;
  libavcodec/* | libavformat/* | libavutil/* | libswresample/* | chromaprint.h | seccomp.h) echo fingerprint ;;
  unicode/* | libxml/* | poppler/*) echo fingerprint ;;
  maxminddb.h) echo transfer ;;
  turbojpeg.h | png.h | webp/*) echo fingerprint ;;
  CLI/*) echo cli ;;
  nlohmann/*) echo json ;;
  tl/*) echo base ;;
  esac
}

check_file() {
  local f="$1" name="$2" inc top owner
  while read -r inc; do
    case "$inc" in
    \"*)
      inc="${inc//\"/}"
      [[ "$inc" == */* ]] || continue # a command's own header
      top="$(module_of "$inc")"
      if [ -z "${kind[$top]:-}" ]; then
        bad "$f: includes \"$inc\" of no declared module"
      elif [ "$top" != "$name" ]; then
        [[ "${allowed[$name]}" == *" $top "* ]] || bad "$f: includes \"$inc\", but $name does not list $top"
        [[ "$inc" != */detail/* ]] || bad "$f: reaches into $top/detail"
      fi
      # What is internal to a folder stays there; tests may look inside.
      [[ "$inc" != */internal.hpp || "${f%/*}" == "lib/${inc%/*}" || "$f" == tests/* ]] ||
        bad "$f: includes \"$inc\", which is internal to its folder"
      ;;
    \<*)
      inc="${inc//[<>]/}"
      owner="$(owner_of "$inc")"
      [ -z "$owner" ] || [[ " $owner " == *" $name "* ]] || bad "$f: includes <$inc>, which belongs to $owner"
      if [[ "$f" == *.hpp && "$inc" == fmt/* ]] || [[ "$f" == *.hpp && "$owner" =~ ^[^jb] ]]; then
        # A header that only its own module includes is not public.
        grep -rlE "include \"${f#lib/}\"" lib cmd | grep -qv "^lib/$name/" &&
          bad "$f: includes <$inc>, and other modules include it"
      fi
      ;;
    esac
  done < <(grep -hE '^ *# *include' "$f" | sed -E 's/^ *# *include *([<"][^>"]*[>"]).*/\1/')
}

for name in "${order[@]}"; do
  base=lib
  [ "${kind[$name]}" = module ] || base=cmd
  while read -r f; do check_file "$f" "$name"; done < <(files "$base/$name/*.cpp" "$base/$name/*.hpp" "$base/$name/*.c")
done

finish
