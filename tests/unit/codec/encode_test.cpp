// SPDX-License-Identifier: Apache-2.0
// Encoding: the format computed again by plain, serial code beside the pipeline; threads; repair.
#include "codec/encode.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "codec/rebuild.hpp"
#include "crypto/aead.hpp"
#include "crypto/ctr.hpp"
#include "encode_support.hpp"
#include "erasure/code.hpp"
#include "merkle/tree.hpp"

namespace cess {
namespace {

using test::encode;
using test::Encoded;
using test::Plan;
using test::random_bytes;

// The definition of the format, with none of the pipeline's code: whole fragments one after
// another.
void expect_as_defined(const Encoded& e, ByteView plain) {
  const Profile& p = e.manifest.profile();
  const Layout layout(p, plain.size());
  ASSERT_EQ(e.manifest.length, plain.size());
  ASSERT_EQ(e.manifest.segments.size(), layout.segment_count());
  const auto code = ErasureCode::make(p.k, p.m, p.matrix);
  ASSERT_TRUE(code);
  const std::uint64_t chunks = layout.chunk_count();
  const std::uint64_t per_segment = layout.chunks_per_segment();
  for (std::uint32_t s = 0; s < layout.segment_count(); ++s) {
    Aead aead(e.keys->aead, segment_key(e.keys->enc, s));
    Bytes cipher;
    for (std::uint64_t c = s * per_segment; c < std::min(chunks, (s + 1) * per_segment); ++c) {
      const auto piece = plain.subspan(
          c * kChunkPlain, std::min<std::size_t>(kChunkPlain, plain.size() - c * kChunkPlain));
      Bytes sealed(piece.size() + kAeadTagSize);
      aead.seal(sealed, chunk_nonce(c - s * per_segment, c + 1 == chunks), {}, piece);
      append(cipher, sealed);
    }
    ASSERT_EQ(cipher.size(), layout.ciphertext_length(s));
    const std::size_t length = layout.segment_fragment_length(s);
    cipher.resize(p.n() * length);
    std::vector<std::uint8_t*> all;
    for (unsigned i = 0; i < p.n(); ++i) all.push_back(cipher.data() + i * length);
    std::vector<const std::uint8_t*> data(all.begin(), all.begin() + p.k);
    code->encode(std::span(all).subspan(p.k), data, length);
    for (unsigned col = 0; col < p.columns(); ++col) {
      const FragmentPos pos{s, static_cast<std::uint16_t>(col % p.n()),
                            static_cast<std::uint16_t>(col / p.n())};
      Bytes stored(all[pos.index], all[pos.index] + length);
      if (e.keys->mask) AesCtr(*e.keys->mask).apply(stored, mask_prefix(pos), 0);
      ASSERT_EQ(e.fragments.at(pos), stored) << fragment_name(pos);
      ASSERT_EQ(e.manifest.segments[s].roots[col], fragment_root(stored));
    }
  }
  EXPECT_EQ(e.fragments.size(), std::size_t{p.columns()} * layout.segment_count());
}

const std::vector<std::size_t> kSizes{
    0,      1,      15,     1008,       1009,           65519,         65520,  65521,
    70000,  131039, 131040, 131041,     2 * 65520 + 1,  262079,        262080, 262081,
    524160, 524161, 600000, 3 * 262080, 3 * 262080 - 1, 3 * 262080 + 1};

TEST(Encode, EverySizeIsAsTheFormatDefines) {
  for (const std::size_t size : kSizes) {
    SCOPED_TRACE(size);
    Plan setup;
    const Bytes plain = random_bytes(size, size + 1);
    expect_as_defined(encode(setup, plain), plain);
  }
}

TEST(Encode, EveryKindIsAsTheFormatDefines) {
  const Bytes plain = random_bytes(700001, 5);
  for (const char* name :
       {"cess-4-8", "paper", "wp-3copy", "wp-3-2", "10+6", "1+0", "3+0", "2+1x2"}) {
    for (const bool masked : {false, true}) {
      for (const auto aead : {AeadId::aes_256_gcm, AeadId::chacha20_poly1305}) {
        SCOPED_TRACE(std::string(name) + (masked ? " masked" : " plain"));
        Plan setup;
        setup.profile = *parse_profile(name);
        setup.profile.fragment_size = 131072;
        setup.masked = masked;
        setup.aead = aead;
        expect_as_defined(encode(setup, plain), plain);
      }
    }
  }
}

TEST(Encode, ThreadsDoNotMatterAndTheSeedDoes) {
  const Bytes plain = random_bytes(1'000'000, 6);
  Plan setup;
  const Encoded one = encode(setup, plain);
  for (const std::size_t threads : {2U, 3U, 8U}) {
    setup.threads = threads;
    EXPECT_EQ(encode(setup, plain).bundle, one.bundle) << threads;
  }
  setup.seed += 1;
  const Encoded other = encode(setup, plain);
  EXPECT_NE(other.manifest.header.salt, one.manifest.header.salt);
  EXPECT_NE(other.manifest.fid, one.manifest.fid);
  for (const auto& [pos, bytes] : one.fragments) EXPECT_NE(other.fragments.at(pos), bytes);
}

TEST(Encode, MasksMakeReplicasDiffer) {
  Plan setup;
  setup.profile = *parse_profile("2+1x3");
  setup.profile.fragment_size = 65536;
  const Encoded e = encode(setup, random_bytes(10000, 7));
  EXPECT_NE(e.fragments.at({0, 0, 0}), e.fragments.at({0, 0, 1}));
  EXPECT_NE(e.fragments.at({0, 0, 1}), e.fragments.at({0, 0, 2}));
  setup.masked = false;
  const Encoded u = encode(setup, random_bytes(10000, 7));
  EXPECT_EQ(u.fragments.at({0, 0, 0}), u.fragments.at({0, 0, 2}));
}

TEST(Rebuild, AnyFragmentFromAnyOthers) {
  for (const char* name : {"2+2", "paper", "wp-3copy"}) {
    for (const bool masked : {false, true}) {
      Plan setup;
      setup.profile = *parse_profile(name);
      setup.profile.fragment_size = 65536;
      setup.masked = masked;
      const Encoded e = encode(setup, random_bytes(200'000, 8));
      const Profile& p = e.manifest.profile();
      const auto last = static_cast<std::uint32_t>(e.manifest.segments.size() - 1);
      for (const std::uint32_t s : {0U, last}) {
        std::vector<FragmentBytes> have;
        for (unsigned i = 0; i < p.k; ++i) {  // the last k, each of another replica
          const FragmentPos pos{s, static_cast<std::uint16_t>(p.n() - 1 - i),
                                static_cast<std::uint16_t>(i % p.copies)};
          have.push_back({pos, e.fragments.at(pos)});
        }
        std::vector<FragmentPos> want;
        for (const auto& [pos, bytes] : e.fragments) {
          if (pos.segment == s) want.push_back(pos);
        }
        std::vector<Bytes> out;
        const Key256* mask = masked ? &*e.keys->mask : nullptr;
        ASSERT_TRUE(rebuild_fragments(out, p, mask, have, want));
        for (std::size_t i = 0; i < want.size(); ++i) EXPECT_EQ(out[i], e.fragments.at(want[i]));
        have.pop_back();
        EXPECT_EQ(rebuild_fragments(out, p, mask, have, want).error().code, Code::input);
      }
    }
  }
}

}  // namespace
}  // namespace cess
