// SPDX-License-Identifier: Apache-2.0
// links: chain_types economy crypto json base
// SCALE against two public implementations (tests/vectors/chain/scale.txt) and its strictness.
#include "chain/types/scale.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "chain/types/record.hpp"

namespace cess {
namespace {

Bytes bytes_of_hex(std::string_view text) { return parse_hex(text, "vector").value(); }

// Encoding gives the vector's bytes, and decoding them gives the value.
template <class T>
void expect(const T& value, const std::string& bytes) {
  EXPECT_EQ(to_hex(encode_scale(value)), bytes);
  const auto back = decode_scale<T>(bytes_of_hex(bytes), "vector");
  ASSERT_TRUE(back.has_value()) << bytes;
  EXPECT_TRUE(*back == value) << bytes;
}

TEST(Scale, IsThatOfOthers) {
  std::ifstream in(CESS_VECTORS_DIR "/chain/scale.txt");
  std::string line;
  int count = 0;
  while (std::getline(in, line)) {
    if (line.starts_with("#")) continue;
    std::istringstream row(line);
    std::string kind, value, bytes;
    row >> kind >> value >> bytes;
    const auto number = kind.starts_with("u") || kind == "compact" || kind == "bool"
                            ? parse_decimal(value, "vector").value()
                            : 0;
    if (kind == "compact") {
      ScaleWriter w;
      w.compact(static_cast<std::uint64_t>(number));
      EXPECT_EQ(to_hex(w.bytes()), bytes) << line;
      const Bytes raw = bytes_of_hex(bytes);
      ScaleReader r(raw, "vector");
      EXPECT_EQ(r.compact().value(), static_cast<std::uint64_t>(number));
    } else if (kind == "u8") {
      expect(static_cast<std::uint8_t>(number), bytes);
    } else if (kind == "u16") {
      expect(static_cast<std::uint16_t>(number), bytes);
    } else if (kind == "u32") {
      expect(static_cast<std::uint32_t>(number), bytes);
    } else if (kind == "u64") {
      expect(static_cast<std::uint64_t>(number), bytes);
    } else if (kind == "u128") {
      expect(number, bytes);
    } else if (kind == "bool") {
      expect(number == 1, bytes);
    } else if (kind == "text") {
      expect(value == "-" ? std::string() : value, bytes);
    } else if (kind == "vec_u16") {
      std::vector<std::uint16_t> list;
      std::istringstream parts(value == "-" ? "" : value);
      for (std::string part; std::getline(parts, part, ',');)
        list.push_back(static_cast<std::uint16_t>(std::stoi(part)));
      expect(list, bytes);
    } else {
      ADD_FAILURE() << line;
    }
    ++count;
  }
  EXPECT_EQ(count, 40);
}

TEST(Scale, AnyCompactThatCouldBeShorterIsRefused) {
  const auto refused = [](std::string_view text) {
    const Bytes raw = bytes_of_hex(text);
    ScaleReader r(raw, "number");
    return !r.compact().has_value();
  };
  for (const char* bad :
       {"01", "0100", "fd00", "02000000", "feff0000", "0300000000", "03ffffff3f", "070000000000",
        "13ffffffffffffff", "13ffffffffffffff00", "17000000000000000001", "ff00", "", "02", "03"}) {
    EXPECT_TRUE(refused(bad)) << bad;
  }
}

TEST(Scale, OneEncodingPerValue) {
  EXPECT_FALSE(decode_scale<bool>(bytes_of_hex("02"), "b").has_value());
  EXPECT_FALSE(decode_scale<bool>(bytes_of_hex("0100"), "b").has_value()) << "a byte left over";
  EXPECT_FALSE(decode_scale<bool>(bytes_of_hex(""), "b").has_value());
  EXPECT_FALSE(decode_scale<std::optional<bool>>(bytes_of_hex("02"), "o").has_value());
  EXPECT_FALSE(decode_scale<std::optional<bool>>(bytes_of_hex("0001"), "o").has_value());
  EXPECT_FALSE(decode_scale<std::uint32_t>(bytes_of_hex("010000"), "n").has_value());
  // A length is believed only as far as there are bytes.
  EXPECT_FALSE(decode_scale<Bytes>(bytes_of_hex("08aa"), "b").has_value());
  EXPECT_FALSE(decode_scale<Bytes>(bytes_of_hex("feffffff"), "b").has_value());
  EXPECT_FALSE(decode_scale<std::vector<std::uint8_t>>(bytes_of_hex("feffffff"), "v").has_value());
  EXPECT_FALSE(decode_scale<std::vector<std::uint64_t>>(bytes_of_hex("fc01"), "v").has_value());
}

}  // namespace
}  // namespace cess
