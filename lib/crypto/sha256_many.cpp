// SPDX-License-Identifier: Apache-2.0
// Feeds the kernels: cuts a batch into groups of as many messages as a kernel has lanes, builds the
// first and the last blocks of each message, and lets the kernel read the blocks between where they
// lie. With the prefix byte in front, block t of a message starts at byte 64t - 1 of its data.
#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.hpp"
#include "base/endian.hpp"
#include "crypto/detail/sha256_kernels.hpp"
#include "crypto/sha256.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace cess {
namespace detail {
namespace {

constexpr std::size_t kBlock = 64;
constexpr std::size_t kEdgeBlocks = 3;  // blocks of a message that are built in a buffer at once

using Compress = void (*)(std::uint32_t*, const std::uint8_t* const*, std::size_t);

// Where the pieces of every message of a batch lie; the same for all.
struct Shape {
  std::uint8_t prefix;
  std::size_t size;    // of the data, without the prefix
  std::size_t blocks;  // with prefix, data and padding
  std::size_t direct;  // blocks read in place: blocks 1..direct
};

Shape shape_of(std::uint8_t prefix, std::size_t size) {
  const std::size_t total = size + 1;
  const std::size_t blocks = (total + 9 + kBlock - 1) / kBlock;  // 0x80 and the 8-byte length
  // Few blocks are cheaper to build in one piece than to hand over in three.
  const std::size_t direct = blocks <= kEdgeBlocks ? 0 : total / kBlock - 1;
  return {prefix, size, blocks, direct};
}

// Bytes [64 * first, 64 * (first + count)) of the padded message: either inside the data, or up to
// the end of the message and starting no later than the end of the data.
void build(std::uint8_t* out, const Shape& shape, const std::uint8_t* data, std::size_t first,
           std::size_t count) {
  std::size_t at = 0;
  if (first == 0) out[at++] = shape.prefix;
  const std::size_t from = first * kBlock + at - 1;  // offset in the data
  const std::size_t end = count * kBlock;
  if (first + count < shape.blocks) {
    std::memcpy(out + at, data + from, end - at);
    return;
  }
  const std::size_t left = shape.size - from;
  if (left != 0) std::memcpy(out + at, data + from, left);
  at += left;
  out[at++] = 0x80;
  std::memset(out + at, 0, end - at);
  store_be(out + end - 8, std::uint64_t{8} * (shape.size + 1));
}

// The same for a whole message of 64 bytes, a pair of hashes: sizes known to the compiler.
void build_pair(std::uint8_t* out, std::uint8_t prefix, const std::uint8_t* data) {
  out[0] = prefix;
  std::memcpy(out + 1, data, kBlock);
  std::memset(out + kBlock + 1, 0, kBlock - 1);
  out[kBlock + 1] = 0x80;
  store_be(out + 2 * kBlock - 8, std::uint64_t{8} * (kBlock + 1));
}

template <std::size_t N>
void hash_group(Compress compress, Hash256* out, const Shape& shape,
                const std::uint8_t* const* messages, std::size_t count) {
  alignas(64) CESS_UNINITIALIZED std::array<std::uint32_t, 8 * N> state;
  for (std::size_t j = 0; j < 8; ++j) {
    for (std::size_t i = 0; i < N; ++i) state[j * N + i] = kSha256Init[j];
  }
  // Lanes without a message of their own repeat the last one.
  const auto message = [&](std::size_t i) { return messages[std::min(i, count - 1)]; };
  alignas(64) CESS_UNINITIALIZED std::array<std::array<std::uint8_t, kEdgeBlocks * kBlock>, N> edge;
  std::array<const std::uint8_t*, N> lane;
  const auto run_built = [&](std::size_t first, std::size_t blocks) {
    for (std::size_t i = 0; i < N; ++i) {
      lane[i] = edge[std::min(i, count - 1)].data();
      if (i < count) build(edge[i].data(), shape, message(i), first, blocks);
    }
    compress(state.data(), lane.data(), blocks);
  };
  if (shape.size == kBlock) {
    for (std::size_t i = 0; i < N; ++i) {
      lane[i] = edge[std::min(i, count - 1)].data();
      if (i < count) build_pair(edge[i].data(), shape.prefix, messages[i]);
    }
    compress(state.data(), lane.data(), 2);
  } else if (shape.direct == 0) {
    run_built(0, shape.blocks);
  } else {
    run_built(0, 1);
    for (std::size_t i = 0; i < N; ++i) lane[i] = message(i) + kBlock - 1;
    compress(state.data(), lane.data(), shape.direct);
    run_built(1 + shape.direct, shape.blocks - 1 - shape.direct);
  }
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < 8; ++j) {
      const std::uint32_t word = __builtin_bswap32(state[j * N + i]);
      std::memcpy(out[i].bytes.data() + 4 * j, &word, sizeof word);
    }
  }
}

