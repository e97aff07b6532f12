// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/spectrum.hpp"

#include <bit>
#include <utility>
#include <vector>

#include "fingerprint/wide.hpp"

namespace cess::fp {
namespace {

constexpr std::size_t kSpectrumHalf =
    kFrameSize / 2;  ///< the real transform is a complex one of half the size
constexpr auto kSpectrumStages = static_cast<unsigned>(std::bit_width(kSpectrumHalf) - 1);
constexpr double kSpectrumPi = 3.14159265358979323846;
constexpr double kBandStep = 1.0194406437021447;  ///< 2^(1/36)
constexpr double kFirstBandHz = 200.0;

/// sin for |x| <= pi/4 by its series; the error is below 2^-50.
double small_sine(double x) {
  const double y = x * x;
  double term = x;
  double sum = x;
  for (int k = 1; k <= 9; ++k) {
    term = -term * y / static_cast<double>(2 * k * (2 * k + 1));
    sum += term;
  }
  return sum;
}
double small_cosine(double x) {
  const double y = x * x;
  double term = 1;
  double sum = 1;
  for (int k = 1; k <= 9; ++k) {
    term = -term * y / static_cast<double>((2 * k - 1) * (2 * k));
    sum += term;
  }
  return sum;
}
/// cos(2 pi i / n) for n a multiple of 8, reduced to the first eighth of the circle.
double exact_cosine(std::size_t i, std::size_t n) {
  i %= n;
  if (2 * i > n) i = n - i;
  if (4 * i > n) return -exact_cosine(n / 2 - i, n);
  const double turn = 2 * kSpectrumPi / static_cast<double>(n);
  if (8 * i > n) return small_sine(turn * static_cast<double>(n / 4 - i));
  return small_cosine(turn * static_cast<double>(i));
}
double exact_sine(std::size_t i, std::size_t n) { return exact_cosine(i + n - n / 4, n); }

/// Bins that a band is made of, with weights that sum to what the band is wide.
struct SpectrumBand {
  std::size_t first = 0;
  std::vector<float> weights;
};

struct SpectrumTables {
  std::array<float, kFrameSize> window{};
  std::array<float, kSpectrumHalf> cosine{};  ///< of 2 pi i / kFrameSize
  std::array<float, kSpectrumHalf> sine{};
  /// e^(-2 pi i p / n), for each stage's n in turn p from 0 to n / 2.
  std::array<float, kSpectrumHalf> turn_r{};
  std::array<float, kSpectrumHalf> turn_i{};
  std::array<std::int32_t, 256> log{};
  std::array<SpectrumBand, kBands> bands;

