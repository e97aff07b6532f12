// SPDX-License-Identifier: Apache-2.0
// Every kernel this processor can run against OpenSSL's one-stream hash: every length around the
// block borders, every count around the lane counts, data at odd addresses that ends where its
// memory ends (so that the sanitizer sees a read too far).
#include <gtest/gtest.h>

#include <memory>

#include "crypto/detail/sha256_kernels.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace {

using detail::Sha256Kernel;

// Messages of one size, each in memory of its own, the i-th at an address i mod 64 bytes off.
class Batch {
 public:
  Batch(std::size_t count, std::size_t size) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t shift = (i * 13 + size) % 64;
      storage_.push_back(std::make_unique<std::uint8_t[]>(shift + size));
      std::uint8_t* const data = storage_.back().get() + shift;
      for (std::size_t j = 0; j < size; ++j) {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        data[j] = static_cast<std::uint8_t>(state_ >> 56U);
      }
      views_.push_back(data);
    }
  }
  [[nodiscard]] std::span<const std::uint8_t* const> views(std::size_t count) const {
    return std::span(views_).first(count);
  }

 private:
  std::uint64_t state_ = 1;
  std::vector<std::unique_ptr<std::uint8_t[]>> storage_;
  std::vector<const std::uint8_t*> views_;
};

std::vector<Hash256> by_openssl(std::uint8_t prefix, std::span<const std::uint8_t* const> messages,
                                std::size_t size) {
  std::vector<Hash256> out;
  for (const std::uint8_t* m : messages) {
    out.push_back(sha256({ByteView(&prefix, 1), ByteView(m, size)}));
  }
  return out;
}

class Sha256ManyTest : public testing::TestWithParam<Sha256Kernel> {
 protected:
  void SetUp() override {
    if (!detail::usable(GetParam())) GTEST_SKIP() << "this processor cannot run it";
  }
};

TEST_P(Sha256ManyTest, EqualsOpensslAtEveryLengthAndCount) {
  constexpr std::size_t kCountMax = 40;
  std::vector<std::size_t> sizes;
  for (std::size_t size = 0; size <= 300; ++size) sizes.push_back(size);
  for (const std::size_t size : {1023U, 1024U, 4095U, 4096U, 4097U}) sizes.push_back(size);
  for (const std::size_t size : sizes) {
    const Batch batch(kCountMax, size);
    const auto prefix = static_cast<std::uint8_t>(size * 5);
    const auto expected = by_openssl(prefix, batch.views(kCountMax), size);
    for (std::size_t count = 0; count <= kCountMax; ++count) {
      std::vector<Hash256> out(count);
      detail::sha256_many_with(GetParam(), out, prefix, batch.views(count), size);
      ASSERT_TRUE(std::equal(out.begin(), out.end(), expected.begin()))
          << "size " << size << " count " << count;
    }
  }
}

TEST_P(Sha256ManyTest, EveryLaneKeepsToItself) {
  // One message differs from the others in one bit, in each lane in turn.
  constexpr std::size_t kCount = 16;
  Bytes plain(200, 0x33);
  Bytes other = plain;
  other[130] ^= 0x10;
  const Hash256 plain_hash = sha256({Bytes{0}, plain});
  const Hash256 other_hash = sha256({Bytes{0}, other});
  for (std::size_t odd = 0; odd < kCount; ++odd) {
    std::vector<const std::uint8_t*> message(kCount, plain.data());
    message[odd] = other.data();
    std::vector<Hash256> out(kCount);
    detail::sha256_many_with(GetParam(), out, 0, message, plain.size());
    for (std::size_t i = 0; i < kCount; ++i) {
      EXPECT_EQ(out[i], i == odd ? other_hash : plain_hash) << odd << " " << i;
    }
  }
}

TEST_P(Sha256ManyTest, EmptyMessagesNeedNoAddress) {
  const std::vector<const std::uint8_t*> message(17, nullptr);
  std::vector<Hash256> out(17);
  detail::sha256_many_with(GetParam(), out, 0x61, message, 0);
  for (const Hash256& h : out) EXPECT_EQ(h, sha256(as_bytes("a")));
}

INSTANTIATE_TEST_SUITE_P(Kernels, Sha256ManyTest, testing::ValuesIn(detail::kSha256Kernels),
                         [](const auto& kernel) { return detail::name_of(kernel.param); });

TEST(Sha256Pairs, EqualsOneStreamAtEveryCount) {
  for (std::size_t count = 0; count <= 150; ++count) {
    std::vector<Hash256> pairs(2 * count);
    for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = sha256(Bytes(i % 100, 1));
    std::vector<Hash256> out(count);
    sha256_pairs(out, pairs);
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(out[i], sha256({Bytes{1}, pairs[2 * i].view(), pairs[2 * i + 1].view()}));
    }
  }
}

TEST(Sha256Many, MisuseAborts) {
  const std::uint8_t* message = nullptr;
  std::vector<Hash256> two(2);
  EXPECT_DEATH(sha256_many(two, 0, {&message, 1}, 0), "broken invariant");
  EXPECT_DEATH(sha256_pairs(two, two), "broken invariant");
}

}  // namespace
}  // namespace cess
