# SPDX-License-Identifier: Apache-2.0
# fish completion for cess. Written by `make completions`; do not edit.
complete -c cess -f
function __cess_verbs
    for path in $PATH/cess-*
        test -x $path; and string replace -r '.*/cess-' '' $path
    end
end
complete -c cess -n 'test (count (commandline -opc)) = 1' -a 'help (__cess_verbs)'
complete -c cess -n 'test (count (commandline -opc)) = 2; and contains help (commandline -opc)' \
    -a '(__cess_verbs)'
complete -c cess -n 'test (count (commandline -opc)) -gt 1' \
    -a '(complete -C "cess-"(string join " " -- (commandline -opc)[2..])" "(commandline -ct))'
function __cess_command
    set -l command ''
    for word in (commandline -opc)[2..]
        set -l next (string trim "$command $word")
        switch $next
            case 'help'
                set command $next
            case ''
        end
    end
    echo $command
end
complete -c cess -n 'test "$(__cess_command)" = ""' -a help -d 'list the commands, or explain one'
complete -c cess -n 'test "$(__cess_command)" = ""' -s j -l json -d 'machine-readable results and errors'
complete -c cess -n 'test "$(__cess_command)" = ""' -s v -l verbose -d 'say more on stderr'
complete -c cess -n 'test "$(__cess_command)" = ""' -s q -l quiet -d 'only errors on stderr'
complete -c cess -n 'test "$(__cess_command)" = ""' -l progress -d 'show progress even without a terminal'
complete -c cess -n 'test "$(__cess_command)" = ""' -l no-progress -d 'never show progress'
complete -c cess -n 'test "$(__cess_command)" = ""' -s h -l help -d 'this text'
complete -c cess -n 'test "$(__cess_command)" = ""' -l version -d 'name and version'
complete -c cess -n 'test "$(__cess_command)" = "help"' -s j -l json -d 'machine-readable results and errors'
complete -c cess -n 'test "$(__cess_command)" = "help"' -s v -l verbose -d 'say more on stderr'
complete -c cess -n 'test "$(__cess_command)" = "help"' -s q -l quiet -d 'only errors on stderr'
complete -c cess -n 'test "$(__cess_command)" = "help"' -l progress -d 'show progress even without a terminal'
complete -c cess -n 'test "$(__cess_command)" = "help"' -l no-progress -d 'never show progress'
complete -c cess -n 'test "$(__cess_command)" = "help"' -s h -l help -d 'this text'
complete -c cess -n 'test "$(__cess_command)" = "help"' -l version -d 'name and version'
