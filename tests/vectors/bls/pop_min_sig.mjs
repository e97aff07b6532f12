// SPDX-License-Identifier: Apache-2.0
// Makes pop_min_sig.txt: keys, signatures, aggregates and proofs of possession of the ciphersuite
// BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_, by another implementation, @noble/curves 2.4.0 (no published
// vectors of this suite were found). Run by hand, where it is installed:
//   npm install @noble/curves@2.4.0 && node pop_min_sig.mjs | sed "s/ $//" > pop_min_sig.txt
import { bls12_381 as bls } from '@noble/curves/bls12-381.js';
import { createHash } from 'node:crypto';

const scheme = bls.shortSignatures;
const SIGN = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_', POSSESS = 'BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_';
const hex = (b) => Buffer.from(b).toString('hex');
const sk = (i) => { const b = createHash('sha256').update(`key ${i}`).digest(); b[0] &= 0x3f; return b; };
const sign = (m, k, dst) => scheme.Signature.toBytes(scheme.sign(scheme.hash(m, dst), k));
const pub = (k) => scheme.getPublicKey(k).toBytes();

console.log('# BLS signatures, minimal signature size, proof of possession; made by pop_min_sig.mjs with @noble/curves 2.4.0.');
console.log('# Secret keys big-endian. The last record is the aggregate of the first eight signatures over one message.\n');
const common = Buffer.from('one message for all');
const sums = [];
for (let i = 0; i < 8; i++) {
  const k = sk(i), p = pub(k), m = i === 0 ? Buffer.alloc(0) : createHash('sha512').update(`message ${i}`).digest().subarray(0, 9 * i - 8);
  sums.push(scheme.sign(scheme.hash(common, SIGN), k));
  console.log(`secret = ${hex(k)}\npublic = ${hex(p)}\nmessage = ${hex(m)}\nsignature = ${hex(sign(m, k, SIGN))}\npossession = ${hex(sign(p, k, POSSESS))}\n`);
}
console.log(`common = ${hex(common)}\naggregate = ${hex(scheme.Signature.toBytes(scheme.aggregateSignatures(sums)))}`);
