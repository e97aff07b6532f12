// SPDX-License-Identifier: Apache-2.0
// Reads tests/vectors/crypto/*.txt: '#' comments, records of "name = value" lines, a blank line
// between records. Values are hex unless a test says otherwise.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/secret.hpp"

namespace cess {

class Record {
 public:
  [[nodiscard]] bool has(const std::string& name) const { return fields_.contains(name); }
  [[nodiscard]] std::string text(const std::string& name) const {
    const auto it = fields_.find(name);
    EXPECT_NE(it, fields_.end()) << name;
    return it == fields_.end() ? std::string{} : it->second;
  }
  [[nodiscard]] Bytes hex(const std::string& name) const {
    auto bytes = parse_hex(text(name), name);
    EXPECT_TRUE(bytes) << name;
    return bytes ? *bytes : Bytes{};
  }
  template <std::size_t N>
  [[nodiscard]] std::array<std::uint8_t, N> array(const std::string& name) const {
    std::array<std::uint8_t, N> out{};
    EXPECT_TRUE(parse_hex_into(out, text(name), name)) << name;
    return out;
  }
  [[nodiscard]] Key256 key(const std::string& name) const { return Key256(array<32>(name)); }
  [[nodiscard]] std::uint32_t number(const std::string& name) const {
    return static_cast<std::uint32_t>(std::stoul(text(name)));
  }
  void set(const std::string& name, std::string value) { fields_[name] = std::move(value); }
  [[nodiscard]] bool empty() const { return fields_.empty(); }

 private:
  std::map<std::string, std::string> fields_;
};

inline std::vector<Record> read_vectors(const std::string& name) {
  std::ifstream in(std::string(CESS_VECTORS_DIR) + "/crypto/" + name);
  EXPECT_TRUE(in.good()) << name;
  std::vector<Record> all;
  Record record;
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) {
      if (!record.empty()) all.push_back(std::move(record));
      record = Record();
      continue;
    }
    const auto eq = line.find(" =");
    if (line.front() == '#' || eq == std::string::npos) continue;
    record.set(line.substr(0, eq), eq + 3 <= line.size() ? line.substr(eq + 3) : "");
  }
  if (!record.empty()) all.push_back(std::move(record));
  EXPECT_FALSE(all.empty()) << name;
  return all;
}

}  // namespace cess
