#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What users do with a network: one for all tests of this file.
load helper

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  mkfifo ready
  cess up -d net --host "$(own_host)" --validators 1 --miners 4 --taggers 3 --capacity 1GiB --block-ms 500 \
    --ready-fd 9 9>ready >up.out 2>up.err 3>&- &
  echo $! >up.pid
  read -r <ready || { cat up.out up.err >&2; return 1; }
}
teardown_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  { kill "$(cat up.pid)" && wait "$(cat up.pid)"; } 2>/dev/null || true
}
setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  net="$BATS_FILE_TMPDIR/net"
  export CESS_NODE="$net/node-0" XDG_STATE_HOME="$PWD/state"
}
upload() { cess upload --profile 2+1 --fragment-size 64KiB --territory home -k "$net/home/account.key" "$@"; }

@test "a folder goes up as one file and comes back as it was" {
  mkdir -p tree/deep/empty
  random_file tree/big 700000
  random_file "tree/deep/ümlaut and blank" 5000 2
  : >tree/none
  ln -s ../big tree/deep/link
  ln -s /nowhere tree/out
  chmod 755 tree/none
  touch -d '2001-02-03 04:05:06' tree/big
  fid="$(upload --public tree 2>err)" || { cat err >&2; return 1; }
  [ ! -e state/cess/upload/* ]
  cess download "$fid" -x back/ 2>/dev/null
  diff -r --no-dereference tree back
  [ "$(stat -c %y back/big | cut -c1-19)" = '2001-02-03 04:05:06' ]
  [ -x back/none ]
  [ "$(readlink back/out)" = /nowhere ]
  [ "$(find . -name '*.part*')" = '' ]
  # It is a tar stream, as anybody can read.
  cess download "$fid" 2>/dev/null | tar t --quoting-style=literal >names
  [ "$(cat names)" = "$(printf '%s\n' big deep/ deep/empty/ deep/link 'deep/ümlaut and blank' none out)" ]
  refused 2 "'back' exists already" cess download "$fid" -x back
  refused 2 "only one of them" cess download "$fid" -x new -o new
}

@test "a file that is no folder is not unpacked, and nothing is left" {
  random_file data 100000
  fid="$(upload --public data 2>err)" || { cat err >&2; return 1; }
  refused 3 "cannot unpack '$fid'" cess download "$fid" -x back
  [ "$(find . -name 'back*')" = '' ]
  mkdir odd
  mkfifo odd/fifo
  run --separate-stderr upload --public odd
  grep -q "warning: left out 'odd/fifo': no file, folder or symbolic link" <<<"$stderr"
}

@test "a tagger of the network masks, tags and delivers; who may read asks the agents for the mask key" {
  random_file data 900000
  key="$net/home/account.key"
  fid="$(upload --recipient "$net/home/identity.pub" --region DE --region FR --region NL --region FI data 2>err)" ||
    { cat err >&2; return 1; }
  [ ! -e state/cess/upload/* ]
  [ ! -e state/cess/tagger.key ]
  [ "$(cess-chain list files.file | jq -r --arg f "$fid" 'select(.key[0] == $f) | .state + " " +
    (.rule.regions | join(","))')" = "active DE,FR,NL,FI" ]
  tagger="$(cess-chain list taggers.tagger | jq -r '.key[0]' | sort)"
  cess download "$fid" -k "$key" -i "$net/home/identity.key" -o back 2>/dev/null
  cmp data back
  refused 1 "the mask key needs 2 agents, 0 answered.*not this account's to read" \
    cess download "$fid" -i "$net/home/identity.key" -o none
  grep -q 'hint: --key names the account that may read it' <<<"$stderr"
  cess-chain key new -o stranger.key >/dev/null
  refused 1 "the mask key needs 2 agents" cess download "$fid" -k stranger.key -i "$net/home/identity.key" -o none
  # Of a public one everybody may have it; the tagger is chosen.
  for id in $tagger; do break; done
  fid="$(upload --public --tagger "$id" --json data 2>err | jq -r '.fid + " " + .mask')" || { cat err >&2; return 1; }
  [ "${fid#* }" = tee ]
  cess download "${fid% *}" 2>/dev/null | cmp - data
  refused 1 "no active tagger 'nobody'" upload --public --tagger nobody data
  refused 2 "the tagger tags" upload --public --mask tee --tags own data
  refused 2 "is for --mask tee" upload --public --mask owner --tagger "$id" data
}

@test "a network's configuration stands in for every option" {
  unset CESS_NODE
  export CESS_NETWORK="$net"
  random_file data 200000
  fid="$(cess upload --profile 2+1 --fragment-size 64KiB data 2>err)" || { cat err >&2; return 1; }
  cess download "$fid" 2>/dev/null | cmp - data
  [ "$(cess status "$fid" -j | jq -r .state)" = active ]
  cess-chain show head >/dev/null
  # By a name of the user's own; a node that is away is passed over.
  unset CESS_NETWORK
  mkdir -p config/cess
  jq --arg net "$net" '.node = ["http://127.0.0.1:1", $net + "/node-0"] | .account_key = $net + "/home/account.key"
    | .identity = $net + "/home/identity.key"' "$net/home/config.json" >config/cess/mine.json
  export XDG_CONFIG_HOME="$PWD/config"
  cess download --network mine "$fid" 2>/dev/null | cmp - data
  cp config/cess/mine.json config/cess/network.json
  cess download "$fid" 2>/dev/null | cmp - data
  [ "$(cess-chain show head -j | jq .height)" -ge 1 ]
  # A node that is named goes before it, and says nothing of keys.
  refused 2 "whose is the file" cess upload --node "$net/node-0" --public data
  refused 5 "" cess status --node http://127.0.0.1:1
  refused 4 "nowhere" cess status --network nowhere
  echo '{"schema":"cess.home/1","node":[]}' >bad.json
  refused 3 "node names nobody" cess status --network bad.json
  # Nobody answers where the user's own configuration says, and a network lies in this folder.
  jq '.node = ["http://127.0.0.1:1"]' config/cess/mine.json >config/cess/network.json
  mkdir -p cess-net/home
  cp config/cess/mine.json cess-net/home/config.json
  refused 5 "--network cess-net" cess status
  [ "$(cess status --network cess-net "$fid" -j | jq -r .state)" = active ]
}
