// SPDX-License-Identifier: Apache-2.0
// links: transfer codec crypto base
// Recipes beside two manifests, one masked: what parses has a digest for each segment and is
// written again to the same meaning; what does not is the input's fault. No fuzzer finds the check
// at the end of one, so that each input is looked at with a fitting one put to it as well; when
// that parses, any other byte in it does not.
#include <cstddef>
#include <cstdint>

#include <string>

#include "base/check.hpp"
#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "transfer/recipe.hpp"

namespace {

using namespace cess;

// Only what the parser looks at.
Manifest manifest_of(std::size_t segments, bool masked) {
  Manifest out;
  out.file.bytes.fill(0x11);
  out.segments.resize(segments);
  if (masked) out.header.mask_box.emplace();
  return out;
}

void check_one(ByteView text, const Manifest& manifest) {
  const auto recipe = transfer::parse_recipe(text, manifest, "fuzz");
  if (!recipe) {
    CESS_CHECK(recipe.error().code == Code::input);
    return;
  }
  CESS_CHECK(recipe->digests.size() == manifest.segments.size());
  CESS_CHECK(recipe->keys.mask.has_value() == manifest.masked());
  std::string written = transfer::write_recipe(manifest.file, *recipe);
  const auto again = transfer::parse_recipe(as_bytes(written), manifest, "again");
  CESS_CHECK(again.has_value() && again->digests == recipe->digests);
  CESS_CHECK(transfer::write_recipe(manifest.file, *again) == written);
  CESS_CHECK(again->nonce({1, 2, 3}) == recipe->nonce({1, 2, 3}));
  written[text.size() % written.size()] ^= 1;
  CESS_CHECK(!transfer::parse_recipe(as_bytes(written), manifest, "damaged"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Manifest manifests[] = {manifest_of(2, true), manifest_of(1, false)};
  std::string body(as_text({data, size}));
  body = body.substr(0, body.rfind('}'));  // the end of what is a whole document
  const std::string sealed = body + ",\"check\":\"" + to_hex(sha256(as_bytes(body))) + "\"}\n";
  for (const Manifest& manifest : manifests) {
    check_one({data, size}, manifest);
    check_one(as_bytes(sealed), manifest);
  }
  return 0;
}
