// SPDX-License-Identifier: Apache-2.0
// AES-256 in counter mode: OpenSSL's, and one with the vector AES instructions. Only crypto and its
// own tests and benchmarks include this.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.hpp"
#include "base/secret.hpp"

namespace cess::detail {

enum class CtrKernel : std::uint8_t { openssl, vaes };

/// True when the processor and the operating system can run it.
bool usable(CtrKernel kernel);
CtrKernel best_ctr_kernel();

/// Round keys of AES-256, in the order of use.
using AesRoundKeys = Secret<15 * 16>;

/// One key, made ready for one kernel.
class CtrStream {
 public:
  CtrStream(CtrKernel kernel, const Key256& key);
  ~CtrStream();
  CtrStream(const CtrStream&) = delete;
  CtrStream& operator=(const CtrStream&) = delete;

  /// data ^= keystream from byte `skip` (below 16) of block `block` on; block b is AES(prefix ‖
  /// BE64 b), b mod 2^64.
  void apply(MutByteView data, const std::array<std::uint8_t, 8>& prefix, std::uint64_t block,
             std::size_t skip);

 private:
  struct OpenSsl;
  std::unique_ptr<OpenSsl> openssl_;  ///< empty: round_keys_ are used
  AesRoundKeys round_keys_;
};

#if defined(__x86_64__)
/// FIPS 197 section 5.2 with the AES instructions: constant time.
void aes256_expand_key(AesRoundKeys& out, const Key256& key);
/// As CtrStream::apply.
void ctr_apply_vaes(MutByteView data, const AesRoundKeys& keys,
                    const std::array<std::uint8_t, 8>& prefix, std::uint64_t block,
                    std::size_t skip);
#endif

}  // namespace cess::detail
