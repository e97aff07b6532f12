// SPDX-License-Identifier: Apache-2.0
#include "key_file.hpp"

#include "audit/tagger_key.hpp"
#include "sys/file.hpp"

namespace cess {

std::string public_path(const std::string& key_path) { return tagger_public_path(key_path); }

Status write_key_files(const std::string& key_path, const TaggerSecret& secret, ByteView pub) {
  // Both names are claimed before either file appears, so that a refusal leaves nothing behind.
  CESS_TRY_ASSIGN(auto key_file, NewFile::create(key_path, {0600, false}));
  CESS_TRY_ASSIGN(auto pub_file, NewFile::create(public_path(key_path), {0644, false}));
  std::string text = write_tagger_key(secret);
  const Status written = key_file.write(as_bytes(text));
  wipe_text(text);
  CESS_TRY(written);
  CESS_TRY(pub_file.write(pub));
  CESS_TRY(key_file.commit());
  return pub_file.commit();
}

Result<TaggerSecret> read_key_file(const std::string& path) {
  CESS_TRY_ASSIGN(Bytes file, read_secret_file(path, kTaggerKeySizeMax));
  auto secret = parse_tagger_key(file, path);
  wipe(file);
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
