// SPDX-License-Identifier: Apache-2.0
// Makes the second halves of keccak256.txt and secp256k1.txt with other implementations, @noble/hashes 2.4.0 and
// @noble/curves 2.4.0. Run by hand, where they are installed:
//   npm install @noble/curves@2.4.0 && node ethereum.mjs keccak256 (or secp256k1)
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { createHash } from 'node:crypto';

const hex = (b) => Buffer.from(b).toString('hex');
const sha = (t) => createHash('sha256').update(t).digest();
const out = [];
if (process.argv[2] === 'keccak256') {
  for (const size of [1, 7, 8, 32, 64, 134, 135, 136, 137, 200, 271, 272, 273, 500]) {
    const m = Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + size) & 255));
    out.push(`message = ${hex(m)}\ndigest = ${hex(keccak_256(m))}`);
  }
} else {
  for (let i = 0; i < 12; i++) {
    const key = sha(`key ${i}`), digest = sha(`digest ${i}`);
    const sig = secp256k1.sign(digest, key, { prehash: false, format: 'recovered' });  // recovery id, r, s
    const whole = secp256k1.getPublicKey(key, false);
    out.push(`secret = ${hex(key)}\npublic = ${hex(secp256k1.getPublicKey(key, true))}\ndigest = ${hex(digest)}\n` +
      `signature = ${hex(sig.subarray(1))}0${sig[0]}\naddress = ${hex(keccak_256(whole.subarray(1)).subarray(12))}`);
  }
}
console.log(out.join('\n\n'));
