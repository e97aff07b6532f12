# SPDX-License-Identifier: Apache-2.0
# Reads --dump-options (see lib/cli/DESIGN.md). For the writers of one shell each:
#   program, summary; n commands name[i], about[i]; for command c: count[c], and per entry e
#   short[c,e], long[c,e], meta[c,e], kind[c,e], help[c,e], is_argument[c,e].
BEGIN { FS = "\t"; n = 0 }
$1 == "program" { program = $2; summary = $3; function_name = "_" program; gsub("-", "_", function_name) }
$1 == "command" { n++; name[n] = $2 == "-" ? "" : $2; about[n] = $3; known[$2] = 1 }
$1 == "option" || $1 == "argument" {
  if (!($2 in known)) { n++; name[n] = ""; known[$2] = 1 }
  c = $2 == "-" ? "" : $2
  e = ++count[c]
  is_argument[c, e] = $1 == "argument"
  parts = split($3, names, ",")
  for (p = 1; p <= parts; p++) {
    if (names[p] ~ /^--/) long[c, e] = substr(names[p], 3)
    else if (names[p] != "-") short[c, e] = substr(names[p], 2)
  }
  meta[c, e] = $4 == "-" ? "" : $4
  kind[c, e] = $5
  help[c, e] = $6
}
# What completes a value: "" nothing, "files", "folders", or words separated by spaces.
function values_of(c, e,   words) {
  if (kind[c, e] == "choice") {
    words = meta[c, e]
    gsub(/\|/, " ", words)
    return words
  }
  if (kind[c, e] !~ /^texts?$/) return ""
  if (meta[c, e] ~ /^(DIR|STORE|FOLDER)$/) return "folders"
  if (meta[c, e] ~ /^(FILE|KEY|PUB|BUNDLE|INPUT|MANIFEST|OUT|R|WHO)$/) return "files"
  if (meta[c, e] ~ /^(RECIPIENT|IDENTITY|INDEX|CHALLENGE|PROOF|F|M)$/) return "files"
  return ""
}
