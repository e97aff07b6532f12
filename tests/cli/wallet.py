# SPDX-License-Identifier: Apache-2.0
"""What an Ethereum wallet answers to personal_sign: wallet.py SECRET TEXT prints r, s and v in hexadecimal.

Written from EIP-191, SEC 1 and the Keccak team's summary of Keccak, with nothing of this project in it. For tests alone:
it is slow and hides nothing.
"""
import hashlib
import sys

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)


def turn(lane: int, by: int) -> int:
    return (lane << by % 64 | lane >> (-by) % 64) & 2**64 - 1


def keccak_f(a: list[list[int]]) -> list[list[int]]:
    register = 1
    for _ in range(24):
        c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
        a = [[a[x][y] ^ c[x - 1] ^ turn(c[(x + 1) % 5], 1) for y in range(5)] for x in range(5)]
        x, y, lane = 1, 0, a[1][0]
        for t in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            lane, a[x][y] = a[x][y], turn(lane, (t + 1) * (t + 2) // 2)
        a = [[a[x][y] ^ ~a[(x + 1) % 5][y] & a[(x + 2) % 5][y] for y in range(5)] for x in range(5)]
        for j in range(7):
            if register & 1:
                a[0][0] ^= 1 << (1 << j) - 1
            register = register << 1 ^ (0x171 if register & 0x80 else 0)
    return a


def keccak256(data: bytes) -> bytes:
    rate = 136
    padded = bytearray(data + bytes(rate - len(data) % rate))
    padded[len(data)] ^= 1
    padded[-1] ^= 0x80
    a = [[0] * 5 for _ in range(5)]
    for at in range(0, len(padded), rate):
        for i in range(rate // 8):
            a[i % 5][i // 5] ^= int.from_bytes(padded[at + 8 * i : at + 8 * i + 8], "little")
        a = keccak_f(a)
    return b"".join(a[i][0].to_bytes(8, "little") for i in range(4))


def add(p: tuple[int, int] | None, q: tuple[int, int] | None) -> tuple[int, int] | None:
    if p is None or q is None:
        return p or q
    if p[0] == q[0] and p != q:
        return None
    slope = 3 * p[0] ** 2 * pow(2 * p[1], -1, P) if p == q else (q[1] - p[1]) * pow(q[0] - p[0], -1, P)
    x = (slope**2 - p[0] - q[0]) % P
    return x, (slope * (p[0] - x) - p[1]) % P


def times(k: int, p: tuple[int, int] | None) -> tuple[int, int] | None:
    out = None
    while k:
        out, p, k = add(out, p) if k & 1 else out, add(p, p), k >> 1
    return out


def sign(secret: int, text: bytes) -> str:
    digest = keccak256(b"\x19Ethereum Signed Message:\n%d" % len(text) + text)
    k = int.from_bytes(hashlib.sha256(b"%d" % secret + digest).digest(), "big") % N
    x, y = times(k, G)
    r = x % N
    s = pow(k, -1, N) * (int.from_bytes(digest, "big") + r * secret) % N
    odd = y & 1
    if s > N // 2:
        s, odd = N - s, odd ^ 1
    return f"{r:064x}{s:064x}{27 + odd:02x}"


print(sign(int(sys.argv[1], 16), sys.argv[2].encode()))
