// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <thread>

#include "base/endian.hpp"
#include "fixture.hpp"
#include "store/layout.hpp"
#include "store/rebuild_index.hpp"

namespace cess {
namespace {

using Entries = std::vector<IndexEntry>;

Entries entries_of(const StoreReader& store) {
  Entries out;
  const Status done = store.each_entry([&](std::uint64_t, const IndexEntry& e) -> Status {
    out.push_back(e);
    return {};
  });
  EXPECT_TRUE(done) << done.error().message;
  return out;
}

/// The root by the plain definition.
SumNode root_of(const Entries& entries) {
  MemorySumNodes nodes;
  SumTree tree(nodes, 0);
  for (const IndexEntry& e : entries) EXPECT_TRUE(tree.append(sum_leaf(e)));
  return *tree.root();
}

TEST_F(StoreTest, PutThenReadEverything) {
  init();
  std::vector<StoredFragment> stored;
  {
    const auto store = open();
    stored = *put(*store, 1, 0, 3, 5000);
  }
  const auto store = reader();
  ASSERT_EQ(stored.size(), 3U);
  EXPECT_EQ(*store->service_count(), 3U);
  EXPECT_EQ(*store->service_root(), root_of(entries_of(*store)));
  for (std::uint16_t i = 0; i < 3; ++i) {
    const StoredFragment f = *store->fragment(stored[i].id);
    const Bytes data = bytes_of((std::uint64_t{1} << 32U) + i, 5000);
    EXPECT_EQ(*store->read_verified(f), data);
    Bytes part(100);
    ASSERT_TRUE(store->read(f.id, 4900, part));
    EXPECT_TRUE(std::equal(part.begin(), part.end(), data.end() - 100));
    EXPECT_EQ(store->read(f.id, 4901, part).error().code, Code::no);
    EXPECT_EQ(store->tag_file(f)->descriptor, f.descriptor);
    EXPECT_EQ(*store->fragment_at(file_id_of(1), 0, i, 0), f.id);
    const auto path = store->service_path(f.position);
    const auto before =
        verify_sum_path(*store->service_root(), 3, f.position, sum_leaf({f.id, 1, {}}), *path);
    EXPECT_EQ(before, f.position);  // one block each
    EXPECT_EQ(store->service_find(i)->position, i);
  }
  EXPECT_EQ(store->service_find(3).error().code, Code::usage);
  EXPECT_EQ(store->fragment(FragId{}).error().code, Code::no);
}

TEST_F(StoreTest, RefusesWrongRootsAndContradictions) {
  init();
  const auto store = open();
  const Bytes data = bytes_of(1, 3000);
  SegmentPut group(*store, file_id_of(1), 0);
  EXPECT_EQ(group.add_fragment(0, 0, Hash256{}, data).error().code, Code::input);
  EXPECT_EQ(group.add_fragment(0, 0, fragment_root(ByteView{}), {}).error().code, Code::input);
  ASSERT_TRUE(group.add_fragment(0, 0, fragment_root(data), data));
  EXPECT_EQ(group.add_fragment(0, 0, fragment_root(data), data).error().code, Code::input);
  TagFile other;
  other.descriptor.file = file_id_of(1);
  other.descriptor.length = 2999;
  EXPECT_EQ(group.add_tags(1, 0, encode_tag_file(other)).error().code, Code::input);
  ASSERT_TRUE(group.add_tags(0, 0, encode_tag_file(other)));
  EXPECT_EQ(group.commit().error().code, Code::input);  // the tag file was made for other bytes
  EXPECT_EQ(*store->service_count(), 0U);
}

TEST_F(StoreTest, NothingStaysOfAGroupThatIsNotCommitted) {
  init();
  const auto store = open();
  const std::uint64_t idle = store->idle_bytes();
  {
    SegmentPut group(*store, file_id_of(1), 0);
    const Bytes data = bytes_of(1, 300000);
    ASSERT_TRUE(group.add_fragment(0, 0, fragment_root(data), data));
    EXPECT_LT(store->idle_bytes(), idle - 300000);
  }
  EXPECT_EQ(store->idle_bytes(), idle);
  EXPECT_TRUE(std::filesystem::is_empty(path_ + "/tmp"));
}

TEST_F(StoreTest, PutTwiceIsPutOnce) {
  init();
  const auto store = open();
  const auto first = *put(*store, 1, 0, 3, 5000);
  const std::uint64_t idle = store->idle_bytes();
  const auto second = *put(*store, 1, 0, 3, 5000);
  EXPECT_EQ(store->idle_bytes(), idle);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(first[i].id, second[i].id);
  EXPECT_EQ(*store->service_count(), 3U);
  // The same place with other bytes is a contradiction.
  SegmentPut group(*store, file_id_of(1), 0);
  const Bytes other = bytes_of(99, 5000);
  EXPECT_EQ(group.add_fragment(0, 0, fragment_root(other), other).error().code, Code::input);
}

TEST_F(StoreTest, PutHealsADamagedFragment) {
  init();
  const auto store = open();
  const auto stored = *put(*store, 1, 0, 3, 5000);
  flip(file_of(stored[1].id), 4097);
  ASSERT_EQ(scrub_all(*store).size(), 1U);
  EXPECT_TRUE(store->is_damaged(stored[1].id));
  Bytes part(1);
  EXPECT_EQ(store->read(stored[1].id, 0, part).error().code, Code::no);
  const std::uint64_t idle = store->idle_bytes();
  ASSERT_TRUE(put(*store, 1, 0, 3, 5000));
  EXPECT_FALSE(store->is_damaged(stored[1].id));
  EXPECT_TRUE(scrub_all(*store).empty());
  EXPECT_EQ(store->idle_bytes(), idle);
}

TEST_F(StoreTest, PutHealsDamageThatNoScrubHasSeen) {
  init();
  const auto store = open();
  const auto stored = *put(*store, 1, 0, 4, 5000);
  flip(file_of(stored[1].id), 4097);
  std::filesystem::resize_file(file_of(stored[2].id), 4999);
  // On some file systems (tmpfs) a folder is smaller without the file, and grows when it comes
  // back.
  const std::string folder = std::filesystem::path(file_of(stored[3].id)).parent_path();
  const std::uint64_t full = file_size(folder).value();
  std::filesystem::remove(file_of(stored[3].id));
  const std::uint64_t shrunk = full - file_size(folder).value();
  ASSERT_FALSE(store->is_damaged(stored[1].id));
  const std::uint64_t idle = store->idle_bytes();
  ASSERT_TRUE(put(*store, 1, 0, 4, 5000));
  for (const StoredFragment& f : stored) EXPECT_TRUE(store->read_verified(f));
  EXPECT_TRUE(scrub_all(*store).empty());
  EXPECT_EQ(store->idle_bytes() + shrunk, idle);
}

TEST_F(StoreTest, DeletionSwapsWithTheLast) {
  init();
  const auto store = open();
  std::vector<FragId> ids;
  for (std::uint8_t file = 1; file <= 5; ++file) {
    const auto stored = *put(*store, file, 0, 4, 2000);
    for (const auto& f : stored) ids.push_back(f.id);
  }
  Entries model = entries_of(*store);
  auto random = fake_random(5);
  while (!model.empty()) {
    std::uint8_t pick[8];
    random->fill(pick);
    const std::size_t at = load_le<std::uint64_t>(pick) % model.size();
    const FragId id[] = {model[at].frag};
    ASSERT_TRUE(store->remove_fragments(id));
    model[at] = model.back();
    model.pop_back();
    ASSERT_EQ(entries_of(*store), model);
    ASSERT_EQ(*store->service_root(), model.empty() ? SumNode{} : root_of(model));
    EXPECT_EQ(store->remove_fragments(id).error().code, Code::no);
  }
  const StoreStat s = *store->stat(true);
  EXPECT_EQ(s.fragment_bytes + s.tag_bytes + s.folder_bytes + s.orphan_count, 0U);
}

TEST_F(StoreTest, EveryFlippedByteIsFound) {
  init();
  const auto store = open();
  const auto stored = *put(*store, 1, 0, 1, 4100);
  const std::string file = file_of(stored[0].id);
  for (std::uint64_t offset = 0; offset < 4100; ++offset) {
    flip(file, offset);
    ASSERT_FALSE(store->read_verified(stored[0])) << offset;
    flip(file, offset);
  }
  ASSERT_TRUE(store->read_verified(stored[0]));
  const std::string hex = to_hex(stored[0].sidecar);
  const std::string tags =
      path_ + "/tags/" + hex.substr(0, 2) + "/" + hex.substr(2, 2) + "/" + hex + ".tags";
  for (std::uint64_t offset = 0; offset < *file_size(tags); ++offset) {
    flip(tags, offset);
    ASSERT_FALSE(store->sidecar(stored[0])) << offset;
    flip(tags, offset);
  }
  std::filesystem::resize_file(file, 4099);
  EXPECT_EQ(scrub_all(*store).size(), 1U);
  std::filesystem::resize_file(file, 4101);
  EXPECT_EQ(scrub_all(*store).size(), 1U);
  std::filesystem::remove(file);
  const auto found = scrub_all(*store);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, "fragment");
  EXPECT_TRUE(found[0].marked);
}

TEST_F(StoreTest, RestoreTakesGoodBytesOnlyAndOnlyWhereNeeded) {
  init();
  const auto store = open();
  const auto stored = *put(*store, 1, 0, 2, 5000);
  const Bytes good = *store->read_verified(stored[0]);
  EXPECT_FALSE(*store->restore_fragment(stored[0], good));
  Bytes bad = good;
  bad[17] ^= 1;
  flip(file_of(stored[0].id), 10);
  EXPECT_EQ(store->restore_fragment(stored[0], bad).error().code, Code::input);
  const std::uint64_t idle = store->idle_bytes();
  EXPECT_TRUE(*store->restore_fragment(stored[0], good));
  EXPECT_EQ(store->idle_bytes(), idle);
  EXPECT_TRUE(store->read_verified(stored[0]));
}

TEST_F(StoreTest, ManifestsComeAndGo) {
  init();
  const auto store = open();
  Fid fid;
  fid.bytes.fill(2);
  const std::string text = to_hex(fid);
  ASSERT_TRUE(store->put_manifest(fid, file_id_of(2), as_bytes(text)));
  ASSERT_TRUE(store->put_manifest(fid, file_id_of(2), as_bytes(text)));
  EXPECT_EQ(as_text(*store->manifest(fid)), text);
  EXPECT_EQ(*store->fid_of(file_id_of(2)), fid);
  Fid other;
  other.bytes.fill(3);
  EXPECT_EQ(store->put_manifest(other, file_id_of(2), as_bytes(text)).error().code, Code::input);
  flip(path_ + "/manifests/" + to_hex(fid) + ".json", 5);
  EXPECT_EQ(scrub_all(*store).size(), 1U);
  EXPECT_TRUE(*store->restore_manifest(fid, as_bytes(text)));
  EXPECT_TRUE(scrub_all(*store).empty());
  ASSERT_TRUE(store->remove_manifest(fid));
  EXPECT_EQ(store->manifest(fid).error().code, Code::no);
  EXPECT_EQ(store->remove_manifest(fid).error().code, Code::no);
}

TEST_F(StoreTest, OneWriterManyReaders) {
  init();
  auto writer = open();
  const auto second = Store::open(path_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::busy);
  EXPECT_NE(second.error().message.find(std::to_string(::getpid())), std::string::npos)
      << second.error().message;
  const auto before = reader();
  // Readers beside a writer that flushes and compacts: each sees a whole state that is no older
  // than its start.
  std::atomic<bool> stop = false;
  std::thread reads([&] {
    std::uint64_t seen = 0;
    while (!stop) {
      const auto r = StoreReader::open(path_);
      if (!r && r.error().code == Code::busy) continue;
      ASSERT_TRUE(r) << r.error().message;
      const Entries entries = entries_of(**r);
      ASSERT_GE(entries.size(), seen);
      seen = entries.size();
      if (entries.empty()) continue;
      const auto root = (*r)->service_root();
      ASSERT_TRUE(root) << root.error().message;
      ASSERT_EQ(*root, root_of(entries));
    }
  });
  for (std::uint32_t segment = 0; segment < 60; ++segment) {
    ASSERT_TRUE(put(*writer, 1, segment, 12, 1024));
  }
  stop = true;
  reads.join();
  EXPECT_EQ(*before->service_count(), 0U);
  ASSERT_TRUE(before->refresh());
  EXPECT_EQ(*before->service_count(), 720U);
}

TEST_F(StoreTest, IndexBehindIsSaidAndRepaired) {
  init();
  { ASSERT_TRUE(put(*open(), 1, 0, 3, 3000)); }
  std::filesystem::copy(path_ + "/index", folder_ + "/old",
                        std::filesystem::copy_options::recursive);
  SumNode root;
  {
    const auto store = open();
    ASSERT_TRUE(put(*store, 2, 0, 3, 3000));
    root = *store->service_root();
  }
  std::filesystem::remove_all(path_ + "/index");
  std::filesystem::rename(folder_ + "/old", path_ + "/index");
  for (const auto& error : {StoreReader::open(path_).error(), Store::open(path_).error()}) {
    EXPECT_EQ(error.code, Code::system);
    EXPECT_NE(error.message.find("index behind"), std::string::npos) << error.message;
  }
  const auto none = [](ByteView) { return std::optional<StoredFile>{}; };
  const auto done = rebuild_index(path_, 0, none);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->fragment_count, 6U);
  EXPECT_EQ(done->kept_order_count, 3U);
  const auto store = open();
  EXPECT_TRUE(scrub_all(*store).empty());
  EXPECT_EQ(store->service_root()->sum, root.sum);
}

