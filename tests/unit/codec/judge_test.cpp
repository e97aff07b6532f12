// SPDX-License-Identifier: Apache-2.0
// Which fragments are believed when some of them lie: in ranges, and in streams.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "codec/decode.hpp"
#include "decode_support.hpp"

namespace cess {
namespace {

using test::Decoded;
using test::encode;
using test::Encoded;
using test::Plan;
using test::random_bytes;
using test::TempDir;

Plan private_plan(const std::string& profile) {
  Plan plan;
  plan.profile = *parse_profile(profile);
  plan.profile.fragment_size = 65536;
  plan.to.in_clear = false;
  plan.to.keys = {x25519_public(Key256(random_bytes(32, 5)))};
  return plan;
}

Decoded decode_folder_range(const std::string& folder, const Encoded& e, std::uint64_t size) {
  Decoded out;
  const auto set = FragmentSet::open({folder}, "");
  EXPECT_TRUE(set);
  out.status =
      decode_range(*set, *e.keys, 0, size, test::collect(out.plain), test::options_for(out, 1));
  return out;
}

void damage(const std::string& folder, const Encoded& e, const FragmentPos& pos) {
  Bytes bytes = e.fragments.at(pos);
  for (std::size_t i = 0; i < bytes.size(); i += 1000) bytes[i] ^= 1;
  test::write_all(test::fragment_path(folder, pos), bytes);
}

// All but the last of the sets of pieces hold a damaged one; the roots tell which.
TEST(Judge, RangeFindsTheLastGoodFragments) {
  for (const char* name : {"10+6", "16+8"}) {
    SCOPED_TRACE(name);
    const TempDir dir;
    const Plan plan = private_plan(name);
    const Bytes plain = random_bytes(plan.profile.segment_size() + 5000, 4);
    const Encoded e = encode(plan, plain);
    test::write_folder(dir / "d", e);
    for (std::uint32_t s = 0; s < 2; ++s) {
      for (std::uint16_t i = 0; i < plan.profile.m; ++i) damage(dir / "d", e, {s, i, 0});
    }
    const Decoded got = decode_folder_range(dir / "d", e, plain.size());
    ASSERT_TRUE(got.ok()) << got.status.error().message;
    EXPECT_EQ(got.plain, plain);
    damage(dir / "d", e, {1, static_cast<std::uint16_t>(plan.profile.m), 0});
    EXPECT_EQ(decode_folder_range(dir / "d", e, plain.size()).status.error().code, Code::no);
  }
}

TEST(Judge, RangeFindsTheGoodReplicas) {
  const TempDir dir;
  const Plan plan = private_plan("8+4x3");
  const Bytes plain = random_bytes(plan.profile.segment_size() - 70'000, 4);
  const Encoded e = encode(plan, plain);
  test::write_folder(dir / "d", e);
  for (std::uint16_t i = 0; i < plan.profile.n(); ++i) {
    for (std::uint16_t r = 0; r < 3; ++r) {
      if (i < 4 || r != i % 3) damage(dir / "d", e, {0, i, r});
    }
  }
  const Decoded got = decode_folder_range(dir / "d", e, plain.size());
  ASSERT_TRUE(got.ok()) << got.status.error().message;
  EXPECT_EQ(got.plain, plain);
}

// With the key in the clear anybody can make another file with the same header, whose fragments
// decrypt.
struct Forgery {
  Plan plan;
  Bytes plain, other;
  Encoded real, forged;
  explicit Forgery(std::size_t size)
      : plain(random_bytes(size, 4)),
        other(random_bytes(size, 5)),
        real(encode(plan, plain)),
        forged(encode(plan, other)) {
    EXPECT_EQ(real.manifest.header, forged.manifest.header);
  }
};

TEST(Judge, RangeOfAPublicFileTakesNoForgedFragment) {
  for (const std::size_t size : {4000U, 250'000U, 262'080U + 70'000U}) {
    SCOPED_TRACE(size);
    const TempDir dir;
    const Forgery f(size);
    test::write_folder(dir / "d", f.real);
    for (const std::uint16_t i : {std::uint16_t{0}, std::uint16_t{3}}) {
      const FragmentPos pos{0, i, 0};
      test::write_all(test::fragment_path(dir / "d", pos), f.forged.fragments.at(pos));
    }
    const Decoded got = decode_folder_range(dir / "d", f.real, size);
    ASSERT_TRUE(got.ok()) << got.status.error().message;
    EXPECT_EQ(got.plain, f.plain);
    EXPECT_FALSE(got.warnings.empty());
    for (const std::uint16_t i : {std::uint16_t{1}, std::uint16_t{2}}) {
      const FragmentPos pos{0, i, 0};
      test::write_all(test::fragment_path(dir / "d", pos), f.forged.fragments.at(pos));
    }
    const Decoded none = decode_folder_range(dir / "d", f.real, size);
    ASSERT_FALSE(none.ok());
    EXPECT_EQ(none.status.error().message, "segment 0: need 4 of 6, have 2");
    EXPECT_TRUE(none.plain.empty());
  }
}

// The bundle of `e` with the manifest of `last` at its end.
Bytes with_manifest(const Encoded& e, const Manifest& last, bool early) {
  const Fd from = test::memory_file(e.bundle);
  const Fd to = test::memory_file();
  auto source = bundle_reader(from.get(), "memory");
  auto sink = bundle_writer(to.get(), "memory");
  const auto text = write_manifest(last);
  BundleEntry entry;
  while (*source->next(entry)) {
    const bool end = entry.kind == EntryKind::manifest;
    EXPECT_TRUE(sink->add(entry, end ? as_bytes(*text) : ByteView(entry.data)));
    if (early && entry.kind == EntryKind::header) {
      entry.kind = EntryKind::manifest;
      EXPECT_TRUE(sink->add(entry, as_bytes(*text)));
    }
  }
  EXPECT_TRUE(sink->finish());
  return test::contents(to.get());
}

TEST(Judge, ClaimedRootsOfAPublicStreamMustBeThoseOfItsManifest) {
  const Forgery f(262'080 + 70'000);
  Encoded first = f.forged;  // a forged segment, then the real one
  first.manifest.segments[1] = f.real.manifest.segments[1];
  for (auto& [pos, bytes] : first.fragments) {
    if (pos.segment == 1) bytes = f.real.fragments.at(pos);
  }
  first.bundle = test::rebundle(first, [](const FragmentPos&) { return true; });
  const Decoded got = test::decode_stream(with_manifest(first, f.real.manifest, false));
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.status.error().code, Code::input);
  EXPECT_NE(got.status.error().message.find("another root"), std::string::npos);
  // A manifest known before tells them apart at once.
  const Decoded early = test::decode_stream(with_manifest(first, f.real.manifest, true));
  ASSERT_FALSE(early.ok());
  EXPECT_EQ(early.status.error().message, "segment 0: need 4 of 6, have 0");
  EXPECT_TRUE(early.plain.empty());
}

// Of a private file the AEAD has judged: a false claim costs a warning.
TEST(Judge, ClaimedRootsOfAPrivateStreamAreOnlyHints) {
  const Plan plan = private_plan("4+2");
  const Bytes plain = random_bytes(300'000, 4);
  const Encoded e = encode(plan, plain);
  Encoded bad = e;
  bad.manifest.segments[0].roots[1].mut()[0] ^= 1;
  bad.manifest.fid = compute_fid(bad.manifest);
  bad.bundle = test::rebundle(bad, [](const FragmentPos&) { return true; });
  Identities who;
  who.keys.push_back(Key256(random_bytes(32, 5)));
  const Decoded got = test::decode_stream(with_manifest(bad, e.manifest, false), who);
  ASSERT_TRUE(got.ok()) << got.status.error().message;
  EXPECT_EQ(got.plain, plain);
  EXPECT_EQ(got.warnings.size(), 2U);  // damaged, as it seemed; another root
}

long peak_kib() {
  rusage use{};
  EXPECT_EQ(::getrusage(RUSAGE_SELF, &use), 0);
  return use.ru_maxrss;
}

// One tiny fragment of each of many segments of the widest profile: what is remembered follows from
// what came, not from what could have come.
TEST(Judge, ClaimsCostWhatTheStreamHolds) {
  Plan plan;
  plan.profile = *parse_profile("239+16x16");
  plan.profile.fragment_size = 65536;
  auto made = make_header(plan.profile, plan.aead, plan.masked, plan.to, *fake_random(plan.seed));
  ASSERT_TRUE(made) << made.error().message;
  const Fd to = test::memory_file();
  auto sink = bundle_writer(to.get(), "memory");
  BundleEntry entry;
  ASSERT_TRUE(sink->add(entry, encode_header(made->header)));
  entry.kind = EntryKind::fragment;
  entry.file = file_id(made->header);
  const Bytes tiny(1024, 1);
  for (std::uint32_t s = 0; s < 8000; ++s) {
    entry.pos = {s, 0, 0};
    ASSERT_TRUE(sink->add(entry, tiny));
  }
  entry.kind = EntryKind::manifest;
  ASSERT_TRUE(sink->add(entry, Bytes(700, '{')));
  ASSERT_TRUE(sink->finish());
  const Bytes bundle = test::contents(to.get());
  const long before = peak_kib();
  EXPECT_EQ(test::decode_stream(bundle).status.error().code, Code::input);
  EXPECT_LT(peak_kib() - before, 256 * 1024);
}

}  // namespace
}  // namespace cess
