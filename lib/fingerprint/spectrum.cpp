// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/spectrum.hpp"

#include <bit>
#include <utility>
#include <vector>

namespace cess::fp {
namespace {

constexpr std::size_t kSpectrumHalf =
    kFrameSize / 2;  ///< the real transform is a complex one of half the size
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

/// Stockham's transform of kSpectrumHalf complex numbers, real and imaginary parts apart. The
/// result is in re, im.
void spectrum_transform(SpectrumHalves& re, SpectrumHalves& im) {
  static_assert(std::has_single_bit(kSpectrumHalf));
  SpectrumHalves re2;
  SpectrumHalves im2;
  SpectrumHalves* a = &re;
  SpectrumHalves* b = &im;
  SpectrumHalves* c = &re2;
  SpectrumHalves* d = &im2;
  const SpectrumTables& t = spectrum_tables();
  for (std::size_t n = kSpectrumHalf, stride = 1; n > 1; n /= 2, stride *= 2) {
    const std::size_t m = n / 2;
    for (std::size_t p = 0; p < m; ++p) {
      // e^(-2 pi i p / n)
      const float wr = t.cosine[p * (kFrameSize / n)];
      const float wi = -t.sine[p * (kFrameSize / n)];
      const float* const ar = a->data() + stride * p;
      const float* const ai = b->data() + stride * p;
      float* const cr = c->data() + stride * 2 * p;
      float* const ci = d->data() + stride * 2 * p;
      for (std::size_t q = 0; q < stride; ++q) {
        const float xr = ar[q];
        const float xi = ai[q];
        const float yr = ar[q + stride * m];
        const float yi = ai[q + stride * m];
        const float dr = xr - yr;
        const float di = xi - yi;
        cr[q] = xr + yr;
        ci[q] = xi + yi;
        cr[q + stride] = dr * wr - di * wi;
        ci[q + stride] = dr * wi + di * wr;
      }
    }
    std::swap(a, c);
    std::swap(b, d);
  }
  if (a != &re) {
    re = *a;
    im = *b;
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

void SoundSpectrum::Impl::one_frame(const std::int16_t* samples) {
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
