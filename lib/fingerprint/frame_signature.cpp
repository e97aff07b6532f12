// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/frame_signature.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "fingerprint/wide.hpp"

namespace cess::fp {
namespace {

constexpr std::uint32_t kCells = 32;
__extension__ using Exact = __int128;

/// Cells x to x + w - 1, y to y + h - 1.
struct CellBox {
  int x = 0;
  int y = 0;
  int w = 0;
  int h = 0;
  [[nodiscard]] int count() const { return w * h; }
};

/// The mean over one box, over two together, or over one without another inside of it.
struct Side {
  CellBox box;
  CellBox other;
  int sign = 0;  ///< of the other: 0 there is none
  [[nodiscard]] int count() const { return box.count() + sign * other.count(); }
};
/// The mean of `plus`, less that of `minus` or, of an average, less mid gray.
struct Element {
  Side plus;
  Side minus;
};
/// Elements that share a threshold.
struct Category {
  bool average = false;
  std::vector<Element> elements;
  int common = 1;  ///< least common multiple of the sides' cells
};

// The 380 elements, by what is regular in them.

Side whole(int x, int y, int side) { return {{x, y, side, side}, {}, 0}; }

/// A square's halves: left less right, right less left, top less bottom, bottom less top.
Element halves(char which, int x, int y, int side) {
  const int half = side / 2;
  const bool across = which == 'L' || which == 'R';
  const CellBox first{x, y, across ? half : side, across ? side : half};
  const CellBox second{across ? x + half : x, across ? y : y + half, first.w, first.h};
  Element e{{first, {}, 0}, {second, {}, 0}};
  if (which == 'R' || which == 'B') std::swap(e.plus, e.minus);
  return e;
}

/// The four quarters of a square, each in halves.
void quarters(std::vector<Element>& to, std::string_view which, int x, int y, int side) {
  for (std::size_t i = 0; i < 4; ++i) {
    const int at = static_cast<int>(i);
    to.push_back(halves(which[i], x + at % 2 * side / 2, y + at / 2 * side / 2, side / 2));
  }
}

/// A square without its middle, less the middle.
void ring(std::vector<Element>& to, int x, int y, int side, int border) {
  const CellBox middle{x + border, y + border, side - 2 * border, side - 2 * border};
  to.push_back({{{x, y, side, side}, middle, -1}, {middle, {}, 0}});
}

std::vector<Element> averages_1() {
  std::vector<Element> out;
  for (int q = 0; q < 4; ++q) {
    for (int i = 0; i < 4; ++i)
      out.push_back({whole(q % 2 * 16 + i % 2 * 8, q / 2 * 16 + i / 2 * 8, 8), {}});
  }
  for (int q = 0; q < 4; ++q) out.push_back({whole(q % 2 * 16, q / 2 * 16, 16), {}});
  return out;
}

std::vector<Element> averages_2() {
  std::vector<Element> out;
  for (int i = 0; i < 9; ++i) out.push_back({whole(2 + i % 3 * 10, 2 + i / 3 * 10, 8), {}});
  for (const int edge : {9, 6, 3}) out.push_back({whole(edge, edge, 32 - 2 * edge), {}});
  return out;
}

std::vector<Element> differences_1() {
  std::vector<Element> out;
  for (int q = 0; q < 4; ++q) {
    for (int i = 0; i < 4; ++i)
      quarters(out, q == 0 || q == 3 ? "LTBR" : "TRLB", q % 2 * 16 + i % 2 * 8,
               q / 2 * 16 + i / 2 * 8, 8);
  }
  for (int i = 0; i < 9; ++i)
    quarters(out, i == 4 ? "TTBB" : "LTBR", 2 + i % 3 * 10, 2 + i / 3 * 10, 8);
  for (int i = 0; i < 4; ++i) quarters(out, "TLLT", 7 + i % 2 * 10, 7 + i / 2 * 10, 8);
  return out;
}

/// Both diagonals of a square's quarters.
std::vector<Element> differences_2() {
  std::vector<Element> out;
  const auto add = [&](int x, int y) {
    const auto quarter = [&](int dx, int dy) { return CellBox{x + dx, y + dy, 4, 4}; };
    out.push_back({{quarter(0, 0), quarter(4, 4), 1}, {quarter(4, 0), quarter(0, 4), 1}});
  };
  for (int i = 0; i < 16; ++i) add(i % 4 * 8, i / 4 * 8);
  for (int i = 0; i < 9; ++i) add(4 + i % 3 * 8, 4 + i / 3 * 8);
  return out;
}

/// All pairs of nine large squares.
std::vector<Element> differences_3() {
  std::vector<Element> out;
  const auto square = [](int i) { return whole(1 + i % 3 * 10, 1 + i / 3 * 10, 10); };
  for (int i = 0; i < 9; ++i) {
    for (int j = i + 1; j < 9; ++j) out.push_back({square(i), square(j)});
  }
  return out;
}

/// Pairs of a grid of 5 × 5 squares, each said as column and row of both.
std::vector<Element> differences_4() {
  constexpr std::array<std::string_view, 30> kSquares = {
      "1232", "2123", "1133", "3113", "2132", "3223", "2312", "1221", "1131", "3133",
      "3313", "1311", "2220", "2242", "2224", "2202", "2024", "0242", "1030", "1434",
      "0103", "4143", "1001", "3041", "4334", "0314", "0040", "4044", "4404", "0400"};
  std::vector<Element> out;
  for (const std::string_view p : kSquares) {
    const auto square = [&](std::size_t i) {
      return whole(1 + 6 * (p[i] - '0'), 1 + 6 * (p[i + 1] - '0'), 6);
    };
    out.push_back({square(0), square(2)});
  }
  return out;
}

std::vector<Element> differences_5() {
  std::vector<Element> out;
  const auto row = [&](int side, int border, int y, std::initializer_list<int> columns) {
    for (const int x : columns) ring(out, x, y, side, border);
  };
  for (const int y : {1, 11, 21}) row(10, 3, y, {1, 11, 21});
  for (const int y : {6, 16}) row(10, 3, y, {6, 16});
  row(10, 3, 1, {6, 16});
  row(10, 3, 6, {1, 11, 21});
  row(10, 3, 11, {6, 16});
  row(10, 3, 16, {1, 11, 21});
  row(10, 3, 21, {6, 16});
  for (const int y : {2, 7, 12, 17}) row(13, 5, y, {2, 7, 12, 17});
  row(6, 2, 3, {8, 13, 18});
  for (const int y : {8, 13, 18}) row(6, 2, y, {3, 8, 13, 18, 23});
  row(6, 2, 23, {8, 13, 18});
  return out;
}

/// A lying rectangle less a standing one.
std::vector<Element> differences_6() {
  std::vector<Element> out;
  for (int i = 0; i < 9; ++i) {
    const int x = 3 + i % 3 * 8;
    const int y = 3 + i / 3 * 8;
    out.push_back({{{x, y + 2, 10, 6}, {}, 0}, {{x + 2, y, 6, 10}, {}, 0}});
  }
  return out;
}

/// What lies on both sides of a square less the square.
std::vector<Element> differences_7() {
  std::vector<Element> out;
  for (int i = 0; i < 25; ++i) {
    const int x = 4 + i % 5 * 5;
    const int y = 4 + i / 5 * 5;
    const auto square = [](int at_x, int at_y) { return CellBox{at_x, at_y, 4, 4}; };
    out.push_back({{square(x - 4, y), square(x + 4, y), 1}, whole(x, y, 4)});
    out.push_back({{square(x, y - 4), square(x, y + 4), 1}, whole(x, y, 4)});
  }
  return out;
}

std::vector<Element> differences_8() {
  std::vector<Element> out;
  for (int q = 0; q < 4; ++q)
    quarters(out, q == 0 || q == 3 ? "TLLT" : "LTTL", q % 2 * 16, q / 2 * 16, 16);
  quarters(out, "LTTL", 0, 0, 32);
  return out;
}

std::vector<Category> make_categories() {
  std::vector<Category> out;
  for (auto& averages : {averages_1(), averages_2()}) out.push_back({true, averages, 1});
  for (auto& differences : {differences_1(), differences_2(), differences_3(), differences_4(),
                            differences_5(), differences_6(), differences_7(), differences_8()})
    out.push_back({false, differences, 1});
  std::size_t count = 0;
  for (Category& c : out) {
    for (const Element& e : c.elements) {
      c.common = std::lcm(c.common, e.plus.count());
      if (!c.average) c.common = std::lcm(c.common, e.minus.count());
    }
    count += c.elements.size();
  }
  CESS_CHECK(count == kFrameElements);
  return out;
}

/// Where cell `i` of 32 begins on a side of `size` pixels.
std::uint32_t cell_begin(std::uint32_t i, std::uint32_t size) {
  return (i * size + kCells - 1) / kCells;
}

CESS_FP_WIDE std::uint32_t sum_of(const std::uint8_t* from, std::uint32_t count) {
  std::uint32_t sum = 0;
  for (std::uint32_t i = 0; i < count; ++i) sum += from[i];
  return sum;
}

/// Sums over cells of their means, over one denominator.
class CellMeans {
 public:
  explicit CellMeans(const Gray& g) : across_(common_of(g.width)), down_(common_of(g.height)) {
    std::array<std::uint64_t, kCells> cells{};
    for (std::uint32_t row = 0; row < kCells; ++row) {
      cells.fill(0);
      const std::uint32_t y0 = cell_begin(row, g.height);
      const std::uint32_t y1 = cell_begin(row + 1, g.height);
      for (std::uint32_t y = y0; y < y1; ++y) {
        const std::uint8_t* line = &g.pixels[std::size_t{y} * g.width];
        for (std::uint32_t i = 0; i < kCells; ++i) {
          const std::uint32_t x0 = cell_begin(i, g.width);
          cells[i] += sum_of(line + x0, cell_begin(i + 1, g.width) - x0);
        }
      }
      std::uint64_t in_row = 0;
      for (std::uint32_t i = 0; i < kCells; ++i) {
        const std::uint32_t w = cell_begin(i + 1, g.width) - cell_begin(i, g.width);
        in_row += cells[i] * (across_ / w) * (down_ / (y1 - y0));
        sums_[row + 1][i + 1] = sums_[row][i + 1] + in_row;
      }
    }
  }
  [[nodiscard]] Exact denominator() const { return Exact{across_} * down_; }
  /// The side's mean, times the denominator and `common`.
  [[nodiscard]] Exact mean(const Side& s, int common) const {
    const Exact all = sum(s.box) + s.sign * (s.sign == 0 ? 0 : sum(s.other));
    return all * (common / s.count());
  }

