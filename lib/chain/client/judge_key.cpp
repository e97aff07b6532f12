// SPDX-License-Identifier: Apache-2.0
#include "chain/client/judge_key.hpp"

#include "base/hex.hpp"
#include "json/json.hpp"
#include "sys/file.hpp"

namespace cess::client {
namespace {

constexpr std::string_view kJudgeKeySchema = "cess.judge_key/1";
constexpr std::size_t kJudgeKeySizeMax = 4096;

}  // namespace

Status write_judge_key(const std::string& path, const Key256& seed) {
  std::string text = write_json(Json{{"schema", kJudgeKeySchema}, {"seed", to_hex(seed.view())}});
  text += "\n";
  const Status written = write_file(path, as_bytes(text), {.mode = 0600});
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return written;
}

Result<bls::SecretKey> read_judge_key(const std::string& path) {
  CESS_TRY_ASSIGN(Bytes bytes, read_secret_file(path, kJudgeKeySizeMax));
  const auto json = parse_json(as_text(bytes), path);
  wipe(bytes);
  if (!json) return tl::unexpected(json.error());
  const JsonView view(*json, path);
  CESS_TRY(view.schema(kJudgeKeySchema));
  CESS_TRY_ASSIGN(Bytes seed, view.hex("seed", Key256::kSize));
  if (seed.size() != Key256::kSize) {
    return fail(Code::input, path + ": seed is not 32 bytes", "seed");
  }
  auto key = bls::SecretKey::generate(seed);
  wipe(seed);
  if (!key) return fail(Code::input, path + ": seed makes no key", "seed");
  return std::move(*key);
}

idle_space::Appoint make_appointment(const Hash256& genesis, const AccountId& validator,
                                     const bls::SecretKey& key) {
  return {key.public_key().bytes(), key.prove_possession().bytes(),
          key.sign(idle_space::appoint_message(genesis, validator)).bytes()};
}

}  // namespace cess::client
