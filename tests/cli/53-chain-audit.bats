#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A real node, a real miner with one tagged fragment: its cron line, a false proof judged again off line, exports,
# audits of transactions. Times are never waited for: blocks are.
load helper

next_block() { cess-chain watch --heads --count 1 --node net/node-0 >/dev/null; }
send() { cess-chain tx call -k "$1" --wait included "${@:2}" >/dev/null; }

# A chain of one validator, a miner, a territory, a tagger, and a file of one fragment that the miner keeps. No fines: a
# miner whose stake ran short while the machine was busy would be drawn for no second file.
setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  PATH="${CESS_BIN:-$BATS_TEST_DIRNAME/../../build/bin}:$PATH"
  cess-chain devnet --validators 1 -d net --host "$(own_host)" --block-ms 100 --param system.blocks_per_epoch=60 \
    --param files.deal_blocks=100000 --param files.kept_blocks=1000000 \
    --param audits.exit_failures=1000000 --param audits.second_failure=0 --param audits.later_failure=0 \
    --param records.register_on=true >/dev/null
  mkfifo ready
  cess-chain run -d net/node-0 --ready-fd 9 9>ready >out 2>log 3>&- &
  echo $! >pid
  read -r <ready
  export CESS_NODE="$PWD/net/node-0"
  genesis="$(cess-chain status -j | jq -r .genesis)"
  cess-chain key new -o miner.key >miner
  account="$(cess-chain key address -j miner.key | jq -r .account)"
  owner="$(cess-chain key address net/faucet.key)"
  cess-chain tx transfer -k net/faucet.key --to "$(cat miner)" --amount 5000 --wait included >/dev/null
  send miner.key miners.register endpoint=127.0.0.1:1 ip=00000000000000000000ffff7f000001 region=DE \
    sign_key="$account" declared=1073741824 stake=2000CESS
  send net/faucet.key territory.mint name=home gib=1 days=30
  register_tagger
  cess-store -s disk init --capacity 64MiB --miner "$account" >/dev/null
  declare_file 200000
}

# The tagger's own key signs that it belongs to the account.
register_tagger() {
  cess-tag keygen -o tagger.key >tagger
  local t
  t="$(cess-tag inspect tagger.pub)"
  { printf 302e020100300506032b657004220420; jq -r .sign_seed tagger.key; } | tr -d '\n' | xxd -r -p |
    openssl pkey -inform DER -out sign.pem
  { printf CESS-TAGGER-REGISTER-v1; { echo "$genesis"; cess-chain key address -j net/faucet.key | jq -r .account
    cat tagger; } | xxd -r -p; } >message
  send net/faucet.key taggers.register cls=owner attestation=none document= endpoint=127.0.0.1:2 \
    sign_key="$(jq -r .sign_key <<<"$t")" v="$(jq -r .v <<<"$t")" w="$(jq -r .w <<<"$t")" \
    list_hash="$(jq -r .list_hash <<<"$t")" \
    possession="$(openssl pkeyutl -sign -rawin -inkey sign.pem -in message | xxd -p -c 64)"
}

# declare_file BYTES: as random ones, that the miner keeps.
declare_file() {
  local m nonce deal
  random_file plain "$1"
  cess-encode --public --profile 1+0 --mask none --fragment-size 256KiB plain | cess-tag -k tagger.key >bundle.tar
  m="$(cess-encode inspect bundle.tar)"
  jq -r .fid <<<"$m" >fid
  send net/faucet.key files.declare --args "$(jq -c --arg o "$owner" \
    --arg h "$(tar xOf bundle.tar manifest.json | sha256sum | cut -d' ' -f1)" '{owner: $o, fid, file_id, manifest: $h,
      length, profile: (.profile | {k, m, copies, matrix, fragment_size}), territory: "home", visibility: "public",
      rule: {regions: [], allow: [], deny: [], polygon: []}, certificate: null, capsule: "00",
      roots: [.segments[].roots[]]}' <<<"$m")"
  until cess-chain show slot "$(cat fid)" 0 0 >/dev/null 2>&1; do next_block; done
  cess-store -s disk put bundle.tar >/dev/null
  nonce="$(tar xOf bundle.tar tags/00000000-000-000.tag | dd bs=1 skip=126 count=16 status=none | xxd -p)"
  deal="$(cess-chain show file "$(cat fid)" -j | jq -r .deal)"
  send miner.key files.report --args "$(jq -nc --arg fid "$(cat fid)" --argjson deal "$deal" --arg t "$(cat tagger)" \
    --arg n "$nonce" '{receipts: [{fid: $fid, deal: $deal, stripe: 0, column: 0, tagger: $t, nonces: [$n],
      signature: ""}]}')"
}

