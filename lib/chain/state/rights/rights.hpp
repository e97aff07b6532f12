// SPDX-License-Identifier: Apache-2.0
// Certificates of rights: who registered which fingerprint first, under which terms, derived from
// what. A certificate is named by the commitment to its fingerprint (doc/formats/fingerprint.md),
// which the chain computes from the fields that it is told: what is registered always follows from
// the commitment. Nearness is Hamming distance of the 256 similarity bits (index.hpp).
#pragma once

#include "chain/state/kernel/module.hpp"

namespace cess::rights {

inline constexpr ModuleId kModule = 19;
constexpr std::size_t kTypeSizeMax = 127;  ///< of a media type
constexpr std::size_t kTextSizeMax = 256;  ///< of terms and evidence
constexpr std::size_t kParentsMax = 16;    ///< named at registration
constexpr std::size_t kRelatedMax = 16;    ///< and found since, by `relate`
constexpr std::size_t kNearMax = 8;        ///< conflicts that a certificate names
constexpr std::size_t kLookedMax = 256;    ///< near works that are looked at, the earliest first
constexpr std::size_t kDisputesMax = 8;    ///< open at one certificate
constexpr unsigned kRadiusMax = 64;

/// The similarity bits: four 64-bit bands, back to back.
using Word = std::array<std::uint8_t, 32>;
/// The 64-bit certificate id, first digit first.
using ShortId = std::array<std::uint8_t, 8>;

/// fp::Kind.
enum class Kind : std::uint8_t { other, text, image, audio, video };
inline constexpr std::array kKindNames = {"other", "text", "image", "audio", "video"};
constexpr auto& record_names(Kind) { return kKindNames; }

/// What becomes of a registration that is near another holder's and does not name it as a parent.
enum class Policy : std::uint8_t { off, flag, refuse };
inline constexpr std::array kPolicyNames = {"off", "flag", "refuse"};
constexpr auto& record_names(Policy) { return kPolicyNames; }

/// Who may register works derived from this one.
enum class Derive : std::uint8_t { anyone, permitted };
inline constexpr std::array kDeriveNames = {"anyone", "permitted"};
constexpr auto& record_names(Derive) { return kDeriveNames; }

enum class Standing : std::uint8_t { valid, struck };
inline constexpr std::array kStandingNames = {"valid", "struck"};
constexpr auto& record_names(Standing) { return kStandingNames; }

struct Params {
  Policy near = Policy::refuse;
  std::uint16_t radius_image = 31;  ///< bits; at most 64, exact up to 31 (index.hpp)
  std::uint16_t radius_text = 45;   ///< about 65 % of the shingles of both are common
  std::uint16_t radius_audio = 48;
  std::uint16_t radius_video = 31;
  std::uint16_t radius_other = 31;
  bool files_need_one = false;              ///< every declared file carries a certificate
  Amount deposit = 2 * kBaseUnitsPerToken;  ///< held as long as the certificate stands
  Amount deposit_per_byte = kBaseUnitsPerToken / 1000;  ///< of terms and parents
  Amount bond = 100 * kBaseUnitsPerToken;               ///< of a dispute
  std::uint32_t dispute_blocks = 201'600;               ///< in which governance rules: two weeks
  CESS_RECORD(near, radius_image, radius_text, radius_audio, radius_video, radius_other,
              files_need_one, deposit, deposit_per_byte, bond, dispute_blocks)
  static Params dev() {
    Params p;
    p.dispute_blocks = 600;
    return p;
  }
  [[nodiscard]] unsigned radius(Kind kind) const {
    const std::uint16_t all[] = {radius_other, radius_text, radius_image, radius_audio,
                                 radius_video};
    return all[static_cast<std::size_t>(kind)];
  }
};

/// What of a fingerprint goes on the chain: all that stands before its features, and their hash.
struct Print {
  Kind kind = Kind::other;
  std::string type;  ///< media type
  Hash256 exact;     ///< SHA-256 of the file
  std::uint64_t size_bytes = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint64_t duration_ms = 0;
  ShortId id{};
  Word bands{};      ///< all zero: too little content, found by its exact hash only
  Hash256 features;  ///< SHA-256 of what follows in the encoding
  CESS_RECORD(kind, type, exact, size_bytes, width, height, duration_ms, id, bands, features)
};
/// fp::commitment of the fingerprint.
Hash256 commitment_of(const Print& p);

struct Terms {
  Derive derive = Derive::permitted;
  Hash256 document;  ///< SHA-256 of the licence; zero: none
  std::string text;  ///< a few words or a URI
  CESS_RECORD(derive, document, text)
};

struct Near {
  Hash256 certificate;
  std::uint16_t distance = 0;
  CESS_RECORD(certificate, distance)
};

struct Certificate {
  std::uint64_t number = 0;  ///< in order of confirmation
  Standing standing = Standing::valid;
  AccountId holder;
  AccountId first_holder;
  Print print;
  Terms terms;
  std::vector<Hash256> parents;  ///< each once; first the `declared` ones, then the related ones
  std::uint8_t declared = 0;     ///< parents named at registration
  /// Other holders' works it was near to when it was registered and did not name, the earliest
  /// first.
  std::vector<Near> near;
  std::uint32_t unnamed = 0;  ///< near works beyond those; 0: `near` is all of them
  Height height = 0;
  TimeMs time_ms = 0;
  std::uint32_t children = 0;
  std::uint32_t disputes = 0;  ///< open
  std::uint16_t indexed = 0;   ///< a bit per band of 16 bits
  std::uint8_t reach = 0;      ///< every later work within so many bits is found to be near
  Amount deposit = 0;
  CESS_RECORD(number, standing, holder, first_holder, print, terms, parents, declared, near,
              unnamed, height, time_ms, children, disputes, indexed, reach, deposit)
};

/// Bonded; governance rules, or it lapses.
struct Dispute {
  Hash256 certificate;
  AccountId challenger;
  std::optional<Hash256> rival;  ///< the certificate that should stand instead
  Hash256 evidence;              ///< SHA-256 of a document
  std::string text;              ///< what is claimed, where the document is
  Amount bond = 0;
  Height opened = 0;
  Height due = 0;
  CESS_RECORD(certificate, challenger, rival, evidence, text, bond, opened, due)
};

inline constexpr StoredValue<Params> kParams{kModule, 0, "params"};
/// By commitment.
inline constexpr StoredMap<Certificate, Hash256> kCertificates{kModule, 1, "certificate"};
inline constexpr StoredMap<Hash256, std::uint64_t> kNumbers{kModule, 2, "number"};
/// Exact hash -> certificate; of valid ones.
inline constexpr StoredMap<Hash256, Hash256> kExact{kModule, 3, "exact"};
/// Holder, number -> certificate.
inline constexpr StoredMap<Hash256, AccountId, std::uint64_t> kOfHolder{kModule, 4, "of_holder"};
/// 64-bit id, number -> certificate; of valid ones.
inline constexpr StoredMap<Hash256, ShortId, std::uint64_t> kShortIds{kModule, 5, "short_id"};
/// Parent, number of the child -> child.
inline constexpr StoredMap<Hash256, Hash256, std::uint64_t> kChildren{kModule, 6, "child"};
/// Certificate, account: may register derived works. Since when.
inline constexpr StoredMap<Height, Hash256, AccountId> kPermits{kModule, 7, "permit"};
inline constexpr StoredMap<Dispute, std::uint64_t> kDisputes{kModule, 8, "dispute"};
/// Certificate, dispute.
inline constexpr StoredMap<Height, Hash256, std::uint64_t> kDisputesOf{kModule, 9, "dispute_of"};
/// Height, dispute: lapses.
inline constexpr StoredMap<bool, Height, std::uint64_t> kDue{kModule, 10, "due"};
inline constexpr StoredValue<std::uint64_t> kNextCertificate{kModule, 11, "next_certificate"};
inline constexpr StoredValue<std::uint64_t> kNextDispute{kModule, 12, "next_dispute"};

/// Whether a file of `owner` may carry this certificate (none if nullopt). Code::input.
Status check_link(const State& state, const AccountId& owner,
                  const std::optional<Hash256>& certificate);

}  // namespace cess::rights
