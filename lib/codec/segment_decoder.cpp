// SPDX-License-Identifier: Apache-2.0
#include "codec/segment_decoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/check.hpp"
#include "crypto/aead.hpp"
#include "crypto/ctr.hpp"
#include "erasure/code.hpp"
#include "merkle/tree.hpp"

namespace cess {
namespace {

/// Sets of fragments tried when the AEAD disagrees with the roots: all 495 of 4+8, and no more than
/// a minute's work for larger codes.
constexpr unsigned kDecodeSubsetsMax = 1024;
/// Picks looked at, those included that take two replicas of one fragment and so are no set.
constexpr unsigned kDecodePicksMax = 65536;

using State = Candidate::State;

struct Worker {
  Worker(const FileKeys& keys, unsigned k) : aead(keys.aead, keys.enc), parity(k * kChunkSize) {
    if (keys.mask) mask.emplace(*keys.mask);
  }
  Aead aead;
  std::optional<AesCtr> mask;
  std::uint64_t keyed_for = UINT64_MAX;
  Bytes parity;  // one column of up to k unmasked parity fragments
};

std::string list(const std::vector<FragmentPos>& used) {
  std::string out;
  for (const FragmentPos& pos : used) {
    out += fmt::format("{}{}", out.empty() ? "" : " ", pos.index);
    if (pos.replica != 0) out += fmt::format(".{}", pos.replica);
  }
  return out;
}

}  // namespace

unsigned good_count(const Group& group) {
  std::vector<bool> seen(kFragmentsMax);
  unsigned count = 0;
  for (const Candidate& c : group.candidates) {
    if (c.state != State::good || seen[c.pos.index]) continue;
    seen[c.pos.index] = true;
    ++count;
  }
  return count;
}

Status find_good(Group& group, const Profile& profile, WorkPool* pool, const Say& warn) {
  for (;;) {
    // One candidate for each index that has no good one yet, as many as are missing.
    std::vector<bool> taken(kFragmentsMax);
    for (const Candidate& c : group.candidates) {
      if (c.state == State::good) taken[c.pos.index] = true;
    }
    const unsigned have = good_count(group);
    std::vector<Candidate*> batch;
    for (Candidate& c : group.candidates) {
      if (have + batch.size() >= profile.k) break;
      if (c.state == State::good || c.state == State::bad || taken[c.pos.index]) continue;
      taken[c.pos.index] = true;
      batch.push_back(&c);
    }
    if (batch.empty()) break;
    for (Candidate* c : batch) {
      if (c->state == State::read) continue;
      const Status ok = group.fetch(*c);
      c->state = ok ? State::read : State::bad;
      if (!ok) warn(ok.error().message);
    }
    const auto check = [&](std::size_t i, std::size_t) {
      Candidate& c = *batch[i];
      if (c.state != State::read) return;
      const bool fits = c.data.size() == group.fragment_length && fragment_root(c.data) == c.root;
      c.state = fits ? State::good : State::bad;
      if (!fits) c.data.clear();
    };
    if (pool != nullptr) {
      std::vector<State> before;
      for (const Candidate* c : batch) before.push_back(c->state);
      pool->run(batch.size(), check);
      for (std::size_t i = 0; i < batch.size(); ++i) {
        if (before[i] == State::read && batch[i]->state == State::bad) {
          warn(fmt::format("fragment {} is damaged; using another", fragment_name(batch[i]->pos)));
        }
      }
    } else {
      for (std::size_t i = 0; i < batch.size(); ++i) {
        const bool was_read = batch[i]->state == State::read;
        check(i, 0);
        if (was_read && batch[i]->state == State::bad) {
          warn(fmt::format("fragment {} is damaged; using another", fragment_name(batch[i]->pos)));
        }
      }
    }
  }
  const unsigned have = good_count(group);
  if (have < profile.k) {
    return fail(Code::no, fmt::format("segment {}: need {} of {}, have {}", group.segment,
                                      profile.k, profile.n(), have));
  }
  return {};
}

struct SegmentDecoder::Impl {
  Impl(const FileHeader& header, const FileKeys& file_keys, WorkPool& workers, Say say)
      : profile(header.profile), keys(file_keys), pool(workers), warn(std::move(say)) {
    auto made = ErasureCode::make(profile.k, profile.m, profile.matrix);
    CESS_CHECK(made.has_value());
    code.emplace(std::move(*made));
    for (std::size_t w = 0; w < pool.workers(); ++w) scratch.emplace_back(keys, profile.k);
  }

