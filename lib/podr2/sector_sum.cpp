// SPDX-License-Identifier: Apache-2.0
// Reference and portable kernels, and the choice between kernels.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "base/check.hpp"
#include "base/endian.hpp"
#include "base/secret.hpp"
#include "podr2/detail/sector_sum.hpp"

namespace cess::detail {

namespace {

constexpr std::uint64_t kMask52 = (std::uint64_t{1} << 52U) - 1U;

/// Four 64-bit limbs as five 52-bit ones.
std::array<std::uint64_t, 5> to52(const std::array<std::uint64_t, 4>& x) {
  return {x[0] & kMask52, ((x[0] >> 52U) | (x[1] << 12U)) & kMask52,
          ((x[1] >> 40U) | (x[2] << 24U)) & kMask52, ((x[2] >> 28U) | (x[3] << 36U)) & kMask52,
          x[3] >> 16U};
}

std::array<std::uint64_t, 4> load4(const std::uint8_t* p) {
  std::array<std::uint64_t, 4> x;
  std::memcpy(x.data(), p, sizeof x);
  return x;
}

/// Loads a sector whose following byte may be read.
inline std::array<std::uint64_t, 4> load_sector_inside(const std::uint8_t* p) {
  auto x = load4(p);
  x[3] &= ~std::uint64_t{0} >> 8U;
  return x;
}

bls::Scalar sector_scalar(ByteView data, std::size_t j) {
  const std::size_t at = j * kSectorSize;
  return bls::Scalar::reduce(data.subspan(at, std::min(kSectorSize, data.size() - at)));
}

}  // namespace

bool kernel_available(SectorKernel k) {
  if (k != SectorKernel::ifma) return true;
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vbmi") &&
         __builtin_cpu_supports("avx512ifma");
#else
  return false;
#endif
}

namespace {
std::atomic<bool> ifma_allowed{true};
}

SectorKernel best_kernel() {
  static const bool ifma = kernel_available(SectorKernel::ifma);
  return ifma && ifma_allowed.load(std::memory_order_relaxed) ? SectorKernel::ifma
                                                              : SectorKernel::portable;
}

void allow_ifma(bool allowed) { ifma_allowed = allowed; }

void WideSum::add(U128 value, unsigned shift_bits) {
  std::size_t i = shift_bits / 64;
  const unsigned s = shift_bits % 64;
  const auto lo = static_cast<std::uint64_t>(value);
  const auto hi = static_cast<std::uint64_t>(value >> 64U);
  const std::uint64_t parts[3] = {lo << s, s == 0 ? hi : (hi << s) | (lo >> (64 - s)),
                                  s == 0 ? 0 : hi >> (64 - s)};
  std::uint64_t carry = 0;
  for (std::size_t k = 0; i < limbs.size(); ++i, ++k) {
    const U128 sum = U128{limbs[i]} + (k < 3 ? parts[k] : 0) + carry;
    limbs[i] = static_cast<std::uint64_t>(sum);
    carry = static_cast<std::uint64_t>(sum >> 64U);
  }
}

bls::Scalar WideSum::mod_r() const {
  return bls::Scalar::reduce(
      {reinterpret_cast<const std::uint8_t*>(limbs.data()), limbs.size() * sizeof limbs[0]});
}

std::array<std::uint64_t, 4> load_sector(ByteView data, std::size_t j) {
  const std::size_t at = j * kSectorSize;
  std::array<std::uint64_t, 4> x{};
  std::memcpy(x.data(), data.data() + at, std::min(kSectorSize, data.size() - at));
  return x;
}

PowerTable::PowerTable(const bls::Scalar& tau, std::size_t sectors)
    : sectors_(sectors), limbs52_(sectors), lanes_((sectors + 7) / 8 * 5) {
  auto power = bls::Scalar::from_u64(1);
  for (std::size_t j = 0; j < sectors; ++j) {
    auto bytes = power.bytes();
    limbs52_[j] = to52(load4(bytes.data()));
    for (std::size_t l = 0; l < 5; ++l) lanes_[j / 8 * 5 + l].v[j % 8] = limbs52_[j][l];
    wipe(bytes);
    power = power * tau;
  }
  wipe({reinterpret_cast<std::uint8_t*>(power.limbs.data()), sizeof power.limbs});
}

PowerTable::~PowerTable() {
  wipe({reinterpret_cast<std::uint8_t*>(limbs52_.data()), limbs52_.size() * sizeof limbs52_[0]});
  wipe({reinterpret_cast<std::uint8_t*>(lanes_.data()), lanes_.size() * sizeof lanes_[0]});
}

namespace {

/// Columns of the product sums; weight 2^(52c). Each product is below 2^104 and a column takes at
/// most five per sector, so 128 bits hold 2^21 sectors: no carry is needed on the way.
using Columns = std::array<U128, 9>;

/// Sectors whose limbs are taken apart before they are multiplied: then one column at a time can
/// stay in two registers, where all nine would spill.
constexpr std::size_t kBatch = 32;
using Batch = std::array<std::array<std::uint64_t, kBatch>, 5>;

template <std::size_t Column>
void add_column(Columns& columns, const Batch& m, const std::array<std::uint64_t, 5>* powers,
                std::size_t n) {
  constexpr std::size_t kFirst = Column < 5 ? 0 : Column - 4;
  constexpr std::size_t kLast = Column < 5 ? Column : 4;
  U128 sum = columns[Column];
  for (std::size_t j = 0; j < n; ++j) {
#pragma GCC unroll 5
    for (std::size_t i = kFirst; i <= kLast; ++i) sum += U128{m[i][j]} * powers[j][Column - i];
  }
  columns[Column] = sum;
}

template <std::size_t... Column>
void add_columns(Columns& columns, const Batch& m, const std::array<std::uint64_t, 5>* powers,
                 std::size_t n, std::index_sequence<Column...>) {
  (add_column<Column>(columns, m, powers, n), ...);
}

WideSum portable_evaluate(std::span<const std::array<std::uint64_t, 5>> powers, ByteView data) {
  const std::size_t n = sector_count(data.size());
  // Sectors whose 32-byte load stays inside the data; the rest go through a padded copy.
  const std::size_t inside = data.empty() ? 0 : (data.size() - 1) / kSectorSize;
  Columns columns{};
  Batch batch;
  for (std::size_t at = 0; at < n; at += kBatch) {
    const std::size_t count = std::min(kBatch, n - at);
    for (std::size_t j = 0; j < count; ++j) {
      const auto m = to52(at + j < inside ? load_sector_inside(data.data() + (at + j) * kSectorSize)
                                          : load_sector(data, at + j));
      for (std::size_t l = 0; l < 5; ++l) batch[l][j] = m[l];
    }
    add_columns(columns, batch, powers.data() + at, count, std::make_index_sequence<9>{});
  }
  WideSum sum;
  for (unsigned i = 0; i < 9; ++i) sum.add(columns[i], 52 * i);
  wipe({reinterpret_cast<std::uint8_t*>(columns.data()), sizeof columns});
  return sum;
}

}  // namespace

bls::Scalar PowerTable::evaluate(ByteView data, SectorKernel kernel) const {
  const std::size_t n = sector_count(data.size());
  CESS_CHECK(n <= sectors_);
  if (kernel == SectorKernel::reference) {
    bls::Scalar sum;
    for (std::size_t j = 0; j < n; ++j) {
      WideSum power;
      for (unsigned l = 0; l < 5; ++l) power.add(limbs52_[j][l], 52 * l);
      sum = sum + sector_scalar(data, j) * power.mod_r();
    }
    return sum;
  }
  WideSum wide = kernel == SectorKernel::ifma ? ifma_evaluate(lanes_, data)
                                              : portable_evaluate(limbs52_, data);
  const bls::Scalar value = wide.mod_r();
  wipe({reinterpret_cast<std::uint8_t*>(wide.limbs.data()), sizeof wide.limbs});
  return value;
}

CoefficientSum::CoefficientSum(std::size_t sectors, SectorKernel kernel)
    : sectors_(sectors), kernel_(kernel) {
  CESS_CHECK(kernel_available(kernel));
  clear();
}

void CoefficientSum::clear() {
  used_ = 0;
  pending_ = 0;
  switch (kernel_) {
    case SectorKernel::reference:
      plain_.assign(sectors_, {});
      break;
    case SectorKernel::portable:
      limbs64_.assign(sectors_, {});
      break;
    case SectorKernel::ifma:
      lanes_.assign((sectors_ + 7) / 8 * 8, {});
      break;
  }
}

void CoefficientSum::add(const bls::Exponent128& nu, ByteView data) {
  const std::size_t n = sector_count(data.size());
  CESS_CHECK(n <= sectors_);
  used_ = std::max(used_, n);
  const std::array<std::uint64_t, 2> wide = {load_le<std::uint64_t>(nu.data()),
                                             load_le<std::uint64_t>(nu.data() + 8)};
  switch (kernel_) {
    case SectorKernel::reference: {
      const bls::Scalar scalar = bls::Scalar::reduce(nu);
      for (std::size_t j = 0; j < n; ++j) plain_[j] = plain_[j] + scalar * sector_scalar(data, j);
      break;
    }
    case SectorKernel::portable:
      add_portable(wide, data);
      break;
    case SectorKernel::ifma:
      if (++pending_ == kIfmaCarryEvery) {
        ifma_carry(lanes_);
        pending_ = 1;
      }
      ifma_add(lanes_, wide, data);
      break;
  }
}

void CoefficientSum::add_portable(const std::array<std::uint64_t, 2>& nu, ByteView data) {
  const std::size_t n = sector_count(data.size());
  const std::size_t inside = data.empty() ? 0 : (data.size() - 1) / kSectorSize;
  for (std::size_t j = 0; j < n; ++j) {
    const auto m =
        j < inside ? load_sector_inside(data.data() + j * kSectorSize) : load_sector(data, j);
    // 128 x 248 bits: two rows, each added to the accumulator as it is made. 448 bits hold 2^72 of
    // them.
    auto& acc = limbs64_[j];
    for (std::size_t row = 0; row < 2; ++row) {
      U128 t = 0;
      for (std::size_t i = 0; i < 4; ++i) {
        t += U128{m[i]} * nu[row] + acc[row + i];
        acc[row + i] = static_cast<std::uint64_t>(t);
        t >>= 64U;
      }
      for (std::size_t i = row + 4; i < 7; ++i) {
        t += acc[i];
        acc[i] = static_cast<std::uint64_t>(t);
        t >>= 64U;
      }
    }
  }
}

void add_raw(RawCoefficient& sum, const RawCoefficient& more) {
  U128 carry = 0;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    carry += U128{sum[i]} + more[i];
    sum[i] = static_cast<std::uint64_t>(carry);
    carry >>= 64U;
  }
}

