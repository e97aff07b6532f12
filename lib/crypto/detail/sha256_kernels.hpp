// SPDX-License-Identifier: Apache-2.0
// The SHA-256 compression function over several independent messages at once, one kernel per
// instruction set. Only crypto and its own tests and benchmarks include this.
//
// A kernel advances N states by `blocks` blocks of 64 bytes; message i lies at blocks[i], of any
// alignment. States are word-major: word j of message i is state[j * N + i].
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/id.hpp"

// The build zeroes every local variable (-ftrivial-auto-var-init); in a kernel that is a kilobyte
// per block and a fifth of its time. Only for arrays that are wholly written before they are read.
#define CESS_UNINITIALIZED __attribute__((uninitialized))

namespace cess::detail {

enum class Sha256Kernel : std::uint8_t { openssl, shani, avx2, avx512 };
inline constexpr std::array kSha256Kernels = {Sha256Kernel::openssl, Sha256Kernel::shani,
                                              Sha256Kernel::avx2, Sha256Kernel::avx512};

const char* name_of(Sha256Kernel kernel);
/// True when the processor and the operating system can run it.
bool usable(Sha256Kernel kernel);
/// The one that sha256_many uses here.
Sha256Kernel best_sha256_kernel();

/// sha256_many with a kernel of the caller's choice, which must be usable.
void sha256_many_with(Sha256Kernel kernel, std::span<Hash256> out, std::uint8_t prefix,
                      std::span<const std::uint8_t* const> messages, std::size_t size);

#if defined(__x86_64__)
void sha256_compress_shani1(std::uint32_t* state, const std::uint8_t* const* blocks,
                            std::size_t count);
void sha256_compress_shani2(std::uint32_t* state, const std::uint8_t* const* blocks,
                            std::size_t count);
void sha256_compress_avx2(std::uint32_t* state, const std::uint8_t* const* blocks,
                          std::size_t count);
void sha256_compress_avx512(std::uint32_t* state, const std::uint8_t* const* blocks,
                            std::size_t count);
// Word j of all 16 messages lies at rows[j], as numbers.
void sha256_compress_rows_avx512(std::uint32_t* state, const std::uint32_t* const* rows,
                                 std::size_t count);
// Hashes 2p and 2p + 1 of lane i, in rows, to out[i] + 64 p, as bytes.
void sha256_unpack_rows_avx512(std::uint8_t* const* out, const std::uint32_t* rows,
                               std::size_t pair_count);
#endif

// FIPS 180-4 section 5.3.3 and 4.2.2.
inline constexpr std::array<std::uint32_t, 8> kSha256Init = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
alignas(64) inline constexpr std::array<std::uint32_t, 64> kSha256K = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

}  // namespace cess::detail
