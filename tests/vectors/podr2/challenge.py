#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Known answers for challenge derivation, from the formulas alone with Python's hashlib.

    python3 tests/vectors/podr2/challenge.py > tests/vectors/podr2/challenge.txt
"""
import hashlib
import struct

R = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001


def le32(v):
    return struct.pack("<I", v)


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def case(chain, epoch, beacon, miner, root, blocks, count):
    chain = chain.encode()
    seed = sha(b"CESS-PODR2-CHAL-v1", le32(len(chain)), chain, le32(epoch), beacon, miner, root,
               struct.pack("<Q", blocks), le32(count))
    z = int.from_bytes(hashlib.sha512(seed + b"\x01").digest(), "little")
    print(f"chain = {chain.decode()}\nepoch = {epoch}\nbeacon = {beacon.hex()}")
    print(f"miner = {miner.hex()}\nroot = {root.hex()}\nblocks = {blocks}\ncount = {count}")
    print(f"seed = {seed.hex()}\nz_wide = {z.to_bytes(64, 'little').hex()}")
    print(f"z = {(z % R).to_bytes(32, 'little').hex()}")
    for k in [0, 1, 2, count - 1]:
        d = sha(seed, b"\x00", le32(k))
        t = int.from_bytes(d[:16], "little") % blocks
        pick = int.from_bytes(d[16:20], "little")
        print(f"draw{k} = {t} {d[16:].hex()} {pick}")
    print()


print("# SPDX-License-Identifier: Apache-2.0")
print("# Made by challenge.py (Python hashlib), not by this project's C++ code.\n")
case("local", 0, bytes(32), bytes(32), bytes(32), 1, 512)
case("local", 7, bytes(range(32)), b"\xaa" * 32, b"\x55" * 32, 1000003, 512)
case("cess-testnet", 0xFFFFFFFF, b"\xff" * 32, sha(b"miner"), sha(b"root"), 1 << 48, 8192)
