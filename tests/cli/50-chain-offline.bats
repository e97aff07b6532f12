#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What cess-chain does without any network: keys, forms, transactions as files, decoding.
load helper

setup() { cd "$BATS_TEST_TMPDIR" || return 1; }

# The account of the seed 01 02 … 20, from RFC 8032's function by another implementation (openssl pkey).
seed="0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
key_of_seed() {
  local der=302e020100300506032b657004220420
  public="$(xxd -r -p <<<"$der$seed" | openssl pkey -inform DER -pubout -outform DER | tail -c 32 | xxd -p -c 32)"
}

# A body for the account $1: a transfer of 5 tokens to itself.
build() {
  cess-chain tx build accounts.transfer to="$1" amount=5CESS --sender "$1" --nonce 7 --valid-until 100 \
    --genesis "$(printf 'ab%.0s' {1..32})"
}

@test "a new key goes into a private file that is never replaced, or into a pipe" {
  umask 0
  run_quiet cess-chain key new -o a.key
  [[ "$output" =~ ^cX[1-9A-HJ-NP-Za-km-z]{47}$ ]]
  [ "$(stat -c %a a.key)" = 600 ]
  [ "$(jq -r .schema a.key)" = cess.account_key/1 ]
  address="$output"
  run_quiet cess-chain key address a.key
  [ "$output" = "$address" ]
  run_quiet cess-chain key new -j -o b.key
  [ "$output" = "$(cess-chain key address -j b.key)" ]
  run -2 --separate-stderr cess-chain key new -o a.key
  [[ "$stderr" == *"exists"* ]]
  [ "$(cess-chain key new | cess-chain key address | wc -c)" = 50 ]
  [ "$(cess-chain key new)" != "$(cess-chain key new)" ]
}

@test "the address of a seed is the one that openssl's public key has" {
  key_of_seed
  cess-chain convert -j "0x$public" >forms
  address="$(jq -r .address forms)"
  [ "$(jq -r .account forms)" = "$public" ]
  echo "{\"schema\":\"cess.account_key/1\",\"kind\":\"ed25519\",\"secret\":\"$seed\",\"address\":\"$address\"}" >a.key
  chmod 600 a.key
  run_quiet cess-chain key address a.key
  [ "$output" = "$address" ]
}

@test "a key file that others may read, or whose address is another's, is refused" {
  cess-chain key new -o a.key >/dev/null
  chmod 644 a.key
  run -4 --separate-stderr cess-chain key address a.key
  [[ "$stderr" == *"'a.key'"* ]]
  chmod 600 a.key
  jq -c --arg other "$(cess-chain key new | cess-chain key address)" '.address = $other' a.key >b.key
  chmod 600 b.key
  run -3 --separate-stderr cess-chain key address b.key
  [[ "$stderr" == *"address is not the secret's"* ]]
  secret="$(jq -r .secret a.key)"
  [[ "$stderr" != *"$secret"* ]]
}

@test "addresses and amounts convert, and mistyped ones are refused" {
  run_quiet cess-chain convert 1.5CESS
  [ "${lines[0]}" = "base_units 1500000000000000000" ]
  run_quiet cess-chain convert 1500000000000000000
  [ "${lines[1]}" = "tokens 1.5" ]
  address="$(cess-chain key new | cess-chain key address)"
  run_quiet cess-chain convert -j "$address"
  hex="$(jq -r .account <<<"$output")"
  run_quiet cess-chain convert -j "$hex"
  [ "$(jq -r .address <<<"$output")" = "$address" ]
  # The address of the substrate documentation's Alice, under its generic prefix 42: another network.
  run -3 --separate-stderr cess-chain convert 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY
  [[ "$stderr" == *"another network"* ]]
  run -3 --separate-stderr cess-chain convert "${address%?}$(tr 1-9a-z 2-91b-za <<<"${address: -1}" | tr A-Z a)"
  run -3 --separate-stderr cess-chain convert 1.5000000000000000001CESS
  [ -z "$output" ]
}

@test "a transaction is built, signed and decoded in three places" {
  for kind in ed25519 secp256k1; do
    cess-chain key new --kind "$kind" -o "$kind.key" >"$kind.address"
    build "$(cat "$kind.address")" >body.json
    run_quiet cess-chain tx sign -k "$kind.key" body.json
    echo "$output" >txn.json
    run_quiet cess-chain decode "$(jq -r .txn txn.json)"
    [ "$(jq -r '.txn.call, .txn.args.amount, .signature_valid' <<<"$output" | tr '\n' ' ')" = \
      "accounts.transfer 5000000000000000000 true " ]
    [ "$(jq -r .hash <<<"$output")" = "$(jq -r .hash txn.json)" ]
  done
}

