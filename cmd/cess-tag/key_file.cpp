// SPDX-License-Identifier: Apache-2.0
#include "key_file.hpp"

#include "base/hex.hpp"
#include "json/json.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

constexpr std::size_t kKeyFileMax = 4096;

/// Secrets as text, wiped when it goes.
struct SecretText {
  std::string text;
  SecretText() { text.reserve(kKeyFileMax); }  // no reallocation leaves a copy behind
  ~SecretText() { wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}); }
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  void hex(ByteView bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    for (const std::uint8_t b : bytes) {
      text += kDigits[b >> 4U];
      text += kDigits[b & 15U];
    }
  }
};

void wipe_strings(Json& doc) {
  for (auto& [key, value] : doc.items()) {
    if (!value.is_string()) continue;
    auto& s = value.get_ref<std::string&>();
    wipe({reinterpret_cast<std::uint8_t*>(s.data()), s.size()});
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

std::string public_path(const std::string& key_path) {
  constexpr std::string_view kSuffix = ".key";
  if (key_path.size() > kSuffix.size() && key_path.ends_with(kSuffix)) {
    return key_path.substr(0, key_path.size() - kSuffix.size()) + ".pub";
  }
  return key_path + ".pub";
}

Status write_key_files(const std::string& key_path, const TaggerSecret& secret, ByteView pub) {
  SecretText doc;
  doc.text += R"({"schema":"cess.tagger_key/1","alpha":")";
  doc.hex(secret.alpha_bytes().view());
  doc.text += R"(","tau":")";
  doc.hex(secret.tau_bytes().view());
  doc.text += R"(","sign_seed":")";
  doc.hex(secret.sign_seed().view());
  doc.text += R"(","class":")";
  doc.text += static_cast<char>(secret.cls());
  doc.text += R"(","attestation":")";
  doc.hex(secret.attestation().view());
  doc.text += "\"}\n";
  // Both names are claimed before either file appears, so that a refusal leaves nothing behind.
  CESS_TRY_ASSIGN(auto key_file, NewFile::create(key_path, {0600, false}));
  CESS_TRY_ASSIGN(auto pub_file, NewFile::create(public_path(key_path), {0644, false}));
  CESS_TRY(key_file.write(as_bytes(doc.text)));
  CESS_TRY(pub_file.write(pub));
  CESS_TRY(key_file.commit());
  return pub_file.commit();
}

Result<TaggerSecret> read_key_file(const std::string& path) {
  CESS_TRY_ASSIGN(Bytes file, read_secret_file(path, kKeyFileMax));
  auto doc = parse_json(as_text(file), path, {kKeyFileMax, 2});
  wipe(file);
  if (!doc) return tl::unexpected<Error>(doc.error());
  auto secret = secret_from_json(JsonView(*doc, path));
  if (doc->is_object()) wipe_strings(*doc);
  return secret;
}

Result<Bytes> read_public_file(const std::string& path) {
  auto file = read_file(path, kTaggerPublicSize);
  if (!file) return file;
  auto head = parse_tagger_head(*file);
  if (!head) return fail(Code::input, "'" + path + "': " + head.error().message, path);
  return file;
}

Result<Bytes> read_or_make_public(const std::string& key_path, const TaggerSecret& secret) {
  const std::string path = public_path(key_path);
  if (path_exists(path)) return read_public_file(path);
  return encode_tagger_public(make_tagger_public(secret));
}

}  // namespace cess
