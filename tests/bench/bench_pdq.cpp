// SPDX-License-Identifier: Apache-2.0
// links: fingerprint base
// PDQ alone, as a program of its own would do it: for each JPEG file named on standard input the
// whole picture decoded, two passes of running box sums both ways in floating point, 64 x 64
// samples, 16 x 16 of the cosine transform, the median. One thread, nothing confined. Prints a hash
// a line, and on standard error files, processor time and files a second.
#include <turbojpeg.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace {

struct Plane {
  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<float> luma;
};

bool decode(tjhandle tj, const std::string& file, Plane& out) {
  int w = 0;
  int h = 0;
  int sampling = 0;
  int space = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(file.data());
  if (tjDecompressHeader3(tj, bytes, file.size(), &w, &h, &sampling, &space) != 0) return false;
  out.width = static_cast<std::size_t>(w);
  out.height = static_cast<std::size_t>(h);
  std::vector<unsigned char> rgb(out.width * out.height * 3);
  if (tjDecompress2(tj, bytes, file.size(), rgb.data(), w, 0, h, TJPF_RGB, 0) != 0) return false;
  out.luma.resize(out.width * out.height);
  for (std::size_t i = 0; i < out.luma.size(); ++i) {
    out.luma[i] = 0.299F * static_cast<float>(rgb[3 * i]) +
                  0.587F * static_cast<float>(rgb[3 * i + 1]) +
                  0.114F * static_cast<float>(rgb[3 * i + 2]);
  }
  return true;
}

/// One box over a line of n samples, `step` apart.
void box_line(const float* in, float* out, std::size_t n, std::size_t step) {
  const std::size_t window = (n + 127) / 128;
  const std::size_t before = (window - 1) / 2;
  const std::size_t after = window / 2;
  float sum = 0;
  std::size_t from = 0;
  std::size_t to = 0;
  for (std::size_t i = 0; i < n; ++i) {
    while (to < std::min(n, i + after + 1)) sum += in[to++ * step];
    while (i >= before && from < i - before) sum -= in[from++ * step];
    out[i * step] = sum / static_cast<float>(to - from);
  }
}

/// Columns all at once, for the sake of the cache.
void box_columns(const Plane& p, const std::vector<float>& in, std::vector<float>& out) {
  const std::size_t window = (p.height + 127) / 128;
  const std::size_t before = (window - 1) / 2;
  const std::size_t after = window / 2;
  std::vector<float> sum(p.width);
  std::size_t from = 0;
  std::size_t to = 0;
  for (std::size_t i = 0; i < p.height; ++i) {
    for (; to < std::min(p.height, i + after + 1); ++to) {
      for (std::size_t x = 0; x < p.width; ++x) sum[x] += in[to * p.width + x];
    }
    for (; i >= before && from < i - before; ++from) {
      for (std::size_t x = 0; x < p.width; ++x) sum[x] -= in[from * p.width + x];
    }
    const float share = 1.0F / static_cast<float>(to - from);
    for (std::size_t x = 0; x < p.width; ++x) out[i * p.width + x] = sum[x] * share;
  }
}

std::string pdq_hex(Plane& p) {
  std::vector<float> other(p.luma.size());
  for (int pass = 0; pass < 2; ++pass) {
    for (std::size_t y = 0; y < p.height; ++y)
      box_line(&p.luma[y * p.width], &other[y * p.width], p.width, 1);
    box_columns(p, other, p.luma);
  }
  std::vector<float> a(std::size_t{64} * 64);
  for (std::size_t i = 0; i < 64; ++i) {
    for (std::size_t j = 0; j < 64; ++j) {
      a[i * 64 + j] = p.luma[(2 * i + 1) * p.height / 128 * p.width + (2 * j + 1) * p.width / 128];
    }
  }
  static const std::vector<float> kCosines = [] {
    std::vector<float> d(std::size_t{16} * 64);
    for (std::size_t i = 0; i < 16; ++i) {
      for (std::size_t j = 0; j < 64; ++j)
        d[i * 64 + j] = static_cast<float>(
            std::cos(M_PI / 128.0 * static_cast<double>(i + 1) * static_cast<double>(2 * j + 1)));
    }
    return d;
  }();
  std::vector<float> t(std::size_t{16} * 64);
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t k = 0; k < 64; ++k) {
      for (std::size_t j = 0; j < 64; ++j) t[i * 64 + j] += kCosines[i * 64 + k] * a[k * 64 + j];
    }
  }
  std::vector<float> b;
  for (std::size_t i = 0; i < 16; ++i) {
    for (std::size_t j = 0; j < 16; ++j) {
      float sum = 0;
      for (std::size_t k = 0; k < 64; ++k) sum += t[i * 64 + k] * kCosines[j * 64 + k];
      b.push_back(sum);
    }
  }
  std::vector<float> sorted = b;
  std::nth_element(sorted.begin(), sorted.begin() + 127, sorted.end());
  std::string hex;
  for (std::size_t i = 64; i-- > 0;) {
    unsigned digit = 0;
    for (std::size_t k = 0; k < 4; ++k) digit |= b[i * 4 + k] > sorted[127] ? 1U << k : 0U;
    hex += "0123456789abcdef"[digit];
  }
  return hex;
}

}  // namespace

int main() {
  tjhandle tj = tjInitDecompress();
  unsigned files = 0;
  const std::clock_t start = std::clock();
  for (std::string path; std::getline(std::cin, path);) {
    std::ifstream in(path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    Plane p;
    if (!decode(tj, bytes, p)) continue;
    std::printf("%s %s\n", pdq_hex(p).c_str(), path.c_str());
    ++files;
  }
  const double s = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  std::fprintf(stderr, "PDQ alone: %u files, %.2f s of processor time, %.1f a second and core\n",
               files, s, files / s);
  tjDestroy(tj);
  return files == 0 ? 1 : 0;
}