setup() {
  cd "$BATS_FILE_TMPDIR" || return 1
  export CESS_NODE="$PWD/net/node-0"
}
teardown_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  [ ! -f pid ] || kill -9 "$(cat pid)" 2>/dev/null || true
}

# The cron line; $1 stands between challenge and proof, $2 between proof and transaction.
answer() {
  cess-chain show challenge --miner "$(cat miner)" | "${1:-cat}" | cess-prove prove -s disk | "${2:-cat}" |
    cess-chain tx submit-proof -k miner.key
}
# until_result OUTCOME [FILTER]: answers each window until an epoch ends so, and prints that epoch. A window that
# went by while the machine was busy is a missed audit, not a failed test.
until_result() {
  local found
  while true; do
    found="$(cess-chain list audits.result | jq -r "select(.outcome == \"$1\") | .key[0]" | tail -1)"
    [ -z "$found" ] || break
    answer cat "${2:-cat}" >/dev/null 2>&1 || true
    next_block
  done
  echo "$found"
}

@test "the cron line: asked, proven, submitted, passed; with nothing to answer it says so and ends with 0" {
  until_result passed >/dev/null
  # Whatever the moment, the line ends well: now, early, submitted or judged. Only a window that closes while the
  # proof is on its way is a no.
  set -o pipefail
  until answer >/dev/null 2>&1; do next_block; done
  none="$(jq -nc --arg m "$(cess-chain key address -j miner.key | jq -r .account)" \
    '{schema: "cess.no_challenge/1", miner_id: $m, why: "of peace"}')"
  cess-prove prove -s disk <<<"$none" >copied
  [ "$(cat copied)" = "$none" ]
  run --separate-stderr -0 cess-chain tx submit-proof -k miner.key copied
  [ -z "$output" ]
  [ "$stderr" = "cess-chain: nothing to answer now: of peace" ]
  run_quiet -0 cess-chain tx submit-proof -q -k miner.key <<<"$none"
  # Silence is not peace: something upstream failed.
  run -3 --separate-stderr cess-chain tx submit-proof -k miner.key </dev/null
}

@test "watch tells systemd that it works, has /health and /metrics, and ends well" {
  mkdir watcher
  jq -n '{schema: "cess.miner/1", node: ["../net/node-0"], account_key: "../miner.key", store: "../disk",
    prover_listen: "127.0.0.1:0"}' >watcher/config.json
  mkfifo heard
  python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("\0" + sys.argv[1])
print("bound", flush=True)
print(s.recv(64).decode(), flush=True)' "cess-watch-$$" >heard 3>&- &
  exec 8<heard
  read -r line <&8
  [ "$line" = bound ]
  NOTIFY_SOCKET="@cess-watch-$$" cess-prove watch -d watcher >watch.out 2>watch.err 3>&- 8>&- &
  pid=$!
  read -r line <&8
  exec 8<&-
  [ "$line" = READY=1 ]
  [ "$(jq -r '.schema, .role' watch.out | xargs)" = "cess.listening/1 prover" ]
  at="http://$(jq -r .listen watch.out)"
  [ "$(curl -fsS "$at/health" | jq -r '.schema, .ok' | xargs)" = "cess.prover_health/1 true" ]
  curl -fsS "$at/metrics" >metrics
  grep -qx 'cess_prover_healthy 1' metrics
  grep -qx '# TYPE cess_prover_answers_total counter' metrics
  [ "$(curl -s -o none -w '%{http_code}' "$at/other")" = 404 ]
  [ "$(curl -s -o none -w '%{http_code}' -X POST "$at/metrics")" = 405 ]
  kill "$pid"
  wait "$pid"
  refused 3 "listen" cess-prove watch -d watcher --listen nowhere
}

