# SPDX-License-Identifier: Apache-2.0
# Adds .ratios: every rate beside its ceiling of the same run, for each number of threads. A pair is
# either named here or made by the suffix "/ceiling" of the ceiling's name.

# The measured rate: bytes per second if the benchmark counts bytes, else runs per second.
def rate: .bytes_per_second // .items_per_second // (1e9 / .ns);

[
  {name: "rs/encode-strip/4+8", ceiling: "rs/isal-in-cache/4+8"},
  {name: "rs/encode-8MiB/4+8", ceiling: "rs/memory-8MiB/4+8"},
  {name: "rs/rebuild-8MiB/4+8", ceiling: "rs/memory-8MiB/4+8"},
  {name: "merkle/fragment-root-8MiB", ceiling: "merkle/sha256-many-16x4KiB"},
  {name: "merkle/sha256-many-16x4KiB", ceiling: "merkle/sha256-flat-8MiB"}
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
