#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Class A with attestation `file`: a measurement that the chain's board has put on the list lets a tagger in; any other,
# one that was altered, and one that was taken off the list again does not.
load helper

setup() {
  cd "$BATS_TEST_TMPDIR" || return 1
  host="$(own_host)"
  cess-chain devnet --validators 1 -d net --host "$host" --block-ms 200 --param taggers.allow_list=true >/dev/null
  export CESS_NODE=net/node-0
  mkfifo ready
  cess-chain run -d net/node-0 --ready-fd 9 9>ready >out 2>log 3>&- &
  echo $! >pids
  read -r <ready
}
teardown() {
  local pid
  while read -r pid; do kill -9 "$pid" 2>/dev/null && tail --pid="$pid" -f /dev/null; done <pids || true
}
# folder NAME PORT DOCUMENT: a funded tagger of class A.
folder() {
  local address
  address="$(cess-serve tagger-config -d "$1" --node "$PWD/net/node-0" --listen "$host:$2" --class A \
    --attestation "$3")"
  cess-chain tx transfer -k net/faucet.key --to "$address" --amount 100 --wait included >/dev/null
}
board() { cess-chain tx propose -k net/faucet.key "$@" | grep -q ' carried$'; }

@test "only a measurement on the chain's list makes a tagger of class A" {
  echo 'measurement of the tagger, release 7' >good
  echo 'measurement of the tagger, release 8' >other
  digest="$(sha good)"
  refused 2 'class A needs --attestation' cess-serve tagger-config -d none --node net/node-0 --class A
  [ ! -e none ]
  folder a 41001 good
  folder b 41002 other
  run -1 cess-serve register-tagger -d a
  [[ "$output" == *'not on the list of allowed ones'* ]]
  # A stranger cannot put it there.
  run -1 cess-chain tx call -k a/account.key taggers.allow digest="$digest" allowed=true --wait included
  [ "$(cess-chain list taggers.allowed_attestation | wc -l)" = 0 ]
  board taggers.allow digest="$digest" allowed=true
  run -1 cess-serve register-tagger -d b
  [[ "$output" == *'not on the list of allowed ones'* ]]
  # The document is bound to the key: an allowed one with another's key is refused.
  cp b/attestation kept
  cp good b/attestation
  run ! cess-serve register-tagger -d b
  [[ "$output" == *attestation* ]]
  cp kept b/attestation
  run_quiet cess-serve register-tagger -d a
  id="$output"
  [ "$(cess-chain list taggers.tagger | jq -r '"\(.cls) \(.attestation) \(.attestation_digest) \(.state)"')" = \
    "attested file $digest active" ]

  # It works: what it masks says whose it is, and class A.
  mkfifo up
  cess-serve tagger -d a --ready-fd 9 9>up >a.out 2>a.log 3>&- &
  echo $! >>pids
  read -r <up
  cess-chain key new -o alice.key >alice
  cess-chain tx transfer -k net/faucet.key --to "$(cat alice)" --amount 100 --wait included >/dev/null
  random_file plain 100000
  cess-encode --public --mask none --profile 2+1 --fragment-size 64KiB plain -o plain.bundle
  run_quiet cess-serve upload -k alice.key --node net/node-0 --tagger "$id" plain.bundle
  [ "$(jq -r '.mask + " " + .custody.shares[0].agent' <<<"$output")" = "tee $id" ]

  # Taken off the list: nobody registers with it any more.
  board taggers.allow digest="$digest" allowed=false
  folder c 41003 good
  run -1 cess-serve register-tagger -d c
  [[ "$output" == *'not on the list of allowed ones'* ]]
}
