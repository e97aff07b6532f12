# SPDX-License-Identifier: Apache-2.0
# fish completion for cess-serve. Written by `make completions`; do not edit.
complete -c cess-serve -f
function __cess_serve_command
    set -l command ''
    for word in (commandline -opc)[2..]
        set -l next (string trim "$command $word")
        switch $next
            case 'tagger'
                set command $next
            case 'tagger-config'
                set command $next
            case 'register-tagger'
                set command $next
            case 'upload'
                set command $next
            case 'mask-key'
                set command $next
            case ''
        end
    end
    echo $command
end
complete -c cess-serve -n 'test "$(__cess_serve_command)" = ""' -a tagger -d 'mask, tag and deliver uploads; keep shares of mask keys; rebuild fragments'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = ""' -a tagger-config -d 'make a tagger\'s service folder: keys and config.json'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = ""' -a register-tagger -d 'register the tagger of a service folder on the chain'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = ""' -a upload -d 'bring a bundle to a tagger; prints the masked manifest'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = ""' -a mask-key -d 'ask the agents for the mask key of a file one may read'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = ""' -s j -l json -d 'machine-readable results and errors'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = ""' -s v -l verbose -d 'say more on stderr'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = ""' -s q -l quiet -d 'only errors on stderr'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = ""' -l progress -d 'show progress even without a terminal'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = ""' -l no-progress -d 'never show progress'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = ""' -s h -l help -d 'this text'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = ""' -l version -d 'name and version'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger"' -s d -l dir -x -a '(__fish_complete_directories)' -d 'service folder with config.json (default .)'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger"' -s T -l threads -x -d 'workers (default: one per processor)'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger"' -l ready-fd -x -d 'write a newline to this descriptor once it listens'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger"' -s j -l json -d 'machine-readable results and errors'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger"' -s v -l verbose -d 'say more on stderr'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger"' -s q -l quiet -d 'only errors on stderr'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger"' -l progress -d 'show progress even without a terminal'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger"' -l no-progress -d 'never show progress'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger"' -s h -l help -d 'this text'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger"' -l version -d 'name and version'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger-config"' -s d -l dir -x -a '(__fish_complete_directories)' -d 'folder to create'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger-config"' -l node -x -d 'URL of a node\'s RPC, or its folder'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger-config"' -l listen -x -d 'where to listen (default 127.0.0.1:0)'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger-config"' -l endpoint -x -d 'how others reach it (default https:// and what --listen says)'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger-config"' -l class -x -a 'A B C' -d 'who vouches: A attested, B staked, C owner (default)'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger-config"' -l attestation -r -F -d 'the attestation\'s document'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger-config"' -l capacity -x -d 'bytes of uploads kept at once (default 16GiB)'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger-config"' -s j -l json -d 'machine-readable results and errors'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger-config"' -s v -l verbose -d 'say more on stderr'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger-config"' -s q -l quiet -d 'only errors on stderr'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger-config"' -l progress -d 'show progress even without a terminal'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger-config"' -l no-progress -d 'never show progress'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger-config"' -s h -l help -d 'this text'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "tagger-config"' -l version -d 'name and version'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "register-tagger"' -s d -l dir -x -a '(__fish_complete_directories)' -d 'the tagger\'s service folder'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "register-tagger"' -s j -l json -d 'machine-readable results and errors'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "register-tagger"' -s v -l verbose -d 'say more on stderr'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "register-tagger"' -s q -l quiet -d 'only errors on stderr'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "register-tagger"' -l progress -d 'show progress even without a terminal'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "register-tagger"' -l no-progress -d 'never show progress'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "register-tagger"' -s h -l help -d 'this text'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "register-tagger"' -l version -d 'name and version'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "upload"' -l node -x -d 'URL of a node\'s RPC, or its folder'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "upload"' -s k -l key -r -F -d 'key of the account that asks, mode 0600'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "upload"' -l tagger -x -d 'this tagger (default: the first that answers)'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "upload"' -F
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "upload"' -s j -l json -d 'machine-readable results and errors'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "upload"' -s v -l verbose -d 'say more on stderr'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "upload"' -s q -l quiet -d 'only errors on stderr'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "upload"' -l progress -d 'show progress even without a terminal'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "upload"' -l no-progress -d 'never show progress'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "upload"' -s h -l help -d 'this text'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "upload"' -l version -d 'name and version'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "mask-key"' -l node -x -d 'URL of a node\'s RPC, or its folder'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "mask-key"' -s k -l key -r -F -d 'key of the account that asks, mode 0600'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "mask-key"' -s o -l output -r -F -d 'the new file, mode 0600; - is stdout'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "mask-key"' -F
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "mask-key"' -s j -l json -d 'machine-readable results and errors'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "mask-key"' -s v -l verbose -d 'say more on stderr'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "mask-key"' -s q -l quiet -d 'only errors on stderr'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "mask-key"' -l progress -d 'show progress even without a terminal'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "mask-key"' -l no-progress -d 'never show progress'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "mask-key"' -s h -l help -d 'this text'
complete -c cess-serve -n 'test "$(__cess_serve_command)" = "mask-key"' -l version -d 'name and version'