  SpectrumTables() {
    for (std::size_t i = 0; i < kFrameSize; ++i) {
      window[i] = static_cast<float>(0.5 - 0.5 * exact_cosine(i, kFrameSize));
    }
    for (std::size_t i = 0; i < kSpectrumHalf; ++i) {
      cosine[i] = static_cast<float>(exact_cosine(i, kFrameSize));
      sine[i] = static_cast<float>(exact_sine(i, kFrameSize));
    }
    std::size_t at = 0;
    for (std::size_t n = kSpectrumHalf; n > 1; n /= 2) {
      for (std::size_t p = 0; p < n / 2; ++p, ++at) {
        turn_r[at] = cosine[p * (kFrameSize / n)];
        turn_i[at] = -sine[p * (kFrameSize / n)];
      }
    }
    // 256 · log2(1 + i / 256), digit by digit: squaring doubles the logarithm.
    for (std::size_t i = 0; i < log.size(); ++i) {
      double x = 1.0 + static_cast<double>(i) / 256;
      std::int32_t value = 0;
      for (int bit = 0; bit < 9; ++bit) {
        x *= x;
        value *= 2;
        if (x >= 2) {
          x /= 2;
          value += 1;
        }
      }
      log[i] = (value + 1) / 2;
    }
    double hz = kFirstBandHz;
    for (SpectrumBand& band : bands) {
      make_band(band, hz);
      hz *= kBandStep;
    }
  }
  /// A triangle from one band below to one above, at least one bin to each side.
  static void make_band(SpectrumBand& band, double hz) {
    const double bin = hz * static_cast<double>(kFrameSize) / kSoundRateHz;
    double reach = bin * (kBandStep - 1);
    if (reach < 1) reach = 1;
    band.first = static_cast<std::size_t>(bin - reach) + 1;
    for (std::size_t i = band.first; static_cast<double>(i) < bin + reach && i < kSpectrumHalf;
         ++i) {
      const double away = static_cast<double>(i) - bin;
      band.weights.push_back(static_cast<float>(1 - (away < 0 ? -away : away) / reach));
    }
  }
};
const SpectrumTables& spectrum_tables() {
  static const SpectrumTables t;
  return t;
}

using SpectrumHalves = std::array<float, kSpectrumHalf>;

/// One stage of Stockham's transform: pairs that are kSpectrumHalf / 2 apart. `Stride` is the
/// stage's if it is known when this is compiled, 0 if `stride` is.
template <std::size_t Stride>
inline __attribute__((always_inline)) void spectrum_stage(const float* __restrict ar,
                                                          const float* __restrict ai,
                                                          float* __restrict cr,
                                                          float* __restrict ci,
                                                          std::size_t stride) {
  if constexpr (Stride != 0) stride = Stride;
  const SpectrumTables& t = spectrum_tables();
  const std::size_t m = kSpectrumHalf / 2 / stride;
  const float* __restrict const wr = t.turn_r.data() + kSpectrumHalf - 2 * m;
  const float* __restrict const wi = t.turn_i.data() + kSpectrumHalf - 2 * m;
  for (std::size_t p = 0; p < m; ++p) {
    for (std::size_t q = 0; q < stride; ++q) {
      const std::size_t i = stride * p + q;
      const float dr = ar[i] - ar[i + kSpectrumHalf / 2];
      const float di = ai[i] - ai[i + kSpectrumHalf / 2];
      cr[i + stride * p] = ar[i] + ar[i + kSpectrumHalf / 2];
      ci[i + stride * p] = ai[i] + ai[i + kSpectrumHalf / 2];
      cr[i + stride * p + stride] = dr * wr[p] - di * wi[p];
      ci[i + stride * p + stride] = dr * wi[p] + di * wr[p];
    }
  }
}

/// Stockham's transform of kSpectrumHalf complex numbers, real and imaginary parts apart. The
/// result is in re, im.
CESS_FP_WIDE void spectrum_transform(SpectrumHalves& re, SpectrumHalves& im) {
  static_assert(std::has_single_bit(kSpectrumHalf));
  static_assert(kSpectrumStages % 2 == 0, "the last stage ends in re, im");
  alignas(64) SpectrumHalves re2;
  alignas(64) SpectrumHalves im2;
  spectrum_stage<1>(re.data(), im.data(), re2.data(), im2.data(), 1);
  spectrum_stage<2>(re2.data(), im2.data(), re.data(), im.data(), 2);
  spectrum_stage<4>(re.data(), im.data(), re2.data(), im2.data(), 4);
  spectrum_stage<8>(re2.data(), im2.data(), re.data(), im.data(), 8);
  for (std::size_t stride = 16; stride < kSpectrumHalf; stride *= 4) {
    spectrum_stage<0>(re.data(), im.data(), re2.data(), im2.data(), stride);
    spectrum_stage<0>(re2.data(), im2.data(), re.data(), im.data(), 2 * stride);
  }
}

/// 256 · log2(power), of a normal float; 0 for anything below one.
std::int32_t power_level(float power) {
  if (!(power >= 1.0F)) return 0;
  const auto bits = std::bit_cast<std::uint32_t>(power);
  return static_cast<std::int32_t>((bits >> 23U) - 127) * 256 +
         spectrum_tables().log[(bits >> 15U) & 0xffU];
}

}  // namespace

struct SoundSpectrum::Impl {
  std::function<void(const Levels&)> frame;
  std::vector<std::int16_t> pending;

  void one_frame(const std::int16_t* samples);
};

CESS_FP_WIDE void SoundSpectrum::Impl::one_frame(const std::int16_t* samples) {
  const SpectrumTables& t = spectrum_tables();
  SpectrumHalves re;
  SpectrumHalves im;
  for (std::size_t i = 0; i < kSpectrumHalf; ++i) {
    re[i] = static_cast<float>(samples[2 * i]) * t.window[2 * i];
    im[i] = static_cast<float>(samples[2 * i + 1]) * t.window[2 * i + 1];
  }
  spectrum_transform(re, im);
  // The transform of the real signal from that of its even and odd samples.
  std::array<float, kSpectrumHalf> power{};
  for (std::size_t i = 1; i < kSpectrumHalf; ++i) {
    const float er = 0.5F * (re[i] + re[kSpectrumHalf - i]);
    const float ei = 0.5F * (im[i] - im[kSpectrumHalf - i]);
    const float odd_r = 0.5F * (im[i] + im[kSpectrumHalf - i]);
    const float odd_i = 0.5F * (re[kSpectrumHalf - i] - re[i]);
    const float xr = er + (odd_r * t.cosine[i] + odd_i * t.sine[i]);
    const float xi = ei + (odd_i * t.cosine[i] - odd_r * t.sine[i]);
    power[i] = xr * xr + xi * xi;
  }
  Levels levels{};
  for (std::size_t b = 0; b < kBands; ++b) {
    const SpectrumBand& band = t.bands[b];
    float sum = 0;
    for (std::size_t i = 0; i < band.weights.size(); ++i)
      sum += band.weights[i] * power[band.first + i];
    levels[b] = power_level(sum);
  }
  frame(levels);
}

SoundSpectrum::SoundSpectrum(std::function<void(const Levels&)> frame)
    : impl_(std::make_unique<Impl>()) {
  impl_->frame = std::move(frame);
}
SoundSpectrum::~SoundSpectrum() = default;

void SoundSpectrum::feed(std::span<const std::int16_t> samples) {
  Impl& my = *impl_;
  my.pending.insert(my.pending.end(), samples.begin(), samples.end());
  std::size_t at = 0;
  for (; at + kFrameSize <= my.pending.size(); at += kFrameHop)
    my.one_frame(my.pending.data() + at);
  my.pending.erase(my.pending.begin(), my.pending.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace cess::fp
