// SPDX-License-Identifier: Apache-2.0
// links: fingerprint base
// Fingerprints of contents in memory, in one thread and unconfined, each beside the limit of what
// it cannot do without: a text's bytes read once from memory, a picture decoded.
#include <benchmark/benchmark.h>
#include <turbojpeg.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "fingerprint/hash.hpp"
#include "fingerprint/kinds.hpp"
#include "fingerprint/picture.hpp"

namespace {

using cess::Bytes;
using cess::ByteView;
using cess::fp::mix64;

constexpr std::size_t kTextSize = std::size_t{64} << 20U;  // larger than the caches

const Bytes& some_text() {
  static const Bytes kText = [] {
    Bytes t;
    for (std::uint64_t i = 0; t.size() < kTextSize; ++i) {
      // Words of 2 to 9 letters out of 20,000.
      std::uint64_t word = mix64(mix64(i) % 20'000);
      for (std::uint64_t n = 2 + word % 8; n > 0; --n, word /= 26)
        t.push_back(static_cast<std::uint8_t>('a' + word % 26));
      t.push_back(i % 12 == 11 ? '\n' : ' ');
    }
    return t;
  }();
  return kText;
}

/// A JPEG of hills and grain, 800 x 500.
const Bytes& some_picture() {
  static const Bytes kPicture = [] {
    constexpr int kWidth = 800;
    constexpr int kHeight = 500;
    Bytes rgb;
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        const int hill = (x / 40 * 37 + y / 25 * 61) % 200;
        const auto grain = static_cast<int>(mix64(static_cast<std::uint64_t>(y * kWidth + x)) % 24);
        for (int c = 0; c < 3; ++c)
          rgb.push_back(static_cast<std::uint8_t>((hill + grain + 40 * c) % 256));
      }
    }
    tjhandle tj = tjInitCompress();
    unsigned char* out = nullptr;
    unsigned long size = 0;
    if (tjCompress2(tj, rgb.data(), kWidth, 0, kHeight, TJPF_RGB, &out, &size, TJSAMP_420, 92, 0) !=
        0)
      std::abort();
    Bytes jpeg(out, out + size);
    tjFree(out);
    tjDestroy(tj);
    return jpeg;
  }();
  return kPicture;
}

void count_bytes(benchmark::State& state, std::size_t each) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(each));
}

void text(benchmark::State& state) {
  for (auto _ : state) {
    const auto c = cess::fp::fingerprint_text(some_text(), "text/plain", {});
    if (!c) state.SkipWithError("no fingerprint");
  }
  count_bytes(state, some_text().size());
}

void text_ceiling(benchmark::State& state) {
  for (auto _ : state) {
    std::uint64_t sum = 0;
    for (const std::uint8_t b : some_text()) sum += b;
    benchmark::DoNotOptimize(sum);
  }
  count_bytes(state, some_text().size());
}

void picture(benchmark::State& state) {
  for (auto _ : state) {
    const auto c = cess::fp::fingerprint_image(some_picture(), "image/jpeg");
    if (!c) state.SkipWithError("no fingerprint");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

void picture_ceiling(benchmark::State& state) {
  for (auto _ : state) {
    const auto p = cess::fp::decode_jpeg(some_picture());
    if (!p) state.SkipWithError("no picture");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

BENCHMARK(text)->Name("fingerprint/text-64MiB")->Unit(benchmark::kMillisecond);
BENCHMARK(text_ceiling)->Name("fingerprint/text-64MiB/ceiling")->Unit(benchmark::kMillisecond);
BENCHMARK(picture)->Name("fingerprint/jpeg-800x500")->Unit(benchmark::kMillisecond);
BENCHMARK(picture_ceiling)->Name("fingerprint/jpeg-800x500/ceiling")->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
