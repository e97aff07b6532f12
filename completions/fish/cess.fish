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
            case 'download'
                set command $next
            case 'status'
                set command $next
            case 'up'
                set command $next
            case 'upload'
                set command $next
            case ''
        end
    end
    echo $command
end
complete -c cess -n 'test "$(__cess_command)" = ""' -a help -d 'list the commands, or explain one'
complete -c cess -n 'test "$(__cess_command)" = ""' -a download -d 'get a stored file back from whichever miners answer'
complete -c cess -n 'test "$(__cess_command)" = ""' -a status -d 'the network at a glance, or a file: where it is and why it waits'
complete -c cess -n 'test "$(__cess_command)" = ""' -a up -d 'run a network of real processes on this machine, until Ctrl-C'
complete -c cess -n 'test "$(__cess_command)" = ""' -a upload -d 'store files in the network: encode, declare, send to the drawn miners, wait'
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
complete -c cess -n 'test "$(__cess_command)" = "download"' -l node -x -d 'a node\'s RPC, or its folder (default http://127.0.0.1:9944)'
complete -c cess -n 'test "$(__cess_command)" = "download"' -s i -l identity -r -F -d 'file of AGE-SECRET-KEY-1...; repeatable'
complete -c cess -n 'test "$(__cess_command)" = "download"' -l passphrase-file -r -F -d 'the first line of FILE opens it'
complete -c cess -n 'test "$(__cess_command)" = "download"' -s k -l key -r -F -d 'key of an account that may read a private file that a tagger masked'
complete -c cess -n 'test "$(__cess_command)" = "download"' -l mask-key -r -F -d 'its mask key, so that nobody is asked for it'
complete -c cess -n 'test "$(__cess_command)" = "download"' -l offset -x -d 'begin at this byte'
complete -c cess -n 'test "$(__cess_command)" = "download"' -l size -x -d 'at most so many bytes'
complete -c cess -n 'test "$(__cess_command)" = "download"' -s o -l output -r -F -d 'write to FILE, whole or not at all'
complete -c cess -n 'test "$(__cess_command)" = "download"' -s x -l unpack -x -a '(__fish_complete_directories)' -d 'unpack a stored folder into the new folder DIR, whole or not at all'
complete -c cess -n 'test "$(__cess_command)" = "download"' -l force -d 'replace an existing FILE'
complete -c cess -n 'test "$(__cess_command)" = "download"' -s T -l threads -x -d 'default: one for each processor'
complete -c cess -n 'test "$(__cess_command)" = "download"' -s j -l json -d 'machine-readable results and errors'
complete -c cess -n 'test "$(__cess_command)" = "download"' -s v -l verbose -d 'say more on stderr'
complete -c cess -n 'test "$(__cess_command)" = "download"' -s q -l quiet -d 'only errors on stderr'
complete -c cess -n 'test "$(__cess_command)" = "download"' -l progress -d 'show progress even without a terminal'
complete -c cess -n 'test "$(__cess_command)" = "download"' -l no-progress -d 'never show progress'
complete -c cess -n 'test "$(__cess_command)" = "download"' -s h -l help -d 'this text'
complete -c cess -n 'test "$(__cess_command)" = "download"' -l version -d 'name and version'
complete -c cess -n 'test "$(__cess_command)" = "status"' -l node -x -d 'a node\'s RPC, or its folder (default http://127.0.0.1:9944)'
complete -c cess -n 'test "$(__cess_command)" = "status"' -s j -l json -d 'machine-readable results and errors'
complete -c cess -n 'test "$(__cess_command)" = "status"' -s v -l verbose -d 'say more on stderr'
complete -c cess -n 'test "$(__cess_command)" = "status"' -s q -l quiet -d 'only errors on stderr'
complete -c cess -n 'test "$(__cess_command)" = "status"' -l progress -d 'show progress even without a terminal'
complete -c cess -n 'test "$(__cess_command)" = "status"' -l no-progress -d 'never show progress'
complete -c cess -n 'test "$(__cess_command)" = "status"' -s h -l help -d 'this text'
complete -c cess -n 'test "$(__cess_command)" = "status"' -l version -d 'name and version'
complete -c cess -n 'test "$(__cess_command)" = "up"' -s d -l dir -x -a '(__fish_complete_directories)' -d 'the network\'s folder, made if it is not there (default cess-net)'
complete -c cess -n 'test "$(__cess_command)" = "up"' -l validators -x -d 'of a new network (default 4)'
complete -c cess -n 'test "$(__cess_command)" = "up"' -l miners -x -d 'of a new network (default 16)'
complete -c cess -n 'test "$(__cess_command)" = "up"' -l taggers -x -d 'of a new network (default 3)'
complete -c cess -n 'test "$(__cess_command)" = "up"' -l capacity -x -d 'of each miner\'s store (default 2GiB)'
complete -c cess -n 'test "$(__cess_command)" = "up"' -l host -x -d 'IPv4 address of a new network (default 127.0.0.1)'
complete -c cess -n 'test "$(__cess_command)" = "up"' -l port -x -d 'first port of a new network (default: the first free ones from 30300 on)'
complete -c cess -n 'test "$(__cess_command)" = "up"' -l block-ms -x -d 'milliseconds between blocks of a new network'
complete -c cess -n 'test "$(__cess_command)" = "up"' -l param -x -d 'another parameter of a new network than the dev preset\'s: system.blocks_per_epoch=50; repeatable'
complete -c cess -n 'test "$(__cess_command)" = "up"' -l ready-fd -x -d 'write a newline to this descriptor once everybody is ready'
complete -c cess -n 'test "$(__cess_command)" = "up"' -l no-start -d 'make the folder, start nothing'
complete -c cess -n 'test "$(__cess_command)" = "up"' -s j -l json -d 'machine-readable results and errors'
complete -c cess -n 'test "$(__cess_command)" = "up"' -s v -l verbose -d 'say more on stderr'
complete -c cess -n 'test "$(__cess_command)" = "up"' -s q -l quiet -d 'only errors on stderr'
complete -c cess -n 'test "$(__cess_command)" = "up"' -l progress -d 'show progress even without a terminal'
complete -c cess -n 'test "$(__cess_command)" = "up"' -l no-progress -d 'never show progress'
complete -c cess -n 'test "$(__cess_command)" = "up"' -s h -l help -d 'this text'
complete -c cess -n 'test "$(__cess_command)" = "up"' -l version -d 'name and version'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -l node -x -d 'a node\'s RPC, or its folder (default http://127.0.0.1:9944)'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -s k -l key -r -F -d 'key of the account that will own the file'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -l territory -x -d 'leased space that holds it'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -s r -l recipient -r -F -d 'who may read: an age1... string or a file of them; repeatable'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -l passphrase-file -r -F -d 'who knows the first line of FILE may read'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -l public -d 'everybody may read'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -l profile -x -d 'cess-4-8 (default), paper, wp-3copy, or K+M'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -l fragment-size -x -d 'a multiple of 64KiB; default 8MiB'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -l mask -x -a 'tee owner none' -d 'who makes fragments unlike all others: a tagger of the network (default if it has one), the owner, nobody'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -l tagger -x -d 'this tagger, by its id or URL (default: any)'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -l tags -x -a 'own none' -d 'without a tagger: tags by a key of one\'s own (default), or audits by samples'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -l tagger-key -r -F -d 'that key; default one made at first use'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -l region -x -d 'only miners in DE, US-CA, ...; repeatable'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -l lease -d 'lease the territory if there is none of that name'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -l lease-gib -x -d 'how much (default 1)'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -l lease-days -x -d 'how long (default 30)'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -l work -x -a '(__fish_complete_directories)' -d 'folder for bundles on their way'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -s T -l threads -x -d 'default: one for each processor'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -l name -x -d 'put a file name into the manifest, for all to see'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -F
complete -c cess -n 'test "$(__cess_command)" = "upload"' -s j -l json -d 'machine-readable results and errors'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -s v -l verbose -d 'say more on stderr'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -s q -l quiet -d 'only errors on stderr'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -l progress -d 'show progress even without a terminal'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -l no-progress -d 'never show progress'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -s h -l help -d 'this text'
complete -c cess -n 'test "$(__cess_command)" = "upload"' -l version -d 'name and version'
