// SPDX-License-Identifier: Apache-2.0
// links: fingerprint crypto sys base
// The index beside Faiss's exact binary indexes, in one process, on the same words, one thread
// each:
//   bench_index FOLDER [RECORDS [QUERIES]]       (10000000 and 400)
// FOLDER is made, and must not be there. Half of the queries lie within 31 bits of a record, half
// lie anywhere. Faiss is compared where it is installed (libfaiss-dev): a plain scan, and its hash
// index with 16 pieces of 16 bits and one bit of play, which is exact up to 31 bits as ours is.
// Every answer is counted on both sides; different counts are an error.
//
// The limit of a search is memory: nearly every cache line that it looks at is far from the last.
// Beside our rates stands what the machine would allow: lines a second that one thread gets from
// random places of as much memory, in pages of 4 KiB as files are mapped, many asked for at once,
// by the lines that no search of this format can spare.
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include "base/endian.hpp"
#include "fingerprint/hash.hpp"
#include "fingerprint/index.hpp"

#ifdef CESS_FAISS
#include <faiss/IndexBinaryFlat.h>
#include <faiss/IndexBinaryHash.h>
#include <faiss/impl/AuxIndexStructures.h>
#include <omp.h>
#endif

namespace {

using cess::Hash256;
using cess::fp::Bits256;
using cess::fp::IndexRecord;
using cess::fp::mix64;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double memory_gib() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  return static_cast<double>(u.ru_maxrss) / (1U << 20U);
}

/// Cache lines a second from random places of `bytes` of memory, touched before: the addresses do
/// not depend on what was read, so that the processor asks for as many at once as it can.
double lines_per_second(std::size_t bytes) {
  void* const at =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return 0;
  (void)::madvise(at, bytes, MADV_NOHUGEPAGE);
  auto* const words = static_cast<std::uint64_t*>(at);
  constexpr std::size_t kLine = 8;  // words
  const std::size_t lines = bytes / 64;
  for (std::size_t i = 0; i < lines; ++i) words[i * kLine] = i;
  constexpr std::uint64_t kReads = 30'000'000;
  std::uint64_t sum = 0;
  const std::clock_t start = std::clock();
  for (std::uint64_t i = 0; i < kReads; ++i) sum += words[mix64(i) % lines * kLine];
  const double s = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  ::munmap(at, bytes);
  return sum == 0 ? 0 : static_cast<double>(kReads) / std::max(s, 1e-6);
}

double choose_upto(unsigned n, unsigned k_max) {
  double sum = 0;
  double term = 1;
  for (unsigned k = 0; k <= k_max && k <= n; ++k) {
    sum += term;
    term = term * (n - k) / (k + 1);
  }
  return sum;
}

/// Lines that an exact search must look at in a segment of n random words (segment.hpp): of each
/// piece the starts of the values within its share of the radius, 16 of which, those that differ
/// in the lowest four bits, are one line; and the word of every record found under them. The lines
/// of record numbers are left out: how many share one depends on the values.
double lines_of_search(std::uint64_t n, unsigned radius) {
  const unsigned m = cess::fp::segment_pieces(n);
  double lines = 0;
  for (unsigned i = 0; i < m; ++i) {
    const unsigned bits = 256 * (i + 1) / m - 256 * i / m;
    if (i > radius % m && radius / m == 0) continue;
    const unsigned within = i <= radius % m ? radius / m : radius / m - 1;
    lines += choose_upto(bits - 4, within) + choose_upto(bits, within) * static_cast<double>(n) /
                                                 std::ldexp(1.0, static_cast<int>(bits));
  }
  return lines;
}

Bits256 bench_word(std::uint64_t seed) {
  Bits256 w;
  for (std::size_t i = 0; i < 4; ++i) cess::store_le(w.data() + 8 * i, mix64(seed * 4 + i));
  return w;
}

IndexRecord bench_record(std::uint64_t i) {
  IndexRecord r;
  r.word = bench_word(i);
  const Bits256 label = bench_word(i + (std::uint64_t{1} << 40U));
  r.label = Hash256::from(label);
  return r;
}