  Status decode(DecodedSegment& out, Group& group);
  Status prepare(const std::vector<Candidate*>& chosen);
  void restore_column(std::size_t column, Worker& w);
  void decrypt_chunk(std::size_t chunk, Worker& w);
  void run_columns(std::size_t from, std::size_t to);
  bool try_set(const std::vector<Candidate*>& chosen, std::optional<std::size_t> probe);
  Status try_others(DecodedSegment& out);

  [[nodiscard]] std::uint8_t* data_at(std::size_t index, std::size_t offset) const {
    return base + index * length + offset;
  }

  Profile profile;
  const FileKeys& keys;
  WorkPool& pool;
  Say warn;
  std::optional<ErasureCode> code;
  std::vector<Worker> scratch;

  // Of the segment in work:
  Group* group = nullptr;
  std::uint8_t* base = nullptr;
  std::size_t length = 0;
  std::size_t chunks = 0;
  bool full = false;
  Key256 seg_key;
  std::vector<Candidate*> chosen;         // k, data fragments first
  std::vector<unsigned> missing;          // data indices to compute
  std::optional<ErasureCode::Plan> plan;  // if any
  std::atomic<std::size_t> failed{0};     // lowest chunk that did not decrypt, plus one
};

Status SegmentDecoder::Impl::prepare(const std::vector<Candidate*>& set) {
  chosen = set;
  missing.clear();
  plan.reset();
  std::vector<unsigned> have;
  for (const Candidate* c : chosen) have.push_back(c->pos.index);
  for (unsigned i = 0; i < profile.k; ++i) {
    if (std::find(have.begin(), have.end(), i) == have.end()) missing.push_back(i);
  }
  if (!missing.empty()) {
    CESS_TRY_ASSIGN(plan, code->plan(have, missing));
  }
  return {};
}

// 64 KiB of every data fragment as ciphertext, from 64 KiB of every chosen one as stored.
void SegmentDecoder::Impl::restore_column(std::size_t column, Worker& w) {
  const std::size_t from = column * kChunkSize;
  const std::size_t size = std::min(kChunkSize, length - from);
  std::array<const std::uint8_t*, kFragmentsMax> in;
  std::array<std::uint8_t*, kFragmentsMax> out;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const Candidate& c = *chosen[i];
    std::uint8_t* to =
        c.pos.index < profile.k ? data_at(c.pos.index, from) : w.parity.data() + i * kChunkSize;
    std::memcpy(to, c.data.data() + from, size);
    if (w.mask) w.mask->apply({to, size}, mask_prefix(c.pos), from);
    in[i] = to;
  }
  if (!plan) return;
  for (std::size_t i = 0; i < missing.size(); ++i) out[i] = data_at(missing[i], from);
  plan->run({out.data(), missing.size()}, {in.data(), chosen.size()}, size);
}

void SegmentDecoder::Impl::decrypt_chunk(std::size_t chunk, Worker& w) {
  if (w.keyed_for != group->segment) {
    w.aead.rekey(seg_key);
    w.keyed_for = group->segment;
  }
  const std::size_t from = chunk * kChunkSize;
  const std::size_t size =
      std::min<std::size_t>(kChunkSize, static_cast<std::size_t>(group->ciphertext_length) - from);
  const bool final = group->final && chunk + 1 == chunks;
  if (w.aead.open({base + from, size - kAeadTagSize}, chunk_nonce(chunk, final), {},
                  {base + from, size})) {
    return;
  }
  std::size_t seen = failed.load();
  while ((seen == 0 || chunk + 1 < seen) && !failed.compare_exchange_weak(seen, chunk + 1)) {
  }
}

void SegmentDecoder::Impl::run_columns(std::size_t from, std::size_t to) {
  const std::size_t columns = (length + kChunkSize - 1) / kChunkSize;
  pool.run(to - from, [&](std::size_t item, std::size_t worker) {
    Worker& w = scratch[worker];
    const std::size_t column = from + item;
    restore_column(column, w);
    for (std::size_t i = 0; full && i < profile.k; ++i) decrypt_chunk(i * columns + column, w);
  });
  if (!full) pool.run(chunks, [&](std::size_t c, std::size_t w) { decrypt_chunk(c, scratch[w]); });
}