bls::Scalar reduce_raw(const RawCoefficient& raw) {
  return bls::Scalar::reduce({reinterpret_cast<const std::uint8_t*>(raw.data()), sizeof raw});
}

std::vector<RawCoefficient> CoefficientSum::raw() const {
  CESS_CHECK(kernel_ != SectorKernel::reference);
  if (kernel_ == SectorKernel::portable) {
    return {limbs64_.begin(), limbs64_.begin() + std::ptrdiff_t(used_)};
  }
  std::vector<RawCoefficient> out(used_);
  for (std::size_t j = 0; j < used_; ++j) {
    // Eight columns of weight 2^(52i), each up to 64 bits, packed into 64-bit limbs.
    U128 pending = 0;
    unsigned bits = 0;
    std::size_t limb = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      pending += U128{lanes_[j / 8 * 8 + i].v[j % 8]} << bits;
      if (bits += 52; bits >= 64) {
        out[j][limb++] = static_cast<std::uint64_t>(pending);
        pending >>= 64U;
        bits -= 64;
      }
    }
    out[j][limb] = static_cast<std::uint64_t>(pending);
  }
  return out;
}

std::vector<bls::Scalar> CoefficientSum::coefficients() const {
  if (kernel_ == SectorKernel::reference) {
    return {plain_.begin(), plain_.begin() + std::ptrdiff_t(used_)};
  }
  const auto integers = raw();
  std::vector<bls::Scalar> out(used_);
  for (std::size_t j = 0; j < used_; ++j) out[j] = reduce_raw(integers[j]);
  return out;
}

}  // namespace cess::detail
