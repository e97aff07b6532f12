# SPDX-License-Identifier: Apache-2.0
# Completions for bash; needs nothing but bash itself.
function reply(values) {
  if (values == "files") return "COMPREPLY=($(compgen -f -- \"$cur\"))"
  if (values == "folders") return "COMPREPLY=($(compgen -d -- \"$cur\"))"
  if (values == "") return "COMPREPLY=()"
  return "COMPREPLY=($(compgen -W '" values "' -- \"$cur\"))"
}
function option_words(c,   e, words) {
  words = ""
  for (e = 1; e <= count[c]; e++) {
    if (short[c, e] != "") words = words " -" short[c, e]
    if (long[c, e] != "") words = words " --" long[c, e]
  }
  return substr(words, 2)
}
function value_patterns(c, e,   p) {
  p = ""
  if (short[c, e] != "") p = "-" short[c, e]
  if (long[c, e] != "") p = p (p == "" ? "" : " | ") "--" long[c, e]
  return p
}
# The words a command may begin with, each once.
function first_words(   k, w, words) {
  words = ""
  for (k = 1; k <= n; k++) {
    if (name[k] == "") continue
    split(name[k], w, " ")
    if (index(" " words " ", " " w[1] " ") == 0) words = words (words == "" ? "" : " ") w[1]
  }
  return words
}
END {
  print "# SPDX-License-Identifier: Apache-2.0"
  print "# bash completion for " program ". Written by `make completions`; do not edit."
  print "# shellcheck disable=SC2207"
  print function_name "() {"
  print "  local cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"${COMP_WORDS[COMP_CWORD - 1]}\" command='' word i"
  if (program == "cess") {
    print "  # A verb completes as its own program."
    print "  if [ \"$COMP_CWORD\" -gt 1 ] && [ -n \"${COMP_WORDS[1]}\" ]; then"
    print "    local verb=\"cess-${COMP_WORDS[1]}\" function"
    print "    function=\"_${verb//-/_}\""
    print "    if ! declare -F \"$function\" >/dev/null; then"
    print "      # shellcheck disable=SC1090"
    print "      . \"$(dirname \"${BASH_SOURCE[0]}\")/$verb\" 2>/dev/null"
    print "    fi"
    print "    if declare -F \"$function\" >/dev/null; then"
    print "      COMP_WORDS=(\"$verb\" \"${COMP_WORDS[@]:2}\")"
    print "      COMP_CWORD=$((COMP_CWORD - 1))"
    print "      \"$function\""
    print "      return"
    print "    fi"
    print "  fi"
    print "  if [ \"$COMP_CWORD\" = 1 ] || { [ \"$prev\" = help ] && [ \"$COMP_CWORD\" = 2 ]; }; then"
    print "    case \"$cur\" in"
    print "    -*) ;;"
    print "    *)"
    print "      COMPREPLY=($(compgen -W \"help $(compgen -c cess- | sed 's/^cess-//' | sort -u)\" -- \"$cur\"))"
    print "      return"
    print "      ;;"
    print "    esac"
    print "  fi"
  }
  # The longest command the words so far spell.
  print "  for ((i = 1; i < COMP_CWORD; i++)); do"
  print "    word=\"${COMP_WORDS[i]}\""
  print "    case \"$command${command:+ }$word\" in"
  firsts = ""
  for (i = 1; i <= n; i++) {
    if (name[i] == "") continue
    pattern = "'" name[i] "'"
    split(name[i], w, " ")
    firsts = firsts "\n" w[1]
    if (name[i] ~ / /) pattern = "'" w[1] "' | " pattern
    if (!(pattern in seen)) print "    " pattern ") command=\"$command${command:+ }$word\" ;;"
    seen[pattern] = 1
  }
  print "    esac"
  print "  done"
  print "  case \"$command\" in"
  for (i = 1; i <= n; i++) {
    c = name[i]
    print "  '" c "')"
    print "    case \"$prev\" in"
    for (e = 1; e <= count[c]; e++) {
      if (is_argument[c, e] || kind[c, e] == "flag") continue
      print "    " value_patterns(c, e) ")"
      print "      " reply(values_of(c, e))
      print "      return"
      print "      ;;"
    }
    print "    esac"
    print "    case \"$cur\" in"
    print "    -*) COMPREPLY=($(compgen -W '" option_words(c) "' -- \"$cur\")) ;;"
    files = 0
    for (e = 1; e <= count[c]; e++) if (is_argument[c, e] && values_of(c, e) == "files") files = 1
    words = ""
    if (c == "") words = first_words()
    line = ""
    if (words != "") line = "$(compgen -W '" words "' -- \"$cur\")"
    if (files) line = line (line == "" ? "" : " ") "$(compgen -f -- \"$cur\")"
    print "    *) COMPREPLY=(" line ") ;;"
    print "    esac"
    print "    ;;"
    done[c] = 1
  }
  # First words of two-word commands, and programs without a default command.
  for (i = 1; i <= n; i++) {
    if (name[i] !~ / /) continue
    split(name[i], w, " ")
    if (w[1] in done) continue
    done[w[1]] = 1
    words = ""
    for (k = 1; k <= n; k++) {
      if (index(name[k], w[1] " ") == 1) words = words " " substr(name[k], length(w[1]) + 2)
    }
    sub(/^ /, "", words)
    print "  '" w[1] "') COMPREPLY=($(compgen -W '" words "' -- \"$cur\")) ;;"
  }
  print "  esac"
  print "}"
  print "complete -o filenames -F " function_name " " program
}