TEST_F(StoreTest, RebuildPassesABadDescriptorAndCountsWhatItLeaves) {
  init();
  std::vector<StoredFragment> stored;
  std::uint64_t idle = 0;
  {
    const auto store = open();
    stored = *put(*store, 1, 0, 4, 300'000);
    idle = store->idle_bytes();
  }
  const std::string hex = to_hex(stored[0].sidecar);
  const std::string sidecar =
      path_ + "/tags/" + hex.substr(0, 2) + "/" + hex.substr(2, 2) + "/" + hex + ".tags";
  flip(sidecar, stored[0].tag_offset);       // the magic
  flip(sidecar, stored[2].tag_offset + 9U);  // the suite: of another size
  std::filesystem::copy(file_of(stored[0].id), path_ + "/tags/foreign");
  const auto none = [](ByteView) { return std::optional<StoredFile>{}; };
  const auto done = rebuild_index(path_, 0, none);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->fragment_count, 2U);
  EXPECT_EQ(done->unnamed_count, 2U);
  const auto store = open();
  EXPECT_TRUE(store->read_verified(*store->fragment(stored[1].id)));
  EXPECT_TRUE(store->read_verified(*store->fragment(stored[3].id)));
  const std::uint64_t reserve = 2 * 2048;  // of two entries less
  EXPECT_LE(store->idle_bytes() + 300'000U, idle + reserve);
  EXPECT_LE(bytes_on_disk(), store->stat(true)->used_bytes);
  EXPECT_EQ(store->collect_garbage()->file_count, 3U);
  EXPECT_GE(store->idle_bytes(), idle + 590'000U);
  const std::uint64_t after = store->idle_bytes();
  EXPECT_EQ(store->stat(true)->idle_bytes, after);
}

TEST_F(StoreTest, AlteredConfigIsNoticed) {
  init();
  const std::string file = path_ + "/store.json";
  const Bytes text = *read_file(file, 1000);
  for (std::uint64_t offset = 0; offset + 1 < text.size(); ++offset) {
    flip(file, offset);
    EXPECT_FALSE(StoreReader::open(path_)) << offset;
    flip(file, offset);
  }
  EXPECT_TRUE(StoreReader::open(path_));
}

TEST_F(StoreTest, OrphansAreShownAndCollected) {
  init();
  const auto store = open();
  const auto stored = *put(*store, 1, 0, 1, 3000);
  FragId other = stored[0].id;
  other.bytes[31] ^= 1;
  std::filesystem::copy(file_of(stored[0].id), file_of(other));
  std::filesystem::copy(file_of(stored[0].id), path_ + "/tags/foreign");
  EXPECT_EQ(store->stat(true)->orphan_count, 2U);
  EXPECT_EQ(store->collect_garbage()->file_count, 2U);
  EXPECT_EQ(store->stat(true)->orphan_count, 0U);
  EXPECT_TRUE(scrub_all(*store).empty());
}

TEST_F(StoreTest, RefusesWhatIsNoStore) {
  EXPECT_EQ(StoreReader::open(path_).error().code, Code::system);
  std::filesystem::create_directory(path_);
  const auto empty = StoreReader::open(path_);
  ASSERT_FALSE(empty);
  EXPECT_NE(empty.error().message.find("no store.json"), std::string::npos);
  StoreConfig config;
  config.capacity_bytes = layout::kCapacityMin - 1;
  EXPECT_EQ(Store::init(path_, config).error().code, Code::usage);
  std::filesystem::create_directory(path_ + "/photos");
  config.capacity_bytes = layout::kCapacityMin;
  EXPECT_EQ(Store::init(path_, config).error().code, Code::usage);
  std::filesystem::remove(path_ + "/photos");
  std::filesystem::create_directory(path_ + "/tmp");  // an init that was killed
  EXPECT_TRUE(Store::init(path_, config));
  EXPECT_EQ(Store::init(path_, config).error().code, Code::usage);
}

}  // namespace
}  // namespace cess
