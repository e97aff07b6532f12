// SPDX-License-Identifier: Apache-2.0
// The capacity is a promise by the byte: random puts and deletions until full, all the while
// watched from outside.
#include <atomic>
#include <thread>

#include "fixture.hpp"
#include "store/backend.hpp"
#include "store/budget.hpp"
#include "store/layout.hpp"

namespace cess {
namespace {

TEST(Budget, RefusesTheByteTooMany) {
  Budget b(1000);
  EXPECT_TRUE(b.reserve(100));
  EXPECT_FALSE(b.charge(901));
  EXPECT_TRUE(b.charge(900));
  EXPECT_EQ(b.idle(), 0U);
  EXPECT_FALSE(b.charge(1));
  EXPECT_TRUE(b.charge_index(100));  // what was reserved for it
  EXPECT_FALSE(b.charge_index(1));
  b.release(50);
  EXPECT_TRUE(b.charge_index(50));  // room that nobody uses
  EXPECT_FALSE(b.charge(1));
  EXPECT_FALSE(b.reserve(200));
  b.release_index(100);
  EXPECT_EQ(b.idle(), 50U);
  EXPECT_FALSE(b.reserve(151));
  EXPECT_TRUE(b.reserve(150));
}

TEST_F(StoreTest, CapacityIsNeverExceeded) {
  constexpr std::uint64_t kCapacity = layout::kCapacityMin;
  init(kCapacity);
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> most = 0;
  std::thread watch([&] {
    while (!stop) {
      const std::uint64_t now = bytes_on_disk();
      if (now > most) most = now;
    }
  });
  auto store = open();
  auto random = fake_random(11);
  std::vector<FragId> ids;
  std::uint32_t segment = 0;
  unsigned refused = 0;
  for (int step = 0; step < 250; ++step) {
    std::uint8_t pick[2];
    random->fill(pick);
    if (pick[0] < 90 && !ids.empty()) {
      const std::size_t at = pick[1] % ids.size();
      ASSERT_TRUE(store->remove_fragments(std::span(&ids[at], 1)));
      ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(at));
      continue;
    }
    const auto stored = put(*store, 1, segment++, 4, std::size_t{pick[1]} * 1000 + 1);
    if (stored) {
      for (const auto& f : *stored) ids.push_back(f.id);
    } else {
      ++refused;
      ASSERT_EQ(stored.error().code, Code::system);
      ASSERT_NE(stored.error().message.find("is full"), std::string::npos);
    }
    ASSERT_LE(bytes_on_disk(), kCapacity);
    if (step % 50 == 49) {
      store.reset();
      store = open();
    }
  }
  stop = true;
  watch.join();
  EXPECT_LE(most, kCapacity);
  EXPECT_GT(most, kCapacity / 3);
  EXPECT_GT(refused, 10U);
  EXPECT_EQ(*store->service_count(), ids.size());
  // What is counted covers what is there.
  EXPECT_LE(bytes_on_disk(), store->stat(true)->used_bytes);
  EXPECT_TRUE(scrub_all(*store).empty());
}

TEST_F(StoreTest, AFullStoreCanAnnounceTheLargestRemoval) {
  init();
  Budget budget(layout::kCapacityMin);
  const auto backend = file_backend(path_, &budget);
  ASSERT_TRUE(budget.charge(budget.idle()));
  std::vector<BlobName> names(3 * Store::kBatchMax);
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(backend->announce(names));
    EXPECT_EQ(backend->announced()->size(), names.size());
    ASSERT_TRUE(backend->conclude());
  }
  EXPECT_EQ(budget.files(), budget.capacity());
  // More than that is charged, to the byte.
  names.resize(1000);
  EXPECT_EQ(backend->announce(names).error().code, Code::system);
  budget.release(1000);
  ASSERT_TRUE(backend->announce(names));
  struct stat st {};
  ASSERT_EQ(::stat((path_ + "/tmp/intent").c_str(), &st), 0);
  EXPECT_EQ(budget.idle() + static_cast<std::uint64_t>(st.st_size), 1000U + (32U << 10U));
  ASSERT_TRUE(backend->conclude());
  EXPECT_EQ(budget.idle(), 1000U);
}

TEST_F(StoreTest, DamagedFragmentOfAFullStoreCanBeRestored) {
  init(layout::kCapacityMin);
  const auto store = open();
  std::vector<StoredFragment> last;
  std::uint32_t segment = 0;
  for (const std::size_t size : {1'000'000U, 100'000U, 10'000U, 1'000U}) {
    for (auto stored = put(*store, 1, segment, 1, size); stored;
         stored = put(*store, 1, ++segment, 1, size)) {
      if (size == 1'000'000U) last = *stored;
    }
    ++segment;
  }
  ASSERT_LT(store->idle_bytes(), 100'000U);
  const Bytes good = *store->read_verified(last[0]);
  flip(file_of(last[0].id), 5);
  EXPECT_TRUE(*store->restore_fragment(last[0], good));
  EXPECT_TRUE(store->read_verified(last[0]));
  EXPECT_LE(bytes_on_disk(), layout::kCapacityMin);
}

}  // namespace
}  // namespace cess
