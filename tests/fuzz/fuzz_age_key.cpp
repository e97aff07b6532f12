// SPDX-License-Identifier: Apache-2.0
// links: crypto base
// Key files of people and the Bech32 below them: never crash, and what is accepted is written back
// as it was read.
#include <algorithm>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "crypto/age_key.hpp"
#include "crypto/bech32.hpp"

namespace {

using namespace cess;

void one_line(std::string_view text) {
  if (const auto b = parse_bech32(text, "text")) {
    CESS_CHECK(format_bech32(b->prefix, b->values, b->upper) == text);
  }
  if (const auto recipient = parse_age_recipient(text)) {
    CESS_CHECK(format_age_recipient(*recipient) == text);
  }
  const auto identity = parse_age_identity(text);
  if (identity) {
    CESS_CHECK(format_age_identity(*identity) == text);
  } else {
    CESS_CHECK(identity.error().code == Code::input);
  }
}

// Lines that are neither blank nor a comment.
std::vector<std::string_view> key_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty() && line.front() != '#') lines.push_back(line);
  }
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const auto lines = key_lines(text);
  for (const std::string_view line : lines) one_line(line);
  if (const auto keys = parse_age_identity_file(text, "file")) {
    CESS_CHECK(keys->size() == lines.size() && keys->size() <= kAgeKeyCountMax);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      CESS_CHECK(format_age_identity((*keys)[i]) == lines[i]);
    }
  }
  if (const auto keys = parse_age_recipient_file(text, "file")) {
    CESS_CHECK(keys->size() == lines.size() && keys->size() <= kAgeKeyCountMax);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      CESS_CHECK(format_age_recipient((*keys)[i]) == lines[i]);
    }
  }
  return 0;
}
