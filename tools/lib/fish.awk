# SPDX-License-Identifier: Apache-2.0
# Completions for fish.
function quoted(text) { gsub(/\\/, "\\\\", text); gsub(/'/, "\\'", text); return "'" text "'" }
END {
  helper = "_" function_name "_command"
  print "# SPDX-License-Identifier: Apache-2.0"
  print "# fish completion for " program ". Written by `make completions`; do not edit."
  print "complete -c " program " -f"
  if (program == "cess") {
    print "function __cess_verbs"
    print "    for path in $PATH/cess-*"
    print "        test -x $path; and string replace -r '.*/cess-' '' $path"
    print "    end"
    print "end"
    print "complete -c cess -n 'test (count (commandline -opc)) = 1' -a 'help (__cess_verbs)'"
    print "complete -c cess -n 'test (count (commandline -opc)) = 2; and contains help (commandline -opc)' \\"
    print "    -a '(__cess_verbs)'"
    print "complete -c cess -n 'test (count (commandline -opc)) -gt 1' \\"
    print "    -a '(complete -C \"cess-\"(string join \" \" -- (commandline -opc)[2..])\" \"(commandline -ct))'"
  }
  print "function " helper
  print "    set -l command ''"
  print "    for word in (commandline -opc)[2..]"
  print "        set -l next (string trim \"$command $word\")"
  print "        switch $next"
  for (i = 1; i <= n; i++) {
    if (name[i] == "") continue
    split(name[i], w, " ")
    pattern = "'" name[i] "'"
    if (name[i] ~ / /) pattern = "'" w[1] "' " pattern
    if (!(pattern in seen)) { print "            case " pattern; print "                set command $next" }
    seen[pattern] = 1
  }
  print "            case ''"
  print "        end"
  print "    end"
  print "    echo $command"
  print "end"
  for (i = 1; i <= n; i++) {
    if (name[i] == "") continue
    parts = split(name[i], w, " ")
    before = parts > 1 ? w[1] : ""
    if (parts > 1 && !(w[1] in first)) {
      first[w[1]] = 1
      print "complete -c " program " -n 'test \"$(" helper ")\" = \"\"' -a " w[1] " -d " quoted(about[i])
    }
    condition = "'test \"$(" helper ")\" = \"" before "\"'"
    print "complete -c " program " -n " condition " -a " w[parts] " -d " quoted(about[i])
  }
  for (i = 1; i <= n; i++) {
    c = name[i]
    for (e = 1; e <= count[c]; e++) {
      line = "complete -c " program " -n 'test \"$(" helper ")\" = \"" c "\"'"
      v = values_of(c, e)
      if (is_argument[c, e]) {
        if (v == "files") print line " -F"
        continue
      }
      if (short[c, e] != "") line = line " -s " short[c, e]
      if (long[c, e] != "") line = line " -l " long[c, e]
      if (kind[c, e] != "flag") line = line (v == "files" ? " -r -F" : " -x")
      if (v == "folders") line = line " -a '(__fish_complete_directories)'"
      else if (v != "" && v != "files") line = line " -a '" v "'"
      print line " -d " quoted(help[c, e])
    }
  }
}
