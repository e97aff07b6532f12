// SPDX-License-Identifier: Apache-2.0
#include "codec/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/endian.hpp"
#include "base/hex.hpp"
#include "crypto/hmac.hpp"
#include "crypto/hpke.hpp"
#include "json/json.hpp"

namespace cess {
namespace {

constexpr std::string_view kInfo = "CESS-ENC-v1";
constexpr std::string_view kHpkeInfo = "CESS-ENC-v1/hpke";
constexpr std::string_view kPassphraseInfo = "CESS-ENC-v1/passphrase";
constexpr std::string_view kMaskKeySchema = "cess.mask_key/1";
constexpr std::size_t kPassphraseFixed = 24;  // salt and two numbers before the sealed DEK

struct Derived {
  Key256 enc, com, hdr, msk;
};

// Params bytes are fixed before salt, commitment and stanzas are, so any encoding of `h` has them.
Derived derive(const Key256& dek, const FileHeader& h) {
  const Bytes bytes = encode_header(h);
  const auto params = ByteView(bytes).subspan(kHeaderParamsOffset, kHeaderParamsSize);
  Secret<128> okm;
  hkdf_sha256(okm.mut(), dek.view(), h.salt.view(), {as_bytes(kInfo), params});
  const ByteView v = okm.view();
  return {Key256(v.subspan(0, 32)), Key256(v.subspan(32, 32)), Key256(v.subspan(64, 32)),
          Key256(v.subspan(96, 32))};
}

Bytes concat(std::string_view text, ByteView more) {
  Bytes out;
  append(out, text);
  append(out, more);
  return out;
}

Bytes mask_box_aad(const FileHeader& h) {
  Bytes bytes = encode_header(h);
  bytes.resize(kHeaderFixedSize);
  return bytes;
}

Hash256 header_mac(const FileHeader& h, const Key256& hdr) {
  const Bytes bytes = encode_header(h);
  return hmac_sha256(hdr.view(), {ByteView(bytes).first(bytes.size() - Hash256::kSize)});
}

Status check_argon2(const Argon2Params& p) {
  if (p.memory_kib < kArgon2MemoryKibMin || p.memory_kib > kArgon2MemoryKibMax || p.passes < 1 ||
      p.passes > kArgon2PassesMax) {
    return fail(Code::input,
                fmt::format("header: passphrase stanza asks for {} KiB and {} passes, at most {} "
                            "and {} allowed",
                            p.memory_kib, p.passes, kArgon2MemoryKibMax, kArgon2PassesMax));
  }
  return {};
}

Result<Stanza> seal_x25519(const X25519Public& to, const FileHeader& h, const Key256& dek,
                           Random& random) {
  const Key256 seed = random.key();
  CESS_TRY_ASSIGN(auto body, hpke_seal(to, concat(kHpkeInfo, h.salt.view()), {}, dek.view(), seed));
  return Stanza{StanzaType::x25519, std::move(body)};
}

Result<Stanza> seal_passphrase(const Recipients& to, const FileHeader& h, const Key256& dek,
                               Random& random) {
  CESS_TRY(check_argon2(to.argon2));
  Stanza s{StanzaType::passphrase, Bytes(kPassphraseStanzaSize)};
  Argon2Salt salt;
  random.fill(salt);
  std::copy(salt.begin(), salt.end(), s.body.begin());
  store_le(s.body.data() + 16, to.argon2.memory_kib);
  store_le(s.body.data() + 20, to.argon2.passes);
  Key256 kek;
  CESS_TRY(argon2id(kek.mut(), *to.passphrase, salt, to.argon2));
  Aead(AeadId::aes_256_gcm, kek)
      .seal(MutByteView(s.body).subspan(kPassphraseFixed), {},
            concat(kPassphraseInfo, h.salt.view()), dek.view());
  return s;
}

// The DEK of a passphrase stanza; Code::no for a wrong passphrase.
Result<Key256> open_passphrase(const Stanza& s, const FileHeader& h, ByteView passphrase) {
  Argon2Salt salt;
  std::copy_n(s.body.begin(), salt.size(), salt.begin());
  const Argon2Params params{load_le<std::uint32_t>(s.body.data() + 16),
                            load_le<std::uint32_t>(s.body.data() + 20)};
  CESS_TRY(check_argon2(params));
  Key256 kek;
  CESS_TRY(argon2id(kek.mut(), passphrase, salt, params));
  Key256 dek;
  if (!Aead(AeadId::aes_256_gcm, kek)
           .open(dek.mut(), {}, concat(kPassphraseInfo, h.salt.view()),
                 ByteView(s.body).subspan(kPassphraseFixed))) {
    return fail(Code::no, "the passphrase does not open this file");
  }
  return dek;
}

Result<Key256> open_x25519(const FileHeader& h, const Identities& who) {
  const Bytes info = concat(kHpkeInfo, h.salt.view());
  for (const Stanza& s : h.stanzas) {
    for (const Key256& key : who.keys) {
      Key256 dek;
      const Status ok = hpke_open(dek.mut(), key, info, {}, s.body);
      if (ok) return dek;
      if (ok.error().code != Code::no && ok.error().code != Code::input) {
        return tl::unexpected<Error>(ok.error());
      }
    }
  }
  return fail(Code::no, fmt::format("no identity given opens this file ({} {})", h.stanzas.size(),
                                    h.stanzas.size() == 1 ? "recipient" : "recipients"));
}

Result<Key256> find_dek(const FileHeader& h, const Identities& who) {
  const Stanza& first = h.stanzas.front();
  switch (first.type) {
    case StanzaType::in_clear:
      return Key256(first.body);
    case StanzaType::passphrase:
      if (!who.passphrase) {
        return fail(Code::usage, "this file is locked by a passphrase", {},
                    "give --passphrase-file");
      }
      return open_passphrase(first, h, *who.passphrase);
    case StanzaType::x25519:
      break;
  }
  if (who.keys.empty()) {
    return fail(Code::usage, "this file is encrypted to keys", {}, "give --identity KEYFILE");
  }
  return open_x25519(h, who);
}

}  // namespace

Result<NewHeader> make_header(const Profile& profile, AeadId aead, bool masked,
                              const Recipients& to, Random& random) {
  const int kinds = int{!to.keys.empty()} + int{to.passphrase.has_value()} + int{to.in_clear};
  if (kinds != 1 || to.keys.size() > kStanzaCountMax) {
    return fail(Code::usage, "a file is for recipients, or for a passphrase, or public", {},
                "give --recipient (at most 64), --passphrase-file or --public");
  }
  CESS_TRY(check_profile(profile));
  NewHeader out;
  FileHeader& h = out.header;
  h.aead = aead;
  h.profile = profile;
  random.fill(h.salt.mut());
  const Key256 dek = random.key();
  if (masked) h.mask_box.emplace();  // its flag is among the derivation's parameters
  Derived keys = derive(dek, h);
  h.commitment = Hash256::from(keys.com.view());
  out.keys.aead = aead;
  if (masked) {
    out.keys.mask = random.key();
    Aead(AeadId::aes_256_gcm, keys.msk)
        .seal(*h.mask_box, {}, mask_box_aad(h), out.keys.mask->view());
  }
  out.keys.enc = std::move(keys.enc);
  if (to.in_clear) {
    h.stanzas.push_back({StanzaType::in_clear, Bytes(dek.view().begin(), dek.view().end())});
  } else if (to.passphrase) {
    CESS_TRY_ASSIGN(auto s, seal_passphrase(to, h, dek, random));
    h.stanzas.push_back(std::move(s));
  }
  for (const X25519Public& key : to.keys) {
    CESS_TRY_ASSIGN(auto s, seal_x25519(key, h, dek, random));
    h.stanzas.push_back(std::move(s));
  }
  h.mac = header_mac(h, keys.hdr);
  return out;
}

Result<FileKeys> open_header(const FileHeader& h, const Identities& who) {
  CESS_TRY_ASSIGN(const Key256 dek, find_dek(h, who));
  Derived keys = derive(dek, h);
  if (!equal_ct(keys.com.view(), h.commitment.view())) {
    // Of a key in clear this says that the header was altered; of any other, that the key is wrong.
    const bool clear = h.stanzas.front().type == StanzaType::in_clear;
    return fail(clear ? Code::input : Code::no, "header: the key does not fit its commitment");
  }
  if (!equal_ct(header_mac(h, keys.hdr).view(), h.mac.view())) {
    return fail(Code::input, "header: altered (its MAC does not fit)");
  }
  FileKeys out;
  out.aead = h.aead;
  if (h.mask_box) {
    out.mask.emplace();
    if (!Aead(AeadId::aes_256_gcm, keys.msk)
             .open(out.mask->mut(), {}, mask_box_aad(h), *h.mask_box)) {
      return fail(Code::input, "header: altered (its mask box does not open)");
    }
  }
  out.enc = std::move(keys.enc);
  return out;
}

Key256 segment_key(const Key256& enc, std::uint64_t segment) {
  std::uint8_t number[8];
  store_le(number, segment);
  Key256 out;
  hkdf_sha256_expand(out.mut(), enc.view(), {as_bytes("seg"), ByteView(number)});
  return out;
}

AeadNonce chunk_nonce(std::uint64_t chunk_in_segment, bool final) {
  AeadNonce nonce;
  store_le(nonce.data(), chunk_in_segment);
  store_le(nonce.data() + 8, std::uint32_t{final});
  return nonce;
}

std::array<std::uint8_t, 8> mask_prefix(const FragmentPos& pos) {
  std::array<std::uint8_t, 8> prefix;
  store_le(prefix.data(), pos.segment);
  store_le(prefix.data() + 4, pos.index);
  store_le(prefix.data() + 6, pos.replica);
  return prefix;
}

std::string write_mask_key(const FileId& file, const Key256& mask) {
  Json j;
  j["schema"] = kMaskKeySchema;
  j["file_id"] = to_hex(file);
  j["key"] = to_hex(mask.view());
  return write_json(j) + "\n";
}

Result<MaskKey> parse_mask_key(ByteView text, std::string_view what) {
  CESS_TRY_ASSIGN(const Json json, parse_json(as_text(text), what, {.size_max = 65536}));
  const JsonView view(json, std::string(what));
  CESS_TRY(view.schema(kMaskKeySchema));
  MaskKey out;
  CESS_TRY_ASSIGN(out.file, view.id<FileId>("file_id"));
  CESS_TRY_ASSIGN(auto key, view.hex("key", 32));
  if (key.size() != 32) return fail(Code::input, fmt::format("{}: key is not 32 bytes", what));
  out.key = Key256(key);
  wipe(key);
  return out;
}

}  // namespace cess
