# SPDX-License-Identifier: Apache-2.0
# Adds .ratios: every rate beside its ceiling of the same run, for each number of threads; and
# .targets: what was promised, what was measured, and whether it holds.

# The measured rate: bytes per second if the benchmark counts bytes, else runs per second.
def rate: .bytes_per_second // .items_per_second // (1e9 / .ns);

# One benchmark by name on one thread; empty if it was not run.
def one($name): .micro[] | select(.name == $name and .threads == 1);
def process($name): .process[] | select(.name == $name and (.absent | not));
def net($validators): (.chain // [])[] | select(.validators == $validators and .load != "mixed");
def mixed($validators): (.chain // [])[] | select(.validators == $validators and .load == "mixed");
def through($name): (.network // [])[] | select(.name == $name).mb_per_s;
def at_least($what; $unit; $least; $measured):
  {what: $what, unit: $unit, target: $least, sense: ">=", measured: $measured,
   met: ($measured >= $least)};
def at_most($what; $unit; $most; $measured):
  {what: $what, unit: $unit, target: $most, sense: "<=", measured: $measured,
   met: ($measured <= $most)};

[
  {name: "rs/encode-strip/4+8", ceiling: "rs/isal-in-cache/4+8"},
  {name: "rs/encode-8MiB/4+8", ceiling: "rs/memory-8MiB/4+8"},
  {name: "rs/rebuild-8MiB/4+8", ceiling: "rs/memory-8MiB/4+8"},
  {name: "merkle/fragment-root-8MiB", ceiling: "merkle/sha256-many-16x4KiB"},
  {name: "merkle/sha256-many-16x4KiB", ceiling: "merkle/sha256-flat-8MiB"},
  {name: "state-tree/update-at-1e6/20000", ceiling: "state-tree/bare-hashes/20000"},
  {name: "sha256_many/avx512/12", ceiling: "sha256_many/openssl/12"},
  {name: "sha256_many/shani/12", ceiling: "sha256_many/openssl/12"},
  {name: "aes-256-gcm/seal/65520", ceiling: "aes-256-ctr/65536"},
  {name: "BM_inner_product/ifma", ceiling: "BM_inner_product/reference"},
  {name: "BM_inner_product/portable", ceiling: "BM_inner_product/reference"}
] as $named
| .micro as $micro
| ($named + [$micro[].name | select(endswith("/ceiling"))
             | {name: rtrimstr("/ceiling"), ceiling: .}] | unique) as $pairs
| . + {ratios: [
    $pairs[] as $pair
    | $micro[] | select(.name == $pair.name) as $ours
    | $micro[] | select(.name == $pair.ceiling and .threads == $ours.threads)
    | {name: $ours.name, threads: $ours.threads, rate: ($ours | rate),
       unit: (if $ours.bytes_per_second then "B/s" else "1/s" end),
       ceiling_name: .name, ceiling: rate, ratio: (($ours | rate) / rate)}
  ] | unique}
# A tag of 32 blocks of 256 KiB beside the sum of its parts, each measured alone and one by one; work on
# several points at once may beat it.
| .ratios += [
    one("BM_tag_fragment") as $tag
    | ([one("BM_inner_product/ifma"), one("BM_inner_product/portable")] | max_by(.bytes_per_second)) as $inner
    | (8388608e9 / $inner.bytes_per_second
       + 32 * ([one("BM_hash_to_g1", "BM_mul_secret", "BM_mul_fixed_base").ns] | add)) as $parts
    | {name: "BM_tag_fragment", threads: 1, rate: $tag.bytes_per_second, unit: "B/s",
       ceiling_name: "its parts, one by one", ceiling: (8388608e9 / $parts),
       ratio: ($tag.bytes_per_second * $parts / 8388608e9)}]
# Whole nodes beside the signatures that the machine could check if it did nothing else.
| .ratios += [(.chain // [])[] | select(.limit_per_s)
    | {name: "\(.validators) validators, \(.load)", threads: .validators, rate: .finalised_per_s, unit: "1/s",
       ceiling_name: "signatures of all cores", ceiling: .limit_per_s, ratio: .of_limit}]
| . as $found
| . + {targets: [
    (process("cess-encode, 1 thread, no output")
      | at_least("encode 4+8 per core, no output"; "MB/s"; 600; .input_bytes / .cpu_seconds / 1e6)),
    (process("cess-encode, 1 thread, no output, masked")
      | at_least("the same, masked"; "MB/s"; 450; .input_bytes / .cpu_seconds / 1e6)),
    ([process("cess-encode, 1 thread, no output").seconds, process("cess-encode, 2 threads, no output").seconds]
      | select(length == 2)
      | at_least("2 threads against 1, no output"; "x"; 1.8; .[0] / .[1])),
    ([process("restic backup").seconds, process("cess-encode").seconds] | select(length == 2)
      | at_least("faster than restic"; "x"; 1; .[0] / .[1])),
    ([process("rclone crypt").seconds, process("cess-encode").seconds] | select(length == 2)
      | at_least("faster than rclone crypt"; "x"; 1; .[0] / .[1])),
    ([process("upstream-like").seconds, process("cess-encode").seconds] | select(length == 2)
      | at_least("faster than upstream's order of steps"; "x"; 6; .[0] / .[1])),
    ("encode/4+8-unmasked", "encode/4+8-masked" | . as $name
      | [$found.ratios[] | select(.name == $name and .threads == 1)][0] | select(.)
      | at_least("\($name) of its stages' sum"; "x"; 0.75; .ratio)),
    (one("BM_tag_fragment") | at_least("tagging per core"; "MB/s"; 600; .bytes_per_second / 1e6)),
    (one("BM_verify_512") | at_most("verify one proof of 512 blocks"; "ms"; 25; .ns / 1e6)),
    ([one("BM_judge_batch/10").ns, one("BM_judge_batch/1000").ns] | select(length == 2)
      | at_most("pairing work per further miner"; "ms"; 0.1; (.[1] - .[0]) / 990 / 1e6)),
    (one("chain_audit/epoch") | select(.items_per_second)
      | at_most("audit on chain, 512 blocks a miner"; "ms"; 40; 1e3 / .items_per_second)),
    (one("chain_audit/epoch") | select(.items_per_second)
      | at_most("an epoch of 10,000 such audits, one core"; "s"; 400; 1e4 / .items_per_second)),
    (one("pois/layer-of-2") | at_least("labels kept of idle space per core, SHA instructions"; "MB/s"; 12;
      .bytes_per_second * 32 / (69 * 64) / 1e6)),
    ([$found.ratios[] | select(.name == "pois/layer-of-2" and .threads == 1)][0] | select(.)
      | at_least("the same, of bare compressions"; "x"; 0.85; .ratio)),
    (one("pois/verify-batch/2^25/1024-fillers")
      | at_most("judge a batch of 1,024 fillers of 1 GiB"; "ms"; 50; .ns / 1e6)),
    (one("pois/verify-epoch") | at_most("judge an epoch of a PiB of idle space"; "ms"; 2; .ns / 1e6)),
    (one("index/build-1e6") | at_most("service index of 10^6 fragments"; "s"; 10; .ns / 1e9)),
    (one("bench_challenge_find_open/1000000")
      | at_most("challenge, find and open 10^6 fragments"; "s"; 10; .ns / 1e9)),
    (one("state-tree/update-at-1e6/20000")
      | at_most("20,000 changes of a state of 10^6, and its root"; "ms"; 50; .ns / 1e6)),
    (one("state-tree/rebuild-1e6") | at_most("state tree of 10^6 from nothing"; "s"; 1; .ns / 1e9)),
    (one("chain-state/transfers-at-1e6") | select(.items_per_second)
      | at_most("10,000 transfers among 10^6 accounts"; "ms"; 150; 1e7 / .items_per_second)),
    (one("ed25519/verify") | at_most("Ed25519 verification"; "us"; 50; .ns / 1e3)),
    (one("bls/certificate-8-of-11") | at_most("certificate of 8 of 11"; "ms"; 1.2; .ns / 1e6)),
    (one("vrf/verify") | at_most("VRF verification"; "ms"; 0.4; .ns / 1e6)),
    (net(1) | select(.offered_per_s >= 10000)
      | at_least("transfers final, 1 validator"; "1/s"; 10000; .finalised_per_s)),
    (net(1) | at_most("CPU of 1,000 of them (more cannot reach it)"; "s"; 0.2;
      .cpu_s_per_1000_txns_per_validator)),
    (mixed(1) | select(.offered_per_s >= 5000)
      | at_least("mixed load final, 1 validator"; "1/s"; 5000; .finalised_per_s)),
    ([through("upload"), through("encode | tag")] | select(length == 2)
      | at_least("upload beside encode | tag alone"; "x"; 0.5; .[0] / .[1])),
    ([through("download"), through("upload")] | select(length == 2)
      | at_least("download beside upload"; "x"; 2; .[0] / .[1])),
    (net(11) | at_most("11 idle validators"; "cores"; 0.15; .idle_cores))
  ]}
