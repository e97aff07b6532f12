// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "fingerprint/blake3.hpp"
#include "fingerprint/chunks.hpp"
#include "fingerprint/iscc.hpp"
#include "fingerprint/kinds.hpp"
#include "fingerprint/set_features.hpp"

namespace cess::fp {

Result<Content> fingerprint_other(ByteView file, std::string_view type,
                                  const OnProgress& progress) {
  constexpr std::size_t kPart = 4U << 20U;
  Content c;
  c.kind = Kind::other;
  c.type = type;
  DataHasher hasher;
  Blake3 name;
  for (std::size_t at = 0; at < file.size(); at += kPart) {
    const ByteView part = file.subspan(at, std::min(kPart, file.size() - at));
    hasher.update(part);
    name.update(part);
    if (progress) progress(std::min(at + kPart, file.size()));
  }
  const DataFeatures f = hasher.finish();
  add_set_features(c, "data", f.sketch, f.minhash);
  c.iscc = {iscc_text(IsccUnit::data, f.iscc, 256),
            iscc_text(IsccUnit::instance, name.finish(), 256)};
  return c;
}

}  // namespace cess::fp
