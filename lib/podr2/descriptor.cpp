// SPDX-License-Identifier: Apache-2.0
#include "podr2/descriptor.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/codec.hpp"
#include "crypto/sha256.hpp"

namespace cess {

namespace {
constexpr std::string_view kMagic = "CESSFRG1";
constexpr std::uint8_t kVersion = 1;
/// Longest fragment whose block count fits its field.
constexpr std::uint64_t kLengthMax = std::uint64_t{0xffffffff} * kBlockSize;
}  // namespace

std::array<std::uint8_t, kDescriptorSize> encode_descriptor(const Descriptor& d) {
  CESS_CHECK(d.length > 0 && d.length <= kLengthMax);
  Writer w;
  w.raw(kMagic).le(kVersion).le(static_cast<std::uint8_t>(d.suite)).id(d.file);
  w.le(d.segment).le(d.fragment).le(d.replica).le(d.length).le(d.blocks());
  w.id(d.root).id(d.tagger).raw(ByteView{d.nonce});
  CESS_CHECK(w.bytes().size() == kDescriptorSize);
  std::array<std::uint8_t, kDescriptorSize> out;
  std::copy(w.bytes().begin(), w.bytes().end(), out.begin());
  return out;
}

Result<Descriptor> parse_descriptor(ByteView bytes) {
  Reader r(bytes, "fragment descriptor");
  CESS_TRY_ASSIGN(const ByteView magic, r.raw(kMagic.size(), "magic"));
  if (as_text(magic) != kMagic) return r.refuse("magic is not CESSFRG1");
  CESS_TRY_ASSIGN(const auto version, r.le<std::uint8_t>("version"));
  if (version != kVersion) return r.refuse("version is not 1");
  CESS_TRY_ASSIGN(const auto suite, r.le<std::uint8_t>("suite"));
  if (suite != 1 && suite != 2) return r.refuse("audit suite is neither 1 nor 2");
  Descriptor d;
  d.suite = static_cast<AuditSuite>(suite);
  CESS_TRY_ASSIGN(d.file, r.id<FileId>("file_id"));
  CESS_TRY_ASSIGN(d.segment, r.le<std::uint32_t>("segment"));
  CESS_TRY_ASSIGN(d.fragment, r.le<std::uint16_t>("fragment index"));
  CESS_TRY_ASSIGN(d.replica, r.le<std::uint16_t>("replica"));
  CESS_TRY_ASSIGN(d.length, r.le<std::uint64_t>("length"));
  if (d.length == 0 || d.length > kLengthMax) return r.refuse("length is out of range");
  CESS_TRY_ASSIGN(const auto blocks, r.le<std::uint32_t>("block count"));
  if (blocks != d.blocks()) return r.refuse("block count does not fit the length");
  CESS_TRY_ASSIGN(d.root, r.id<Hash256>("root"));
  CESS_TRY_ASSIGN(d.tagger, r.id<TaggerId>("tagger_id"));
  CESS_TRY_ASSIGN(const ByteView nonce, r.raw(d.nonce.size(), "nonce"));
  std::copy(nonce.begin(), nonce.end(), d.nonce.begin());
  const bool no_nonce = std::all_of(nonce.begin(), nonce.end(), [](auto b) { return b == 0; });
  if (d.suite == AuditSuite::merkle && !(d.tagger.is_zero() && no_nonce)) {
    return r.refuse("suite 2 has a tagger or a nonce");
  }
  if (d.suite == AuditSuite::sw_kzg && d.tagger.is_zero()) return r.refuse("suite 1 has no tagger");
  CESS_TRY(r.end());
  return d;
}

FragId frag_id(const Descriptor& d) {
  const auto bytes = encode_descriptor(d);
  return FragId::from(sha256({as_bytes("CESS-FRAG-ID-v1"), bytes}).view());
}

}  // namespace cess