@test "export: items and events, as JSON and as CSV; audit: who sent what" {
  run_quiet cess-chain export accounts
  [ "$(jq -r .key[0] <<<"$output" | sort)" = "$(cess-chain list account | jq -r .key[0] | sort)" ]
  run -2 --separate-stderr cess-chain export files --format csv -j
  run_quiet cess-chain export files --format csv
  [ "$(head -1 <<<"$output" | cut -d, -f1,2)" = key.0,state ]
  [ "$(python3 -c 'import csv, sys; print(next(csv.DictReader(sys.stdin))["key.0"])' <<<"$output")" = "$(cat fid)" ]
  run_quiet cess-chain export events --filter files.stored
  [ "$(jq -r '.data.fid' <<<"$output")" = "$(cat fid)" ]
  height="$(jq -r .height <<<"$output")"
  [ -z "$(cess-chain export events --filter files.stored --from $((height + 1)))" ]
  [ -z "$(cess-chain export events --filter files.stored --to $((height - 1)))" ]
  run -2 --separate-stderr cess-chain export acounts
  [[ "$stderr" == *"did you mean"* ]]
  run_quiet cess-chain audit -j --account "$(cat miner)"
  [ "$(jq -s 'map(.count) | add' <<<"$output")" -ge 2 ]
  run_quiet cess-chain audit -j --what types --account "$(cat miner)"
  jq -r .call <<<"$output" | grep -qx miners.register
  # Nobody is registered, and this chain counts that.
  run_quiet cess-chain audit --what unregistered --csv
  [[ "$output" == *"$(cat miner)"* ]]
  run --separate-stderr -0 cess-chain audit --what unlisted
  [[ -z "$output" && "$stderr" == *"white_list_on"* ]]
  [ -z "$(cess-chain audit --day 1999-12-31)" ]
  run -2 --separate-stderr cess-chain audit --day 2026-13-01
}

# One digit of y, which no point depends on.
falsify() {
  jq -c 'if .groups then .groups[0].proof |= (.[0:200] + (if .[200:201] == "0" then "1" else "0" end) + .[201:])
    else . end'
}

@test "a false proof is rejected by the chain, and cess-prove comes to the same verdict off line" {
  epoch="$(until_result false falsify)"
  run_quiet cess-chain show audit "$(cat miner)" "$epoch"
  echo "$output" >rejected.json
  [ "$(jq -r .schema rejected.json)" = cess.proof/1 ]
  [ "$(jq -r .challenge.epoch rejected.json)" = "$epoch" ]
  reason="$(cess-chain show audits.result "$epoch" "$(cat miner)" -j | jq -r .reason)"
  [ "$reason" = equation ]
  run --separate-stderr -1 bash -c "cess-chain show audit $(cat miner) $epoch | cess-prove verify --tagger tagger.pub"
  [[ "$output" == *equation* ]]
  # The fragment could not be meant otherwise: it is lost.
  [ "$(cess-chain show file "$(cat fid)" -j | jq -r .state)" = lost ]
  run -3 --separate-stderr cess-chain tx submit-proof -k net/faucet.key rejected.json
  [[ "$stderr" == *"the key of"* ]]
}

@test "a proof of an earlier epoch is not sent; put into the answer to a new challenge it is false" {
  owner="$(cess-chain key address net/faucet.key)"
  declare_file 150000
  # A true answer that names the fragment, and a later window.
  kept() { tee proof.json; ! jq -e .groups proof.json >/dev/null || cp proof.json old.json; }
  until [ -e old.json ]; do answer cat kept >/dev/null 2>&1 || true; next_block; done
  old="$(jq .challenge.epoch old.json)"
  until [ "$(cess-chain list audits.result | jq -s 'map(.key[0] | tonumber) | max')" -gt "$old" ]; do
    answer >/dev/null 2>&1 || true
    next_block
  done
  # Whether the old epoch was judged or slipped by, it is not sent.
  run --separate-stderr cess-chain tx submit-proof -k miner.key old.json
  [[ "$stderr" == *"nothing to answer now"* || "$stderr" == *"too late or too early"* ]]
  replayed() { jq -c --slurpfile old old.json 'if .groups then .groups = $old[0].groups else . end'; }
  epoch="$old"
  until [ "$epoch" -gt "$old" ]; do
    answer cat replayed >/dev/null 2>&1 || true
    next_block
    epoch="$(cess-chain list audits.result | jq -s 'map(select(.outcome == "false") | .key[0] | tonumber) | max')"
  done
  cess-chain show audit "$(cat miner)" "$epoch" >rejected.json
  [ "$(jq -c '[.groups[].proof]' rejected.json)" = "$(jq -c '[.groups[].proof]' old.json)" ]
  [ "$(cess-chain show audits.result "$epoch" "$(cat miner)" -j | jq -r .reason)" = equation ]
  [ "$(cess-chain show file "$(cat fid)" -j | jq -r .state)" = lost ]
}

