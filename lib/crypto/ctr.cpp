// SPDX-License-Identifier: Apache-2.0
#include "crypto/ctr.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/endian.hpp"
#include "crypto/detail/ctr_kernels.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace cess {
namespace detail {
namespace {

constexpr std::size_t kBlock = 16;
constexpr std::size_t kCallSizeMax = std::size_t{1} << 30U;  // OpenSSL counts in int

#if defined(__x86_64__)
bool has_vaes() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  const bool vaes = __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && ((c >> 9U) & 1U) != 0;
  const bool aes = __get_cpuid(1, &a, &b, &c, &d) != 0 && ((c >> 25U) & 1U) != 0;
  // The last two also say that the operating system saves the 512-bit registers.
  return vaes && aes && __builtin_cpu_supports("avx512f") != 0 &&
         __builtin_cpu_supports("avx512bw") != 0;
}
#endif

}  // namespace

struct CtrStream::OpenSsl {
  EVP_CIPHER_CTX* ctx = EVP_CIPHER_CTX_new();
  explicit OpenSsl(const Key256& key) {
    static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-CTR", nullptr);
    CESS_CHECK(cipher != nullptr && ctx != nullptr);
    CESS_CHECK(EVP_EncryptInit_ex2(ctx, cipher, key.view().data(), nullptr, nullptr) == 1);
  }
  ~OpenSsl() { EVP_CIPHER_CTX_free(ctx); }  // wipes the key schedule
  OpenSsl(const OpenSsl&) = delete;
  OpenSsl& operator=(const OpenSsl&) = delete;

  void apply(MutByteView data, const std::array<std::uint8_t, 8>& prefix, std::uint64_t block,
             std::size_t skip) {
    std::array<std::uint8_t, kBlock> counter{};
    std::copy(prefix.begin(), prefix.end(), counter.begin());
    store_be(counter.data() + 8, block);
    CESS_CHECK(EVP_EncryptInit_ex2(ctx, nullptr, nullptr, counter.data(), nullptr) == 1);
    int n = 0;
    if (skip != 0) {
      std::array<std::uint8_t, kBlock> skipped{};
      CESS_CHECK(
          EVP_EncryptUpdate(ctx, skipped.data(), &n, skipped.data(), static_cast<int>(skip)) == 1);
      wipe(skipped);
    }
    while (!data.empty()) {
      const int step = static_cast<int>(std::min(data.size(), kCallSizeMax));
      CESS_CHECK(EVP_EncryptUpdate(ctx, data.data(), &n, data.data(), step) == 1);
      data = data.subspan(static_cast<std::size_t>(step));
    }
  }
};

bool usable(CtrKernel kernel) {
#if defined(__x86_64__)
  static const bool vaes = has_vaes();
  if (kernel == CtrKernel::vaes) return vaes;
#endif
  return kernel == CtrKernel::openssl;
}

CtrKernel best_ctr_kernel() {
  return usable(CtrKernel::vaes) ? CtrKernel::vaes : CtrKernel::openssl;
}

CtrStream::CtrStream(CtrKernel kernel, const Key256& key) {
  CESS_CHECK(usable(kernel));
#if defined(__x86_64__)
  if (kernel == CtrKernel::vaes) {
    aes256_expand_key(round_keys_, key);
    return;
  }
#endif
  openssl_ = std::make_unique<OpenSsl>(key);
}

CtrStream::~CtrStream() = default;

void CtrStream::apply(MutByteView data, const std::array<std::uint8_t, 8>& prefix,
                      std::uint64_t block, std::size_t skip) {
  CESS_CHECK(skip < kBlock);
#if defined(__x86_64__)
  if (!openssl_) return ctr_apply_vaes(data, round_keys_, prefix, block, skip);
#endif
  openssl_->apply(data, prefix, block, skip);
}

}  // namespace detail

struct AesCtr::Impl {
  explicit Impl(const Key256& key) : stream(detail::best_ctr_kernel(), key) {}
  detail::CtrStream stream;
};

AesCtr::AesCtr(const Key256& key) : impl_(std::make_unique<Impl>(key)) {}
AesCtr::~AesCtr() = default;
AesCtr::AesCtr(AesCtr&&) noexcept = default;
AesCtr& AesCtr::operator=(AesCtr&&) noexcept = default;

void AesCtr::apply(MutByteView data, const std::array<std::uint8_t, 8>& prefix,
                   std::uint64_t offset) {
  impl_->stream.apply(data, prefix, offset / detail::kBlock, offset % detail::kBlock);
}

}  // namespace cess
