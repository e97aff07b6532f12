// SPDX-License-Identifier: Apache-2.0
// A file's segments encoded again: the same bytes in any order, and never other ones.
#include "codec/recoder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/encode.hpp"
#include "merkle/tree.hpp"
#include "sys/random.hpp"
#include "unit/codec/support.hpp"

namespace cess {
namespace {

struct Source {
  std::string path = "in";
  Fd fd;
  NewHeader header;

  explicit Source(std::size_t size, bool masked = true) {
    Profile profile;
    profile.k = 2;
    profile.m = 1;
    profile.copies = 2;
    profile.fragment_size = kFragmentSizeUnit;
    Recipients to;
    to.in_clear = true;
    header = *make_header(profile, AeadId::aes_256_gcm, masked, to, system_random());
    Bytes text(size);
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
    fd = test::memory_file(text);
  }
  std::unique_ptr<Recoder> recoder(std::size_t threads = 2) {
    auto made = Recoder::make(fd.get(), path, header.header, header.keys, threads);
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }
};

Hash256 root_of(const EncodedSegment& s, unsigned column) {
  return fragment_root(s.fragment(column));
}

TEST(Recoder, GivesWhatTheStreamGivesAndTheSameAgain) {
  const std::size_t full = 2 * kChunkPlain;
  for (const bool masked : {true, false}) {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, full, full + 1, 3 * full + 777}) {
      Source from(size, masked);
      const auto null = null_writer();
      const auto stream =
          encode_stream(from.fd.get(), from.path, from.header.header, from.header.keys, *null, {});
      ASSERT_TRUE(stream);
      const auto recoder = from.recoder();
      ASSERT_EQ(recoder->layout().segment_count(), stream->segments.size()) << size;
      EncodedSegment out(from.header.header);
      std::vector<Hash256> digests;
      for (std::uint32_t s = 0; s < stream->segments.size(); ++s) {
        digests.push_back(*recoder->first(out, s));
        EXPECT_EQ(out.roots, stream->segments[s].roots) << size << " " << s;
        EXPECT_EQ(out.ciphertext_length, stream->segments[s].ciphertext_length);
        EXPECT_EQ(out.fragment_length, stream->segments[s].fragment_length);
      }
      for (std::uint32_t s = static_cast<std::uint32_t>(digests.size()); s-- > 0;) {
        ASSERT_TRUE(recoder->again(out, s, digests[s]));
        for (unsigned c = 0; c < out.roots.size(); ++c)
          EXPECT_EQ(root_of(out, c), stream->segments[s].roots[c]) << size << " " << s << " " << c;
      }
      EXPECT_TRUE(recoder->check_unchanged());
    }
  }
}

TEST(Recoder, OtherPlaintextIsNotEncrypted) {
  Source from(5 * kChunkPlain);
  const auto recoder = from.recoder();
  EncodedSegment out(from.header.header);
  std::vector<Hash256> digests;
  for (std::uint32_t s = 0; s < 3; ++s) digests.push_back(*recoder->first(out, s));
  ASSERT_TRUE(recoder->again(out, 0, digests[0]));
  const Hash256 before = root_of(out, 0);

  // One bit of the second segment, the times as they were: only the digest can tell.
  struct stat st {};
  ASSERT_EQ(::fstat(from.fd.get(), &st), 0);
  std::uint8_t byte = 0;
  const off_t at = 2 * kChunkPlain + 5;
  ASSERT_EQ(::pread(from.fd.get(), &byte, 1, at), 1);
  byte ^= 1;
  ASSERT_EQ(::pwrite(from.fd.get(), &byte, 1, at), 1);
  const struct timespec times[] = {st.st_atim, st.st_mtim};
  ASSERT_EQ(::futimens(from.fd.get(), times), 0);
  EXPECT_TRUE(recoder->check_unchanged());

  const auto refused = recoder->again(out, 1, digests[1]);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::input);
  EXPECT_EQ(refused.error().message, "'in' changed while it was being stored");
  EXPECT_EQ(root_of(out, 0), before);
  // A segment's digest is of its place, too.
  EXPECT_FALSE(recoder->again(out, 0, digests[2]));
  EXPECT_TRUE(recoder->again(out, 2, digests[2]));

  ASSERT_EQ(::ftruncate(from.fd.get(), 4 * kChunkPlain), 0);
  const auto shorter = recoder->again(out, 2, digests[2]);
  ASSERT_FALSE(shorter);
  EXPECT_EQ(shorter.error().code, Code::input);
}

TEST(Recoder, WantsARegularFile) {
  Source from(10);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const Fd in(ends[0]);
  const Fd out(ends[1]);
  const auto made = Recoder::make(in.get(), "pipe", from.header.header, from.header.keys, 1);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::input);
}

}  // namespace
}  // namespace cess
