#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a cess.service_index/1 list of N entries, its root worked out here with hashlib.

    python3 tests/vectors/podr2/service_index.py 1000000 > list.jsonl
"""
import hashlib
import struct
import sys

sha = hashlib.sha256
entries = []
level = []
for i in range(int(sys.argv[1])):
    frag = sha(b"fragment %d" % i).digest()
    blocks = 1 + i % 32
    tagger = bytes(32) if i % 7 else b"\x11" * 32
    entries.append((frag, blocks, tagger))
    level.append((sha(b"\0" + frag + struct.pack("<I", blocks) + tagger).digest(), blocks))
while len(level) > 1:
    above = []
    for i in range(0, len(level) - 1, 2):
        (left, a), (right, b) = level[i], level[i + 1]
        above.append((sha(b"\1" + left + right + struct.pack("<QQ", a, b)).digest(), a + b))
    if len(level) % 2:
        above.append(level[-1])
    level = above
root, total = level[0]
print('{"schema":"cess.service_index/1","miner_id":"%s","svc_root":"%s","fragments":%d,"blocks":%d}'
      % ("aa" * 32, root.hex(), len(entries), total))
for frag, blocks, tagger in entries:
    print('{"frag_id":"%s","blocks":%d,"tagger":"%s"}' % (frag.hex(), blocks, tagger.hex()))
