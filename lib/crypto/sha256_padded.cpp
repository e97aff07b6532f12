// SPDX-License-Identifier: Apache-2.0
// Hands groups of messages to the kernels as they lie. OpenSSL's block function, deprecated for
// the reason of decision 0102, is for processors without SHA instructions.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/sha256_padded.hpp"

#include <openssl/sha.h>

#include <array>
#include <cstring>

#include "base/check.hpp"
#include "base/endian.hpp"
#include "crypto/detail/sha256_kernels.hpp"

namespace cess {
namespace {

using detail::Sha256Kernel;

void store_word(Hash256& out, std::size_t word, std::uint32_t value) {
  const std::uint32_t big = __builtin_bswap32(value);
  std::memcpy(out.bytes.data() + 4 * word, &big, sizeof big);
}

#if defined(__x86_64__)
using Compress = void (*)(std::uint32_t*, const std::uint8_t* const*, std::size_t);

template <std::size_t N>
void hash_group(Compress compress, Hash256* out, const std::uint8_t* const* messages,
                std::size_t block_count) {
  alignas(64) CESS_UNINITIALIZED std::array<std::uint32_t, 8 * N> state;
  for (std::size_t j = 0; j < 8; ++j) {
    for (std::size_t i = 0; i < N; ++i) state[j * N + i] = detail::kSha256Init[j];
  }
  compress(state.data(), messages, block_count);
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t j = 0; j < 8; ++j) store_word(out[i], j, state[j * N + i]);
  }
}
#endif

void hash_one(Hash256& out, const std::uint8_t* message, std::size_t block_count) {
#if defined(__x86_64__)
  if (detail::usable(Sha256Kernel::shani)) {
    return hash_group<1>(detail::sha256_compress_shani1, &out, &message, block_count);
  }
#endif
  SHA256_CTX ctx;
  SHA256_Init(&ctx);
  for (std::size_t b = 0; b < block_count; ++b) SHA256_Transform(&ctx, message + 64 * b);
  for (std::size_t j = 0; j < 8; ++j) store_word(out, j, ctx.h[j]);
}

std::span<const std::size_t> find_widths() {
  static constexpr std::array<std::size_t, 3> kAvx512 = {1, 2, 16};
  static constexpr std::array<std::size_t, 2> kAvx2 = {1, 8};
  static constexpr std::array<std::size_t, 1> kNone = {1};
  const bool shani = detail::usable(Sha256Kernel::shani);
  if (shani && detail::usable(Sha256Kernel::avx512)) return kAvx512;
  if (shani) return std::span(kAvx512).first(2);
  if (detail::usable(Sha256Kernel::avx2)) return kAvx2;
  return kNone;
}

}  // namespace

std::span<const std::size_t> sha256_widths() {
  static const std::span<const std::size_t> widths = find_widths();
  return widths;
}

void sha256_padded(std::span<Hash256> out, std::span<const std::uint8_t* const> messages,
                   std::size_t block_count) {
  CESS_CHECK(out.size() == messages.size());
  std::size_t i = 0;
#if defined(__x86_64__)
  const bool shani = detail::usable(Sha256Kernel::shani);
  if (detail::usable(Sha256Kernel::avx512)) {
    for (; i + 16 <= out.size(); i += 16) {
      hash_group<16>(detail::sha256_compress_avx512, &out[i], &messages[i], block_count);
    }
  }
  if (!shani && detail::usable(Sha256Kernel::avx2)) {
    for (; i + 8 <= out.size(); i += 8) {
      hash_group<8>(detail::sha256_compress_avx2, &out[i], &messages[i], block_count);
    }
  }
  if (shani) {
    for (; i + 2 <= out.size(); i += 2) {
      hash_group<2>(detail::sha256_compress_shani2, &out[i], &messages[i], block_count);
    }
  }
#endif
  for (; i < out.size(); ++i) hash_one(out[i], messages[i], block_count);
}

bool sha256_prefers_rows() {
#if defined(__x86_64__)
  return detail::usable(Sha256Kernel::avx512);
#else
  return false;
#endif
}

void sha256_rows(std::span<std::uint32_t, kRowHashWords> out,
                 std::span<const std::uint32_t* const> rows) {
  CESS_CHECK(!rows.empty() && rows.size() % 16 == 0);
#if defined(__x86_64__)
  if (sha256_prefers_rows()) {
    for (std::size_t j = 0; j < 8; ++j) {
      for (std::size_t i = 0; i < kRowLanes; ++i) out[j * kRowLanes + i] = detail::kSha256Init[j];
    }
    detail::sha256_compress_rows_avx512(out.data(), rows.data(), rows.size() / 16);
    return;
  }
#endif
  Bytes message(4 * rows.size());
  for (std::size_t i = 0; i < kRowLanes; ++i) {
    for (std::size_t j = 0; j < rows.size(); ++j) store_be(message.data() + 4 * j, rows[j][i]);
    Hash256 hash;
    hash_one(hash, message.data(), rows.size() / 16);
    for (std::size_t j = 0; j < 8; ++j) {
      out[j * kRowLanes + i] = load_be<std::uint32_t>(hash.bytes.data() + 4 * j);
    }
  }
}

void sha256_unpack_rows(std::span<Hash256* const> out, std::span<const std::uint32_t> hashes) {
  CESS_CHECK(out.size() == kRowLanes && hashes.size() % kRowHashWords == 0);
  const std::size_t count = hashes.size() / kRowHashWords;
  std::size_t first = 0;
#if defined(__x86_64__)
  if (sha256_prefers_rows()) {
    std::array<std::uint8_t*, kRowLanes> bytes;
    for (std::size_t i = 0; i < kRowLanes; ++i) bytes[i] = out[i]->bytes.data();
    detail::sha256_unpack_rows_avx512(bytes.data(), hashes.data(), count / 2);
    first = count / 2 * 2;
  }
#endif
  for (std::size_t k = first; k < count; ++k) {
    for (std::size_t i = 0; i < kRowLanes; ++i) {
      for (std::size_t j = 0; j < 8; ++j) {
        store_word(out[i][k], j, hashes[k * kRowHashWords + j * kRowLanes + i]);
      }
    }
  }
}

Hash256 chunk_padding(std::size_t chunk_count) {
  CESS_CHECK(chunk_count > 0 && chunk_count % 2 == 0 && chunk_count < 1000);
  Hash256 out;
  out.bytes[0] = 0x80;
  store_be(out.bytes.data() + 16,
           static_cast<std::uint32_t>(8 * (kChunkHead + chunk_count * Hash256::kSize)));
  return out;
}

bool sha256_has_shani() { return detail::usable(Sha256Kernel::shani); }

void pad_sha256(MutByteView block, std::size_t size) {
  CESS_CHECK(block.size() % 64 == 0 && block.size() >= size + 9 && block.size() < size + 73);
  block[size] = 0x80;
  std::memset(block.data() + size + 1, 0, block.size() - size - 1);
  store_be(block.data() + block.size() - 8, std::uint64_t{8} * size);
}

}  // namespace cess
