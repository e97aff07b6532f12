// SPDX-License-Identifier: Apache-2.0
// links: podr2
// Tagger public keys. A whole file is 406 kB, more than mutation can cover: the input is laid over
// the front of a good file, and also read as it is, and as secret fields.
#include <algorithm>

#include "base/check.hpp"
#include "podr2/keys.hpp"

namespace {
/// A file whose powers are all the generator: well formed, though no key.
cess::Bytes good_file() {
  using namespace cess;
  TaggerPublic key;
  key.head.v = bls::G2::generator();
  key.head.w = bls::G2::generator();
  key.powers.assign(kSectors, bls::to_affine({&bls::G1::generator(), 1})[0]);
  return encode_tagger_public(key);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  static const Bytes good = good_file();
  const ByteView in(data, size);
  static_cast<void>(parse_tagger_head(in));
  Bytes file = good;
  std::copy_n(data, std::min(size, file.size()), file.begin());
  if (const auto head = parse_tagger_head(file)) {
    CESS_CHECK(head->id == tagger_id(*head));
    CESS_CHECK(!head->v.is_identity() && !head->w.is_identity());
    // Decompressing 8,457 points for each input would leave little else: only when a power was
    // touched.
    if (size > kTaggerHeadSize) {
      if (const auto key = parse_tagger_public(file))
        CESS_CHECK(encode_tagger_public(*key) == file);
    }
  }
  if (size >= 96) {
    const auto secret = TaggerSecret::from_fields(in.first(32), in.subspan(32, 32),
                                                  in.subspan(64, 32), TaggerClass::owner, {});
    if (secret) CESS_CHECK(std::ranges::equal(secret->alpha_bytes().view(), in.first(32)));
  }
  return 0;
}
