# SPDX-License-Identifier: Apache-2.0
# fish completion for cess-tag. Written by `make completions`; do not edit.
complete -c cess-tag -f
function __cess_tag_command
    set -l command ''
    for word in (commandline -opc)[2..]
        set -l next (string trim "$command $word")
        switch $next
            case 'keygen'
                set command $next
            case 'check-key'
                set command $next
            case 'check'
                set command $next
            case 'inspect'
                set command $next
            case 'agents'
                set command $next
            case 'share'
                set command $next
            case 'combine'
                set command $next
            case ''
        end
    end
    echo $command
end
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -a keygen -d 'make a tagger key: the secret file and the public file beside it'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -a check-key -d 'check that a public key is well made'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -a check -d 'check that the tags of a bundle fit its fragments'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -a inspect -d 'print what a public key says as JSON'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -a agents -d 'list taggers as the agents who shall share mask keys'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -a share -d 'open an agent\'s own share of a file\'s mask key'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -a combine -d 'put shares together to the mask key of a file'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -s k -l key -r -F -d 'secret tagger key, mode 0600'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -s o -l output -r -F -d 'write the tagged bundle to FILE, \'-\' for stdout'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -s T -l threads -x -d 'threads (default: one per processor)'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -l mask -x -a 'none tee' -d 'tee: mask the fragments with a key that nobody but the agents together knows'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -l agents -r -F -d 'the agents, cess.agents/1; with --mask tee'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -l retag -d 'replace tags that the bundle already has'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -l force -d 'replace an existing output file'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -F
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -s j -l json -d 'machine-readable results and errors'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -s v -l verbose -d 'say more on stderr'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -s q -l quiet -d 'only errors on stderr'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -l progress -d 'show progress even without a terminal'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -l no-progress -d 'never show progress'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -s h -l help -d 'this text'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = ""' -l version -d 'name and version'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "keygen"' -s o -l output -r -F -d 'secret key file to create, mode 0600'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "keygen"' -l class -x -a 'A B C' -d 'who vouches for the key: A attested, B staked gateway, C owner (default)'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "keygen"' -l attestation -x -d '32-byte digest of an attestation'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "keygen"' -s j -l json -d 'machine-readable results and errors'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "keygen"' -s v -l verbose -d 'say more on stderr'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "keygen"' -s q -l quiet -d 'only errors on stderr'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "keygen"' -l progress -d 'show progress even without a terminal'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "keygen"' -l no-progress -d 'never show progress'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "keygen"' -s h -l help -d 'this text'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "keygen"' -l version -d 'name and version'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "check-key"' -F
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "check-key"' -s j -l json -d 'machine-readable results and errors'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "check-key"' -s v -l verbose -d 'say more on stderr'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "check-key"' -s q -l quiet -d 'only errors on stderr'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "check-key"' -l progress -d 'show progress even without a terminal'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "check-key"' -l no-progress -d 'never show progress'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "check-key"' -s h -l help -d 'this text'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "check-key"' -l version -d 'name and version'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "check"' -l tagger -r -F -d 'accept this tagger only (repeatable; default: the keys in the bundle)'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "check"' -s o -l output -r -F -d 'pass the bundle on to FILE, \'-\' for stdout'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "check"' -l force -d 'replace an existing output file'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "check"' -F
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "check"' -s j -l json -d 'machine-readable results and errors'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "check"' -s v -l verbose -d 'say more on stderr'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "check"' -s q -l quiet -d 'only errors on stderr'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "check"' -l progress -d 'show progress even without a terminal'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "check"' -l no-progress -d 'never show progress'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "check"' -s h -l help -d 'this text'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "check"' -l version -d 'name and version'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "inspect"' -F
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "inspect"' -s j -l json -d 'machine-readable results and errors'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "inspect"' -s v -l verbose -d 'say more on stderr'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "inspect"' -s q -l quiet -d 'only errors on stderr'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "inspect"' -l progress -d 'show progress even without a terminal'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "inspect"' -l no-progress -d 'never show progress'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "inspect"' -s h -l help -d 'this text'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "inspect"' -l version -d 'name and version'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "agents"' -F
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "agents"' -s j -l json -d 'machine-readable results and errors'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "agents"' -s v -l verbose -d 'say more on stderr'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "agents"' -s q -l quiet -d 'only errors on stderr'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "agents"' -l progress -d 'show progress even without a terminal'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "agents"' -l no-progress -d 'never show progress'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "agents"' -s h -l help -d 'this text'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "agents"' -l version -d 'name and version'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "share"' -s k -l key -r -F -d 'the agent\'s secret tagger key, mode 0600'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "share"' -s o -l output -r -F -d 'the new file, mode 0600; - is stdout'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "share"' -F
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "share"' -s j -l json -d 'machine-readable results and errors'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "share"' -s v -l verbose -d 'say more on stderr'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "share"' -s q -l quiet -d 'only errors on stderr'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "share"' -l progress -d 'show progress even without a terminal'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "share"' -l no-progress -d 'never show progress'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "share"' -s h -l help -d 'this text'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "share"' -l version -d 'name and version'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "combine"' -s m -l manifest -r -F -d 'manifest of the file'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "combine"' -s o -l output -r -F -d 'the new file, mode 0600; - is stdout'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "combine"' -s j -l json -d 'machine-readable results and errors'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "combine"' -s v -l verbose -d 'say more on stderr'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "combine"' -s q -l quiet -d 'only errors on stderr'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "combine"' -l progress -d 'show progress even without a terminal'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "combine"' -l no-progress -d 'never show progress'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "combine"' -s h -l help -d 'this text'
complete -c cess-tag -n 'test "$(__cess_tag_command)" = "combine"' -l version -d 'name and version'
