// SPDX-License-Identifier: Apache-2.0
// links: codec crypto erasure merkle sys base
// Encoding beside what its stages allow. Rates are bytes of input, output not counted. The ceiling
// of encode/P is the harmonic sum of the stages' own rates: encryption, erasure code, mask and leaf
// hashes, each by itself on data that stays in the level-2 cache, on as many threads.
#include <benchmark/benchmark.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <thread>

#include "base/check.hpp"
#include "codec/encode.hpp"
#include "codec/segment_encoder.hpp"
#include "crypto/ctr.hpp"
#include "crypto/sha256.hpp"
#include "erasure/code.hpp"
#include "merkle/tree.hpp"

namespace cess {
namespace {

constexpr std::size_t kStrip = 16384;

NewHeader header_for(const std::string& profile, bool masked) {
  const auto p = parse_profile(profile);
  CESS_CHECK(p.has_value());
  Recipients to;
  to.in_clear = true;
  auto made = make_header(*p, AeadId::aes_256_gcm, masked, to, system_random());
  CESS_CHECK(made.has_value());
  return std::move(*made);
}

void count_input(benchmark::State& state, std::size_t size) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(size));
}

// One full segment after another, nothing read and nothing written.
void encode_segments(benchmark::State& state, const std::string& profile, bool masked,
                     std::size_t threads) {
  const NewHeader made = header_for(profile, masked);
  WorkPool pool(threads);
  SegmentEncoder encoder(made.header, made.keys, pool);
  EncodedSegment out(made.header);
  Buffer plain(encoder.plain_size());
  std::memset(plain.data(), 7, plain.size());
  std::uint32_t segment = 0;
  encoder.encode(out, segment++, plain.view(), false);  // touches all memory once
  for (auto _ : state) encoder.encode(out, segment++, plain.view(), false);
  count_input(state, plain.size());
}

/// The working set of one worker for the stages by themselves.
struct Stages {
  Stages(const NewHeader& made, const ErasureCode& c)
      : profile(made.header.profile),
        code(c),
        aead(AeadId::aes_256_gcm, made.keys.enc),
        plain(kChunkPlain, 7),
        sealed(kChunkSize),
        strips(profile.columns(), Bytes(kStrip, 9)),
        hashes(profile.columns() * kStrip / kLeafSize) {
    if (made.keys.mask) mask.emplace(*made.keys.mask);
    for (unsigned i = 0; i < profile.n(); ++i) {
      if (i < profile.k) data.push_back(strips[i].data());
      if (i >= profile.k) parity.push_back(strips[i].data());
    }
    const unsigned hashed = mask ? profile.columns() : profile.n();
    for (unsigned c0 = 0; c0 < hashed; ++c0) {
      for (std::size_t at = 0; at < kStrip; at += kLeafSize)
        leaves.push_back(strips[c0].data() + at);
    }
  }
  // What 64 KiB of every data fragment cost, stage by stage.
  void run() {
    for (unsigned i = 0; i < profile.k; ++i) aead.seal(sealed, chunk_nonce(i, false), {}, plain);
    for (std::size_t s = 0; s < kChunkSize / kStrip; ++s) code.encode(parity, data, kStrip);
    for (std::size_t s = 0; mask && s < kChunkSize / kStrip; ++s) {
      for (Bytes& b : strips) mask->apply(b, {}, s * kStrip);
    }
    for (std::size_t s = 0; s < kChunkSize / kStrip; ++s) {
      sha256_many({hashes.data(), leaves.size()}, 0, leaves, kLeafSize);
    }
  }

  Profile profile;
  const ErasureCode& code;
  Aead aead;
  std::optional<AesCtr> mask;
  Bytes plain, sealed;
  std::vector<Bytes> strips;
  std::vector<Hash256> hashes;
  std::vector<const std::uint8_t*> data;
  std::vector<std::uint8_t*> parity;
  std::vector<const std::uint8_t*> leaves;
};

void encode_ceiling(benchmark::State& state, const std::string& profile, bool masked,
                    std::size_t threads) {
  const NewHeader made = header_for(profile, masked);
  const Profile& p = made.header.profile;
  const auto code = ErasureCode::make(p.k, p.m, p.matrix);
  CESS_CHECK(code.has_value());
  std::vector<Stages> stages;
  stages.reserve(threads);
  for (std::size_t t = 0; t < threads; ++t) stages.emplace_back(made, *code);
  WorkPool pool(threads);
  constexpr std::size_t kRounds = 64;
  for (auto _ : state) {
    pool.run(threads, [&](std::size_t item, std::size_t) {
      for (std::size_t i = 0; i < kRounds; ++i) stages[item].run();
    });
  }
  count_input(state, threads * kRounds * p.k * kChunkPlain);
}

// The whole pipeline from a file in memory to a sink that drops everything.
void encode_whole(benchmark::State& state, const std::string& profile, bool masked,
                  std::size_t threads) {
  const NewHeader made = header_for(profile, masked);
  const std::size_t size = std::size_t{256} << 20U;
  const Fd fd(::memfd_create("bench", MFD_CLOEXEC));
  CESS_CHECK(fd.valid() && write_full(fd.get(), Bytes(size, 3), "memory"));
  EncodeOptions options;
  options.threads = threads;
  for (auto _ : state) {
    ::lseek(fd.get(), 0, SEEK_SET);
    const auto sink = null_writer();
    const auto done = encode_stream(fd.get(), "memory", made.header, made.keys, *sink, options);
    CESS_CHECK(done.has_value());
  }
  count_input(state, size);
}

void add_all() {
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::size_t> counts{1};
  if (cores > 1) counts.push_back(cores);
  for (const char* profile : {"4+8", "10+6"}) {
    for (const bool masked : {false, true}) {
      const std::string p = std::string(profile) + (masked ? "-masked" : "-unmasked");
      for (const std::size_t t : counts) {
        const std::string tail = "/T" + std::to_string(t);
        auto* ours = benchmark::RegisterBenchmark(("encode/" + p + tail).c_str(), encode_segments,
                                                  profile, masked, t);
        auto* ceiling = benchmark::RegisterBenchmark(("encode/" + p + tail + "/ceiling").c_str(),
                                                     encode_ceiling, profile, masked, t);
        // With one worker everything runs on this thread, whose CPU time other processes cannot
        // lengthen; with more, only the clock on the wall tells.
        if (t > 1) {
          ours->UseRealTime();
          ceiling->UseRealTime();
        }
        benchmark::RegisterBenchmark(("encode-stream/" + p + tail).c_str(), encode_whole, profile,
                                     masked, t)
            ->UseRealTime();
      }
    }
  }
}

}  // namespace
}  // namespace cess

int main(int argc, char** argv) {
  cess::add_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
