// SPDX-License-Identifier: Apache-2.0
#include "chain/consensus/messages.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace cess::consensus {
namespace {

constexpr std::string_view kVoteDomain = "cess.vote/1";

enum class Type : std::uint8_t { proposal = 1, vote = 2, certificate = 3, round_change = 4 };

std::size_t map_size(std::size_t n) { return (n + 7) / 8; }

Status read_flag(Reader& in, bool& out, std::string_view field) {
  CESS_TRY_ASSIGN(auto flag, in.le<std::uint8_t>(field));
  if (flag > 1) return in.refuse("flag is neither 0 nor 1");
  out = flag == 1;
  return {};
}

Result<Signature> read_signature(Reader& in) {
  Signature out;
  CESS_TRY_ASSIGN(auto raw, in.raw(out.size(), "signature"));
  std::ranges::copy(raw, out.begin());
  return out;
}

Result<SignerSet> read_signers(Reader& in) {
  SignerSet out;
  CESS_TRY_ASSIGN(out.size, in.le<std::uint16_t>("committee size"));
  if (out.size == 0 || out.size > kCommitteeMax) return in.refuse("committee size out of range");
  CESS_TRY_ASSIGN(auto map, in.raw(map_size(out.size), "signers"));
  for (std::size_t i = 0; i < map.size(); ++i) out.bits |= std::uint64_t{map[i]} << (8 * i);
  if (out.size < 64 && (out.bits >> out.size) != 0) return in.refuse("signer beyond the committee");
  return out;
}

struct Encoder {
  Writer& w;
  void operator()(const Proposal& m) const {
    w.le(static_cast<std::uint8_t>(Type::proposal));
    write_signed_vote(w, m.vote);
    CESS_CHECK(m.block != nullptr && m.round_changes.size() <= kCommitteeMax);
    w.sized(*m.block).le(static_cast<std::uint16_t>(m.round_changes.size()));
    for (const SignedVote& v : m.round_changes) write_signed_vote(w, v);
    write_certificate_maybe(w, m.prepared);
  }
  void operator()(const VoteMessage& m) const {
    w.le(static_cast<std::uint8_t>(Type::vote));
    write_signed_vote(w, m.vote);
    if (m.vote.vote.kind != Kind::prepare) return;
    w.le(static_cast<std::uint8_t>(m.proposal ? 1 : 0));
    if (m.proposal) w.raw(ByteView(*m.proposal));
  }
  void operator()(const CertificateMessage& m) const {
    w.le(static_cast<std::uint8_t>(Type::certificate));
    write_certificate(w, m.certificate);
  }
  void operator()(const RoundChange& m) const {
    w.le(static_cast<std::uint8_t>(Type::round_change));
    write_signed_vote(w, m.vote);
    write_certificate_maybe(w, m.prepared);
  }
};

Result<Message> read_proposal(Reader& in, std::size_t block_size_max) {
  Proposal m;
  CESS_TRY_ASSIGN(m.vote, read_signed_vote(in));
  if (m.vote.vote.kind != Kind::proposal) return in.refuse("vote of another kind");
  CESS_TRY_ASSIGN(auto block, in.sized(block_size_max, "block"));
  m.block = std::make_shared<const Bytes>(block.begin(), block.end());
  CESS_TRY_ASSIGN(auto count, in.le<std::uint16_t>("round changes"));
  if (count > kCommitteeMax) return in.refuse("too many round changes");
  for (std::uint16_t i = 0; i < count; ++i) {
    CESS_TRY_ASSIGN(auto v, read_signed_vote(in));
    if (v.vote.kind != Kind::round_change) return in.refuse("vote of another kind");
    m.round_changes.push_back(v);
  }
  CESS_TRY_ASSIGN(m.prepared, read_certificate_maybe(in));
  return Message(std::move(m));
}

Result<Message> read_vote_message(Reader& in) {
  VoteMessage m;
  CESS_TRY_ASSIGN(m.vote, read_signed_vote(in));
  const Kind kind = m.vote.vote.kind;
  if (kind == Kind::commit) return Message(std::move(m));
  if (kind != Kind::prepare) return in.refuse("vote of another kind");
  bool has = false;
  CESS_TRY(read_flag(in, has, "proposal"));
  if (has) {
    CESS_TRY_ASSIGN(m.proposal, read_signature(in));
  }
  return Message(std::move(m));
}

Result<Message> read_round_change(Reader& in) {
  RoundChange m;
  CESS_TRY_ASSIGN(m.vote, read_signed_vote(in));
  if (m.vote.vote.kind != Kind::round_change) return in.refuse("vote of another kind");
  CESS_TRY_ASSIGN(m.prepared, read_certificate_maybe(in));
  if (m.prepared.has_value() != (m.vote.vote.prepared != 0)) {
    return in.refuse("certificate missing or without need");
  }
  return Message(std::move(m));
}

}  // namespace

std::array<std::uint8_t, kSignedBytesSize> signed_bytes(const Hash256& chain, const Vote& vote) {
  std::array<std::uint8_t, kSignedBytesSize> out;
  std::uint8_t* p = std::ranges::copy(as_bytes(kVoteDomain), out.begin()).out;
  p = std::ranges::copy(chain.bytes, p).out;
  store_le(p, vote.era);
  store_le(p + 8, vote.height);
  store_le(p + 16, vote.round);
  p[20] = static_cast<std::uint8_t>(vote.kind);
  p = std::ranges::copy(vote.digest.bytes, p + 21).out;
  store_le(p, vote.prepared);
  return out;
}

