// SPDX-License-Identifier: Apache-2.0
#include "audit/tagger_key.hpp"

#include "json/json.hpp"

namespace cess {
namespace {

void put_hex(std::string& text, ByteView bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (const std::uint8_t b : bytes) {
    text += kDigits[b >> 4U];
    text += kDigits[b & 15U];
  }
}

void wipe_strings(Json& doc) {
  for (auto& [key, value] : doc.items()) {
    if (value.is_string()) wipe_text(value.get_ref<std::string&>());
  }
}

Result<TaggerSecret> secret_from_json(const JsonView& v) {
  CESS_TRY(v.schema("cess.tagger_key/1"));
  Key256 fields[3];
  const char* const names[] = {"alpha", "tau", "sign_seed"};
  for (int i = 0; i < 3; ++i) {
    CESS_TRY_ASSIGN(Bytes bytes, v.hex(names[i], Key256::kSize));
    if (bytes.size() != Key256::kSize) {
      wipe(bytes);
      return fail(Code::input, v.what() + ": " + names[i] + ": expected 32 bytes");
    }
    fields[i] = Key256(bytes);
    wipe(bytes);
  }
  CESS_TRY_ASSIGN(const std::string cls, v.text("class"));
  if (cls.size() != 1) return fail(Code::input, v.what() + ": class: expected A, B or C");
  auto parsed = parse_tagger_class(cls[0]);
  if (!parsed) return fail(Code::input, v.what() + ": class: expected A, B or C");
  CESS_TRY_ASSIGN(const Hash256 attestation, v.id<Hash256>("attestation"));
  auto secret = TaggerSecret::from_fields(fields[0].view(), fields[1].view(), fields[2].view(),
                                          *parsed, attestation);
  if (!secret) return fail(Code::input, v.what() + ": " + secret.error().message);
  return secret;
}

}  // namespace

void wipe_text(std::string& text) {
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
}

std::string write_tagger_key(const TaggerSecret& secret) {
  std::string text;
  text.reserve(kTaggerKeySizeMax);  // no reallocation leaves a copy behind
  text += R"({"schema":"cess.tagger_key/1","alpha":")";
  put_hex(text, secret.alpha_bytes().view());
  text += R"(","tau":")";
  put_hex(text, secret.tau_bytes().view());
  text += R"(","sign_seed":")";
  put_hex(text, secret.sign_seed().view());
  text += R"(","class":")";
  text += static_cast<char>(secret.cls());
  text += R"(","attestation":")";
  put_hex(text, secret.attestation().view());
  text += "\"}\n";
  return text;
}

Result<TaggerSecret> parse_tagger_key(ByteView text, std::string_view what) {
  auto doc = parse_json(as_text(text), what, {kTaggerKeySizeMax, 2});
  if (!doc) return tl::unexpected<Error>(doc.error());
  auto secret = secret_from_json(JsonView(*doc, std::string(what)));
  if (doc->is_object()) wipe_strings(*doc);
  return secret;
}

std::string tagger_public_path(const std::string& key_path) {
  constexpr std::string_view kSuffix = ".key";
  if (key_path.size() > kSuffix.size() && key_path.ends_with(kSuffix)) {
    return key_path.substr(0, key_path.size() - kSuffix.size()) + ".pub";
  }
  return key_path + ".pub";
}

}  // namespace cess
