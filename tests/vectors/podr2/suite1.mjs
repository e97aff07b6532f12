// SPDX-License-Identifier: Apache-2.0
// Makes suite1.txt: keys, tags and a proof of PoDR2 suite 1 worked out from the formulas with another
// implementation of BLS12-381, @noble/curves 2.4.0, and Node's SHA-2. Run by hand, where it is installed:
//   npm install @noble/curves@2.4.0 && node suite1.mjs > suite1.txt
import { createHash } from 'node:crypto';
import { bls12_381 as bls } from '@noble/curves/bls12-381.js';

const G1 = bls.G1.Point, G2 = bls.G2.Point, r = bls.fields.Fr.ORDER;
const mod = (a) => ((a % r) + r) % r;
const cat = (...parts) => Buffer.concat(parts.map((p) => Buffer.from(p)));
const H = (...parts) => createHash('sha256').update(cat(...parts)).digest();
const hex = (b) => Buffer.from(b).toString('hex');
const le = (v, n) => { const b = Buffer.alloc(n); for (let i = 0, x = BigInt(v); i < n; i++, x >>= 8n) b[i] = Number(x & 255n); return b; };
const int = (b) => BigInt('0x' + (hex(Buffer.from(b).reverse()) || '0'));
const noise = (seed, size) => { const out = []; for (let i = 0; i * 32 < size; i++) out.push(H(le(seed, 8), le(i, 8))); return cat(...out).subarray(0, size); };
const mul = (P, k) => (mod(k) === 0n ? P.constructor.ZERO : P.multiply(mod(k)));
const DST = 'CESS-PODR2-V01-TAG_BLS12381G1_XMD:SHA-256_SSWU_RO_';
const B = 262144, S = 8457;

function root(data) {
  let level = [];
  for (let i = 0; i === 0 || i < data.length; i += 4096) level.push(H([0], data.subarray(i, i + 4096)));
  while (level.length > 1) {
    const next = [];
    for (let i = 0; i < level.length; i += 2) next.push(i + 1 < level.length ? H([1], level[i], level[i + 1]) : level[i]);
    level = next;
  }
  return level[0];
}
const sectors = (block) => { const m = []; for (let i = 0; i < block.length; i += 31) m.push(int(block.subarray(i, i + 31))); return m; };
const evaluate = (m, x) => { let v = 0n; for (let j = m.length; j-- > 0;) v = mod(v * x + m[j]); return v; };

const alpha = mod(int(createHash('sha512').update('alpha').digest()));
const tau = mod(int(createHash('sha512').update('tau').digest()));
const v = mul(G2.BASE, alpha), w = mul(G2.BASE, alpha * tau);
const list = []; for (let j = 0, p = 1n; j < S; j++, p = mod(p * tau)) list.push(mul(G1.BASE, p).toBytes());
const seed = noise(55, 32), attestation = noise(56, 32), cls = Buffer.from('B');
// The Ed25519 key comes from Node.
const { createPrivateKey, createPublicKey } = await import('node:crypto');
const priv = createPrivateKey({ key: cat(Buffer.from('302e020100300506032b657004220420', 'hex'), seed), format: 'der', type: 'pkcs8' });
const pk = createPublicKey(priv).export({ format: 'der', type: 'spki' }).subarray(12);
const listHash = H(...list);
const id = H('CESS-TAGGER-v1', v.toBytes(), w.toBytes(), listHash, cls, attestation, pk);
const out = (k, x) => console.log(k + ' ' + (typeof x === 'string' ? x : hex(x)));
console.log('# Made by suite1.mjs with @noble/curves 2.4.0; see there for what each line is.');
out('alpha', le(alpha, 32)); out('tau', le(tau, 32)); out('sign_seed', seed); out('attestation', attestation);
out('v', v.toBytes()); out('w', w.toBytes()); out('list_hash', listHash); out('tagger_id', id);

let sigma = G1.ZERO, f = [], A = G1.ZERO;
let k = 0;
for (const [i, size] of [1, 31, 32, 1000, 4096 * 5, B, B + 1].entries()) {
  const data = noise(100 + i, size), file = noise(200 + i, 32), nonce = noise(300 + i, 16);
  const blocks = Math.ceil(size / B);
  const d = cat('CESSFRG1', [1, 1], file, le(i, 4), le(2 * i, 2), le(3 * i, 2), le(size, 8), le(blocks, 4), root(data), id, nonce);
  const frag = H('CESS-FRAG-ID-v1', d);
  const tags = [];
  for (let b = 0; b < blocks; b++) {
    const m = sectors(data.subarray(b * B, (b + 1) * B));
    const h = bls.G1.hashToCurve(cat(frag, le(b, 4)), { DST });
    const tag = mul(h.add(mul(G1.BASE, evaluate(m, tau))), alpha);
    tags.push(tag.toBytes());
    const nu = int(noise(400 + k++, 16));
    sigma = sigma.add(mul(tag, nu)); A = A.add(mul(h, nu));
    m.forEach((x, j) => { f[j] = mod((f[j] ?? 0n) + nu * x); });
  }
  out('fragment', `${size} ${hex(d)} ${hex(frag)} ${hex(cat(...tags))}`);
}
const z = mod(int(createHash('sha512').update('z').digest()));
let carry = 0n; const q = [];
for (let j = f.length; j-- > 0;) { carry = mod(f[j] + z * carry); if (j > 0) q[j - 1] = carry; }
const y = evaluate(f, z), psi = mul(G1.BASE, evaluate(q, tau));
if (y !== carry) throw new Error('division');
A = A.add(mul(G1.BASE, y)).subtract(mul(psi, z));
const F12 = bls.fields.Fp12;
if (!F12.eql(bls.pairing(sigma, G2.BASE), F12.mul(bls.pairing(A, v), bls.pairing(psi, w)))) throw new Error('equation');
out('z', le(z, 32));
out('proof', cat(sigma.toBytes(), psi.toBytes(), le(y, 32)));
