// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/iscc.hpp"
#include "fingerprint/kinds.hpp"
#include "fingerprint/set_features.hpp"
#include "fingerprint/text_extract.hpp"
#include "fingerprint/text_features.hpp"

namespace cess::fp {
namespace {

/// The ISCC text unit is made for texts up to this size only.
constexpr std::size_t kIsccTextSizeMax = 1U << 20U;

}  // namespace

Result<Content> fingerprint_text(ByteView file, std::string_view type, const OnProgress& progress) {
  Content c;
  c.kind = Kind::text;
  c.type = type;
  std::string store;
  CESS_TRY_ASSIGN(const std::string_view text, extract_text(file, type, store));
  const TextFeatures f = text_features(text);
  add_set_features(c, "text", f.sketch, f.minhash);
  if (text.size() <= kIsccTextSizeMax && f.words != 0) {
    c.iscc.push_back(iscc_text(IsccUnit::text, iscc_text_body(iscc_collapse(text)), 256));
  }
  if (progress) progress(file.size());
  return c;
}

}  // namespace cess::fp