// Whether the set decrypts: all of the segment, or, as a probe, the column of one chunk.
bool SegmentDecoder::Impl::try_set(const std::vector<Candidate*>& set,
                                   std::optional<std::size_t> probe) {
  if (!prepare(set)) return false;
  failed = 0;
  const std::size_t columns = (length + kChunkSize - 1) / kChunkSize;
  if (probe && full) {
    run_columns(*probe % columns, *probe % columns + 1);
  } else {
    run_columns(0, columns);
  }
  return failed == 0;
}

// The roots promised good fragments and yet a chunk does not decrypt: the roots themselves are not
// to be trusted. Tries other sets, bounded.
Status SegmentDecoder::Impl::try_others(DecodedSegment& out) {
  std::size_t bad_chunk = failed - 1;
  std::vector<Candidate*> all;
  for (Candidate& c : group->candidates) {
    if (c.state == State::unread && group->fetch(c)) c.state = State::read;
    if (c.state == State::read) {
      const bool fits = c.data.size() == length && fragment_root(c.data) == c.root;
      c.state = fits ? State::good : State::bad;
    }
    if (c.state == State::good) all.push_back(&c);
  }
  // Choose k of all in lexicographic order; `pick` marks the chosen.
  std::vector<bool> pick(all.size());
  std::fill_n(pick.begin(), profile.k, true);
  unsigned tried = 0;
  unsigned picked = 0;
  do {
    if (++picked > kDecodePicksMax) break;
    std::vector<Candidate*> set;
    std::vector<bool> seen(kFragmentsMax);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!pick[i] || seen[all[i]->pos.index]) continue;
      seen[all[i]->pos.index] = true;
      set.push_back(all[i]);
    }
    if (set.size() != profile.k) continue;
    if (++tried > kDecodeSubsetsMax) break;
    if (!try_set(set, bad_chunk)) continue;
    if (!full || try_set(set, std::nullopt)) {
      for (const Candidate* c : set) out.used.push_back(c->pos);
      warn(fmt::format("segment {}: fragments fit their roots but do not decrypt; used {}",
                       group->segment, list(out.used)));
      return {};
    }
    bad_chunk = failed - 1;
  } while (std::prev_permutation(pick.begin(), pick.end()));
  return fail(Code::input,
              fmt::format("segment {}: chunk {} fails authentication in {} sets of {} fragments",
                          group->segment, bad_chunk, tried, profile.k));
}

Status SegmentDecoder::Impl::decode(DecodedSegment& out, Group& g) {
  group = &g;
  base = out.bytes.data();
  length = g.fragment_length;
  chunks = static_cast<std::size_t>((g.ciphertext_length + kChunkSize - 1) / kChunkSize);
  full = g.ciphertext_length == profile.segment_size();
  seg_key = segment_key(keys.enc, g.segment);
  out.segment = g.segment;
  out.ciphertext_length = g.ciphertext_length;
  out.used.clear();
  CESS_CHECK(out.bytes.size() >= profile.k * length);
  CESS_TRY(find_good(g, profile, &pool, warn));
  std::vector<Candidate*> set;
  std::vector<bool> seen(kFragmentsMax);
  for (Candidate& c : g.candidates) {
    if (set.size() == profile.k) break;
    if (c.state != State::good || seen[c.pos.index]) continue;
    seen[c.pos.index] = true;
    set.push_back(&c);
  }
  if (try_set(set, std::nullopt)) {
    for (const Candidate* c : set) out.used.push_back(c->pos);
    return {};
  }
  return try_others(out);
}

SegmentDecoder::SegmentDecoder(const FileHeader& header, const FileKeys& keys, WorkPool& pool,
                               Say warn)
    : impl_(std::make_unique<Impl>(header, keys, pool, std::move(warn))) {}
SegmentDecoder::~SegmentDecoder() = default;

Status SegmentDecoder::decode(DecodedSegment& out, Group& group) {
  return impl_->decode(out, group);
}

}  // namespace cess