 private:
  /// What the widths of all cells divide.
  static std::uint32_t common_of(std::uint32_t size) {
    const std::uint32_t least = size / kCells;
    return size % kCells == 0 ? least : least * (least + 1);
  }
  [[nodiscard]] Exact sum(const CellBox& b) const {
    const auto at = [&](int x, int y) {
      return Exact{sums_[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)]};
    };
    return at(b.x + b.w, b.y + b.h) - at(b.x, b.y + b.h) - at(b.x + b.w, b.y) + at(b.x, b.y);
  }
  std::uint32_t across_;
  std::uint32_t down_;
  std::array<std::array<std::uint64_t, kCells + 1>, kCells + 1> sums_{};
};

}  // namespace

std::optional<FrameSignature> frame_signature(const Gray& luma) {
  if (luma.width < kCells || luma.height < kCells) return std::nullopt;
  static const std::vector<Category> categories = make_categories();
  const CellMeans cells(luma);
  FrameSignature out{};
  std::size_t at = 0;
  std::vector<Exact> values;
  std::vector<Exact> sizes;
  for (const Category& c : categories) {
    values.clear();
    sizes.clear();
    for (const Element& e : c.elements) {
      const Exact less =
          c.average ? 128 * cells.denominator() * c.common : cells.mean(e.minus, c.common);
      values.push_back(cells.mean(e.plus, c.common) - less);
      sizes.push_back(values.back() < 0 ? -values.back() : values.back());
    }
    // A third of the elements is to be middling.
    std::sort(sizes.begin(), sizes.end());
    const Exact threshold = sizes[sizes.size() * 333 / 1000];
    for (const Exact v : values)
      out[at++] = static_cast<std::uint8_t>(v < -threshold ? 0 : (v <= threshold ? 1 : 2));
  }
  return out;
}

}  // namespace cess::fp
