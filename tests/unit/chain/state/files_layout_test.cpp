// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy crypto merkle podr2 json base
// The chain's own arithmetic of files against codec's, which made the formats:
// vectors, since the two can not be in one program (both have a Header).
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "chain/state/files/layout.hpp"
#include "crypto/sha256.hpp"
#include "merkle/tree.hpp"

namespace cess {
namespace files_layout_test {

TEST(FilesLayout, LengthsAndFidsAreCodecs) {
  std::ifstream in(std::string(CESS_VECTORS_DIR) + "/chain/files_fid.txt");
  ASSERT_TRUE(in.good());
  std::size_t count = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream row(line);
    std::string number;
    std::string fid;
    unsigned k = 0;
    unsigned m = 0;
    unsigned copies = 0;
    unsigned matrix = 0;
    std::uint32_t size = 0;
    std::uint32_t segments = 0;
    std::uint64_t last_ciphertext = 0;
    std::uint64_t last_fragment = 0;
    std::uint64_t stored = 0;
    files::File f;
    row >> number >> k >> m >> copies >> matrix >> size >> f.length >> segments >>
        last_ciphertext >> last_fragment >> stored >> fid;
    SCOPED_TRACE(line);
    f.file_id = FileId::from(sha256(as_bytes("file " + number)).view());
    f.profile = {static_cast<std::uint8_t>(k), static_cast<std::uint8_t>(m),
                 static_cast<std::uint8_t>(copies), static_cast<std::uint8_t>(matrix), size};
    ASSERT_TRUE(files::check_profile(f.profile).has_value());
    f.segment_count = files::segments_of(f.profile, f.length);
    ASSERT_EQ(f.segment_count, segments);
    EXPECT_EQ(files::ciphertext_length(f, segments - 1), last_ciphertext);
    EXPECT_EQ(files::fragment_length(f, segments - 1), last_fragment);
    EXPECT_EQ(files::stored_bytes(f), stored);
    std::vector<Hash256> leaves;
    std::uint64_t column_leaves = 0;
    for (std::uint32_t s = 0; s < segments; ++s) {
      std::vector<Hash256> roots;
      for (unsigned c = 0; c < f.profile.columns(); ++c) {
        const auto name = number + "/" + std::to_string(s) + "/" + std::to_string(c);
        roots.push_back(sha256(as_bytes(name)));
      }
      leaves.push_back(files::segment_leaf(f, s, roots));
      column_leaves += leaf_count(files::fragment_length(f, s));
    }
    EXPECT_EQ(to_hex(files::compute_fid(f, leaves)), fid);
    EXPECT_EQ(files::column_leaves(f), column_leaves);
    const auto last = files::column_leaf(f, column_leaves - 1);
    EXPECT_EQ(last.segment, segments - 1);
    EXPECT_EQ(last.leaf, last.count - 1);
    ++count;
  }
  EXPECT_EQ(count, 60U);
}

TEST(FilesLayout, StripesCoverTheFile) {
  files::File f;
  f.profile = {2, 1, 1, 1, 65'536};
  f.length = 41ULL * 65'520;  // 41 chunks: 21 segments, the last with one chunk
  f.segment_count = files::segments_of(f.profile, f.length);
  ASSERT_EQ(f.segment_count, 21U);
  for (std::uint32_t segments = 1; segments <= 21; ++segments) {
    f.stripe_segments = segments;
    std::uint64_t bytes = 0;
    std::uint32_t next = 0;
    for (std::uint32_t s = 0; s < files::stripe_count(f); ++s) {
      const auto [first, end] = files::stripe_range(f, s);
      EXPECT_EQ(first, next);
      EXPECT_GT(end, first);
      next = end;
      bytes += files::slot_bytes(f, s);
    }
    EXPECT_EQ(next, 21U);
    EXPECT_EQ(bytes * f.profile.columns(), files::stored_bytes(f));
  }
}

TEST(FilesLayout, MoreThanAThousandSegmentsAreTooMany) {
  const files::Profile p{4, 8, 1, 1, 8U << 20U};
  const std::uint64_t most = 1000ULL * 512 * 65'520;
  EXPECT_EQ(files::segments_of(p, most), 1000U);
  EXPECT_EQ(files::segments_of(p, most + 1), 0U);
  EXPECT_EQ(files::segments_of(p, ~std::uint64_t{0}), 0U);
  EXPECT_EQ(files::segments_of(p, 0), 1U);
}

}  // namespace files_layout_test
}  // namespace cess
