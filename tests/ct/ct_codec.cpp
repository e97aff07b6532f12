// SPDX-License-Identifier: Apache-2.0
// links: base sys crypto merkle erasure codec
// The life of a file key (DEK): drawn, sealed in a header, used on a segment, found again.
#include "codec/header.hpp"
#include "codec/keys.hpp"
#include "codec/profile.hpp"
#include "codec/segment_encoder.hpp"
#include "poison.hpp"

namespace {

using namespace cess;

// Randomness of which every byte is secret.
class SecretRandom final : public Random {
 public:
  void fill(MutByteView out) override {
    for (std::uint8_t& b : out) b = static_cast<std::uint8_t>(next_++ * 151 + 7);
    ct::poison(out);
  }

 private:
  unsigned next_ = 1;
};

Profile profile() {
  const auto p = parse_profile("2+1");
  if (!p) std::abort();
  Profile small = *p;
  small.fragment_size = 65536;
  return small;
}

Key256 identity() {
  Key256 key(Bytes(32, 0x21));
  ct::poison(key.view());
  return key;
}

// What a header shows to everybody.
void publish(const NewHeader& made) {
  const FileHeader& h = made.header;
  ct::publish(h.salt.view());
  ct::publish(h.commitment.view());
  if (h.mask_box) ct::publish(*h.mask_box);
  for (const Stanza& s : h.stanzas) ct::publish(s.body);
  ct::publish(h.mac.view());
}

NewHeader make(AeadId aead) {
  SecretRandom random;
  Recipients to;
  X25519Public pub = x25519_public(identity());
  ct::publish(pub);
  to.keys = {pub, pub};
  auto made = make_header(profile(), aead, true, to, random);
  if (!made) std::abort();
  publish(*made);
  return std::move(*made);
}

void header() {
  const NewHeader made = make(AeadId::aes_256_gcm);
  Identities who;
  who.keys.push_back(identity());
  const auto keys = open_header(made.header, who);
  if (!keys) std::abort();
  ct::use(keys->enc.view());
  ct::use(keys->mask->view());
}

// Somebody else's key: refused, and how long that takes tells nothing of the key.
void wrong_key() {
  const NewHeader made = make(AeadId::aes_256_gcm);
  Identities who;
  Key256 other(Bytes(32, 0x55));
  ct::poison(other.view());
  who.keys.push_back(std::move(other));
  if (open_header(made.header, who)) std::abort();
}

void segment(AeadId aead) {
  const NewHeader made = make(aead);
  WorkPool pool(1);
  SegmentEncoder encoder(made.header, made.keys, pool);
  Bytes plain(100'000, 3);
  ct::poison(plain);
  EncodedSegment out(made.header);
  encoder.encode(out, 7, plain, true);
  ct::use(out.fragment(0));
}
void segment_gcm() { segment(AeadId::aes_256_gcm); }
void segment_chacha() { segment(AeadId::chacha20_poly1305); }

constexpr ct::Case kCases[] = {{"header", header},
                               {"wrong-key", wrong_key},
                               {"segment-gcm", segment_gcm},
                               {"segment-chacha", segment_chacha}};

}  // namespace

int main(int argc, char** argv) { return cess::ct::run_cases(kCases, argc, argv); }
