// SPDX-License-Identifier: Apache-2.0
// Entries of a small bundle, written and read in memory.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "codec/bundle.hpp"
#include "support.hpp"

namespace cess::test {

struct Item {
  BundleEntry entry;
  Bytes data;
};

inline BundleEntry entry_of(EntryKind kind, FragmentPos pos = {}) {
  BundleEntry e;
  e.kind = kind;
  e.pos = pos;
  return e;
}

class BundleFixture : public ::testing::Test {
 protected:
  FileHeader header = plain_header();
  FileId file = file_id(header);

  Item header_item() { return {entry_of(EntryKind::header), encode_header(header)}; }
  Item manifest_item() { return {entry_of(EntryKind::manifest), Bytes(700, '{')}; }
  Item fragment_item(FragmentPos pos, std::size_t size = 2048) {
    BundleEntry e = entry_of(EntryKind::fragment, pos);
    e.file = file;
    e.root = Hash256::from(random_bytes(32, pos.index + 77U));
    return {e, random_bytes(size, pos.segment * 100 + pos.index)};
  }
  Item tags_item(FragmentPos pos) { return {entry_of(EntryKind::tags, pos), Bytes(254, 7)}; }
  Item tagger_item() {
    BundleEntry e = entry_of(EntryKind::tagger);
    e.tagger = TaggerId::from(random_bytes(32, 9));
    return {e, Bytes(1000, 3)};
  }

  static Bytes write(const std::vector<Item>& items) {
    const Fd fd = memory_file();
    auto sink = bundle_writer(fd.get(), "memory");
    for (const Item& i : items) EXPECT_TRUE(sink->add(i.entry, i.data));
    EXPECT_TRUE(sink->finish());
    return contents(fd.get());
  }

  static Result<std::vector<Item>> read(ByteView bundle) {
    const Fd fd = memory_file(bundle);
    auto source = bundle_reader(fd.get(), "memory");
    std::vector<Item> out;
    BundleEntry e;
    for (;;) {
      CESS_TRY_ASSIGN(const bool more, source->next(e));
      if (!more) return out;
      out.push_back({e, e.data});
    }
  }

  static void expect_refused(ByteView bundle, const std::string& why) {
    const auto got = read(bundle);
    ASSERT_FALSE(got) << why;
    EXPECT_EQ(got.error().code, Code::input);
    EXPECT_NE(got.error().message.find(why), std::string::npos) << got.error().message;
  }

  std::vector<Item> usual() {
    return {header_item(),
            tagger_item(),
            fragment_item({0, 0, 0}),
            tags_item({0, 0, 0}),
            fragment_item({0, 1, 0}),
            fragment_item({0, 2, 0}, 65536),
            tags_item({0, 1, 0}),
            fragment_item({1, 2, 0}),
            manifest_item()};
  }
};

}  // namespace cess::test