@test "show validator, an account without tokens, watch --from" {
  # A territory by its number, and as its owner calls it.
  owner="$(cess-chain key address net/faucet.key)"
  number="$(cess-chain show territory_name "$owner" home -j | jq .value)"
  [ "$(cess-chain show territory "$number" -j | jq -r .name)" = home ]
  [ "$(cess-chain show territory "$owner" home -j | jq -c .key)" = "[\"$number\"]" ]
  run -2 --separate-stderr cess-chain show territory home
  [ "$(cess-chain show era -j | jq .era)" = "$(cess-chain status -j | jq .era)" ]
  # What is no name of anything is found where it stands.
  for hash in "$(cess-chain show file "$(cat fid)" -j | jq -r .manifest)" \
    "$(cess-chain show committee -j | jq -r '.members[0].vrf_key')"; do
    run_quiet cess-chain show "$hash" -j
    [[ "$output" == *'"item":'*"$hash"* ]]
  done
  # A letter of the wrong size in an Ethereum address is a mistyped one (EIP-55).
  e=0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed
  [ "$(cess-chain convert "$e")" = "$(cess-chain convert "${e,,}")" ]
  run -3 --separate-stderr cess-chain show account "${e/5aA/5Aa}"
  [[ "$stderr" == *"wrong checksum"* ]]
  run -3 --separate-stderr cess-chain convert "${e/5aA/5Aa}"
  run -1 --separate-stderr cess-chain show "$(printf 'e%.0s' {1..64})"
  run -1 --separate-stderr cess-chain show era 100000
  [[ "$stderr" == *"era 100000 has not begun: it is era "* ]]
  run_quiet cess-chain show validator "$(cess-chain status -j | jq -r .account)" -j
  [ "$(jq -r .on_duty <<<"$output")" = true ]
  run -3 --separate-stderr bash -c 'cess-chain key new | cess-chain tx transfer --to "$(cat miner)" --amount 5'
  [[ "$stderr" == *"hint: send tokens to 'cX"*faucet.key* ]]
  run -0 --separate-stderr bash -c \
    'cess-chain key new | cess-chain tx transfer --to "$(cat miner)" --amount 5 --faucet net/faucet.key'
  [[ "$stderr" == *"faucet $owner gave 15 CESS to cX"* ]]
  run_quiet cess-chain watch --events miners.registered --from 1 --count 1
  [ "$(jq -r '.schema + " " + .event' <<<"$output")" = "cess.event/1 registered" ]
  run_quiet cess-chain watch --heads --count 1
  [ "$(jq -r .schema <<<"$output")" = cess.head/1 ]
  run_quiet cess-chain decode "$(cess-chain show head -j | jq -r .certificate_bytes)"
  [ "$(jq -r '.kind, .certificate.kind' <<<"$output" | tr '\n' ' ')" = "certificate commit " ]
  run_quiet cess-chain decode "03$(cess-chain show head -j | jq -r .certificate_bytes)"
  [ "$(jq -r '.message | .name, .certificate.kind' <<<"$output" | tr '\n' ' ')" = "certificate commit " ]
  # One of both may be torn at this moment, or not be there yet.
  found=""
  for slot in net/node-0/data/voter-*; do
    found+="$(cess-chain decode "$slot" 2>/dev/null | jq -r '.kind + " " + .chain')"
  done
  [[ "$found" == *"voter_record $(cess-chain status -j | jq -r .genesis)"* ]]
  proof="$(cess-chain show account "$(cat miner)" --prove)"
  run_quiet cess-chain decode <<<"$proof"
  [ "$(jq -r '.parts.entry.item, .parts.header_bytes.kind' <<<"$output" | tr '\n' ' ')" = "accounts.account header " ]
  run_quiet cess-chain decode "$(jq -r .raw_key <<<"$proof")"
  [ "$(jq -r .key[0] <<<"$output")" = "$(cat miner)" ]
  run_quiet cess-chain decode --item account "$(jq -r .raw_value <<<"$proof")"
  [ "$(jq -r '.value | has("free")' <<<"$output")" = true ]
}

