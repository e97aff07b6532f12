// SPDX-License-Identifier: Apache-2.0
#include "codec/header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/codec.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace {

constexpr std::string_view kMagic = "CESSENC1";
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kChunkLog2 = 16;
constexpr std::uint8_t kFlagMasked = 1;

std::size_t stanza_size(StanzaType type) {
  switch (type) {
    case StanzaType::x25519:
      return kX25519StanzaSize;
    case StanzaType::passphrase:
      return kPassphraseStanzaSize;
    case StanzaType::in_clear:
      return kClearStanzaSize;
  }
  return 0;
}

Result<std::uint8_t> expect_byte(Reader& in, std::string_view field, std::uint8_t low,
                                 std::uint8_t high) {
  CESS_TRY_ASSIGN(const auto value, in.le<std::uint8_t>(field));
  if (value < low || value > high) {
    const std::string why =
        low == high ? fmt::format("{} is {}, expected {}", field, value, low)
                    : fmt::format("{} is {}, expected {} to {}", field, value, low, high);
    return in.refuse(why);
  }
  return value;
}

Status parse_params(Reader& in, FileHeader& h, bool& masked) {
  CESS_TRY(expect_byte(in, "version", kVersion, kVersion));
  CESS_TRY_ASSIGN(const auto aead, expect_byte(in, "AEAD", 1, 2));
  h.aead = static_cast<AeadId>(aead);
  CESS_TRY(expect_byte(in, "chunk size", kChunkLog2, kChunkLog2));
  CESS_TRY_ASSIGN(const auto flags, expect_byte(in, "flags", 0, kFlagMasked));
  masked = flags == kFlagMasked;
  Profile& p = h.profile;
  CESS_TRY_ASSIGN(p.k, in.le<std::uint8_t>("k"));
  CESS_TRY_ASSIGN(p.m, in.le<std::uint8_t>("m"));
  CESS_TRY_ASSIGN(p.copies, in.le<std::uint8_t>("copies"));
  CESS_TRY_ASSIGN(const auto matrix, in.le<std::uint8_t>("matrix"));
  p.matrix = static_cast<MatrixId>(matrix);
  CESS_TRY_ASSIGN(p.fragment_size, in.le<std::uint32_t>("fragment size"));
  if (auto ok = check_profile(p); !ok) return in.refuse(ok.error().message);
  return {};
}

Status parse_stanzas(Reader& in, FileHeader& h) {
  CESS_TRY_ASSIGN(const auto count, in.le<std::uint16_t>("stanza count"));
  if (count < 1 || count > kStanzaCountMax) {
    return in.refuse(fmt::format("stanza count is {}, expected 1 to {}", count, kStanzaCountMax));
  }
  for (unsigned i = 0; i < count; ++i) {
    CESS_TRY_ASSIGN(const auto type, expect_byte(in, "stanza type", 1, 3));
    Stanza s;
    s.type = static_cast<StanzaType>(type);
    CESS_TRY_ASSIGN(const auto size, in.le<std::uint16_t>("stanza length"));
    if (size != stanza_size(s.type)) {
      return in.refuse(fmt::format("stanza of type {} has {} bytes, expected {}", type, size,
                                   stanza_size(s.type)));
    }
    CESS_TRY_ASSIGN(const auto body, in.raw(size, "stanza"));
    s.body.assign(body.begin(), body.end());
    // A passphrase beside other recipients would weaken them; a public key beside anything is void.
    if (s.type != StanzaType::x25519 && count != 1) {
      return in.refuse(fmt::format("stanza of type {} must be alone", type));
    }
    h.stanzas.push_back(std::move(s));
  }
  return {};
}

}  // namespace

Bytes encode_header(const FileHeader& header) {
  const Profile& p = header.profile;
  Writer w;
  w.raw(kMagic).le(kVersion).le(static_cast<std::uint8_t>(header.aead)).le(kChunkLog2);
  w.le(header.masked() ? kFlagMasked : std::uint8_t{0});
  w.le(p.k).le(p.m).le(p.copies).le(static_cast<std::uint8_t>(p.matrix)).le(p.fragment_size);
  w.id(header.salt).id(header.commitment);
  if (header.mask_box) w.raw(ByteView(*header.mask_box));
  w.le(static_cast<std::uint16_t>(header.stanzas.size()));
  for (const Stanza& s : header.stanzas) {
    w.le(static_cast<std::uint8_t>(s.type)).le(static_cast<std::uint16_t>(s.body.size()));
    w.raw(ByteView(s.body));
  }
  w.id(header.mac);
  return w.take();
}

Result<FileHeader> parse_header(ByteView bytes) {
  Reader in(bytes, "header");
  FileHeader h;
  CESS_TRY_ASSIGN(const auto magic, in.raw(kMagic.size(), "magic"));
  if (as_text(magic) != kMagic) return in.refuse("magic is not CESSENC1");
  bool masked = false;
  CESS_TRY(parse_params(in, h, masked));
  CESS_TRY_ASSIGN(h.salt, in.id<Hash256>("salt"));
  CESS_TRY_ASSIGN(h.commitment, in.id<Hash256>("commitment"));
  if (masked) {
    CESS_TRY_ASSIGN(const auto box, in.raw(kMaskBoxSize, "mask box"));
    h.mask_box.emplace();
    std::copy(box.begin(), box.end(), h.mask_box->begin());
  }
  CESS_TRY(parse_stanzas(in, h));
  CESS_TRY_ASSIGN(h.mac, in.id<Hash256>("MAC"));
  CESS_TRY(in.end());
  return h;
}

FileId file_id(const FileHeader& header) {
  const Hash256 h =
      sha256({as_bytes("CESS-FILE-ID-v1"), header.salt.view(), header.commitment.view()});
  return FileId::from(h.view());
}

}  // namespace cess
