// SPDX-License-Identifier: Apache-2.0
// Blocks as small as consensus can bear, and who may vote in which era.
#pragma once

#include <gtest/gtest.h>

#include <map>

#include "base/codec.hpp"
#include "chain/consensus/fake_crypto.hpp"
#include "chain/consensus/header_view.hpp"
#include "crypto/sha256.hpp"

namespace cess::consensus {

struct TestBlock {
  Height height = 0;
  Era era = 0;
  Digest parent;
  std::optional<Certificate> parent_certificate;
  TimeMs time_ms = 0;
  Hash256 committee, next_committee;
  std::uint64_t salt = 0;
  bool bad = false;  // invalid whoever looks at it
};

inline BlockBytes encode_test_block(const TestBlock& b) {
  Writer w;
  w.raw("TB").le(b.height).le(b.era).id(b.parent);
  write_certificate_maybe(w, b.parent_certificate);
  w.le(b.time_ms).id(b.committee).id(b.next_committee).le(b.salt);
  w.le(static_cast<std::uint8_t>(b.bad ? 1 : 0));
  return std::make_shared<const Bytes>(w.take());
}

inline Result<TestBlock> decode_test_block(ByteView bytes) {
  Reader in(bytes, "test block");
  TestBlock b;
  CESS_TRY_ASSIGN(auto magic, in.raw(2, "magic"));
  if (as_text(magic) != "TB") return in.refuse("no test block");
  CESS_TRY_ASSIGN(b.height, in.le<Height>("height"));
  CESS_TRY_ASSIGN(b.era, in.le<Era>("era"));
  CESS_TRY_ASSIGN(b.parent, in.id<Digest>("parent"));
  CESS_TRY_ASSIGN(b.parent_certificate, read_certificate_maybe(in));
  CESS_TRY_ASSIGN(b.time_ms, in.le<TimeMs>("time"));
  CESS_TRY_ASSIGN(b.committee, in.id<Hash256>("committee"));
  CESS_TRY_ASSIGN(b.next_committee, in.id<Hash256>("next committee"));
  CESS_TRY_ASSIGN(b.salt, in.le<std::uint64_t>("salt"));
  CESS_TRY_ASSIGN(auto bad, in.le<std::uint8_t>("bad"));
  b.bad = bad != 0;
  CESS_TRY(in.end());
  return b;
}

class TestReader final : public BlockReader {
 public:
  [[nodiscard]] Result<HeaderView> read_block(ByteView bytes) const override {
    CESS_TRY_ASSIGN(auto b, decode_test_block(bytes));
    return HeaderView{sha256(bytes), b.height,  b.era,       b.parent,        b.parent_certificate,
                      b.time_ms,     Hash256{}, b.committee, b.next_committee};
  }
  [[nodiscard]] Result<HeaderView> read_header(ByteView bytes) const override {
    return read_block(bytes);
  }
};

// Era e is ruled by validators first(e) .. first(e) + n - 1, heights 1 + e·length and on.
struct Eras {
  const FakeRegistry* registry;
  std::size_t n;
  Height length = 1000000;
  std::uint64_t shift = 0;  // members that change per era
  std::map<Era, CommitteePtr> made = {};

  Era era_of(Height h) const { return (h - 1) / length; }
  CommitteePtr of_era(Era e) {
    auto& c = made[e];
    if (c == nullptr) {
      std::vector<PublicKey> keys;
      for (std::size_t i = 0; i < n; ++i) keys.push_back(registry->key(e * shift + i));
      Hash256 seed;
      seed.bytes[0] = static_cast<std::uint8_t>(e + 7);
      c = *Committee::make(e, seed, keys);
    }
    return c;
  }
  CommitteePtr of(Height h) { return of_era(era_of(h)); }
};

// A certificate by hand.
inline Certificate make_certificate(FakeRegistry& registry, Verifier& verifier,
                                    const Hash256& chain, const Committee& committee,
                                    const Vote& vote, const std::vector<ValidatorIndex>& signers,
                                    std::uint64_t first_number = 0) {
  Certificate c{vote.kind, vote.era, vote.height, vote.round, vote.digest, {}, {}};
  c.signers.size = static_cast<std::uint16_t>(committee.size());
  std::vector<Signature> parts;
  for (const ValidatorIndex i : signers) {
    c.signers.add(i);
    parts.push_back(registry.make_signer(first_number + i)->sign(signed_bytes(chain, vote)));
  }
  c.aggregate = *verifier.aggregate(parts);
  return c;
}

}  // namespace cess::consensus
