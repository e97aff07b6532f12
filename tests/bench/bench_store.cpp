// SPDX-License-Identifier: Apache-2.0
// links: store
// The service index at size: building it, its root, finding blocks, paths; bytes per entry on disk
// and in memory. ENTRIES=1000000 by default. And puts: bytes a second through hash, write, sync and
// index.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>

#include "base/endian.hpp"
#include "merkle/tree.hpp"
#include "store/backend.hpp"
#include "store/budget.hpp"
#include "store/index_ops.hpp"
#include "store/layout.hpp"
#include "store/writer.hpp"

namespace cess {
namespace {

std::uint64_t entry_count() {
  const char* text = std::getenv("ENTRIES");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 1'000'000;
}

double peak_rss_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024;
}

/// A folder that goes with the object.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "bench-store.XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

StoredFragment fragment_number(std::uint64_t n) {
  StoredFragment f;
  f.descriptor.length = 8U << 20U;
  f.descriptor.segment = static_cast<std::uint32_t>(n / 12);
  f.descriptor.fragment = static_cast<std::uint16_t>(n % 12);
  store_le(f.descriptor.root.bytes.data(), n * 0x9e3779b97f4a7c15U);
  f.id = frag_id(f.descriptor);
  return f;
}

/// The index of a store with that many fragments, in batches as put makes them (12 fragments, one
/// synced write).
struct BuiltIndex {
  Folder folder;
  Budget budget{std::uint64_t{1} << 62U};
  std::unique_ptr<Kv> kv;
  std::uint64_t count = 0;
  std::uint64_t peak_bytes = 0;  ///< of the database's files

  explicit BuiltIndex(std::uint64_t entries, std::uint64_t batch) {
    kv = std::move(*open_rocks(folder.path() + "/index", true, budget));
    records::Counters c;
    while (c.fragment_count < entries) {
      KvView view(*kv);
      for (std::uint64_t i = 0; i < batch && c.fragment_count < entries; ++i) {
        StoredFragment f = fragment_number(c.fragment_count);
        if (!detail::index_append(view, c, f)) std::abort();
      }
      ++c.sequence;
      view.put(records::counters_key(), records::encode_counters(c));
      if (!kv->write(view.changes())) std::abort();
      peak_bytes = std::max(peak_bytes, budget.index());
    }
    count = c.fragment_count;
  }
};

BuiltIndex& built() {
  static BuiltIndex index(entry_count(), 1200);
  return index;
}

void index_build(benchmark::State& state) {
  std::uint64_t peak = 0;
  for (auto _ : state) {
    BuiltIndex& index = built();
    peak = index.peak_bytes;
    benchmark::DoNotOptimize(index.count);
  }
  const auto count = static_cast<double>(entry_count());
  state.counters["entries"] = count;
  state.counters["disk_peak_bytes_per_entry"] = static_cast<double>(peak) / count;
  state.counters["reserve_bytes_per_entry"] =
      static_cast<double>(layout::index_reserve(entry_count())) / count;
  state.counters["rss_peak_bytes"] = peak_rss_bytes();
}
BENCHMARK(index_build)->Iterations(1)->Unit(benchmark::kSecond);

void index_root(benchmark::State& state) {
  BuiltIndex& index = built();
  detail::KvSumNodes nodes(*index.kv);
  for (auto _ : state) benchmark::DoNotOptimize(SumTree(nodes, index.count).root());
}
BENCHMARK(index_root)->Unit(benchmark::kMicrosecond);

void index_find(benchmark::State& state) {
  BuiltIndex& index = built();
  detail::KvSumNodes nodes(*index.kv);
  SumTree tree(nodes, index.count);
  const std::uint64_t blocks = tree.root()->sum;
  std::uint64_t at = 1;
  for (auto _ : state) {
    at = (at * 6364136223846793005U + 1442695040888963407U);
    const auto hit = tree.find(at % blocks);
    benchmark::DoNotOptimize(detail::load_entry(*index.kv, hit->leaf));
  }
}
BENCHMARK(index_find)->Unit(benchmark::kMicrosecond);

void index_path(benchmark::State& state) {
  BuiltIndex& index = built();
  detail::KvSumNodes nodes(*index.kv);
  SumTree tree(nodes, index.count);
  std::uint64_t at = 1;
  for (auto _ : state) {
    at = (at * 6364136223846793005U + 1442695040888963407U);
    benchmark::DoNotOptimize(tree.path(at % index.count));
  }
}
BENCHMARK(index_path)->Unit(benchmark::kMicrosecond);

/// One segment's put into an index of that size: 12 fragments appended and one synced write.
void index_append_group(benchmark::State& state) {
  BuiltIndex& index = built();
  records::Counters c = *detail::load_counters(*index.kv);
  for (auto _ : state) {
    KvView view(*index.kv);
    for (int i = 0; i < 12; ++i) {
      StoredFragment f = fragment_number(c.fragment_count);
      if (!detail::index_append(view, c, f)) std::abort();
    }
    ++c.sequence;
    view.put(records::counters_key(), records::encode_counters(c));
    if (!index.kv->write(view.changes())) std::abort();
  }
  index.count = c.fragment_count;
}
BENCHMARK(index_append_group)->Unit(benchmark::kMicrosecond);

/// put: hash, write, sync, rename, index, acknowledge; 4 fragments of 8 MiB a group.
void put_fragments(benchmark::State& state) {
  Folder folder;
  StoreConfig config;
  config.capacity_bytes = std::uint64_t{1} << 40U;
  config.created = "2026-01-01T00:00:00Z";
  const std::string path = folder.path() + "/disk";
  if (!Store::init(path, config)) std::abort();
  const auto store = std::move(*Store::open(path));
  Bytes data(8U << 20U);
  fake_random(1)->fill(data);
  FileId file;
  std::uint32_t segment = 0;
  for (auto _ : state) {
    SegmentPut group(*store, file, segment);
    for (std::uint16_t i = 0; i < 4; ++i) {
      state.PauseTiming();
      store_le(data.data(), (std::uint64_t{segment} << 16U) + i);
      const Hash256 root = fragment_root(data);
      state.ResumeTiming();
      if (!group.add_fragment(i, 0, root, data)) std::abort();
    }
    if (!group.commit()) std::abort();
    ++segment;
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * 4 *
                          static_cast<std::int64_t>(data.size()));
}
BENCHMARK(put_fragments)->Unit(benchmark::kMillisecond)->MinTime(1.0)->UseRealTime();

}  // namespace
}  // namespace cess

BENCHMARK_MAIN();
