// SPDX-License-Identifier: Apache-2.0
// Writes small GeoIP databases after the MaxMind DB format 2.0 (maxmind.github.io/MaxMind-DB),
// independently of the library that reads them: an IPv6 search tree with 24-bit records.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cess::transfer::test {

class MmdbWriter {
 public:
  // ---- values, encoded
  static std::string text(const std::string& s) { return head(2, s.size()) + s; }
  static std::string real(double v) {
    return head(3, 8) + big_endian(std::bit_cast<std::uint64_t>(v), 8);
  }
  static std::string number16(std::uint16_t v) { return head(5, 2) + big_endian(v, 2); }
  static std::string number32(std::uint32_t v) { return head(6, 4) + big_endian(v, 4); }
  static std::string number64(std::uint64_t v) { return head(9, 8) + big_endian(v, 8); }
  static std::string list(const std::vector<std::string>& values) {
    std::string out = head(11, values.size());
    for (const auto& v : values) out += v;
    return out;
  }
  static std::string map(const std::vector<std::pair<std::string, std::string>>& fields) {
    std::string out = head(7, fields.size());
    for (const auto& [name, value] : fields) out += text(name) + value;
    return out;
  }

  // ---- the tree

  /// `value` for all addresses that begin with the first `bits` of `ip`.
  void add(const std::array<std::uint8_t, 16>& ip, unsigned bits, const std::string& value) {
    const std::size_t at = data_.size();
    data_ += value;
    std::size_t node = 0;
    for (unsigned i = 0; i + 1 < bits; ++i) {
      auto& next = nodes_[node][bit(ip, i)];
      if (next.kind != Kind::node) {
        next = {Kind::node, nodes_.size()};
        node = nodes_.size();
        nodes_.push_back({});
      } else {
        node = next.value;
      }
    }
    nodes_[node][bit(ip, bits - 1)] = {Kind::data, at};
  }
  /// ::a.b.c.d/96+bits, where the format keeps IPv4.
  void add_v4(std::array<std::uint8_t, 4> ip, unsigned bits, const std::string& value) {
    std::array<std::uint8_t, 16> long_ip{};
    for (std::size_t i = 0; i < 4; ++i) long_ip[12 + i] = ip[i];
    add(long_ip, 96 + bits, value);
  }

  [[nodiscard]] std::string finish() const {
    std::string out;
    for (const auto& n : nodes_) {
      for (const auto& r : n) {
        std::size_t v = nodes_.size();
        if (r.kind == Kind::node) v = r.value;
        if (r.kind == Kind::data) v = nodes_.size() + 16 + r.value;
        out += big_endian(v, 3);
      }
    }
    out += std::string(16, '\0') + data_ + "\xab\xcd\xefMaxMind.com";
    return out + map({{"binary_format_major_version", number16(2)},
                      {"binary_format_minor_version", number16(0)},
                      {"build_epoch", number64(1)},
                      {"database_type", text("Test-City")},
                      {"description", map({{"en", text("of a test")}})},
                      {"ip_version", number16(6)},
                      {"languages", list({text("en")})},
                      {"node_count", number32(static_cast<std::uint32_t>(nodes_.size()))},
                      {"record_size", number16(24)}});
  }

 private:
  enum class Kind { none, node, data };
  struct Branch {
    Kind kind = Kind::none;
    std::size_t value = 0;
  };

  static std::string big_endian(std::uint64_t v, unsigned size) {
    std::string out;
    for (unsigned i = size; i-- > 0;) out.push_back(static_cast<char>(v >> (8 * i)));
    return out;
  }
  // Sizes below 29 stand in the control byte; types above 7 in the byte after it.
  static std::string head(unsigned type, std::size_t size) {
    std::string out;
    const unsigned low = size < 29 ? static_cast<unsigned>(size) : 29;
    out.push_back(static_cast<char>((type > 7 ? 0U : type << 5U) | low));
    if (type > 7) out.push_back(static_cast<char>(type - 7));
    if (size >= 29) out.push_back(static_cast<char>(size - 29));
    return out;
  }
  static std::size_t bit(const std::array<std::uint8_t, 16>& ip, unsigned i) {
    return ip[i / 8] >> (7 - i % 8) & 1U;
  }

  std::vector<std::array<Branch, 2>> nodes_ = std::vector<std::array<Branch, 2>>(1);
  std::string data_;
};

}  // namespace cess::transfer::test
