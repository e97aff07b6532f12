// SPDX-License-Identifier: Apache-2.0
// How a file becomes fragments: k data and m parity fragments per segment, `copies` replicas of
// each, F bytes a fragment.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "erasure/code.hpp"

namespace cess {

constexpr std::uint32_t kDefaultFragmentSize = 8U << 20U;
constexpr std::uint32_t kFragmentSizeUnit = 64U << 10U;  ///< one ciphertext chunk
constexpr std::uint32_t kFragmentSizeMax = 256U << 20U;
constexpr std::uint64_t kSegmentSizeMax = 1ULL << 30U;
constexpr unsigned kFragmentsMax = 255;  ///< k + m
constexpr unsigned kCopiesMax = 16;

struct Profile {
  std::uint8_t k = 4;
  std::uint8_t m = 8;
  std::uint8_t copies = 1;
  MatrixId matrix = MatrixId::cauchy;
  /// F, a multiple of 64 KiB, at most 256 MiB; k * F <= 1 GiB.
  std::uint32_t fragment_size = kDefaultFragmentSize;

  [[nodiscard]] unsigned n() const { return unsigned{k} + m; }
  /// Columns of the file: fragment i, replica r is column r * n + i.
  [[nodiscard]] unsigned columns() const { return n() * copies; }
  [[nodiscard]] std::uint64_t segment_size() const { return std::uint64_t{k} * fragment_size; }
  friend bool operator==(const Profile&, const Profile&) = default;
};

/// "cess-4-8", "paper" (3 copies of 3+2), "wp-3copy" (1+2), "wp-3-2", any "K+M", any "K+MxC" with C
/// copies. The fragment size is the default. Code::usage otherwise.
Result<Profile> parse_profile(std::string_view name);
/// The canonical name: a named profile's name, else "K+M", with "xC" appended for C > 1 copies.
/// Says nothing of the fragment size and the matrix.
std::string profile_name(const Profile& p);
/// Limits above; Code::input.
Status check_profile(const Profile& p);

}  // namespace cess