void write_signed_vote(Writer& w, const SignedVote& v) {
  w.le(static_cast<std::uint8_t>(v.vote.kind)).le(v.vote.era).le(v.vote.height).le(v.vote.round);
  w.id(v.vote.digest).le(v.vote.prepared).le(v.signer).raw(ByteView(v.signature));
}

Result<SignedVote> read_signed_vote(Reader& in) {
  SignedVote v;
  CESS_TRY_ASSIGN(auto kind, in.le<std::uint8_t>("kind"));
  if (kind < 1 || kind > 4) return in.refuse("kind out of range");
  v.vote.kind = static_cast<Kind>(kind);
  CESS_TRY_ASSIGN(v.vote.era, in.le<Era>("era"));
  CESS_TRY_ASSIGN(v.vote.height, in.le<Height>("height"));
  CESS_TRY_ASSIGN(v.vote.round, in.le<Round>("round"));
  CESS_TRY_ASSIGN(v.vote.digest, in.id<Digest>("digest"));
  CESS_TRY_ASSIGN(v.vote.prepared, in.le<Round>("prepared"));
  CESS_TRY_ASSIGN(v.signer, in.le<ValidatorIndex>("signer"));
  CESS_TRY_ASSIGN(v.signature, read_signature(in));
  if (v.vote.round > kRoundMax) return in.refuse("round out of range");
  if (v.signer >= kCommitteeMax) return in.refuse("signer out of range");
  if (v.vote.kind != Kind::round_change) {
    if (v.vote.prepared != 0) return in.refuse("prepared round of no round change");
  } else {
    if (v.vote.round == 0) return in.refuse("change to round 0");
    if (v.vote.prepared > v.vote.round) return in.refuse("prepared in a round to come");
    if (v.vote.prepared == 0 && !v.vote.digest.is_zero()) return in.refuse("digest of no block");
  }
  return v;
}

void write_certificate(Writer& w, const Certificate& c) {
  w.le(static_cast<std::uint8_t>(c.kind)).le(c.era).le(c.height).le(c.round).id(c.digest);
  w.le(c.signers.size);
  for (std::size_t i = 0; i < map_size(c.signers.size); ++i) {
    w.le(static_cast<std::uint8_t>(c.signers.bits >> (8 * i)));
  }
  w.raw(ByteView(c.aggregate));
}

Result<Certificate> read_certificate(Reader& in) {
  Certificate c;
  CESS_TRY_ASSIGN(auto kind, in.le<std::uint8_t>("kind"));
  c.kind = static_cast<Kind>(kind);
  if (c.kind != Kind::prepare && c.kind != Kind::commit) return in.refuse("kind out of range");
  CESS_TRY_ASSIGN(c.era, in.le<Era>("era"));
  CESS_TRY_ASSIGN(c.height, in.le<Height>("height"));
  CESS_TRY_ASSIGN(c.round, in.le<Round>("round"));
  if (c.round > kRoundMax) return in.refuse("round out of range");
  CESS_TRY_ASSIGN(c.digest, in.id<Digest>("digest"));
  CESS_TRY_ASSIGN(c.signers, read_signers(in));
  if (c.signers.count() < quorum(c.signers.size)) return in.refuse("no quorum");
  CESS_TRY_ASSIGN(c.aggregate, read_signature(in));
  return c;
}

void write_certificate_maybe(Writer& w, const std::optional<Certificate>& c) {
  w.le(static_cast<std::uint8_t>(c ? 1 : 0));
  if (c) write_certificate(w, *c);
}

Result<std::optional<Certificate>> read_certificate_maybe(Reader& in) {
  bool has = false;
  CESS_TRY(read_flag(in, has, "certificate"));
  if (!has) return std::optional<Certificate>();
  CESS_TRY_ASSIGN(auto c, read_certificate(in));
  return std::optional<Certificate>(c);
}

Bytes encode_certificate(const Certificate& certificate) {
  Writer w;
  write_certificate(w, certificate);
  return w.take();
}

Result<Certificate> decode_certificate(ByteView bytes) {
  Reader in(bytes, "certificate");
  CESS_TRY_ASSIGN(auto c, read_certificate(in));
  CESS_TRY(in.end());
  return c;
}

Bytes encode_message(const Message& message) {
  Writer w;
  std::visit(Encoder{w}, message);
  return w.take();
}

Result<Message> decode_message(ByteView bytes, std::size_t block_size_max) {
  Reader in(bytes, "consensus message");
  CESS_TRY_ASSIGN(auto type, in.le<std::uint8_t>("type"));
  Result<Message> out = [&]() -> Result<Message> {
    switch (static_cast<Type>(type)) {
      case Type::proposal:
        return read_proposal(in, block_size_max);
      case Type::vote:
        return read_vote_message(in);
      case Type::certificate: {
        CESS_TRY_ASSIGN(auto c, read_certificate(in));
        return Message(CertificateMessage{c});
      }
      case Type::round_change:
        return read_round_change(in);
    }
    return in.refuse("type out of range");
  }();
  CESS_TRY(out);
  CESS_TRY(in.end());
  return out;
}

Vote vote_of(const Message& message) {
  struct {
    Vote operator()(const CertificateMessage& m) const { return m.certificate.vote(); }
    Vote operator()(const Proposal& m) const { return m.vote.vote; }
    Vote operator()(const VoteMessage& m) const { return m.vote.vote; }
    Vote operator()(const RoundChange& m) const { return m.vote.vote; }
  } visitor;
  return std::visit(visitor, message);
}

}  // namespace cess::consensus
