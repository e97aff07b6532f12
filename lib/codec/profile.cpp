// SPDX-License-Identifier: Apache-2.0
// The named profiles are those of the design and of the CESS white paper; "paper" is its text taken
// literally: three copies, each sliced in three with two parity fragments.
#include "codec/profile.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

namespace cess {
namespace {

struct Named {
  std::string_view name;
  std::uint8_t k, m, copies;
};
constexpr std::array<Named, 4> kNamed{{
    {"cess-4-8", 4, 8, 1},
    {"paper", 3, 2, 3},
    {"wp-3copy", 1, 2, 1},
    {"wp-3-2", 3, 2, 1},
}};

// One to three decimal digits without sign, blank or leading zero (a single "0" is fine).
std::optional<unsigned> small_number(std::string_view text) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<Profile> parse_profile(std::string_view name) {
  const auto refuse = [&](std::string_view why) {
    return fail(Code::usage, fmt::format("cannot use profile '{}': {}", name, why),
                std::string(name),
                "profiles are cess-4-8, paper, wp-3copy, wp-3-2, or K+M such as 10+6");
  };
  Profile p;
  for (const Named& n : kNamed) {
    if (n.name != name) continue;
    p.k = n.k;
    p.m = n.m;
    p.copies = n.copies;
    return p;
  }
  std::string_view rest = name;
  std::optional<unsigned> copies = 1;
  if (const auto x = rest.find('x'); x != std::string_view::npos) {
    copies = small_number(rest.substr(x + 1));
    rest = rest.substr(0, x);
  }
  const auto plus = rest.find('+');
  if (plus == std::string_view::npos) return refuse("unknown name");
  const auto k = small_number(rest.substr(0, plus));
  const auto m = small_number(rest.substr(plus + 1));
  if (!k || !m || !copies) return refuse("expected K+M");
  if (*k < 1 || *k + *m > kFragmentsMax) return refuse("K is at least 1 and K+M at most 255");
  if (*copies < 1 || *copies > kCopiesMax) return refuse("copies are 1 to 16");
  p.k = static_cast<std::uint8_t>(*k);
  p.m = static_cast<std::uint8_t>(*m);
  p.copies = static_cast<std::uint8_t>(*copies);
  return p;
}

std::string profile_name(const Profile& p) {
  for (const Named& n : kNamed) {
    if (n.k == p.k && n.m == p.m && n.copies == p.copies) return std::string(n.name);
  }
  std::string name = fmt::format("{}+{}", p.k, p.m);
  if (p.copies > 1) name += fmt::format("x{}", p.copies);
  return name;
}

Status check_profile(const Profile& p) {
  const auto refuse = [&](std::string_view why) {
    return fail(Code::input, fmt::format("refused profile {}+{}: {}", p.k, p.m, why));
  };
  if (p.k < 1) return refuse("k is 0");
  if (p.n() > kFragmentsMax) return refuse("k + m is over 255");
  if (p.copies < 1 || p.copies > kCopiesMax) return refuse("copies are not 1 to 16");
  if (p.matrix != MatrixId::cauchy && p.matrix != MatrixId::vandermonde) {
    return refuse("unknown matrix");
  }
  if (p.fragment_size == 0 || p.fragment_size % kFragmentSizeUnit != 0) {
    return refuse("the fragment size is not a multiple of 64 KiB");
  }
  if (p.fragment_size > kFragmentSizeMax) return refuse("the fragment size is over 256 MiB");
  if (p.segment_size() > kSegmentSizeMax) return refuse("a segment is over 1 GiB");
  return {};
}

}  // namespace cess
