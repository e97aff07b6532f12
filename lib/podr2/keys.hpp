// SPDX-License-Identifier: Apache-2.0
// Keys of a tagger (suite 1). Secret: α, τ mod r and an Ed25519 seed. Public: v = [α]₂, w = [ατ]₂,
// P_j = [τ^j]₁ for j < 8,457, the Ed25519 key. The public key as a file:
//   off len field                          off len field
//     0   8 magic "CESSTPK1"                74  96 v, compressed
//     8   1 version = 1                    170  96 w, compressed
//     9   1 class 'A', 'B' or 'C'          266   4 count = 8457, LE32
//    10  32 attestation digest             270  48 P_j compressed, count times
//    42  32 Ed25519 public key                    = 406,206 bytes
// Neither [α]₁ nor [ατ]₁ exists anywhere in it: with them anybody could forge tags of the first
// sectors.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/bls.hpp"
#include "crypto/ed25519.hpp"
#include "podr2/descriptor.hpp"

namespace cess {

constexpr std::size_t kSectorSize = 31;  ///< bytes per sector, a little-endian integer < 2^248 < r
constexpr std::size_t kSectors = (kBlockSize + kSectorSize - 1) / kSectorSize;  ///< 8,457 per block
constexpr std::size_t kTaggerHeadSize = 270;
constexpr std::size_t kTaggerPublicSize = kTaggerHeadSize + kSectors * bls::kG1Size;

/// Who vouches for the holder of the secret: A attested TEE, B staked gateway, C owner.
enum class TaggerClass : std::uint8_t { attested = 'A', staked = 'B', owner = 'C' };
Result<TaggerClass> parse_tagger_class(char c);

/// The secret key. Wiped when it goes; movable only.
class TaggerSecret {
 public:
  /// Bytes of randomness that make() takes.
  static constexpr std::size_t kRandomSize = 160;
  /// A new key from kRandomSize uniform secret bytes: 64 for α, 64 for τ (each reduced mod r), 32
  /// for Ed25519.
  static TaggerSecret make(ByteView random, TaggerClass cls = TaggerClass::owner,
                           const Hash256& attestation = {});
  /// From stored fields: α and τ as 32 canonical little-endian bytes, neither zero; a 32-byte seed.
  static Result<TaggerSecret> from_fields(ByteView alpha, ByteView tau, ByteView sign_seed,
                                          TaggerClass cls, const Hash256& attestation);
  TaggerSecret(TaggerSecret&&) noexcept;
  TaggerSecret& operator=(TaggerSecret&&) noexcept;
  TaggerSecret(const TaggerSecret&) = delete;
  TaggerSecret& operator=(const TaggerSecret&) = delete;
  ~TaggerSecret();

  /// What from_fields() takes back.
  [[nodiscard]] Key256 alpha_bytes() const;
  [[nodiscard]] Key256 tau_bytes() const;
  [[nodiscard]] const Key256& sign_seed() const { return sign_seed_; }
  [[nodiscard]] TaggerClass cls() const { return cls_; }
  [[nodiscard]] const Hash256& attestation() const { return attestation_; }

 private:
  friend class Tagger;
  friend struct KeyMaker;
  TaggerSecret() = default;
  bls::Scalar alpha_;
  bls::Scalar tau_;
  Key256 sign_seed_;
  TaggerClass cls_ = TaggerClass::owner;
  Hash256 attestation_;
};

/// What verifying a compressed proof needs of a public key: everything but the points P_j
/// themselves. v and w are in the subgroup and not the identity.
struct TaggerHead {
  TaggerId id;
  TaggerClass cls = TaggerClass::owner;
  Hash256 attestation;
  Ed25519Public sign_key{};
  bls::G2 v;
  bls::G2 w;
  Hash256 list_hash;  ///< H of the P_j bytes
};

/// A whole public key. `powers` are on the curve; only check_key() says whether they are powers of
/// τ in G1.
struct TaggerPublic {
  TaggerHead head;
  std::vector<bls::G1Affine> powers;
};

/// The public key of `secret` with `sectors` powers (kSectors but in tests of hand size). About 0.4
/// s.
TaggerPublic make_tagger_public(const TaggerSecret& secret, std::size_t sectors = kSectors);
/// The file of a public key; its powers must be kSectors many.
Bytes encode_tagger_public(const TaggerPublic& key);
/// Reads the whole file: sizes, magic, class, v and w fully checked, each P_j decompressed (about
/// 0.1 s).
Result<TaggerPublic> parse_tagger_public(ByteView file);
/// Reads the whole file but decompresses only v and w: under a millisecond.
Result<TaggerHead> parse_tagger_head(ByteView file);
/// H("CESS-TAGGER-v1" ‖ v ‖ w ‖ H(P) ‖ class ‖ attestation ‖ Ed25519 key).
TaggerId tagger_id(const TaggerHead& head);

/// 32 fresh random bytes, unknown to whoever made the thing to be checked; expanded to exponents.
using CheckSeed = std::array<std::uint8_t, 32>;

/// The key check, once per key: P_0 = g1, every P_j in the subgroup, v, w, P_1 not the identity,
/// and for random 128-bit ρ_j: e(Σρ_j P_{j+1}, v) = e(Σρ_j P_j, w). About 0.15 s. Code::no with the
/// reason.
Status check_key(const TaggerPublic& key, const CheckSeed& seed);

}  // namespace cess
