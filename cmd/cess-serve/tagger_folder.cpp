// SPDX-License-Identifier: Apache-2.0
#include "tagger_folder.hpp"

#include "audit/tagger_key.hpp"
#include "chain/client/key_file.hpp"
#include "sys/file.hpp"

namespace cess {
namespace {

constexpr std::size_t kConfigSizeMax = 65'536;

}  // namespace

Result<std::unique_ptr<TaggerFolder>> read_tagger_folder(const std::string& folder) {
  const std::string path = folder + "/config.json";
  CESS_TRY_ASSIGN(const Bytes text, read_file(path, kConfigSizeMax));
  CESS_TRY_ASSIGN(tagger::TaggerConfig config, tagger::parse_tagger_config(text, path));
  config = tagger::located(std::move(config), folder);
  CESS_TRY_ASSIGN(AccountKey account, client::read_key_file(config.account_key));
  CESS_TRY_ASSIGN(Bytes key_text, read_secret_file(config.tagger_key, kTaggerKeySizeMax));
  auto secret = parse_tagger_key(key_text, config.tagger_key);
  wipe(key_text);
  if (!secret) return tl::unexpected<Error>(secret.error());
  Bytes pub;
  if (const std::string at = tagger_public_path(config.tagger_key); path_exists(at)) {
    CESS_TRY_ASSIGN(pub, read_file(at, kTaggerPublicSize));
  } else {
    pub = encode_tagger_public(make_tagger_public(*secret));
  }
  CESS_TRY_ASSIGN(TaggerHead head, parse_tagger_head(pub));
  return std::make_unique<TaggerFolder>(TaggerFolder{std::move(config), std::move(account),
                                                     std::move(*secret), std::move(pub), head});
}

}  // namespace cess
