# SPDX-License-Identifier: Apache-2.0
# fish completion for cess-fingerprint. Written by `make completions`; do not edit.
complete -c cess-fingerprint -f
function __cess_fingerprint_command
    set -l command ''
    for word in (commandline -opc)[2..]
        set -l next (string trim "$command $word")
        switch $next
            case 'compare'
                set command $next
            case 'index' 'index build'
                set command $next
            case 'index' 'index add'
                set command $next
            case 'index' 'index search'
                set command $next
            case 'index' 'index check'
                set command $next
            case ''
        end
    end
    echo $command
end
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = ""' -a compare -d 'how alike two files are, and what shows it'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = ""' -a index -d 'makes an index of the fingerprints on standard input'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index"' -a build -d 'makes an index of the fingerprints on standard input'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index"' -a add -d 'adds the fingerprints on standard input'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index"' -a search -d 'finds what is near each fingerprint on standard input'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index"' -a check -d 'reads a whole index and compares its checksums'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = ""' -s T -l threads -x -d 'files at a time (default: one per processor)'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = ""' -l memory -x -d 'memory a decoder may have (default: 1GiB)'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = ""' -l cpu-seconds -x -d 'processor time for a file or part of a film (default: 30, 10 more per MiB)'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = ""' -F
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = ""' -s j -l json -d 'machine-readable results and errors'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = ""' -s v -l verbose -d 'say more on stderr'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = ""' -s q -l quiet -d 'only errors on stderr'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = ""' -l progress -d 'show progress even without a terminal'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = ""' -l no-progress -d 'never show progress'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = ""' -s h -l help -d 'this text'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = ""' -l version -d 'name and version'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "compare"' -l memory -x -d 'memory a decoder may have (default: 1GiB)'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "compare"' -l cpu-seconds -x -d 'processor time for a file or part of a film (default: 30, 10 more per MiB)'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "compare"' -s j -l json -d 'machine-readable results and errors'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "compare"' -s v -l verbose -d 'say more on stderr'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "compare"' -s q -l quiet -d 'only errors on stderr'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "compare"' -l progress -d 'show progress even without a terminal'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "compare"' -l no-progress -d 'never show progress'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "compare"' -s h -l help -d 'this text'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "compare"' -l version -d 'name and version'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index build"' -F
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index build"' -s j -l json -d 'machine-readable results and errors'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index build"' -s v -l verbose -d 'say more on stderr'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index build"' -s q -l quiet -d 'only errors on stderr'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index build"' -l progress -d 'show progress even without a terminal'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index build"' -l no-progress -d 'never show progress'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index build"' -s h -l help -d 'this text'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index build"' -l version -d 'name and version'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index add"' -F
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index add"' -s j -l json -d 'machine-readable results and errors'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index add"' -s v -l verbose -d 'say more on stderr'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index add"' -s q -l quiet -d 'only errors on stderr'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index add"' -l progress -d 'show progress even without a terminal'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index add"' -l no-progress -d 'never show progress'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index add"' -s h -l help -d 'this text'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index add"' -l version -d 'name and version'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index search"' -l radius -x -d 'bits that may differ (default: 31)'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index search"' -F
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index search"' -s j -l json -d 'machine-readable results and errors'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index search"' -s v -l verbose -d 'say more on stderr'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index search"' -s q -l quiet -d 'only errors on stderr'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index search"' -l progress -d 'show progress even without a terminal'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index search"' -l no-progress -d 'never show progress'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index search"' -s h -l help -d 'this text'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index search"' -l version -d 'name and version'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index check"' -F
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index check"' -s j -l json -d 'machine-readable results and errors'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index check"' -s v -l verbose -d 'say more on stderr'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index check"' -s q -l quiet -d 'only errors on stderr'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index check"' -l progress -d 'show progress even without a terminal'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index check"' -l no-progress -d 'never show progress'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index check"' -s h -l help -d 'this text'
complete -c cess-fingerprint -n 'test "$(__cess_fingerprint_command)" = "index check"' -l version -d 'name and version'
