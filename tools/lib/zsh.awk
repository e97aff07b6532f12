# SPDX-License-Identifier: Apache-2.0
# Completions for zsh.
function quoted(text) { gsub(/'/, "'\\''", text); return text }
function described(text) { text = quoted(text); gsub(/[\[\]:]/, "\\\\&", text); return text }
function action(c, e,   v, m) {
  if (kind[c, e] == "flag") return ""
  v = values_of(c, e)
  m = meta[c, e]
  gsub(/\|/, " or ", m)
  if (v == "files") return ":" described(m) ":_files"
  if (v == "folders") return ":" described(m) ":_files -/"
  if (v == "") return ":" described(m) ":"
  return ":" described(m) ":(" v ")"
}
function spec(c, e,   s, l, star) {
  star = kind[c, e] == "texts" ? "*" : ""
  if (is_argument[c, e]) {
    return "'" star ":" described(meta[c, e]) ":" (values_of(c, e) == "files" ? "_files" : "") "'"
  }
  s = short[c, e]; l = long[c, e]
  if (s != "" && l != "") {
    if (star != "") return "'*'{-" s ",--" l "}'[" described(help[c, e]) "]" action(c, e) "'"
    return "'(-" s " --" l ")'{-" s ",--" l "}'[" described(help[c, e]) "]" action(c, e) "'"
  }
  return "'" star (s != "" ? "-" s : "--" l) "[" described(help[c, e]) "]" action(c, e) "'"
}
END {
  print "#compdef " program
  print "# SPDX-License-Identifier: Apache-2.0"
  print "# zsh completion for " program ". Written by `make completions`; do not edit."
  print function_name "() {"
  print "  local command='' word"
  print "  integer i last=1"
  if (program == "cess") {
    print "  # A verb completes as its own program."
    print "  if (( CURRENT == 2 )) && [[ ${words[2]} != -* ]]; then"
    print "    local -a verbs=(help ${${(M)${(k)commands}:#cess-*}#cess-})"
    print "    _describe command verbs"
    print "    return"
    print "  fi"
    print "  if (( CURRENT > 2 )) && (( $+functions[_cess_${words[2]}] || $+commands[cess-${words[2]}] )); then"
    print "    words=(\"cess-${words[2]}\" \"${(@)words[3,-1]}\")"
    print "    (( CURRENT -= 1 ))"
    print "    service=${words[1]} _dispatch ${words[1]} ${words[1]}"
    print "    return"
    print "  fi"
  }
  print "  for (( i = 2; i < CURRENT; i++ )); do"
  print "    word=\"$command${command:+ }${words[i]}\""
  print "    case \"$word\" in"
  for (i = 1; i <= n; i++) {
    if (name[i] == "") continue
    split(name[i], w, " ")
    pattern = "'" name[i] "'"
    if (name[i] ~ / /) pattern = "'" w[1] "'|" pattern
    if (!(pattern in seen)) print "      (" pattern ") command=\"$word\"; last=$i ;;"
    seen[pattern] = 1
  }
  print "    esac"
  print "  done"
  print "  if (( last > 1 )); then"
  print "    words=(\"${words[1]}\" \"${(@)words[last + 1,-1]}\")"
  print "    (( CURRENT -= last - 1 ))"
  print "  fi"
  print "  case \"$command\" in"
  for (i = 1; i <= n; i++) {
    c = name[i]
    print "    ('" c "')"
    if (c == "" && n > 1) {
      print "      if (( CURRENT == 2 )) && [[ ${words[2]} != -* ]]; then"
      print "        local -a verbs=("
      delete said
      for (k = 1; k <= n; k++) {
        if (name[k] == "") continue
        split(name[k], w, " ")
        if (w[1] in said) continue
        said[w[1]] = 1
        print "          '" w[1] ":" quoted(about[k]) "'"
      }
      print "        )"
      print "        _describe command verbs"
      print "      fi"
    }
    print "      _arguments -S \\"
    for (e = 1; e <= count[c]; e++) print "        " spec(c, e) " \\"
    print "        && return"
    print "      ;;"
    done[c] = 1
  }
  for (i = 1; i <= n; i++) {
    if (name[i] !~ / /) continue
    split(name[i], w, " ")
    if (w[1] in done) continue
    done[w[1]] = 1
    words = ""
    for (k = 1; k <= n; k++) if (index(name[k], w[1] " ") == 1) words = words " " substr(name[k], length(w[1]) + 2)
    print "    ('" w[1] "') compadd --" words " ;;"
  }
  print "  esac"
  print "}"
  print function_name " \"$@\""
}