void hash_openssl(std::span<Hash256> out, std::uint8_t prefix,
                  std::span<const std::uint8_t* const> messages, std::size_t size) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = sha256({ByteView(&prefix, 1), ByteView(messages[i], size)});
  }
}

#if defined(__x86_64__)
bool has_sha_instructions() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && ((b >> 29U) & 1U) != 0;
}

void hash_shani(std::span<Hash256> out, const Shape& shape,
                std::span<const std::uint8_t* const> messages) {
  std::size_t i = 0;
  for (; i + 2 <= out.size(); i += 2) {
    hash_group<2>(sha256_compress_shani2, &out[i], shape, &messages[i], 2);
  }
  if (i < out.size()) hash_group<1>(sha256_compress_shani1, &out[i], shape, &messages[i], 1);
}

// Groups of N messages; what is left over goes to the same kernel with idle lanes when at least
// `worth` lanes would be busy, and to the kernel for few messages below that.
template <std::size_t N>
void hash_lanes(Compress compress, std::size_t worth, std::span<Hash256> out, const Shape& shape,
                std::span<const std::uint8_t* const> messages) {
  std::size_t i = 0;
  for (; i + N <= out.size(); i += N) {
    hash_group<N>(compress, &out[i], shape, &messages[i], N);
  }
  const std::size_t left = out.size() - i;
  if (left >= worth) {
    hash_group<N>(compress, &out[i], shape, &messages[i], left);
  } else if (left > 0 && usable(Sha256Kernel::shani)) {
    hash_shani(out.subspan(i), shape, messages.subspan(i));
  } else if (left > 0) {
    hash_openssl(out.subspan(i), shape.prefix, messages.subspan(i), shape.size);
  }
}
#endif

Sha256Kernel find_best() {
  for (const Sha256Kernel k : {Sha256Kernel::avx512, Sha256Kernel::shani, Sha256Kernel::avx2}) {
    if (usable(k)) return k;
  }
  return Sha256Kernel::openssl;
}

}  // namespace

const char* name_of(Sha256Kernel kernel) {
  switch (kernel) {
    case Sha256Kernel::openssl:
      return "openssl";
    case Sha256Kernel::shani:
      return "shani";
    case Sha256Kernel::avx2:
      return "avx2";
    case Sha256Kernel::avx512:
      return "avx512";
  }
  return "?";
}

bool usable(Sha256Kernel kernel) {
#if defined(__x86_64__)
  static const bool shani = has_sha_instructions() && __builtin_cpu_supports("sse4.1") != 0;
  static const bool avx2 = __builtin_cpu_supports("avx2") != 0;
  static const bool avx512 =
      __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0;
  if (kernel == Sha256Kernel::shani) return shani;
  if (kernel == Sha256Kernel::avx2) return avx2;
  if (kernel == Sha256Kernel::avx512) return avx512;
#endif
  return kernel == Sha256Kernel::openssl;
}

Sha256Kernel best_sha256_kernel() {
  static const Sha256Kernel best = find_best();
  return best;
}

void sha256_many_with(Sha256Kernel kernel, std::span<Hash256> out, std::uint8_t prefix,
                      std::span<const std::uint8_t* const> messages, std::size_t size) {
  CESS_CHECK(out.size() == messages.size());
  CESS_CHECK(usable(kernel));
#if defined(__x86_64__)
  const Shape shape = shape_of(prefix, size);
  switch (kernel) {
    // Measured: 16 lanes, however few busy, take as long as 7 messages by SHA instructions, and the
    // time of 1 to 2 by the scalar code of processors that have none.
    case Sha256Kernel::avx512:
      return hash_lanes<16>(sha256_compress_avx512, usable(Sha256Kernel::shani) ? 7 : 2, out, shape,
                            messages);
    case Sha256Kernel::avx2:
      return hash_lanes<8>(sha256_compress_avx2, 3, out, shape, messages);
    case Sha256Kernel::shani:
      return hash_shani(out, shape, messages);
    case Sha256Kernel::openssl:
      break;
  }
#endif
  hash_openssl(out, prefix, messages, size);
}

}  // namespace detail

void sha256_many(std::span<Hash256> out, std::uint8_t prefix,
                 std::span<const std::uint8_t* const> messages, std::size_t size) {
  detail::sha256_many_with(detail::best_sha256_kernel(), out, prefix, messages, size);
}

void sha256_pairs(std::span<Hash256> out, std::span<const Hash256> pairs) {
  CESS_CHECK(pairs.size() == 2 * out.size());
  constexpr std::uint8_t kNodePrefix = 0x01;
  // A pair is 64 bytes in a row.
  std::array<const std::uint8_t*, 64> message;
  while (!out.empty()) {
    const std::size_t n = std::min(out.size(), message.size());
    for (std::size_t i = 0; i < n; ++i) message[i] = pairs[2 * i].bytes.data();
    sha256_many(out.first(n), kNodePrefix, std::span(message).first(n), 2 * Hash256::kSize);
    out = out.subspan(n);
    pairs = pairs.subspan(2 * n);
  }
}

}  // namespace cess
