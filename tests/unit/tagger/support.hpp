// SPDX-License-Identifier: Apache-2.0
// A tagger with its jobs in a temporary folder, files encoded in memory, a world made by hand.
#pragma once

#include <map>
#include <memory>

#include "crypto/sha256.hpp"
#include "tagger/engine.hpp"
#include "unit/codec/encode_support.hpp"

namespace cess::tagger::test {

using cess::test::Encoded;
using cess::test::Plan;
using cess::test::random_bytes;
using cess::test::TempDir;

/// Keys cost half a second: made once.
struct Key {
  TaggerSecret secret;
  Bytes pub;
  TaggerHead head;
  Tagger tagger;
};
inline const Key& key(std::size_t number) {
  static std::map<std::size_t, std::unique_ptr<Key>> all;
  auto& slot = all[number];
  if (!slot) {
    auto secret = TaggerSecret::make(random_bytes(TaggerSecret::kRandomSize, 900 + number),
                                     TaggerClass::owner, {});
    const TaggerPublic made = make_tagger_public(secret);
    auto tagger = Tagger::make(secret, made.head);
    EXPECT_TRUE(tagger);
    slot = std::make_unique<Key>(
        Key{std::move(secret), encode_tagger_public(made), made.head, std::move(*tagger)});
  }
  return *slot;
}

inline TaggerKeys keys_of(const Key& k) { return {k.tagger, k.secret, k.pub}; }
inline Agent agent_of(const Key& k) { return {k.head.id, k.head.sign_key}; }

inline Encoded plain_file(std::size_t size = 300'000, std::uint64_t seed = 42) {
  Plan plan;
  plan.masked = false;
  plan.seed = seed;
  return cess::test::encode(plan, random_bytes(size, seed));
}

/// What the chain says, set by hand.
class FakeWorld final : public World {
 public:
  Result<Height> height() override { return now; }
  Result<std::optional<files::File>> file(const Fid& fid) override {
    return fid == known_fid ? std::optional(known_file) : std::nullopt;
  }
  Result<std::optional<files::RestoralOrder>> order(const Fid& /*fid*/, std::uint32_t segment,
                                                    std::uint16_t column) override {
    if (segment != 0 || column != 1) return std::optional<files::RestoralOrder>();
    return restoral;
  }
  Result<std::optional<Ed25519Public>> miner_key(const AccountId& /*miner*/) override {
    return miner_sign_key;
  }
  Result<bool> may_read(const Fid& /*fid*/, const AccountId& who) override { return who == reader; }
  Result<bool> has_account(const AccountId& who) override { return !who.is_zero(); }
  Result<std::optional<TaggerAt>> tagger(const TaggerId& id) override {
    for (const TaggerAt& t : active) {
      if (t.id == id) return std::optional(t);
    }
    return std::optional<TaggerAt>();
  }
  Result<std::vector<TaggerAt>> taggers() override { return active; }
  Result<std::optional<TaggerId>> tagger_of(const Fid& /*fid*/, std::uint32_t /*segment*/,
                                            std::uint16_t /*column*/) override {
    return std::optional(made_by);
  }
  Result<Group> fetch(const Manifest& manifest, std::uint32_t segment) override {
    Group g;
    g.segment = segment;
    for (const auto& [pos, data] : stored) {
      if (pos.segment != segment || g.candidates.size() == manifest.profile().k) continue;
      Candidate c;
      c.pos = pos;
      c.data = data;
      c.state = Candidate::State::good;
      g.candidates.push_back(std::move(c));
    }
    return g;
  }

  Height now = 100;
  Fid known_fid;
  files::File known_file;
  std::optional<files::RestoralOrder> restoral;
  std::optional<Ed25519Public> miner_sign_key;
  AccountId reader;
  std::vector<TaggerAt> active;
  TaggerId made_by;
  std::map<FragmentPos, Bytes> stored;  ///< what miners hold, masked
};

}  // namespace cess::tagger::test
