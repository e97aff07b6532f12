// SPDX-License-Identifier: Apache-2.0
// Recipes beside a manifest: each limit from both sides, and what of another file is refused.
#include "transfer/recipe.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/hex.hpp"
#include "crypto/sha256.hpp"

namespace cess::transfer {
namespace recipe_test {

Key256 key_of(std::uint8_t value) { return Key256(Bytes(Key256::kSize, value)); }

Manifest manifest_of(std::size_t segments, bool masked) {
  Manifest out;
  out.file.bytes.fill(7);
  out.segments.resize(segments);
  if (masked) out.header.mask_box.emplace();
  return out;
}

Recipe recipe_of(std::size_t segments, bool masked) {
  Recipe out;
  out.keys.enc = key_of(1);
  if (masked) out.keys.mask = key_of(2);
  out.nonces = key_of(3);
  for (std::size_t i = 0; i < segments; ++i) {
    out.digests.emplace_back();
    out.digests.back().bytes.fill(static_cast<std::uint8_t>(i));
  }
  return out;
}

std::string text_of(std::size_t segments, bool masked) {
  return write_recipe(manifest_of(0, false).file, recipe_of(segments, masked));
}

bool taken(const std::string& text, const Manifest& manifest) {
  const auto recipe = parse_recipe(as_bytes(text), manifest, "recipe");
  if (!recipe) {
    EXPECT_EQ(recipe.error().code, Code::input) << recipe.error().message;
  }
  return recipe.has_value();
}

/// Of a whole recipe, what its check is of.
std::string body_of(const std::string& text) { return text.substr(0, text.find(",\"check\"")); }

std::string sealed(const std::string& body) {
  return body + ",\"check\":\"" + to_hex(sha256(as_bytes(body))) + "\"}\n";
}

/// The value of `field` with `change` made to it, and a check that fits.
template <class Change>
std::string with(std::string text, const std::string& field, Change change) {
  const auto begin = text.find("\"" + field + "\":\"") + field.size() + 4;
  const auto end = text.find('"', begin);
  std::string value = text.substr(begin, end - begin);
  change(value);
  return sealed(body_of(text.replace(begin, end - begin, value)));
}

TEST(RecipeTest, WhatIsWrittenIsRead) {
  for (const bool masked : {false, true}) {
    for (const std::size_t segments : {std::size_t{0}, std::size_t{1}, std::size_t{300}}) {
      const Recipe made = recipe_of(segments, masked);
      const std::string text = text_of(segments, masked);
      const auto read = parse_recipe(as_bytes(text), manifest_of(segments, masked), "recipe");
      ASSERT_TRUE(read) << read.error().message;
      EXPECT_EQ(read->digests, made.digests);
      EXPECT_TRUE(std::ranges::equal(read->keys.enc.view(), made.keys.enc.view()));
      EXPECT_EQ(read->nonce({4, 5, 6}), made.nonce({4, 5, 6}));
      ASSERT_EQ(read->keys.mask.has_value(), masked);
      if (!masked) continue;
      EXPECT_TRUE(std::ranges::equal(read->keys.mask->view(), made.keys.mask->view()));
    }
  }
}

TEST(RecipeTest, ADigestForEachSegment) {
  const std::string text = text_of(3, true);
  EXPECT_TRUE(taken(text, manifest_of(3, true)));
  EXPECT_FALSE(taken(text, manifest_of(2, true)));
  EXPECT_FALSE(taken(text, manifest_of(4, true)));
  const auto grown = [&](const std::string& by) {
    return with(text, "digests", [&](std::string& v) { v += by; });
  };
  EXPECT_FALSE(taken(grown("00"), manifest_of(3, true)));
  EXPECT_FALSE(taken(grown("0"), manifest_of(3, true)));
  EXPECT_TRUE(taken(grown(std::string(64, '0')), manifest_of(4, true)));
}

TEST(RecipeTest, KeysHave32Bytes) {
  const std::string text = text_of(1, true);
  const Manifest manifest = manifest_of(1, true);
  for (const std::string field : {"enc", "mask", "nonces"}) {
    // One that is as good as any other: only the check knows better, see OneDamagedByteIsTold.
    EXPECT_TRUE(taken(with(text, field, [](std::string& v) { v[0] = 'f'; }), manifest)) << field;
    EXPECT_FALSE(taken(with(text, field, [](std::string& v) { v += "00"; }), manifest)) << field;
    EXPECT_FALSE(taken(with(text, field, [](std::string& v) { v.resize(62); }), manifest)) << field;
    EXPECT_FALSE(taken(with(text, field, [](std::string& v) { v.clear(); }), manifest)) << field;
  }
}

TEST(RecipeTest, AnotherFilesIsRefused) {
  EXPECT_FALSE(taken(text_of(1, true), manifest_of(1, false))) << "a mask that the file has not";
  EXPECT_FALSE(taken(text_of(1, false), manifest_of(1, true))) << "no mask for a masked file";
  const std::string text = text_of(1, true);
  EXPECT_FALSE(
      taken(with(text, "file_id", [](std::string& v) { v[63] ^= 1; }), manifest_of(1, true)));
  EXPECT_FALSE(
      taken(with(text, "schema", [](std::string& v) { v.back() = '1'; }), manifest_of(1, true)));
}

TEST(RecipeTest, OneDamagedByteIsTold) {
  const std::string text = text_of(2, true);
  const Manifest manifest = manifest_of(2, true);
  ASSERT_TRUE(taken(text, manifest));
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = other[i] == '0' ? '1' : '0';
    EXPECT_FALSE(taken(other, manifest)) << i;
    EXPECT_FALSE(taken(text.substr(0, i), manifest)) << i;
  }
  EXPECT_FALSE(taken(text + " ", manifest));
  EXPECT_FALSE(taken(body_of(text) + "}\n", manifest)) << "no check at all";
}

TEST(RecipeTest, SizeIsBounded) {
  const std::string text = text_of(1, true);
  std::string body = body_of(text);
  body.resize(kRecipeSizeMax - (text.size() - body.size()), ' ');
  EXPECT_TRUE(taken(sealed(body), manifest_of(1, true)));
  body += ' ';
  EXPECT_FALSE(taken(sealed(body), manifest_of(1, true)));
}

// A descriptor's nonce is of its place and of this encoding alone.
TEST(RecipeTest, NoPlaceHasAnothersNonce) {
  const Recipe one = recipe_of(0, false);
  Recipe other = recipe_of(0, false);
  other.nonces = key_of(4);
  std::set<std::array<std::uint8_t, 16>> seen;
  for (const Recipe* recipe : std::initializer_list<const Recipe*>{&one, &other}) {
    for (const FragmentPos& pos :
         {FragmentPos{0, 0, 0}, FragmentPos{1, 0, 0}, FragmentPos{0, 1, 0}, FragmentPos{0, 0, 1}}) {
      EXPECT_EQ(recipe->nonce(pos), recipe->nonce(pos));
      seen.insert(recipe->nonce(pos));
    }
  }
  EXPECT_EQ(seen.size(), 8U);
}

}  // namespace recipe_test
}  // namespace cess::transfer
