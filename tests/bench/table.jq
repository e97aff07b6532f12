# SPDX-License-Identifier: Apache-2.0
# The gathered benchmarks as text.

def pad($n): tostring | . + (" " * ([0, $n - length] | max));
def left($n): tostring | (" " * ([0, $n - length] | max)) + .;
def digits($n): . * pow(10; $n) | round / pow(10; $n);
def human:
  if . >= 1e9 then "\(. / 1e9 | digits(2)) G" elif . >= 1e6 then "\(. / 1e6 | digits(1)) M"
  elif . >= 1e3 then "\(. / 1e3 | digits(1)) k" else "\(digits(2)) " end;
def duration:
  if . >= 1e9 then "\(. / 1e9 | digits(2)) s" elif . >= 1e6 then "\(. / 1e6 | digits(2)) ms"
  elif . >= 1e3 then "\(. / 1e3 | digits(2)) µs" else "\(digits(1)) ns" end;

"\(.cpu), \(.cores) cores, \(.time)",
"",
("rate beside its ceiling" | pad(42)) + ("threads" | left(8)) + ("rate" | left(12))
  + ("ceiling" | left(12)) + ("ratio" | left(8)) + "  ceiling is",
(.ratios[] | (.name | pad(42)) + (.threads | left(8)) + (((.rate | human) + .unit) | left(12))
  + (((.ceiling | human) + .unit) | left(12)) + ((.ratio | digits(2)) | left(8))
  + "  " + .ceiling_name),
"",
(if (.targets | length) > 0 then
  ("target" | pad(42)) + ("wanted" | left(16)) + ("measured" | left(14)) + "  holds"
else empty end),
(.targets[] | (.what | pad(42)) + ("\(.sense) \(.target) \(.unit)" | left(16))
  + ("\(.measured | digits(2)) \(.unit)" | left(14)) + "  " + (if .met then "yes" else "NO" end)),
"",
("benchmark" | pad(42)) + ("threads" | left(8)) + ("time" | left(12)) + ("rate" | left(14)),
(.micro[] | (.name | pad(42)) + (.threads | left(8)) + ((.ns | duration) | left(12))
  + ((if .bytes_per_second then (.bytes_per_second | human) + "B/s"
      elif .items_per_second then (.items_per_second | human) + "/s" else "" end) | left(14))),
"",
(if (.process | length) > 0 then
  ("whole process" | pad(42)) + ("wall" | left(8)) + ("CPU" | left(9)) + ("MB/s" | left(7))
    + ("output" | left(9)) + "  what it does"
else empty end),
(.process[] | (.name | pad(42)) +
  (if .absent then "  not installed" else
    ("\(.seconds | digits(2)) s" | left(8)) + ("\(.cpu_seconds | digits(2)) s" | left(9))
    + (.mb_per_s | left(7))
    + (if .output_bytes > .input_bytes / 2 then "\(.output_bytes / .input_bytes | digits(2)) x" else "-" end
       | left(9))
    + "  " + .note end)),
"",
(if ((.chain // []) | length) > 0 then
  ("real nodes" | pad(18)) + ("offered/s" | left(11)) + ("final/s" | left(10)) + ("p50" | left(10))
    + ("p99" | left(10)) + ("CPU/1000 each" | left(15)) + ("idle cores" | left(12)) + "  load of the machine"
else empty end),
((.chain // [])[] | ("\(.validators) validators" + (if .load == "mixed" then " mix" else "" end) | pad(18)) + (.offered_per_s | left(11))
  + ((.finalised_per_s | round) | left(10)) + ("\(.p50_ms | round) ms" | left(10))
  + ("\(.p99_ms | round) ms" | left(10)) + ("\(.cpu_s_per_1000_txns_per_validator | digits(3)) s" | left(15))
  + ((.idle_cores | digits(3)) | left(12)) + "  " + .machine_load),
"",
(if ((.network // []) | length) > 0 then
  ("a file through a network" | pad(42)) + ("wall" | left(8)) + ("CPU" | left(9)) + ("MB/s" | left(7)) + "  load before"
else empty end),
((.network // [])[] | (.name | pad(42)) + ("\(.seconds | digits(2)) s" | left(8)) + ("\(.cpu_seconds | digits(2)) s" | left(9))
  + ((.mb_per_s | round) | left(7)) + "  \(.load_before)")
