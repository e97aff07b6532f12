// SPDX-License-Identifier: Apache-2.0
// The CESSENC1 header: how a file was encrypted and cut, and who may read it. It opens every
// bundle.
//
//   offset size
//      0    8   magic "CESSENC1"
//      8    1   version 1
//      9    1   AEAD: 1 AES-256-GCM, 2 ChaCha20-Poly1305
//     10    1   log2 of the ciphertext chunk, 16
//     11    1   flags: bit 0 = fragments are masked; others zero
//     12    1   k        13  1  m        14  1  copies        15  1  matrix
//     16    4   F, fragment length of a full segment, LE
//     20   32   salt
//     52   32   commitment to the file key (K_com)
//     84   48   mask box, only if masked: K_mask sealed by AES-256-GCM under K_msk, zero nonce,
//               AAD = bytes 0..83
//      …    2   stanza count, LE, 1..64
//      …        stanzas: type 1, length 2 LE, body
//      …   32   HMAC-SHA256(K_hdr, everything before)
//
// This file knows the bytes; codec/keys.hpp knows the cryptography.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "codec/profile.hpp"
#include "crypto/aead.hpp"

namespace cess {

constexpr std::size_t kChunkSize = 65536;                       ///< of ciphertext
constexpr std::size_t kChunkPlain = kChunkSize - kAeadTagSize;  ///< 65,520 bytes of plaintext
constexpr std::size_t kHeaderFixedSize = 84;
constexpr std::size_t kHeaderParamsOffset = 8;  ///< bytes 8..19 enter the key derivation
constexpr std::size_t kHeaderParamsSize = 12;
constexpr std::size_t kMaskBoxSize = 48;
constexpr std::size_t kStanzaCountMax = 64;
/// Nothing longer is read: 64 stanzas of the longest known kind fit many times over.
constexpr std::size_t kHeaderSizeMax = 16384;

enum class StanzaType : std::uint8_t { x25519 = 1, passphrase = 2, in_clear = 3 };
constexpr std::size_t kX25519StanzaSize = 80;  ///< encapsulated key 32 ‖ sealed DEK 48
constexpr std::size_t kPassphraseStanzaSize = 72;  ///< salt 16 ‖ LE32 KiB ‖ LE32 t ‖ sealed DEK 48
constexpr std::size_t kClearStanzaSize = 32;       ///< DEK

struct Stanza {
  StanzaType type = StanzaType::x25519;
  Bytes body;
  friend bool operator==(const Stanza&, const Stanza&) = default;
};

struct FileHeader {
  AeadId aead = AeadId::aes_256_gcm;
  Profile profile;
  Hash256 salt;
  Hash256 commitment;
  std::optional<std::array<std::uint8_t, kMaskBoxSize>> mask_box;  ///< present: fragments masked
  std::vector<Stanza> stanzas;
  Hash256 mac;

  [[nodiscard]] bool masked() const { return mask_box.has_value(); }
  friend bool operator==(const FileHeader&, const FileHeader&) = default;
};

/// The header's bytes; without its last 32 they are what the MAC covers.
Bytes encode_header(const FileHeader& header);
/// Strict about every field, but knows no key: the MAC is checked by open_header (codec/keys.hpp).
/// Code::input.
Result<FileHeader> parse_header(ByteView bytes);
/// file_id = H("CESS-FILE-ID-v1" ‖ salt ‖ commitment): names this encoding of a file from its first
/// byte on.
FileId file_id(const FileHeader& header);

}  // namespace cess