@test "an Ethereum address that its wallet has bound names the account it is bound to" {
  cess-chain key new --kind secp256k1 -o ethereum.key >own
  e="$(cess-chain key address -j ethereum.key | jq -r .ethereum)"
  [ "$(cess-chain convert -j "$e" | jq -r .address)" = "$(cat own)" ]
  # Money sent there before goes along.
  cess-chain tx transfer -k net/faucet.key --to "$e" --amount 3 --wait included >/dev/null
  run_quiet cess-chain show account "$e" -j
  [ "$(jq -r '.key[0], .free' <<<"$output" | tr '\n' ' ')" = "$(cat own) 3000000000000000000 " ]
  cess-chain key new -o owner.key >owner
  bind() { cess-chain tx bind-ethereum -k "${1:-owner.key}" --wait included "${@:2}"; }
  for wrong in "" "--text --ethereum-key ethereum.key" "--address $e" "--signature 00"; do
    # shellcheck disable=SC2086
    run -2 --separate-stderr bind owner.key $wrong
  done
  run_quiet cess-chain tx bind-ethereum --text -k owner.key
  [[ "$output" == *"$(cat owner)"*"$(cess-chain status -j | jq -r .genesis)" ]]
  wallet() { python3 -I "$BATS_TEST_DIRNAME/wallet.py" "$(jq -r .secret ethereum.key)" "$1"; }
  # Of another text: the chain would bind an address that nobody has.
  run -3 --separate-stderr bind owner.key --address "$e" --signature "0x$(wallet "$output.")"
  [[ "$stderr" == *"--signature: not of $e under the text"* ]]
  signature="0x$(wallet "$(cess-chain tx bind-ethereum --text -k owner.key)")"
  run_quiet -0 bash -c 'cess-chain tx bind-ethereum -k owner.key --address "$1" --signature "$2" -q \
    --faucet net/faucet.key --wait included' - "$e" "$signature"
  # From now on it is another name of the account.
  for address in "$e" "0x$(cess-chain show bound_address "$(cat owner)" -j | jq -r .value)"; do
    for words in "account $address" "$address"; do
      # shellcheck disable=SC2086
      [ "$(cess-chain show $words -j | jq -r '.key[0]')" = "$(cat owner)" ]
    done
  done
  before="$(cess-chain show account "$(cat owner)" -j | jq -r .free)"
  [ "${#before}" = 20 ] # 3, and 10 of the faucet, but for fees
  [ "${before:0:2}" = 12 ]
  cess-chain tx transfer -k net/faucet.key --to "$e" --amount 2 --wait included >/dev/null
  [[ "$(cess-chain show account "$(cat owner)" -j | jq -r .free)" == 14* ]]
  [ "$(cess-chain audit --what types --account "$e" -j | jq -r .call)" = accounts.bind_ethereum ]
  [ "$(cess-chain show account "$(cat own)" -j 2>/dev/null | jq -r .free)" != 3000000000000000000 ]
  # In lists and in records of a call's arguments, too: both calls fail, and say whom they named.
  run -1 --separate-stderr cess-chain tx call records.register "accounts=[\"$(cat own)\",\"$e\"]" -k owner.key \
    --wait included
  [[ "$stderr" == *"only an operator"* ]]
  [ "$(cess-chain show "${output%% *}" -j | jq -r '.txn.args.accounts[1]')" = "$(cat owner)" ]
  run -1 --separate-stderr cess-chain tx call probes.report slot=1 "verifier=$(cat own)" \
    "verdicts=[{\"miner\":\"$e\",\"passed\":true,\"latency\":\"fast\"}]" "signature=$(printf '00%.0s' {1..48})" \
    -k owner.key --wait included
  [ "$(cess-chain show "${output%% *}" -j | jq -r '.txn.args.verdicts[0].miner')" = "$(cat owner)" ]
  # Once and for ever; with the key itself as well.
  run -1 --separate-stderr bind owner.key --ethereum-key ethereum.key
  [[ "$stderr" == *"already bound"* ]]
  cess-chain key new -o other.key >other
  cess-chain key new --kind secp256k1 -o second.key >/dev/null
  run -3 --separate-stderr bind other.key --ethereum-key other.key
  bind other.key -q --ethereum-key second.key --faucet net/faucet.key >/dev/null
  e="$(cess-chain key address -j second.key | jq -r .ethereum)"
  [ "$(cess-chain show "$e" -j | jq -r '.key[0]')" = "$(cat other)" ]
}

@test "list takes the first parts of a key as people write them" {
  account="$(cess-chain key address -j miner.key | jq -r .account)"
  for form in "$(cat miner)" "$account" "0x$account"; do
    [ "$(cess-chain list accounts.account "$form" | jq -r '.key[0]')" = "$(cat miner)" ]
  done
  day="$(cess-chain list records.day | jq -s '.[-1].key[0]')"
  [ "$(cess-chain list records.day "$day" | jq -s 'length > 0 and all(.key[0] == '"$day"')')" = true ]
  run -2 --separate-stderr cess-chain list accounts.account "$account" "$account"
  [[ "$stderr" == *"'accounts.account': want up to 1 key part: account" ]]
  run -3 --separate-stderr cess-chain list accounts.account "$(cat miner)x"
  # A name longer than any that is kept is refused by a node that goes on.
  run -3 --separate-stderr cess-chain show territory_name "$account" "$(printf 'a%.0s' {1..300})"
  cess-chain status >/dev/null
}
