// SPDX-License-Identifier: Apache-2.0
// links: fingerprint sys base
// The limit of fingerprints of sounds and films: the same decoders with the same settings as
// cess-fingerprint's, one thread, nothing confined, and nothing done with what comes out. Paths on
// standard input; on standard error how many, and the processor time that they took:
//   find ... | bench_decode sound|film
#include <cstdio>
#include <ctime>
#include <iostream>
#include <string>

#include "fingerprint/av.hpp"
#include "fingerprint/film.hpp"
#include "fingerprint/iscc.hpp"
#include "fingerprint/spectrum.hpp"
#include "sys/file.hpp"

int main(int argc, char** argv) {
  const std::string what = argc == 2 ? argv[1] : "";
  if (what != "sound" && what != "film") return 2;
  constexpr std::size_t kFileMax = std::size_t{1} << 30U;
  std::uint64_t files = 0;
  std::uint64_t media_ms = 0;
  std::uint64_t samples = 0;
  for (std::string path; std::getline(std::cin, path); ++files) {
    const auto bytes = cess::read_file(path, kFileMax);
    if (!bytes) return 4;
    if (what == "sound") {
      std::uint64_t count = 0;
      const auto decoded = cess::fp::decode_sound(*bytes, {}, cess::fp::kSoundRateHz,
                                                  {.start = [](std::uint64_t, std::uint64_t) {},
                                                   .samples =
                                                       [&](auto piece) {
                                                         count += piece.size();
                                                         return true;
                                                       },
                                                   .end = [](std::uint64_t) {}},
                                                  {});
      if (!decoded) return 3;
      samples += count;
      media_ms += count * 1000 / cess::fp::kSoundRateHz;
    } else {
      const auto info = cess::fp::decode_film(
          *bytes, {},
          {.interval_ms = cess::fp::kFrameIntervalMs,
           .first_of_interval = [&](std::uint64_t, const auto& g) { samples += g.pixels.size(); },
           .per_second = cess::fp::kIsccFramesPerSecond,
           .at_rate = [&](const auto& g) { samples += g.pixels.size(); }},
          {});
      if (!info) return 3;
      media_ms += info->duration_ms;
    }
  }
  const double s = static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  std::fprintf(
      stderr,
      "decoded alone: %llu files, %.0f s of media, %llu samples, %.2f s of processor time\n",
      static_cast<unsigned long long>(files), static_cast<double>(media_ms) / 1000,
      static_cast<unsigned long long>(samples), s);
  std::printf("%.3f\n", s);
  return 0;
}