@test "one altered digit of a signed transaction is seen" {
  cess-chain key new -o a.key >a.address
  txn="$(build "$(cat a.address)" | cess-chain tx sign -k a.key | jq -r .txn)"
  # The last digit of the amount, and of the signature.
  for at in 20 120 $((${#txn} - 1)); do
    digit="${txn:at:1}"
    other="$(tr 0-9a-f 1-9a-f0 <<<"$digit")"
    run --separate-stderr cess-chain decode "${txn:0:at}$other${txn:at+1}"
    [ "$status" = 3 ] || [ "$(jq -r .signature_valid <<<"$output")" = false ]
  done
  run -3 --separate-stderr cess-chain decode "${txn:0:-2}"
  [[ "$stderr" == *"cannot decode"* ]]
}

# le32 N: four bytes, the lowest first.
le32() { printf '%08x' "$1" | fold -w 2 | tac | tr -d '\n'; }

@test "what nodes say to each other is decoded, with the frames around it; not cut, nor on another channel" {
  cess-chain key new -o a.key >a.address
  build "$(cat a.address)" | cess-chain tx sign -k a.key >txn.json
  txn="$(jq -r .txn txn.json)"
  message="070100$(le32 $((${#txn} / 2)))$txn"
  run_quiet cess-chain decode "$message"
  [ "$(jq -r '.kind, .message.name, .message.txns[0].hash' <<<"$output" | paste -sd ' ')" = \
    "node_message transactions $(jq -r .hash txn.json)" ]
  size="$(le32 $((${#message} / 2)))"
  hello=030000000000017d76 # as doc/formats/peer.md has it
  run_quiet cess-chain decode "$hello${size}0400$message"
  [ "$(jq -r '.messages | .[0].port, .[1].channel, .[1].txns[0].hash' <<<"$output" | paste -sd ' ')" = \
    "30333 4 $(jq -r .hash txn.json)" ]
  # In two chunks, and a ping between them.
  first="${message:0:40}" rest="${message:40}"
  run_quiet cess-chain decode "140000000401${first}01000000000002$(le32 $((${#rest} / 2)))0400$rest"
  [ "$(jq -r '.messages[].name' <<<"$output" | paste -sd ' ')" = "ping transactions" ]
  for wrong in "${size}0400${message:0:-2}" "${size}0300$message" "${size}0402$message" "${size}0401$message" \
    "${hello:0:-2}" "${message}00" "0e${message:2}"; do
    run -3 --separate-stderr cess-chain decode "$wrong"
    [[ "$stderr" == *"cannot decode"* ]]
  done
  # As doc/formats/node-messages.md has it.
  run_quiet cess-chain decode "000500000000000000$(printf 'ab%.0s' {1..32})01000000000000000000000000000000"
  [ "$(jq -r '.message | .name, .height, .oldest' <<<"$output" | paste -sd ' ')" = "head 5 1" ]
}

@test "somebody else's key does not sign, and unknown calls and arguments are usage errors" {
  cess-chain key new -o a.key >a.address
  cess-chain key new -o b.key >/dev/null
  build "$(cat a.address)" >body.json
  run -3 --separate-stderr cess-chain tx sign -k b.key body.json
  [ -z "$output" ]
  base=(--sender "$(cat a.address)" --nonce 0 --valid-until 1 --genesis "$(printf '00%.0s' {1..32})")
  run -2 --separate-stderr cess-chain tx build accounts.transfr to=x "${base[@]}"
  [[ "$stderr" == *"unknown call"* ]]
  run -2 --separate-stderr cess-chain tx build accounts.transfer amont=1 "${base[@]}"
  [[ "$stderr" == *"amont"* ]]
  run -2 --separate-stderr cess-chain tx build accounts.transfer amount=1 "${base[@]}"
  [[ "$stderr" == *"to"* ]]
}

@test "specifications of both presets are whole, and differ" {
  cess-chain spec >main.json
  cess-chain spec --preset dev >dev.json
  [ "$(jq -r .schema main.json)" = cess.spec/1 ]
  [ "$(jq -r '.params | keys | length' main.json)" -gt 5 ]
  [ "$(jq -c '.params | map_values(keys)' main.json)" = "$(jq -c '.params | map_values(keys)' dev.json)" ]
  ! cmp -s main.json dev.json
}

@test "every call and every item says what it takes" {
  run_quiet cess-chain tx calls -j
  [ "$(jq -r .call <<<"$output" | sort | uniq -d | wc -l)" = 0 ]
  [ "$(jq -r .call <<<"$output" | wc -l)" -gt 40 ]
  run_quiet cess-chain items -j
  [ "$(jq -r .item <<<"$output" | sort | uniq -d | wc -l)" = 0 ]
  # A call's arguments may be given by what the list says.
  [[ "$(cess-chain tx calls)" == *"accounts.transfer  to:account amount:amount"* ]]
}

@test "no node: exit 5, a hint, nothing on stdout" {
  cess-chain key new -o a.key >a.address
  for args in "status" "show head" "list accounts.account" "watch --heads" \
    "tx transfer --to $(cat a.address) --amount 1 -k a.key"; do
    # shellcheck disable=SC2086
    run -5 --separate-stderr cess-chain $args --node http://127.0.0.1:9
    [ -z "$output" ]
    [[ "$stderr" == *"hint: is a node running"* ]]
  done
}

@test "a proof that is none is refused, with and without a checkpoint of the right form" {
  echo '{"schema":"cess.state_proof/1"}' >p.json
  run -2 --separate-stderr cess-chain verify p.json
  run -2 --separate-stderr cess-chain verify p.json --checkpoint 12
  run -3 --separate-stderr cess-chain verify p.json --checkpoint "$(printf '00%.0s' {1..32})"
  [[ "$stderr" == *"genesis"* ]]
}

@test "a network's parameters: known names and values that a chain can begin with, or no folder" {
  for param in system.blocks=3 blocks_per_epoch=3 system.blocks_per_epoch=many system.blocks_per_epoch; do
    run --separate-stderr cess-chain devnet -d net --validators 1 --param "$param"
    [ "$status" = 2 ] || [ "$status" = 3 ] || { echo "$param: exit $status" && return 1; }
    [ ! -e net ]
  done
  run_quiet cess-chain devnet -d net --validators 1 --param system.blocks_per_epoch=7 --host 127.3.2.1
  [ "$(jq .params.system.blocks_per_epoch net/node-0/spec.json)" = 7 ]
  [ "$(jq -r .rpc net/node-0/config.json)" = 127.3.2.1:30301 ]
  run -4 --separate-stderr cess-chain status --node net/node-0
  [[ "$stderr" == *"hint: is a node running"* ]]
}
