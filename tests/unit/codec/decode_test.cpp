// SPDX-License-Identifier: Apache-2.0
// Decoding: every size, every loss pattern, every place of damage; never a wrong byte.
#include "codec/decode.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "decode_support.hpp"
#include "merkle/tree.hpp"

namespace cess {
namespace {

using test::decode_files;
using test::decode_stream;
using test::Decoded;
using test::encode;
using test::Encoded;
using test::Plan;
using test::random_bytes;
using test::rebundle;
using test::TempDir;

const auto kAll = [](const FragmentPos&) { return true; };

TEST(Decode, EverySizeByEveryWay) {
  for (const std::size_t size : {0U, 1U, 65519U, 65520U, 65521U, 262079U, 262080U, 262081U, 524160U,
                                 524161U, 786240U, 800000U}) {
    SCOPED_TRACE(size);
    const Bytes plain = random_bytes(size, size);
    const Encoded e = encode(Plan{}, plain);
    for (const std::size_t threads : {1U, 3U}) {
      const Decoded streamed = decode_stream(e.bundle, {}, threads);
      ASSERT_TRUE(streamed.ok()) << streamed.status.error().message;
      EXPECT_EQ(streamed.plain, plain);
      EXPECT_TRUE(streamed.warnings.empty());
    }
    const TempDir dir;
    test::write_all(dir / "a.tar", e.bundle);
    EXPECT_EQ(decode_files({dir / "a.tar"}).plain, plain);
    test::write_folder(dir / "a", e);
    EXPECT_EQ(decode_files({dir / "a"}).plain, plain);
    EXPECT_EQ(decode_stream(rebundle(e, kAll, true)).plain, plain) << "last fragment first";
    EXPECT_EQ(decode_stream(rebundle(e, kAll, false, true)).plain, plain) << "early manifest";
    EXPECT_EQ(decode_stream(rebundle(e, kAll, true, true)).plain, plain);
  }
}

// Every set of fragments of a small segment: k or more decode, fewer do not.
void every_loss_pattern(const std::string& name) {
  SCOPED_TRACE(name);
  Plan plan;
  plan.profile = *parse_profile(name);
  plan.profile.fragment_size = 65536;
  const Bytes plain = random_bytes(5000, 4);
  const Encoded e = encode(plan, plain);
  const unsigned columns = plan.profile.columns();
  ASSERT_LE(columns, 15U);
  for (unsigned set = 0; set < (1U << columns); ++set) {
    unsigned indices = 0;
    for (unsigned c = 0; c < columns; ++c) {
      if (((set >> c) & 1U) != 0) indices |= 1U << (c % plan.profile.n());
    }
    const bool enough = std::popcount(indices) >= plan.profile.k;
    const Decoded got = decode_stream(rebundle(e, [&](const FragmentPos& p) {
      return ((set >> (p.replica * plan.profile.n() + p.index)) & 1U) != 0;
    }));
    ASSERT_EQ(got.ok(), enough) << std::hex << set;
    if (enough) {
      ASSERT_EQ(got.plain, plain);
    } else {
      ASSERT_EQ(got.status.error().code, Code::no);
      ASSERT_TRUE(got.plain.empty());
      ASSERT_EQ(got.status.error().message, "segment 0: need " + std::to_string(plan.profile.k) +
                                                " of " + std::to_string(plan.profile.n()) +
                                                ", have " + std::to_string(std::popcount(indices)));
    }
  }
}

TEST(Decode, EveryLossPattern) {
  for (const char* name : {"cess-4-8", "4+4", "8+4", "wp-3copy", "wp-3-2", "1+0", "1+11", "11+1",
                           "6+6", "2+1x3", "2+2x2"}) {
    every_loss_pattern(name);
  }
}

TEST(Decode, SampledLossOfWideProfilesAndFullSegments) {
  for (const char* name : {"10+6", "16+8", "paper", "cess-4-8"}) {
    Plan plan;
    plan.profile = *parse_profile(name);
    plan.profile.fragment_size = 65536;
    plan.threads = 2;
    const Bytes plain = random_bytes(plan.profile.segment_size() + 70'000, 9);
    const Encoded e = encode(plan, plain);
    auto random = fake_random(3);
    for (int round = 0; round < 20; ++round) {
      Bytes dice(1024);
      random->fill(dice);
      // Loses m of the n, others in each segment.
      std::vector<std::vector<unsigned>> order(2);
      for (unsigned s = 0; s < 2; ++s) {
        for (unsigned i = 0; i < plan.profile.n(); ++i) order[s].push_back(i);
        std::sort(order[s].begin(), order[s].end(), [&](unsigned a, unsigned b) {
          return dice[s * 256 + a] * 256U + a < dice[s * 256 + b] * 256U + b;
        });
        order[s].resize(plan.profile.k);
      }
      const Bytes bundle = rebundle(e, [&](const FragmentPos& p) {
        return std::count(order[p.segment].begin(), order[p.segment].end(), p.index) > 0;
      });
      const Decoded got = decode_stream(bundle, {}, 2);
      ASSERT_TRUE(got.ok()) << got.status.error().message;
      ASSERT_EQ(got.plain, plain) << name;
    }
  }
}

TEST(Decode, DamagedFragmentsAreNamedAndNotUsed) {
  const Bytes plain = random_bytes(300'000, 2);
  Encoded e = encode(Plan{}, plain);
  e.fragments[{0, 1, 0}][4097] ^= 1;
  e.fragments[{1, 0, 0}].back() ^= 0x80;
  for (const bool reversed : {false, true}) {
    const Decoded got = decode_stream(rebundle(e, kAll, reversed));
    ASSERT_TRUE(got.ok()) << got.status.error().message;
    EXPECT_EQ(got.plain, plain);
    ASSERT_EQ(got.warnings.size(), 2U);
    EXPECT_NE(got.warnings[0].find("00000000-001-000"), std::string::npos);
    EXPECT_NE(got.warnings[1].find("00000001-000-000"), std::string::npos);
  }
  e.fragments[{0, 2, 0}][0] ^= 1;
  e.fragments[{0, 5, 0}][0] ^= 1;
  const Decoded got = decode_stream(rebundle(e, kAll));
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.status.error().code, Code::no);
  EXPECT_EQ(got.status.error().message, "segment 0: need 4 of 6, have 3");
}

// A fragment whose claimed root and whose root in the manifest were changed along with it: only the
// AEAD can tell, and the decoder finds a set without it.
TEST(Decode, RootsThatLieAreOvercome) {
  for (const std::size_t size : {300'000U, 262'080U, 5000U}) {
    const Bytes plain = random_bytes(size, 2);
    Encoded e = encode(Plan{}, plain);
    for (const FragmentPos& pos : {FragmentPos{0, 0, 0}, FragmentPos{0, 4, 0}}) {
      e.fragments[pos][70] ^= 1;
      e.manifest.segments[0].roots[pos.index] = fragment_root(e.fragments[pos]);
    }
    e.manifest.fid = compute_fid(e.manifest);
    const Decoded got = decode_stream(rebundle(e, kAll));
    ASSERT_TRUE(got.ok()) << got.status.error().message;
    EXPECT_EQ(got.plain, plain);
    EXPECT_FALSE(got.warnings.empty());
    for (const std::uint16_t i : {std::uint16_t{1}, std::uint16_t{2}}) {
      e.fragments[{0, i, 0}][70] ^= 1;
      e.manifest.segments[0].roots[i] = fragment_root(e.fragments[{0, i, 0}]);
    }
    e.manifest.fid = compute_fid(e.manifest);
    const Decoded none = decode_stream(rebundle(e, kAll));
    ASSERT_FALSE(none.ok());
    EXPECT_EQ(none.status.error().code, Code::input);
    EXPECT_TRUE(none.plain.empty());
  }
}

// Small on purpose: one byte changed at every place of the bundle, read as a stream.
TEST(Decode, EveryByteFlippedIsHarmlessOrRefused) {
  Plan plan;
  plan.profile = *parse_profile("1+1");
  plan.profile.fragment_size = 65536;
  const Bytes plain = random_bytes(900, 1);
  const Encoded e = encode(plan, plain);
  for (std::size_t i = 0; i < e.bundle.size(); ++i) {
    Bytes bad = e.bundle;
    bad[i] ^= static_cast<std::uint8_t>(1U << (i % 8));
    const Decoded got = decode_stream(bad);
    if (got.ok()) {
      ASSERT_EQ(got.plain, plain) << i;
    } else {
      ASSERT_TRUE(got.plain.empty() || got.plain == plain) << i;
      ASSERT_TRUE(got.status.error().code == Code::input || got.status.error().code == Code::no);
    }
  }
}

// The same for the parts alone: header and manifest must always be refused, a fragment always
// noticed.
TEST(Decode, EveryByteOfEveryPartIsChecked) {
  Plan plan;
  plan.profile = *parse_profile("1+0");
  plan.profile.fragment_size = 65536;
  const Bytes plain = random_bytes(900, 1);
  const Encoded e = encode(plan, plain);
  const Bytes header = encode_header(e.manifest.header);
  for (std::size_t i = 0; i < header.size(); ++i) {
    for (const std::uint8_t bit : {std::uint8_t{1}, std::uint8_t{0x80}}) {
      Bytes bad = header;
      bad[i] ^= bit;
      const auto parsed = parse_header(bad);
      EXPECT_TRUE(!parsed || !open_header(*parsed, {})) << i;
    }
  }
  const std::string text = *write_manifest(e.manifest);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string bad = text;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    const auto parsed = parse_manifest(as_bytes(bad));
    if (!parsed) continue;
    // What fid does not cover, the header's own MAC does, and for the rest the header entry.
    EXPECT_TRUE(parsed->header != e.manifest.header)
        << i << " " << bad.substr(i > 20 ? i - 20 : 0, 40);
    EXPECT_FALSE(open_header(parsed->header, {})) << i;
  }
  const FragmentPos pos{0, 0, 0};
  for (std::size_t i = 0; i < e.fragments.at(pos).size(); ++i) {
    Encoded bad = e;
    bad.fragments[pos][i] ^= 4;
    const Decoded got = decode_stream(rebundle(bad, kAll));
    ASSERT_FALSE(got.ok()) << i;
    ASSERT_EQ(got.status.error().message, "segment 0: need 1 of 1, have 0");
    ASSERT_TRUE(got.plain.empty());
  }
}

TEST(Decode, ChunksMovedAboutAreRefused) {
  Plan plan;
  plan.profile = *parse_profile("1+0");
  plan.profile.fragment_size = 4 * 65536;
  plan.masked = false;
  const Bytes plain = random_bytes(6 * kChunkPlain, 3);  // a full segment and half of one
  const Encoded e = encode(plan, plain);
  const auto altered = [&](const std::function<void(Bytes&, Bytes&)>& change) {
    Encoded bad = e;
    change(bad.fragments[{0, 0, 0}], bad.fragments[{1, 0, 0}]);
    for (std::uint32_t s = 0; s < 2; ++s) {
      bad.manifest.segments[s].roots[0] = fragment_root(bad.fragments[{s, 0, 0}]);
    }
    bad.manifest.fid = compute_fid(bad.manifest);
    const Decoded got = decode_stream(rebundle(bad, kAll));
    EXPECT_FALSE(got.ok());
    EXPECT_EQ(got.status.error().code, Code::input);
    EXPECT_TRUE(std::equal(got.plain.begin(), got.plain.end(), plain.begin()));
  };
  altered(
      [](Bytes& a, Bytes&) { std::swap_ranges(a.begin(), a.begin() + 65536, a.begin() + 65536); });
  altered([](Bytes& a, Bytes&) { std::copy_n(a.begin(), 65536, a.begin() + 131072); });
  altered([](Bytes& a, Bytes& b) { std::swap_ranges(b.begin(), b.begin() + 65536, a.begin()); });
  altered([](Bytes& a, Bytes& b) { std::copy_n(a.begin(), b.size(), b.begin()); });
  // Removing the last chunk, with lengths that fit, leaves the one before without its final flag.
  Encoded cut = e;
  cut.fragments[{1, 0, 0}].resize(65536);
  cut.manifest.length -= kChunkPlain;
  cut.manifest.segments[1].ciphertext_length = 65536;
  cut.manifest.segments[1].fragment_length = 65536;
  cut.manifest.segments[1].roots[0] = fragment_root(cut.fragments[{1, 0, 0}]);
  cut.manifest.fid = compute_fid(cut.manifest);
  const Decoded got = decode_stream(rebundle(cut, kAll));
  EXPECT_FALSE(got.ok());
  EXPECT_EQ(got.plain.size(), 4 * kChunkPlain);
  // So does removing the whole last segment.
  Encoded shorter = e;
  shorter.fragments.erase({1, 0, 0});
  shorter.manifest.length = 4 * kChunkPlain;
  shorter.manifest.segments.pop_back();
  shorter.manifest.fid = compute_fid(shorter.manifest);
  const Decoded gone = decode_stream(rebundle(shorter, kAll));
  EXPECT_FALSE(gone.ok());
  EXPECT_TRUE(gone.plain.empty());
}

TEST(Decode, PartsOfDifferentFilesAreRefused) {
  const TempDir dir;
  Plan plan;
  const Encoded a = encode(plan, random_bytes(1000, 1));
  plan.seed = 43;
  const Encoded b = encode(plan, random_bytes(1000, 1));
  test::write_all(dir / "a.tar", a.bundle);
  test::write_all(dir / "b.tar", b.bundle);
  test::write_all(dir / "b.json", as_bytes(*write_manifest(b.manifest)));
  EXPECT_EQ(decode_files({dir / "a.tar", dir / "b.tar"}).status.error().code, Code::input);
  EXPECT_EQ(decode_files({dir / "a.tar"}, dir / "b.json").status.error().code, Code::input);
  EXPECT_EQ(decode_stream(a.bundle, {}, 1, b.manifest).status.error().code, Code::input);
  // A fragment of b among those of a, by file: found by its root, and not used.
  Encoded mixed = a;
  mixed.fragments[{0, 0, 0}] = b.fragments.at({0, 0, 0});
  const Decoded got = decode_stream(rebundle(mixed, kAll));
  EXPECT_TRUE(got.ok());
  EXPECT_EQ(got.warnings.size(), 1U);
}

TEST(Decode, SeveralInputsMakeOneFile) {
  const TempDir dir;
  const Bytes plain = random_bytes(600'000, 3);
  const Encoded e = encode(Plan{}, plain);
  test::write_all(dir / "even.tar",
                  rebundle(e, [](const FragmentPos& p) { return p.index % 2 == 0; }));
  test::write_all(dir / "odd.tar", rebundle(e, [](const FragmentPos& p) { return p.index == 5; }));
  EXPECT_EQ(decode_files({dir / "even.tar"}).status.error().message,
            "segment 0: need 4 of 6, have 3");
  EXPECT_EQ(decode_files({dir / "even.tar", dir / "odd.tar"}).plain, plain);
  EXPECT_EQ(decode_files({dir / "odd.tar", dir / "even.tar", dir / "odd.tar"}).plain, plain);
}

TEST(Decode, LooseFragmentsByNameOrByRoot) {
  const TempDir dir;
  const Bytes plain = random_bytes(1000, 3);
  const Encoded e = encode(Plan{}, plain);
  test::write_all(dir / "m.json", as_bytes(*write_manifest(e.manifest)));
  std::vector<std::string> files;
  for (const std::uint16_t i : std::vector<std::uint16_t>{5, 4, 3, 0}) {
    files.push_back(dir / (i < 4 ? fragment_name({0, i, 0}) + ".frag" : "x" + std::to_string(i)));
    test::write_all(files.back(), e.fragments.at({0, i, 0}));
  }
  test::write_all(dir / "stranger", random_bytes(1024, 1));
  files.push_back(dir / "stranger");
  EXPECT_EQ(decode_files(files, dir / "m.json").plain, plain);
  EXPECT_EQ(decode_files(files).status.error().code, Code::input);
}

TEST(Decode, RangesAtEveryBoundary) {
  const TempDir dir;
  const std::size_t size = 2 * 262'080 + 70'000;
  const Bytes plain = random_bytes(size, 3);
  const Encoded e = encode(Plan{}, plain);
  test::write_folder(dir / "whole", e);
  test::write_folder(dir / "broken", e);
  // One data fragment of each segment away, another damaged in its middle.
  for (std::uint32_t s = 0; s < 3; ++s) {
    ASSERT_EQ(::unlink(test::fragment_path(dir / "broken", {s, 1, 0}).c_str()), 0);
    Bytes bytes = e.fragments.at({s, 2, 0});
    bytes[bytes.size() / 2] ^= 1;
    test::write_all(test::fragment_path(dir / "broken", {s, 2, 0}), bytes);
  }
  std::vector<std::uint64_t> edges{0, 1, size - 1, size};
  for (std::uint64_t at = kChunkPlain; at < size; at += kChunkPlain) {
    for (const std::uint64_t d : {at - 1, at, at + 1}) edges.push_back(d);
  }
  for (const char* name : {"whole", "broken"}) {
    const auto set = FragmentSet::open({dir / name}, "");
    ASSERT_TRUE(set);
    const auto keys = open_header(set->manifest().header, {});
    ASSERT_TRUE(keys);
    for (const std::uint64_t from : edges) {
      for (const std::uint64_t to : edges) {
        if (to < from) continue;
        Bytes got;
        const Status ok = decode_range(*set, *keys, from, to - from, test::collect(got), {});
        ASSERT_TRUE(ok) << ok.error().message;
        ASSERT_TRUE(std::equal(got.begin(), got.end(), plain.begin() + static_cast<long>(from),
                               plain.begin() + static_cast<long>(to)))
            << from << " " << to;
      }
    }
    Bytes none;
    EXPECT_FALSE(decode_range(*set, *keys, size, 1, test::collect(none), {}));
    EXPECT_FALSE(decode_range(*set, *keys, 1, UINT64_MAX, test::collect(none), {}));
  }
  for (const std::uint16_t i : std::vector<std::uint16_t>{0, 3}) {
    ASSERT_EQ(::unlink(test::fragment_path(dir / "broken", {0, i, 0}).c_str()), 0);
  }
  const auto set = FragmentSet::open({dir / "broken"}, "");
  const auto keys = open_header(set->manifest().header, {});
  Bytes none;
  const Status lost = decode_range(*set, *keys, 0, 10, test::collect(none), {});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().message, "segment 0: need 4 of 6, have 3");
  EXPECT_TRUE(none.empty());
}

}  // namespace
}  // namespace cess