/// Even ones lie 0 to 31 bits from a record.
std::vector<Bits256> bench_queries(std::uint64_t records, std::uint64_t count) {
  std::vector<Bits256> out;
  for (std::uint64_t q = 0; q < count; ++q) {
    Bits256 w = bench_word(q % 2 == 0 ? mix64(q) % records : q + (std::uint64_t{1} << 50U));
    for (std::uint64_t k = 0; q % 2 == 0 && k < q / 2 % 32; ++k) {
      const std::uint64_t bit = (mix64(q) + k * 8) % 256;  // 8 apart: all different
      w[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    }
    out.push_back(w);
  }
  return out;
}

/// Searches all, prints the rate, beside its limit if that is not 0, returns how many answers there
/// were.
template <class Search>
std::uint64_t run_queries(const std::string& name, unsigned radius,
                          const std::vector<Bits256>& queries, const Search& search,
                          double limit = 0) {
  std::uint64_t found = 0;
  // Processor time: other work on the machine changes it less than the clock.
  const std::clock_t start = std::clock();
  for (const Bits256& q : queries) found += search(q, radius);
  const double s = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  const double rate = static_cast<double>(queries.size()) / std::max(s, 1e-6);
  std::printf("%-34s radius %2u  %10.1f queries/s and core  %llu answers", name.c_str(), radius,
              rate, static_cast<unsigned long long>(found));
  if (limit != 0) std::printf("  limit %.0f, ratio %.2f", limit, rate / limit);
  std::printf("\n");
  std::fflush(stdout);
  return found;
}

#ifdef CESS_FAISS
/// Answers of Faiss for each radius; the scan takes fewer queries, which say the same of its rate.
bool compare_faiss(faiss::IndexBinary& index, const std::string& name,
                   const std::vector<Bits256>& queries, const cess::fp::Index& ours) {
  omp_set_num_threads(1);
  bool equal = true;
  for (const unsigned radius : {0U, 15U, 31U}) {
    const auto theirs = run_queries(name, radius, queries, [&](const Bits256& q, unsigned r) {
      faiss::RangeSearchResult result(1);
      index.range_search(1, q.data(), static_cast<int>(r) + 1, &result);  // below
      return result.lims[1];
    });
    std::uint64_t found = 0;
    for (const Bits256& q : queries) found += ours.search(q, radius).size();
    equal = equal && found == theirs;
  }
  return equal;
}

bool compare_with_faiss(std::uint64_t records, const std::vector<Bits256>& queries,
                        const cess::fp::Index& ours) {
  std::vector<std::uint8_t> words(records * 32);
  for (std::uint64_t i = 0; i < records; ++i) {
    const Bits256 w = bench_word(i);
    std::copy(w.begin(), w.end(), words.begin() + static_cast<std::ptrdiff_t>(i * 32));
  }
  const auto n = static_cast<std::int64_t>(records);
  bool equal = true;
  {
    faiss::IndexBinaryFlat flat(256);
    flat.add(n, words.data());
    const std::vector<Bits256> few(
        queries.begin(), queries.begin() + std::min<std::ptrdiff_t>(40, std::ssize(queries)));
    equal = compare_faiss(flat, "Faiss IndexBinaryFlat", few, ours);
  }
  faiss::IndexBinaryMultiHash hash(256, 16, 16);
  hash.nflip = 1;
  const auto start = Clock::now();
  hash.add(n, words.data());
  std::printf("Faiss IndexBinaryMultiHash built in %.1f s, %.2f GiB of memory at most so far\n",
              seconds_since(start), memory_gib());
  return compare_faiss(hash, "Faiss IndexBinaryMultiHash 16 x 16", queries, ours) && equal;
}
#endif

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::uint64_t records = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 10'000'000;
  const std::uint64_t count = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 400;
  auto builder = cess::fp::IndexBuilder::create(argv[1]);
  if (!builder) return 4;
  const auto start = Clock::now();
  const std::clock_t processor = std::clock();
  constexpr std::uint64_t kBatch = 32768;
  for (std::uint64_t from = 0; from < records; from += kBatch) {
    std::vector<IndexRecord> batch;
    for (std::uint64_t i = from; i < std::min(records, from + kBatch); ++i)
      batch.push_back(bench_record(i));
    if (!builder->add(batch)) return 4;
  }
  if (!builder->finish()) return 4;
  const double built = seconds_since(start);
  const double worked = static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC;
  const auto index = cess::fp::Index::open(argv[1]);
  if (!index) return 4;
  std::printf("%llu records, durable after %.1f s (%.1f of processor time), %.2f GiB of memory\n",
              static_cast<unsigned long long>(index->size()), built, worked, memory_gib());
  const auto queries = bench_queries(records, count);
  const auto ours = [&](const Bits256& q, unsigned r) { return index->search(q, r).size(); };
  // Words and starts, which are about as many bytes as records of 72. Before the index is read: so
  // much memory may push its pages out.
  const double lines = lines_per_second(records * 72);
  // Without looking at the clock: the pages come into memory, front to back, and into our tables.
  if (!index->check()) return 4;
  for (const Bits256& q : queries) (void)ours(q, 31);
  std::printf("random cache lines of %.2f GiB, one thread: %.1f million a second\n",
              static_cast<double>(records) * 72 / (1U << 30U), lines / 1e6);
  for (const unsigned radius : {0U, 15U, 31U})
    run_queries("ours", radius, queries, ours, lines / lines_of_search(records, radius));
#ifdef CESS_FAISS
  if (!compare_with_faiss(records, queries, *index)) {
    std::printf("answers differ\n");
    return 1;
  }
#else
  std::printf("Faiss was not there when this was built\n");
#endif
  return 0;
}
