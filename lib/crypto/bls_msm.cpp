// SPDX-License-Identifier: Apache-2.0
// Lists of points: to affine form, compressed, summed with scalars, hashed.
#include <algorithm>

#include "base/check.hpp"
#include "blst_shim.h"
#include "crypto/detail/blst_types.hpp"

namespace cess::bls {

using detail::in;
using detail::out;

std::vector<G1Affine> to_affine(std::span<const G1> points) {
  // blst inverts the product of all Z at once, so one identity (Z = 0) would spoil every point.
  std::vector<const blst_p1*> some;
  std::vector<std::size_t> where;
  some.reserve(points.size());
  where.reserve(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].is_identity()) continue;
    some.push_back(in(points[i]));
    where.push_back(i);
  }
  std::vector<G1Affine> dense(some.size());
  if (!some.empty()) blst_p1s_to_affine(out(dense[0]), some.data(), some.size());
  if (some.size() == points.size()) return dense;
  std::vector<G1Affine> all(points.size());
  for (std::size_t i = 0; i < where.size(); ++i) all[where[i]] = dense[i];
  return all;
}

void compress_many(MutByteView out, std::span<const G1> points) {
  CESS_CHECK(out.size() == points.size() * kG1Size);
  const auto affine = to_affine(points);
  for (std::size_t i = 0; i < affine.size(); ++i) {
    blst_p1_affine_compress(out.data() + i * kG1Size, in(affine[i]));
  }
}

G1 hash_to_curve_uncleared(std::string_view dst, ByteView message) {
  const ByteView d = as_bytes(dst);
  G1 p;
  cess_blst_hash_to_curve_g1(out(p), message.data(), message.size(), d.data(), d.size());
  return p;
}

std::vector<G1> hash_many_uncleared(std::string_view dst, ByteView messages,
                                    std::size_t message_size) {
  CESS_CHECK(message_size > 0 && messages.size() % message_size == 0);
  std::vector<G1> points(messages.size() / message_size);
  const auto message = [&](std::size_t i) {
    return messages.subspan(i * message_size, message_size);
  };
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i] = hash_to_curve_uncleared(dst, message(i));
  }
  return points;
}

G1 clear_cofactor(const G1& p) {
  G1 r;
  cess_blst_clear_cofactor_g1(out(r), in(p));
  return r;
}

G1 hash_to_g1(std::string_view dst, ByteView message) {
  const ByteView d = as_bytes(dst);
  G1 p;
  blst_hash_to_g1(out(p), message.data(), message.size(), d.data(), d.size(), nullptr, 0);
  return p;
}

std::vector<G1> hash_many_to_g1(std::string_view dst, ByteView messages, std::size_t message_size) {
  auto points = hash_many_uncleared(dst, messages, message_size);
  for (G1& p : points) p = clear_cofactor(p);
  return points;
}

void mul_all(std::span<G1> points, const Scalar& k) {
  for (G1& p : points) p = p.mul(k);
}

std::vector<std::optional<G1>> parse_many_unchecked_subgroup(ByteView encodings) {
  CESS_CHECK(encodings.size() % kG1Size == 0);
  const std::size_t n = encodings.size() / kG1Size;
  std::vector<std::optional<G1>> points(n);
  for (std::size_t i = 0; i < n; ++i) {
    points[i] = G1::parse_unchecked_subgroup(encodings.subspan(i * kG1Size, kG1Size));
  }
  return points;
}

std::optional<std::size_t> first_outside_subgroup(std::span<const G1Affine> points) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!G1(points[i]).in_subgroup()) return i;
  }
  return std::nullopt;
}

namespace {

G1 pippenger(std::span<const G1Affine> points, const std::uint8_t* scalars, std::size_t scalar_size,
             std::size_t bits) {
  CESS_CHECK(points.size() > 1);
  G1 sum;
  // A null second entry tells blst that the rest follows the first one in memory.
  const blst_p1_affine* p[2] = {in(points[0]), nullptr};
  const byte* s[2] = {scalars, nullptr};
  CESS_CHECK(scalar_size == (bits + 7) / 8);
  std::vector<limb_t> scratch(blst_p1s_mult_pippenger_scratch_sizeof(points.size()) /
                              sizeof(limb_t));
  blst_p1s_mult_pippenger(out(sum), p, points.size(), s, bits, scratch.data());
  return sum;
}

}  // namespace

G1 msm_vartime(std::span<const G1Affine> points, std::span<const Exponent128> scalars) {
  CESS_CHECK(points.size() == scalars.size());
  if (points.empty()) return {};
  if (points.size() == 1) {
    // blst's window for a single point is one bit wide, which its signed digits cannot use.
    const G1Affine padded[] = {points[0], {}};
    const Exponent128 weights[] = {scalars[0], {}};
    return pippenger(padded, weights[0].data(), 16, 128);
  }
  return pippenger(points, scalars[0].data(), 16, 128);
}

G1 msm_vartime(std::span<const G1Affine> points, std::span<const Scalar> scalars) {
  CESS_CHECK(points.size() == scalars.size());
  if (points.empty()) return {};
  std::vector<std::array<std::uint8_t, kScalarSize>> bytes(
      std::max<std::size_t>(scalars.size(), 2));
  for (std::size_t i = 0; i < scalars.size(); ++i) bytes[i] = scalars[i].bytes();
  if (points.size() == 1) {
    const G1Affine padded[] = {points[0], {}};
    return pippenger(padded, bytes[0].data(), kScalarSize, 255);
  }
  return pippenger(points, bytes[0].data(), kScalarSize, 255);
}

}  // namespace cess::bls
