#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The ISCC video unit of what FFmpeg's filter `signature` wrote: mpeg7_unit.py SIG.xml

The pairs that are compared are those of lib/fingerprint/iscc_tables.hpp, which published units check
(tests/vectors/fingerprint/iscc.txt); everything else here is written from ISO 24138, apart from the program."""
import base64
import pathlib
import re
import sys

tables = (pathlib.Path(__file__).parents[2] / "lib/fingerprint/iscc_tables.hpp").read_text()
pairs = [(int(a), int(b)) for a, b in re.findall(r"{(\d+), (\d+)}", tables[tables.index("kIsccWinners"):])]
assert len(pairs) == 256
text = pathlib.Path(sys.argv[1]).read_text()
frames = {tuple(map(int, f.split())) for f in re.findall("<FrameSignature>([^<]*)<", text)}
sums = [sum(values) for values in zip(*frames)]
assert len(sums) == 380
bits = "".join("1" if sums[b] > sums[a] else "0" for a, b in pairs)
raw = bytes([0x23, 0x07]) + int(bits, 2).to_bytes(32, "big")
print("ISCC:" + base64.b32encode(raw).decode().rstrip("="), len(frames))
