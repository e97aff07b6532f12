// SPDX-License-Identifier: Apache-2.0
#include "transfer/recipe.hpp"

#include <algorithm>

#include "base/codec.hpp"
#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "json/json.hpp"

namespace cess::transfer {
namespace {

constexpr std::string_view kRecipeSchema = "cess.recipe/2";
constexpr std::string_view kCheckField = ",\"check\":\"";
constexpr std::string_view kNonceLabel = "CESS-NONCE-v1";

Result<Key256> read_key(const JsonView& view, std::string_view field) {
  CESS_TRY_ASSIGN(auto bytes, view.hex(field, Key256::kSize));
  if (bytes.size() != Key256::kSize)
    return fail(Code::input, view.what() + ": " + std::string(field) + " is not 32 bytes");
  Key256 key(bytes);
  wipe(bytes);
  return key;
}

// What ends a recipe whose text up to there is `body`.
std::string check_of(std::string_view body) {
  return std::string(kCheckField) + to_hex(sha256(as_bytes(body))) + "\"}\n";
}

bool is_whole(std::string_view text) {
  const auto at = text.rfind(kCheckField);
  return at != std::string_view::npos && text.substr(at) == check_of(text.substr(0, at));
}

}  // namespace

std::array<std::uint8_t, 16> Recipe::nonce(const FragmentPos& pos) const {
  const Bytes place = Writer().le(pos.segment).le(pos.index).le(pos.replica).take();
  const Hash256 h = sha256({as_bytes(kNonceLabel), nonces.view(), place});
  std::array<std::uint8_t, 16> out{};
  std::copy_n(h.bytes.begin(), out.size(), out.begin());
  return out;
}

std::string write_recipe(const FileId& file, const Recipe& recipe) {
  Bytes digests;
  for (const Hash256& d : recipe.digests) append(digests, d.view());
  Json j;
  j["schema"] = kRecipeSchema;
  j["file_id"] = to_hex(file);
  j["enc"] = to_hex(recipe.keys.enc.view());
  if (recipe.keys.mask) j["mask"] = to_hex(recipe.keys.mask->view());
  j["nonces"] = to_hex(recipe.nonces.view());
  j["digests"] = to_hex(digests);
  std::string text = write_json(j);
  text.pop_back();  // the brace
  text += check_of(text);
  return text;
}

Result<Recipe> parse_recipe(ByteView text, const Manifest& manifest, std::string_view what) {
  if (text.size() <= kRecipeSizeMax && !is_whole(as_text(text)))
    return fail(Code::input, std::string(what) + " is damaged");
  CESS_TRY_ASSIGN(const Json json, parse_json(as_text(text), what, {.size_max = kRecipeSizeMax}));
  const JsonView view(json, std::string(what));
  CESS_TRY(view.schema(kRecipeSchema));
  const auto wrong = [&] {
    return fail(Code::input, std::string(what) + " is not that of the manifest beside it");
  };
  CESS_TRY_ASSIGN(const auto file, view.id<FileId>("file_id"));
  Recipe out;
  out.keys.aead = manifest.header.aead;
  CESS_TRY_ASSIGN(out.keys.enc, read_key(view, "enc"));
  if (view.has("mask")) {
    CESS_TRY_ASSIGN(out.keys.mask, read_key(view, "mask"));
  }
  CESS_TRY_ASSIGN(out.nonces, read_key(view, "nonces"));
  const std::size_t count = manifest.segments.size();
  CESS_TRY_ASSIGN(const Bytes digests, view.hex("digests", count * Hash256::kSize));
  if (file != manifest.file || digests.size() != count * Hash256::kSize ||
      out.keys.mask.has_value() != manifest.header.masked()) {
    return wrong();
  }
  for (std::size_t i = 0; i < count; ++i)
    out.digests.push_back(
        Hash256::from(ByteView(digests).subspan(i * Hash256::kSize, Hash256::kSize)));
  return out;
}

}  // namespace cess::transfer
