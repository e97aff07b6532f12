// SPDX-License-Identifier: Apache-2.0
#include "crypto/blake2b.hpp"

#include <sodium.h>

#include "base/check.hpp"

namespace cess {
namespace {

void hash_into(MutByteView out, std::initializer_list<ByteView> parts) {
  crypto_generichash_state state;
  CESS_CHECK(crypto_generichash_init(&state, nullptr, 0, out.size()) == 0);
  for (const ByteView part : parts) {
    CESS_CHECK(crypto_generichash_update(&state, part.data(), part.size()) == 0);
  }
  CESS_CHECK(crypto_generichash_final(&state, out.data(), out.size()) == 0);
}

}  // namespace

Hash256 blake2b_256(std::initializer_list<ByteView> parts) {
  Hash256 out;
  hash_into(out.mut(), parts);
  return out;
}

Hash512 blake2b_512(std::initializer_list<ByteView> parts) {
  Hash512 out;
  hash_into(out, parts);
  return out;
}

}  // namespace cess
