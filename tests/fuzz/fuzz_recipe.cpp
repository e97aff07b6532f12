// SPDX-License-Identifier: Apache-2.0
// links: transfer codec base
// Recipes beside two manifests, one masked: what parses has a digest for each segment and is
// written again to the same meaning; what does not is the input's fault.
#include <cstddef>
#include <cstdint>

#include "base/check.hpp"
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Manifest manifests[] = {manifest_of(2, true), manifest_of(1, false)};
  for (const Manifest& manifest : manifests) {
    const auto recipe = transfer::parse_recipe({data, size}, manifest, "fuzz");
    if (!recipe) {
      CESS_CHECK(recipe.error().code == Code::input);
      continue;
    }
    CESS_CHECK(recipe->digests.size() == manifest.segments.size());
    CESS_CHECK(recipe->keys.mask.has_value() == manifest.masked());
    const std::string text = transfer::write_recipe(manifest.file, *recipe);
    const auto again = transfer::parse_recipe(as_bytes(text), manifest, "again");
    CESS_CHECK(again.has_value() && again->digests == recipe->digests);
    CESS_CHECK(transfer::write_recipe(manifest.file, *again) == text);
    CESS_CHECK(again->nonce({1, 2, 3}) == recipe->nonce({1, 2, 3}));
  }
  return 0;
}
