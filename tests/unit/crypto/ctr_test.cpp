// SPDX-License-Identifier: Apache-2.0
#include "crypto/ctr.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "base/endian.hpp"
#include "crypto/detail/ctr_kernels.hpp"
#include "unit/crypto/vectors.hpp"

namespace cess {
namespace {

using detail::CtrKernel;
using Prefix = std::array<std::uint8_t, 8>;

class CtrTest : public testing::TestWithParam<CtrKernel> {
 protected:
  void SetUp() override {
    if (!detail::usable(GetParam())) GTEST_SKIP() << "this processor cannot run it";
  }
};

TEST_P(CtrTest, Sp80038a) {
  const Record v = read_vectors("aes256_ctr.txt").at(0);
  const auto counter = v.array<16>("counter");
  Prefix prefix{};
  std::copy_n(counter.begin(), prefix.size(), prefix.begin());
  detail::CtrStream stream(GetParam(), v.key("key"));
  Bytes data = v.hex("plain");
  stream.apply(data, prefix, load_be<std::uint64_t>(counter.data() + 8), 0);
  EXPECT_EQ(to_hex(data), v.text("cipher"));
}

// Every start inside a block and every length around the kernel's strips, against the long run.
TEST_P(CtrTest, AnyPieceEqualsTheWhole) {
  const Key256 key(Bytes(32, 0x5a));
  const Prefix prefix{1, 2, 3, 4, 5, 6, 7, 8};
  constexpr std::size_t kWhole = 4096;
  Bytes whole(kWhole);
  detail::CtrStream(CtrKernel::openssl, key).apply(whole, prefix, 77, 0);
  detail::CtrStream stream(GetParam(), key);
  for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 63U, 64U, 65U, 495U, 496U, 497U, 511U, 512U,
                                 513U, 1023U, 1024U, 1025U, 2000U}) {
    for (std::size_t at = 0; at < 40; ++at) {
      // Memory of exactly this size, so that the sanitizer sees a step past it.
      const auto piece = std::make_unique<std::uint8_t[]>(size);
      stream.apply({piece.get(), size}, prefix, 77 + at / 16, at % 16);
      ASSERT_TRUE(std::equal(piece.get(), piece.get() + size, whole.data() + at))
          << "size " << size << " at " << at;
    }
  }
}

TEST_P(CtrTest, KeysDiffer) {
  for (const int fill : {0x00, 0x01, 0x80, 0xff}) {
    const Key256 key(Bytes(32, static_cast<std::uint8_t>(fill)));
    Bytes expected(100, 9);
    Bytes got(100, 9);
    detail::CtrStream(CtrKernel::openssl, key).apply(expected, {}, ~std::uint64_t{3}, 0);
    detail::CtrStream(GetParam(), key).apply(got, {}, ~std::uint64_t{3}, 0);
    // The block number wraps after four blocks; OpenSSL then carries into the prefix, we do not.
    EXPECT_TRUE(std::equal(got.begin(), got.begin() + 64, expected.begin())) << fill;
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, CtrTest, testing::Values(CtrKernel::openssl, CtrKernel::vaes));

TEST(AesCtr, OffsetsAreBytes) {
  const Key256 key(Bytes(32, 1));
  AesCtr ctr(key);
  Bytes whole(3000);
  ctr.apply(whole, {9}, 1'000'000);
  AesCtr moved(std::move(ctr));
  for (const std::size_t at : {1U, 15U, 16U, 17U, 700U, 2047U}) {
    Bytes piece(500);
    moved.apply(piece, {9}, 1'000'000 + at);
    EXPECT_TRUE(
        std::equal(piece.begin(), piece.end(), whole.begin() + static_cast<std::ptrdiff_t>(at)));
  }
  moved.apply(whole, {9}, 1'000'000);
  EXPECT_EQ(whole, Bytes(3000));
}

TEST(AesCtr, PrefixAndKeyMatter) {
  Bytes a(64), b(64), c(64);
  AesCtr(Key256(Bytes(32, 1))).apply(a, {1}, 0);
  AesCtr(Key256(Bytes(32, 1))).apply(b, {2}, 0);
  AesCtr(Key256(Bytes(32, 2))).apply(c, {1}, 0);
  EXPECT_NE(a, b);
  EXPECT_NE(a, c);
}

}  // namespace
}  // namespace cess
