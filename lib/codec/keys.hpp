// SPDX-License-Identifier: Apache-2.0
// The cryptography of the CESSENC1 header: who may open it, what follows from the file key (DEK).
//
//   HKDF-SHA256(ikm DEK, salt, "CESS-ENC-v1" ‖ header bytes 8..19) -> K_enc ‖ K_com ‖ K_hdr ‖ K_msk
//   K_seg = HKDF-Expand(K_enc, "seg" ‖ LE64 segment)
//   chunk nonce = LE64 chunk index in segment ‖ LE32 final, final = 1 on the last chunk of the file
//
// K_com stands in the header as commitment and is compared before anything is decrypted: neither
// GCM nor ChaCha20-Poly1305 commits to its key. A DEK is made once per encoding and never given
// from outside, so no key and nonce can come twice.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "codec/bundle.hpp"
#include "codec/header.hpp"
#include "crypto/argon2id.hpp"
#include "crypto/x25519.hpp"
#include "sys/random.hpp"

namespace cess {

/// Most memory and passes that a passphrase stanza may ask of its reader.
constexpr std::uint32_t kArgon2MemoryKibMax = 1U << 20U;
constexpr std::uint32_t kArgon2PassesMax = 16;
constexpr std::size_t kPassphraseSizeMax = 4096;

/// Who shall read: exactly one of the three.
struct Recipients {
  std::vector<X25519Public> keys;
  std::optional<Bytes> passphrase;
  bool in_clear = false;  ///< --public: the key stands in the header
  Argon2Params argon2;
};

/// What a reader has.
struct Identities {
  std::vector<Key256> keys;
  std::optional<Bytes> passphrase;
};

struct FileKeys {
  AeadId aead = AeadId::aes_256_gcm;
  Key256 enc;                  ///< K_enc
  std::optional<Key256> mask;  ///< K_mask, if fragments are masked
};

struct NewHeader {
  FileHeader header;
  FileKeys keys;
};

/// Draws salt, DEK and mask key from `random` and seals them for `to`. Code::usage when `to` is
/// empty or mixed, Code::input for a bad key.
Result<NewHeader> make_header(const Profile& profile, AeadId aead, bool masked,
                              const Recipients& to, Random& random);
/// Code::no when no identity opens the header or the key does not fit the commitment; Code::input
/// when the header was altered.
Result<FileKeys> open_header(const FileHeader& header, const Identities& who);

Key256 segment_key(const Key256& enc, std::uint64_t segment);
AeadNonce chunk_nonce(std::uint64_t chunk_in_segment, bool final);
/// LE32 segment ‖ LE16 fragment ‖ LE16 replica.
std::array<std::uint8_t, 8> mask_prefix(const FragmentPos& pos);

/// The mask key alone, JSON "cess.mask_key/1": lets a repairer rebuild masked fragments and reveals
/// ciphertext only. The caller wipes the text.
std::string write_mask_key(const FileId& file, const Key256& mask);
struct MaskKey {
  FileId file;
  Key256 key;
};
Result<MaskKey> parse_mask_key(ByteView text, std::string_view what);

}  // namespace cess
