// SPDX-License-Identifier: Apache-2.0
// Folders: the same entries as a bundle, whole or absent; streams that come in odd orders; workers.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "base/hex.hpp"
#include "codec/workers.hpp"
#include "decode_support.hpp"

namespace cess {
namespace {

using test::decode_stream;
using test::encode;
using test::Encoded;
using test::Plan;
using test::random_bytes;
using test::rebundle;
using test::TempDir;

TEST(Folder, ReadsBackInBundleOrder) {
  const TempDir dir;
  const Encoded e = encode(Plan{}, random_bytes(300'000, 1));
  test::write_folder(dir / "d", e);
  test::write_all(dir / "d/fragments/notes.txt", Bytes(3, 'x'));  // not ours: passed over
  const auto source = folder_reader(dir / "d");
  ASSERT_TRUE(source) << source.error().message;
  BundleEntry entry;
  std::vector<EntryKind> kinds;
  FragmentPos last;
  for (;;) {
    const auto more = (*source)->next(entry);
    ASSERT_TRUE(more) << more.error().message;
    if (!*more) break;
    kinds.push_back(entry.kind);
    if (entry.kind != EntryKind::fragment) continue;
    EXPECT_TRUE(entry.pos == FragmentPos{} || last < entry.pos);
    last = entry.pos;
    EXPECT_EQ(entry.data, e.fragments.at(entry.pos));
    EXPECT_EQ(entry.file, e.manifest.file);
    EXPECT_EQ(entry.root, e.manifest.segments[entry.pos.segment].roots[entry.pos.index]);
  }
  ASSERT_EQ(kinds.size(), e.fragments.size() + 3);
  EXPECT_EQ(kinds[0], EntryKind::header);
  EXPECT_EQ(kinds[1], EntryKind::manifest);
  EXPECT_EQ(kinds.back(), EntryKind::manifest);
}

TEST(Folder, NothingIsLeftOfAnUnfinishedOne) {
  const TempDir dir;
  {
    auto sink = folder_writer(dir / "d", false);
    ASSERT_TRUE(sink);
    BundleEntry entry;
    entry.kind = EntryKind::fragment;
    ASSERT_TRUE((*sink)->add(entry, Bytes(1024)));
  }
  EXPECT_TRUE(list_dir(dir.path())->empty());
}

TEST(Folder, WithoutHeaderOrManifestIsRefused) {
  const TempDir dir;
  const Encoded e = encode(Plan{}, random_bytes(1000, 1));
  test::write_folder(dir / "d", e);
  ASSERT_EQ(::unlink((dir / "d/header").c_str()), 0);
  EXPECT_EQ(folder_reader(dir / "d").error().code, Code::input);
  ASSERT_EQ(::unlink((dir / "d/manifest.json").c_str()), 0);
  EXPECT_FALSE(folder_reader(dir / "d"));
}

TEST(Stream, EveryOrderOfManySegments) {
  const Bytes plain = random_bytes(5 * 262'080 + 10, 2);
  const Encoded e = encode(Plan{}, plain);
  // Incomplete segments in order; then one that has too little until late.
  const auto incomplete = [](const FragmentPos& p) { return (p.index + p.segment) % 6 >= 2; };
  EXPECT_EQ(decode_stream(rebundle(e, incomplete)).plain, plain);
  EXPECT_EQ(decode_stream(rebundle(e, incomplete, true)).plain, plain);
  EXPECT_EQ(decode_stream(rebundle(e, incomplete, false, true), {}, 2).plain, plain);
  auto random = fake_random(8);
  for (int round = 0; round < 10; ++round) {
    const Fd fd = test::memory_file();
    auto sink = bundle_writer(fd.get(), "memory");
    BundleEntry entry;
    ASSERT_TRUE(sink->add(entry, encode_header(e.manifest.header)));
    std::vector<std::pair<std::uint64_t, FragmentPos>> order;
    for (const auto& [pos, bytes] : e.fragments) {
      std::uint64_t key = 0;
      random->fill({reinterpret_cast<std::uint8_t*>(&key), sizeof key});
      // From nearly in order to none at all.
      order.emplace_back(pos.segment * 1000 + key % (1ULL << (static_cast<unsigned>(round) + 8U)),
                         pos);
    }
    std::sort(order.begin(), order.end());
    entry.kind = EntryKind::fragment;
    entry.file = e.manifest.file;
    for (const auto& [key, pos] : order) {
      entry.pos = pos;
      entry.root = e.manifest.segments[pos.segment].roots[pos.index];
      ASSERT_TRUE(sink->add(entry, e.fragments.at(pos)));
    }
    entry.kind = EntryKind::manifest;
    ASSERT_TRUE(sink->add(entry, as_bytes(*write_manifest(e.manifest))));
    ASSERT_TRUE(sink->finish());
    const auto got = decode_stream(test::contents(fd.get()));
    ASSERT_TRUE(got.ok()) << got.status.error().message;
    ASSERT_EQ(got.plain, plain) << round;
  }
}

TEST(Stream, ASegmentThatIsMissingIsNamed) {
  const Encoded e = encode(Plan{}, random_bytes(4 * 262'080, 2));
  for (const std::uint32_t lost : {0U, 2U, 3U}) {
    const auto got = decode_stream(
        rebundle(e, [&](const FragmentPos& p) { return p.segment != lost || p.index > 2; }));
    ASSERT_FALSE(got.ok());
    EXPECT_EQ(got.status.error().code, Code::no);
    EXPECT_EQ(got.status.error().message,
              "segment " + std::to_string(lost) + ": need 4 of 6, have 3");
    EXPECT_EQ(got.plain.size(), lost * 262'080U);
  }
}

TEST(Stream, RootsOfAnotherManifestAreRefused) {
  Encoded e = encode(Plan{}, random_bytes(1000, 2));
  const Hash256 kept = e.manifest.segments[0].roots[5];
  Encoded other = e;
  other.manifest.segments[0].roots[5].bytes[0] ^= 1;
  // Entries as of `other`, manifest as of `e`.
  Bytes bundle = rebundle(other, [](const FragmentPos&) { return true; });
  const std::string wrong = to_hex(other.manifest.segments[0].roots[5]);
  const std::string right = to_hex(kept);
  const std::string text(as_text(bundle));
  const auto at = text.rfind(wrong);
  ASSERT_NE(at, std::string::npos);
  std::copy(right.begin(), right.end(), bundle.begin() + static_cast<std::ptrdiff_t>(at));
  const auto got = decode_stream(bundle);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.status.error().code, Code::input);
  EXPECT_EQ(got.status.error().message,
            "refused 'memory': fragment 00000000-005-000 has another root than the manifest says");
}

TEST(WorkPool, RunsEveryItemOnce) {
  for (const std::size_t threads : {1U, 2U, 7U}) {
    WorkPool pool(threads);
    for (const std::size_t count : {0U, 1U, 5U, 1000U}) {
      std::vector<std::atomic<int>> runs(count);
      pool.run(count, [&](std::size_t i, std::size_t w) {
        ASSERT_LT(w, threads);
        ++runs[i];
      });
      for (const auto& r : runs) EXPECT_EQ(r, 1);
    }
    EXPECT_THROW(pool.run(9, [](std::size_t, std::size_t) { throw std::bad_alloc(); }),
                 std::bad_alloc);
    int after = 0;
    pool.run(1, [&](std::size_t, std::size_t) { ++after; });
    EXPECT_EQ(after, 1);
  }
}

TEST(Cancel, EndsAWaitForAPipe) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const Fd in(ends[0]);
  const Fd out(ends[1]);
  Cancel cancel;
  std::thread reader([&] {
    std::uint8_t byte = 0;
    EXPECT_FALSE(cancel.read_full(in.get(), {&byte, 1}, "pipe"));
  });
  cancel.cancel();
  reader.join();
}

}  // namespace
}  // namespace cess
