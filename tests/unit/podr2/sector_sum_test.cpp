// SPDX-License-Identifier: Apache-2.0
// The sector sums: portable and IFMA kernels against blst's field calls, at every length.
#include "podr2/detail/sector_sum.hpp"

#include <gtest/gtest.h>

#include "podr2_fixture.hpp"

namespace cess::detail {
namespace {

std::vector<SectorKernel> fast_kernels() {
  std::vector<SectorKernel> k = {SectorKernel::portable};
  if (kernel_available(SectorKernel::ifma)) k.push_back(SectorKernel::ifma);
  return k;
}

const bls::Scalar kTau = bls::Scalar::reduce(test::noise(7, 64));

TEST(SectorSum, EvaluateAgreesAtEveryLength) {
  const PowerTable table(kTau, 100);
  const Bytes data = test::noise(8, 100 * kSectorSize);
  for (std::size_t size = 0; size <= data.size(); ++size) {
    const ByteView part = ByteView(data).first(size);
    const auto want = table.evaluate(part, SectorKernel::reference);
    for (const auto k : fast_kernels()) ASSERT_EQ(table.evaluate(part, k), want) << size;
  }
}

TEST(SectorSum, ReferenceIsHornersRule) {
  const PowerTable table(kTau, 40);
  const Bytes data = test::noise(9, 40 * kSectorSize - 5);
  bls::Scalar want;
  for (std::size_t j = 40; j-- > 0;) {
    const std::size_t at = j * kSectorSize;
    const auto m = ByteView(data).subspan(at, std::min(kSectorSize, data.size() - at));
    want = want * kTau + bls::Scalar::reduce(m);
  }
  EXPECT_EQ(table.evaluate(data, SectorKernel::reference), want);
}

TEST(SectorSum, WholeBlocksOfExtremeBytes) {
  const PowerTable table(kTau, kSectors);
  // All ones fill every column as fast as anything can.
  for (const auto& data :
       {Bytes(kBlockSize, 0xff), Bytes(kBlockSize, 0x00), test::noise(10, kBlockSize),
        test::noise(11, kBlockSize - 1), test::noise(12, kBlockSize - 263)}) {
    const auto want = table.evaluate(data, SectorKernel::reference);
    for (const auto k : fast_kernels()) EXPECT_EQ(table.evaluate(data, k), want);
  }
  const PowerTable largest(bls::Scalar::from_u64(1).negate(), kSectors);  // powers ±1 = r - 1, 1
  const Bytes ones(kBlockSize, 0xff);
  const auto want = largest.evaluate(ones, SectorKernel::reference);
  for (const auto k : fast_kernels()) EXPECT_EQ(largest.evaluate(ones, k), want);
}

TEST(SectorSum, IfmaColumnsAreFlushedInTime) {
  if (!kernel_available(SectorKernel::ifma)) GTEST_SKIP() << "no AVX-512 IFMA here";
  // Larger than any power mod r can be: every limb full, so that high halves fill their column
  // soonest.
  Lanes full;
  full.v.fill((std::uint64_t{1} << 52U) - 1U);
  const std::size_t sectors = kSectors / 8 * 8;
  const std::vector<Lanes> powers(sectors / 8 * 5, full);
  const Bytes ones(sectors * kSectorSize, 0xff);
  const Bytes all(32, 0xff);
  const auto power =
      bls::Scalar::reduce(all) * bls::Scalar::from_u64(16) + bls::Scalar::from_u64(15);
  const auto sector = bls::Scalar::reduce(ByteView(all).first(kSectorSize));
  EXPECT_EQ(ifma_evaluate(powers, ones).mod_r(), power * sector * bls::Scalar::from_u64(sectors));
}

TEST(SectorSum, CombineAgreesAtEveryLength) {
  const Bytes data = test::noise(13, 40 * kSectorSize);
  for (const auto k : fast_kernels()) {
    for (std::size_t size = 0; size <= data.size(); ++size) {
      CoefficientSum want(40, SectorKernel::reference);
      CoefficientSum have(40, k);
      for (std::uint64_t n = 0; n < 3; ++n) {
        const ByteView part = ByteView(data).subspan(data.size() - size);
        want.add(test::nu_of(n), part.first(size / (n + 1)));
        have.add(test::nu_of(n), part.first(size / (n + 1)));
      }
      ASSERT_EQ(have.coefficients(), want.coefficients()) << size;
    }
  }
}

TEST(SectorSum, CombineCarriesInTime) {
  // Past the carry of the IFMA columns, with the largest values there are: Σ = n·ν·m.
  const Bytes ones(3 * kSectorSize, 0xff);
  bls::Exponent128 nu;
  nu.fill(0xff);
  const auto one = bls::Scalar::reduce(nu) * bls::Scalar::reduce(ByteView(ones).first(kSectorSize));
  for (const auto k : fast_kernels()) {
    CoefficientSum sum(3, k);
    const std::uint64_t n = 3 * kIfmaCarryEvery + 7;
    for (std::uint64_t i = 0; i < n; ++i) sum.add(nu, ones);
    const auto f = sum.coefficients();
    ASSERT_EQ(f.size(), 3U);
    for (const auto& c : f) EXPECT_EQ(c, one * bls::Scalar::from_u64(n));
    sum.clear();
    EXPECT_TRUE(sum.coefficients().empty());
    sum.add(nu, ones);
    EXPECT_EQ(sum.coefficients()[2], one);
  }
}

}  // namespace
}  // namespace cess::detail
