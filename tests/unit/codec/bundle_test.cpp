// SPDX-License-Identifier: Apache-2.0
// Bundles: round trip, order and limits, damage at every place.
#include "codec/bundle.hpp"

#include <gtest/gtest.h>

#include "bundle_fixture.hpp"
#include "support.hpp"

namespace cess {
namespace {

using test::Item;
using test::memory_file;

class Bundle : public test::BundleFixture {};

TEST_F(Bundle, ReturnsWhatWasWritten) {
  const auto items = usual();
  const Bytes bundle = write(items);
  EXPECT_EQ(bundle.size() % 512, 0U);
  const auto got = read(bundle);
  ASSERT_TRUE(got) << got.error().message;
  ASSERT_EQ(got->size(), items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    EXPECT_EQ((*got)[i].data, items[i].data) << i;
    EXPECT_EQ((*got)[i].entry.kind, items[i].entry.kind);
    EXPECT_EQ((*got)[i].entry.pos, items[i].entry.pos);
    EXPECT_EQ((*got)[i].entry.tagger, items[i].entry.tagger);
    EXPECT_EQ((*got)[i].entry.file, items[i].entry.file);
    EXPECT_EQ((*got)[i].entry.root, items[i].entry.root);
  }
  EXPECT_EQ(write(items), bundle) << "the same entries give the same bytes";
}

TEST_F(Bundle, OneByteAtATimeFromAPipe) {
  const Bytes bundle = write(usual());
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  Fd in(ends[0]);
  Fd out(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    for (const std::uint8_t b : bundle) {
      if (::write(out.get(), &b, 1) != 1) ::_exit(1);
    }
    ::_exit(0);
  }
  out = Fd();
  auto source = bundle_reader(in.get(), "pipe");
  BundleEntry e;
  int count = 0;
  for (;;) {
    const auto more = source->next(e);
    ASSERT_TRUE(more) << more.error().message;
    if (!*more) break;
    ++count;
  }
  EXPECT_EQ(count, 9);
}

TEST_F(Bundle, CutAnywhereIsTruncated) {
  const Bytes bundle = write({header_item(), fragment_item({0, 0, 0}), manifest_item()});
  for (std::size_t cut = 0; cut < bundle.size(); ++cut) {
    const auto got = read(ByteView(bundle).first(cut));
    ASSERT_FALSE(got) << cut;
    EXPECT_EQ(got.error().code, Code::input);
    EXPECT_NE(got.error().message.find("truncated at byte " + std::to_string(cut)),
              std::string::npos)
        << got.error().message;
  }
}

TEST_F(Bundle, EveryFlippedBitIsRefusedOrSeenInTheData) {
  const std::vector<Item> items{header_item(), fragment_item({0, 0, 0}, 1024), manifest_item()};
  const Bytes bundle = write(items);
  for (std::size_t i = 0; i < bundle.size(); ++i) {
    Bytes bad = bundle;
    bad[i] ^= static_cast<std::uint8_t>(1U << (i % 8));
    const auto got = read(bad);
    if (!got) continue;
    // What is left are changes of contents, which roots, MAC and fid are there to find, and of the
    // claimed root.
    ASSERT_EQ(got->size(), items.size());
    bool seen = false;
    for (std::size_t n = 0; n < items.size(); ++n) {
      seen = seen || (*got)[n].data != items[n].data || (*got)[n].entry.root != items[n].entry.root;
    }
    EXPECT_TRUE(seen) << "byte " << i;
  }
}

TEST_F(Bundle, OrderAndDuplicates) {
  expect_refused(write({manifest_item()}), "first entry is not 'header'");
  expect_refused(write({header_item(), header_item(), manifest_item()}), "duplicate entry");
  expect_refused(write({header_item(), fragment_item({0, 0, 0})}), "manifest is missing");
  expect_refused(write({header_item()}), "manifest is missing");
  expect_refused(
      write({header_item(), fragment_item({0, 0, 0}), manifest_item(), fragment_item({0, 1, 0})}),
      "after the manifest");
  expect_refused(
      write({header_item(), fragment_item({0, 0, 0}), fragment_item({0, 0, 0}), manifest_item()}),
      "duplicate entry");
  expect_refused(
      write({header_item(), tags_item({0, 0, 0}), tags_item({0, 0, 0}), manifest_item()}),
      "duplicate entry");
  expect_refused(write({header_item(), tagger_item(), tagger_item(), manifest_item()}),
                 "duplicate entry");
  expect_refused(Bytes(1024, 0), "empty");
  expect_refused({}, "truncated at byte 0");
}

TEST_F(Bundle, EarlyManifestMustEqualTheLast) {
  EXPECT_TRUE(
      read(write({header_item(), manifest_item(), fragment_item({0, 0, 0}), manifest_item()})));
  EXPECT_TRUE(read(write({header_item(), manifest_item(), manifest_item()})));
  EXPECT_TRUE(read(write({header_item(), manifest_item()})));
  Item other = manifest_item();
  other.data[5] = '}';
  expect_refused(write({header_item(), other, fragment_item({0, 0, 0}), manifest_item()}),
                 "two manifests differ");
  expect_refused(write({header_item(), manifest_item(), manifest_item(), manifest_item()}),
                 "after the manifest");
}

TEST_F(Bundle, LimitsComeFromTheHeader) {
  expect_refused(write({header_item(), fragment_item({0, 3, 0}), manifest_item()}),
                 "fragment index 3 of 3");
  expect_refused(write({header_item(), fragment_item({0, 0, 1}), manifest_item()}),
                 "replica 1 of 1");
  expect_refused(write({header_item(), fragment_item({1U << 20U, 0, 0}), manifest_item()}),
                 "segment number");
  expect_refused(write({header_item(), fragment_item({0, 0, 0}, 65536 + 1024), manifest_item()}),
                 "expected 1 to 65536");
  expect_refused(write({header_item(), fragment_item({0, 0, 0}, 1000), manifest_item()}),
                 "multiple of 1024");
  expect_refused(write({header_item(), fragment_item({0, 0, 0}, 0), manifest_item()}), "0 bytes");
  Item tags = tags_item({0, 0, 0});
  tags.data.resize(206 + 48 + 1);
  expect_refused(write({header_item(), tags, manifest_item()}), "expected 1 to 254");
  Item wrong = fragment_item({0, 0, 0});
  wrong.entry.file.bytes[0] ^= 1;
  expect_refused(write({header_item(), wrong, manifest_item()}), "another file");
}

}  // namespace
}  // namespace cess
