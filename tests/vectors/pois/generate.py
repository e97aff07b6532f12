#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the vectors of this folder: a slow and plain reading of doc/formats/idle.md, written without a
look at the C++ and sharing nothing with it. AES is spelled out below (checked against FIPS 197, C.1).

    ./generate.py graph 9 >graph-9.txt          ./generate.py labels 9 >labels-9.txt
    ./generate.py proofs 9 >proofs-9.txt        (doc/formats/idle-proofs.md)
"""
import hashlib
import struct
import sys

LAYERS, DRG, EXP = 8, 6, 8


def h(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


# ---- AES-128 by the book: bytes as polynomials over GF(2), no tables taken from anywhere

def gf_mul(a, b):
    r = 0
    while b:
        if b & 1:
            r ^= a
        a = (a << 1) ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return r


def make_sbox():
    box = []
    for x in range(256):
        inv = next((y for y in range(256) if gf_mul(x, y) == 1), 0)
        s = 0x63
        for shift in range(5):
            s ^= ((inv << shift) | (inv >> (8 - shift))) & 0xFF
        box.append(s)
    return box


SBOX = make_sbox()


def aes128_expand(key):
    words = [list(key[4 * i:4 * i + 4]) for i in range(4)]
    rcon = 1
    for i in range(4, 44):
        w = list(words[i - 1])
        if i % 4 == 0:
            w = [SBOX[b] for b in w[1:] + w[:1]]
            w[0] ^= rcon
            rcon = gf_mul(rcon, 2)
        words.append([a ^ b for a, b in zip(words[i - 4], w)])
    return [sum(words[4 * r:4 * r + 4], []) for r in range(11)]


def aes128(keys, block):
    s = [a ^ b for a, b in zip(block, keys[0])]
    for r in range(1, 11):
        s = [SBOX[b] for b in s]
        s = [s[(i + 4 * (i % 4)) % 16] for i in range(16)]
        if r < 10:
            t = []
            for c in range(4):
                a = s[4 * c:4 * c + 4]
                t += [gf_mul(a[i], 2) ^ gf_mul(a[(i + 1) % 4], 3) ^ a[(i + 2) % 4] ^ a[(i + 3) % 4]
                      for i in range(4)]
            s = t
        s = [a ^ b for a, b in zip(s, keys[r])]
    return bytes(s)


assert aes128(aes128_expand(bytes(range(16))), bytes.fromhex("00112233445566778899aabbccddeeff")) == \
    bytes.fromhex("69c4e0d86a7b0430d8cdb78070b4c55a")

# ---- the graph

DRG_KEYS = aes128_expand(h(b"CESS-POIS-DRG-v1")[:16])


def ceil_log2(u):
    g = 0
    while 2 ** g < u:
        g += 1
    return g


def drg_parents(v):
    """None: six labels of zero bytes."""
    if v == 0:
        return None
    if v == 1:
        return [0] * DRG
    stream = b"".join(aes128(DRG_KEYS, struct.pack("<QQ", v, c)) for c in range(3))
    out = [v - 1]
    u = 5 * v
    for i in range(5):
        word = int.from_bytes(stream[8 * i:8 * i + 8], "little")
        upper, lower = word // 2 ** 48, word % 2 ** 48
        g = 1 + upper * ceil_log2(u) // 2 ** 16
        least, most = max(2, 2 ** (g - 1)), min(2 ** g, u)
        distance = least + lower * (most - least + 1) // 2 ** 48
        parent = (u - distance) // 5
        out.append(v - 1 if parent == v else parent)
    return out


class Expander:
    def __init__(self, k):
        self.half = (k + 3) // 2
        size = 2 ** self.half
        self.tables = []
        for r in range(4):
            table = []
            for i in range(size):
                block = h(b"CESS-POIS-EXP-v1", bytes([r]), struct.pack("<I", i // 16))
                at = 2 * (i % 16)
                table.append(int.from_bytes(block[at:at + 2], "little") % size)
            self.tables.append(table)

    def permute(self, x):
        left, right = x >> self.half, x % 2 ** self.half
        for table in self.tables:
            left, right = right, left ^ table[right]
        return (left << self.half) | right

    def parents(self, v):
        return [self.permute(8 * v + i) // 8 for i in range(EXP)]


# ---- labels, trees, commitments

def merkle(level):
    while len(level) > 1:
        level = [h(b"\x01", level[i], level[i + 1]) for i in range(0, len(level), 2)]
    return level[0]


def filler(k, chain_id, miner, number):
    fid = h(b"CESS-POIS-FILE-v1", struct.pack("<I", len(chain_id)), chain_id, miner, struct.pack("<Q", number),
            bytes([k, LAYERS, DRG, EXP]))
    n = 2 ** k
    expander = Expander(k)
    drg = [drg_parents(v) for v in range(n)]
    exp = [expander.parents(v) for v in range(n)]
    layers = []
    for layer in range(1, LAYERS + 1):
        labels = []
        for v in range(n):
            parts = [fid, struct.pack("<IQ", layer, v)]
            parts += [bytes(32)] * 6 if drg[v] is None else [labels[p] for p in drg[v]]
            if layer > 1:
                parts += [layers[-1][q] for q in exp[v]]
            labels.append(h(*parts))
        layers.append(labels)
    comm_c = merkle([h(b"\x02", *(layer[v] for layer in layers)) for v in range(n)])
    comm_r = merkle(layers[-1])
    return fid, layers, comm_c, comm_r, h(b"CESS-POIS-COMM-v1", fid, comm_c, comm_r)


HEAD = "# Maker: generate.py of this folder. "


def print_graph(k):
    expander = Expander(k)
    n = 2 ** k
    print(HEAD + "Graph of 2^%d nodes." % k)
    print("# node: 6 parents within the layer (- for node 0), 8 in the layer before")
    nodes = range(n) if k <= 9 else sorted({0, 1, 2, 3, n // 2, n - 1} | {(i * 0x9E3779B1) % n for i in range(200)})
    for v in nodes:
        drg = drg_parents(v)
        print(v, *(["-"] * DRG if drg is None else drg), *expander.parents(v))


def print_labels(k):
    print(HEAD + "Fillers of 2^%d labels." % k)
    print("# file number chain miner fid; label layer node hex; layer number, SHA-256 of all its labels; roots")
    for number, chain, miner in ((0, b"local", bytes(32)), (7, b"cess-dev", bytes(range(32)))):
        fid, layers, comm_c, comm_r, comm = filler(k, chain, miner, number)
        print("file", number, chain.decode(), miner.hex(), fid.hex())
        for layer in (1, 2, 8):
            for v in (0, 1, 2, 2 ** k - 1):
                print("label", layer, v, layers[layer - 1][v].hex())
        for layer in range(LAYERS):
            print("layer", layer + 1, h(*layers[layer]).hex())
        print("comm_c", comm_c.hex())
        print("comm_r", comm_r.hex())
        print("comm", comm.hex())


# ---- proofs: trees as dictionaries of (level, index), so that odd ends need no thought

def le(value, size):
    return value.to_bytes(size, "little")


def tree(leaves):
    nodes = {(0, i): leaf for i, leaf in enumerate(leaves)}
    level, width = 0, len(leaves)
    while width > 1:
        for i in range((width + 1) // 2):
            left, right = nodes[level, 2 * i], nodes.get((level, 2 * i + 1))
            nodes[level + 1, i] = left if right is None else h(b"\x01", left, right)
        level, width = level + 1, (width + 1) // 2
    return nodes, level


def path(leaves, wanted):
    """What a reader of the wanted leaves lacks to compute the root, from below, left to right."""
    nodes, height = tree(leaves)
    out, known = [], set(wanted)
    for level in range(height):
        lacking = sorted({i ^ 1 for i in known} - known)
        out += [nodes[level, i] for i in lacking if (level, i) in nodes]
        known = {i // 2 for i in known}
    return out


def root(leaves):
    nodes, height = tree(leaves)
    return nodes[height, 0]


def count_and(hashes):
    return le(len(hashes), 4) + b"".join(hashes)


class Miner:
    def __init__(self, k, chain, miner, first, count):
        self.k, self.chain, self.miner, self.first = k, chain, miner, first
        self.params = bytes([k, LAYERS, DRG, EXP])
        self.fillers = [filler(k, chain, miner, first + i) for i in range(count)]
        self.expander = Expander(k)

    def owner(self):
        return le(len(self.chain), 4) + self.chain

    def column(self, at, v):
        return b"".join(layer[v] for layer in self.fillers[at][1])

    def parents(self, v):
        return set(drg_parents(v) or []) | set(self.expander.parents(v))

    def commit_proof(self, beacon):
        n, count = 2 ** self.k, len(self.fillers)
        digest = h(b"CESS-POIS-BATCH-v1", self.owner(), self.miner, self.params, le(self.first, 8), le(count, 4),
                   *(f[4] for f in self.fillers))
        seed = h(b"CESS-POIS-COMMIT-v1", digest, beacon)
        drawn = {}
        for i in range(1440):
            d = h(seed, le(i, 4))
            at = int.from_bytes(d[:16], "little") % count
            drawn.setdefault(at, set()).add(int.from_bytes(d[16:24], "little") % n)
        out = b"CESSIDC1" + le(self.k, 4) + le(len(drawn), 4)
        for at in sorted(drawn):
            nodes = sorted(drawn[at])
            asked = sorted(drawn[at].union(*(self.parents(v) for v in nodes)))
            fid, layers, comm_c, comm_r, _ = self.fillers[at]
            columns = [h(b"\x02", self.column(at, v)) for v in range(n)]
            out += le(self.first + at, 8) + comm_c + comm_r
            out += le(len(asked), 4) + b"".join(self.column(at, v) for v in asked)
            out += count_and(path(columns, asked)) + count_and(path(layers[-1], nodes))
        return digest, out

    def epoch_proof(self, epoch, beacon, front, holes, opening_beacon):
        """The fillers must begin with number 0."""
        n, rear = 2 ** self.k, len(self.fillers)
        values = [h(b"\0", le(f, 8), self.fillers[f][4]) for f in range(rear)]
        leaves = [h(b"\0", value) for value in values]
        files_root = h(b"\x02", le(rear, 8), root(leaves))
        live = [f for f in range(front, rear) if not any(a <= f < b for a, b in holes)]
        seed = h(b"CESS-POIS-CHAL-v1", self.owner(), le(epoch, 4), beacon, self.miner, self.params, files_root,
                 le(front, 8), le(rear, 8), le(len(holes), 4), *(le(a, 8) + le(b, 8) for a, b in holes), le(64, 4))
        node = {f: int.from_bytes(h(seed, le(f, 8))[:8], "little") % n for f in live}
        answers = [h(b"\0", le(f, 8), self.fillers[f][1][-1][node[f]]) for f in live]
        opening = h(b"CESS-POIS-OPEN-v1", seed, root(answers), opening_beacon)
        opened = sorted({int.from_bytes(h(opening, le(j, 4))[:16], "little") % len(live) for j in range(64)})
        out = b"CESSIDE1" + le(self.k, 2) + le(len(opened), 2)
        for f in (live[i] for i in opened):
            labels = self.fillers[f][1][-1]
            out += labels[node[f]] + self.fillers[f][2] + b"".join(path(labels, [node[f]]))
        out += count_and(path(answers, opened)) + count_and(path(leaves, [live[i] for i in opened]))
        return files_root, seed, root(answers), out


def print_proofs(k):
    print(HEAD + "Proofs over fillers of 2^%d labels; doc/formats/idle-proofs.md." % k)
    print("# commit chain miner first count beacon digest size SHA-256-of-the-proof")
    print("# epoch chain miner count epoch beacon front holes opening-beacon files_root seed answers_root size SHA-256")
    beacon, second = h(b"a beacon"), h(b"another beacon")
    for chain, miner, first, count in ((b"local", bytes(32), 0, 1), (b"cess-dev", bytes(range(32)), 1000, 5)):
        digest, proof = Miner(k, chain, miner, first, count).commit_proof(beacon)
        print("commit", chain.decode(), miner.hex(), first, count, beacon.hex(), digest.hex(), len(proof),
              h(proof).hex())
    for count, front, holes in ((1, 0, []), (7, 2, [(3, 5)]), (6, 0, [(0, 1), (5, 6)])):
        miner = Miner(k, b"cess-dev", bytes(range(32)), 0, count)
        files_root, seed, answers, proof = miner.epoch_proof(9, beacon, front, holes, second)
        text = ",".join("%d-%d" % hole for hole in holes) or "-"
        print("epoch cess-dev", miner.miner.hex(), count, 9, beacon.hex(), front, text, second.hex(), files_root.hex(),
              seed.hex(), answers.hex(), len(proof), h(proof).hex())


if __name__ == "__main__":
    makers = {"graph": print_graph, "labels": print_labels, "proofs": print_proofs}
    if len(sys.argv) != 3 or sys.argv[1] not in makers:
        sys.exit("usage: generate.py graph|labels|proofs LOG2_NODES")
    makers[sys.argv[1]](int(sys.argv[2]))
