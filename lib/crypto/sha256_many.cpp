// SPDX-License-Identifier: Apache-2.0
#include "base/check.hpp"
#include "crypto/sha256.hpp"

namespace cess {

void sha256_many(std::span<Hash256> out, std::uint8_t prefix,
                 std::span<const std::uint8_t* const> messages, std::size_t size) {
  CESS_CHECK(out.size() == messages.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = sha256({ByteView(&prefix, 1), ByteView(messages[i], size)});
  }
}

void sha256_pairs(std::span<Hash256> out, std::span<const Hash256> pairs) {
  CESS_CHECK(pairs.size() == 2 * out.size());
  constexpr std::uint8_t kNode = 1;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = sha256({ByteView(&kNode, 1), pairs[2 * i].view(), pairs[2 * i + 1].view()});
  }
}

}  // namespace cess
