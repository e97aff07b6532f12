#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Makes ed25519_cctv.txt: the 914 cases of C2SP's CCTV ed25519/ed25519vectors.json (BSD-3-Clause, (c) 2019 Google LLC,
# (c) 2022 Filippo Valsorda), worked out again from their construction and accepted only if the published file comes
# out byte for byte. Run by hand: python3 ed25519_cctv.py > ed25519_cctv.txt
#
# A key is A = s·B + T and a signature's R = r·B + U for fixed s and r, either of which may be left out, and points T
# and U of the torsion group, in their proper or another encoding. Messages "ed25519vectors", "ed25519vectors 1", ...
# are tried until k = SHA-512(R, A, message) has each residue mod 8 in turn; of the signatures S = k·s + r those are
# kept that are the first whose torsion parts U + k·T cancel, and the first whose do not.
import hashlib
import json
import sys

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
PUBLISHED = 'b38e84caf3e7e89170ff520292dbeae421b0a794c27408ce5ce973018fe3d7f9'
ZERO = (0, 1)


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P)


def mul(k, a):
    total = ZERO
    while k:
        if k & 1:
            total = add(total, a)
        a, k = add(a, a), k >> 1
    return total


def decode(data):
    number = int.from_bytes(data, 'little')
    y, sign = number % 2**255 % P, number >> 255
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P != u:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert v * x * x % P == u
    return (-x % P if x % 2 != sign else x, y)


def encode(a):
    return (a[1] | (a[0] & 1) << 255).to_bytes(32, 'little')


def number_below_l(data):
    return int.from_bytes(data, 'little') % L


# y and the bit of x of every encoding of a torsion point, those with an alternative first named properly.
TORSION = []
for proper, others in [
        ('00' * 32, ['ed' + 'ff' * 30 + '7f']),
        ('00' * 31 + '80', ['ed' + 'ff' * 31]),
        ('01' + '00' * 31, ['01' + '00' * 30 + '80', 'ee' + 'ff' * 30 + '7f', 'ee' + 'ff' * 31]),
        ('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', []),
        ('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85', []),
        ('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', []),
        ('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa', []),
        ('ec' + 'ff' * 30 + '7f', ['ec' + 'ff' * 31])]:
    TORSION.append((decode(bytes.fromhex(proper)), [bytes.fromhex(o) for o in others]))

BASE = decode(bytes.fromhex('58' + '66' * 31))
clamped = bytearray(b'\x42' * 32)
clamped[0] &= 248
clamped[31] = clamped[31] & 63 | 64
SECRET = number_below_l(clamped)
NONCE = number_below_l(b'\x13\x37' * 32)
KEY, COMMITMENT = mul(SECRET, BASE), mul(NONCE, BASE)


def challenge(a, r, message, proper):
    if proper:
        a, r = encode(decode(a)), encode(decode(r))
    return number_below_l(hashlib.sha512(r + a + message.encode()).digest())


cases = []


# small_a, small_r: without the part of prime order. other_a, other_r: that encoding in place of the proper one.
# proper_k: k over proper encodings in place of those that are sent.
def make(t, u, other_a, other_r, small_a, small_r, proper_k):
    a = other_a or encode(t if small_a else add(KEY, t))
    r = other_r or encode(u if small_r else add(COMMITMENT, u))
    seen = set()
    for residue in range(8):
        message, tries = 'ed25519vectors', 0
        while challenge(a, r, message, proper_k) % 8 != residue:
            tries += 1
            message = f'ed25519vectors {tries}'
        k = challenge(a, r, message, proper_k)
        left = add(mul(k, t), u) != ZERO
        if left in seen:
            continue
        seen.add(left)
        s = (k * (0 if small_a else SECRET) + (0 if small_r else NONCE)) % L
        sent = add(mul(challenge(a, r, message, False), t), u) != ZERO
        flags = [name for name, on in [
            ('low_order_R', small_r), ('low_order_A', small_a), ('low_order_component_R', u != ZERO),
            ('low_order_component_A', t != ZERO), ('low_order_residue', sent), ('non_canonical_A', bool(other_a)),
            ('non_canonical_R', bool(other_r)), ('reencoded_k', proper_k)] if on]
        cases.append({'number': len(cases), 'key': a.hex(), 'sig': r.hex() + s.to_bytes(32, 'little').hex(),
                      'msg': message, 'flags': flags or None})


for t, others_a in TORSION:
    for u, others_r in TORSION:
        for small_a, small_r in [(True, True), (True, False), (False, True), (False, False)]:
            make(t, u, None, None, small_a, small_r, False)
        for other in others_a:
            make(t, u, other, None, True, True, False)
            make(t, u, other, None, True, False, False)
            make(t, u, other, None, True, False, True)
        for other in others_r:
            make(t, u, None, other, True, True, False)
            make(t, u, None, other, False, True, False)
            make(t, u, None, other, False, True, True)
        for other_a in others_a:
            for other_r in others_r:
                make(t, u, other_a, other_r, True, True, False)

published = json.dumps(cases, indent='\t') + '\n'
if hashlib.sha256(published.encode()).hexdigest() != PUBLISHED:
    sys.exit('ed25519_cctv.py: not the published file')
print('# 914 edge cases of Ed25519 verification: C2SP CCTV ed25519/ed25519vectors.json (BSD-3-Clause, (c) 2019 Google LLC,')
print('# (c) 2022 Filippo Valsorda), SHA-256 ' + PUBLISHED[:32] + '...,')
print('# made again by ed25519_cctv.py. msg is text; flags say which edges a case has, not whether it is to be accepted.')
for c in cases:
    print(f"\nkey = {c['key']}\nsig = {c['sig']}\nmsg = {c['msg']}\nflags = {' '.join(c['flags'] or [])}".rstrip())
