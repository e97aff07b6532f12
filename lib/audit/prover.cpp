// SPDX-License-Identifier: Apache-2.0
#include "audit/prover.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <tuple>

#include "audit/locate.hpp"
#include "audit/read_ahead.hpp"
#include "base/hex.hpp"
#include "merkle/tree.hpp"
#include "podr2/prove.hpp"
#include "podr2/suite2.hpp"

namespace cess {
namespace {

/// One draw with the fragment it falls on.
struct Asked {
  std::uint32_t k = 0;
  Draw draw;
  AuditSource::Hit hit;
};

/// Draws of one answer part, in index order.
using AskedList = std::vector<Asked>;

struct Work {
  std::map<TaggerId, AskedList> groups;  // tagged blocks of suites 1 and 1u
  AskedList leaves;                      // everything else
  std::map<std::uint64_t, IndexEntry> entries;
};

Status check_state(AuditSource& source, const Challenge& c) {
  CESS_TRY_ASSIGN(const SumNode root, source.index_root());
  CESS_TRY_ASSIGN(const std::uint64_t count, source.index_count());
  if (root != SumNode{c.svc_root, c.blocks} || count != c.fragments) {
    return fail(Code::no, "the challenge is for another state of the service index", {},
                "the index has changed since the challenge: ask for a new one");
  }
  return {};
}

/// Where the draws fall, in order: by the openings if there are any, else by the source's index.
Result<std::vector<AuditSource::Hit>> find_hits(AuditSource& source, const OpenedChallenge& c,
                                                std::span<const Draw> draws) {
  std::vector<AuditSource::Hit> hits(draws.size());
  if (c.openings.empty()) {
    CESS_TRY(check_state(source, c.challenge));
    for (std::size_t k = 0; k < draws.size(); ++k) {
      CESS_TRY_ASSIGN(hits[k], source.find(draws[k].block));
    }
    return hits;
  }
  const auto located = locate_by_openings(c.challenge, draws, c.openings);
  if (!located) {
    return fail(Code::input, "the openings of the challenge are not what it asks for");
  }
  for (std::size_t k = 0; k < draws.size(); ++k) {
    const auto at = located->at[k];
    hits[k] = {c.openings[at.entry].position, c.openings[at.entry].entry, at.block};
  }
  return hits;
}

Result<Work> locate(AuditSource& source, const OpenedChallenge& opened) {
  const Challenge& c = opened.challenge;
  CESS_TRY(check_challenge(c));
  if (source.miner() != c.miner) {
    return fail(Code::no, "the challenge is for miner " + to_hex(c.miner) + ", not for this store");
  }
  Work work;
  const auto draws = draw_all(c);
  CESS_TRY_ASSIGN(const auto hits, find_hits(source, opened, draws));
  for (std::uint32_t k = 0; k < c.count; ++k) {
    const auto& hit = hits[k];
    work.entries.emplace(hit.position, hit.entry);
    const bool tagged = c.suite != ProofSuite::merkle && !hit.entry.tagger.is_zero();
    (tagged ? work.groups[hit.entry.tagger] : work.leaves).push_back({k, draws[k], hit});
  }
  const auto by_place = [](const Asked& a, const Asked& b) {
    return std::tie(a.hit.position, a.hit.block, a.k) < std::tie(b.hit.position, b.hit.block, b.k);
  };
  for (auto& [tagger, list] : work.groups) std::sort(list.begin(), list.end(), by_place);
  std::sort(work.leaves.begin(), work.leaves.end(), by_place);
  return work;
}

/// Collects fragments that cannot be answered for; each is reported once.
class BadFragments {
 public:
  explicit BadFragments(const ProverOptions& options) : options_(options) {}
  void add(const FragId& frag, const std::string& why) {
    if (seen_.insert(frag).second && options_.bad_fragment) options_.bad_fragment(frag, why);
  }
  [[nodiscard]] bool has(const FragId& frag) const { return seen_.contains(frag); }
  [[nodiscard]] std::size_t count() const { return seen_.size(); }
  /// Code::no is the fragment's failure, anything else the machine's: the latter ends the run.
  Status absorb(const FragId& frag, const Status& status) {
    if (status) return {};
    if (status.error().code != Code::no && status.error().code != Code::input) return status;
    add(frag, status.error().message);
    return {};
  }

 private:
  const ProverOptions& options_;
  std::set<FragId> seen_;
};

ReadAhead::Read reader_of(AuditSource& source) {
  return [&source](const FragId& f, std::uint64_t offset, MutByteView out) {
    return source.read(f, offset, out);
  };
}

/// The descriptor and tags of the fragment that is being worked on.
Status load_tags(std::optional<TagFile>& tags, AuditSource& source, BadFragments& bad,
                 const IndexEntry& entry) {
  tags.reset();
  if (bad.has(entry.frag)) return {};
  auto loaded = source.tag_file(entry.frag);
  if (!loaded) return bad.absorb(entry.frag, tl::unexpected<Error>(loaded.error()));
  const std::size_t size = std::size_t{entry.blocks} * kTagSize;
  if (frag_id(loaded->descriptor) != entry.frag || loaded->tags.size() != size ||
      loaded->descriptor.blocks() != entry.blocks) {
    bad.add(entry.frag, "its tag file belongs to another fragment");
    return {};
  }
  tags = std::move(*loaded);
  return {};
}

/// What to read for one tagger group, and which draws (a range of the list) each read serves.
struct GroupPlan {
  std::vector<Extent> extents;
  std::vector<std::pair<std::size_t, std::size_t>> draws;
};

Result<GroupPlan> plan_group(AuditSource& source, BadFragments& bad, const AskedList& list) {
  GroupPlan plan;
  std::optional<FragId> current;
  std::uint64_t length = 0;
  for (std::size_t i = 0, j = 0; i < list.size(); i = j) {
    const auto& hit = list[i].hit;
    for (j = i + 1; j < list.size(); ++j) {
      if (list[j].hit.position != hit.position || list[j].hit.block != hit.block) break;
    }
    if (current != hit.entry.frag) {
      current = hit.entry.frag;
      const auto descriptor = source.descriptor(hit.entry.frag);
      length = descriptor ? descriptor->length : 0;
      if (!descriptor) {
        CESS_TRY(bad.absorb(hit.entry.frag, tl::unexpected<Error>(descriptor.error())));
      }
    }
    const std::uint64_t offset = hit.block * kBlockSize;
    if (offset >= length) {
      bad.add(hit.entry.frag, "it is shorter than its index entry says");
      continue;
    }
    plan.extents.push_back({hit.entry.frag, offset, std::min(kBlockSize, length - offset)});
    plan.draws.emplace_back(i, j);
  }
  return plan;
}

/// Reads the blocks of one tagger group and adds them up.
Status sum_group(ProofBuilder& builder, AuditSource& source, BadFragments& bad,
                 const AskedList& list, const ProverOptions& options) {
  CESS_TRY_ASSIGN(GroupPlan plan, plan_group(source, bad, list));
  ReadAhead ahead(std::move(plan.extents), options.reads_in_flight, reader_of(source));
  std::optional<TagFile> tags;
  std::optional<FragId> current;
  while (const auto* piece = ahead.next()) {
    const auto [first, end] = plan.draws[piece->extent];
    const auto& hit = list[first].hit;
    CESS_TRY(bad.absorb(hit.entry.frag, piece->status));
    if (current != hit.entry.frag) {
      current = hit.entry.frag;
      CESS_TRY(load_tags(tags, source, bad, hit.entry));
    }
    if (!tags || !piece->status) continue;
    const ByteView tag = ByteView(tags->tags).subspan(hit.block * kTagSize, kTagSize);
    for (std::size_t i = first; i < end; ++i) {
      CESS_TRY(bad.absorb(hit.entry.frag, builder.add(list[i].draw.weight, piece->data, tag)));
    }
  }
  return {};
}

Result<std::optional<GroupProof>> prove_group(AuditSource& source, BadFragments& bad,
                                              const Challenge& c, const TaggerId& tagger,
                                              const AskedList& list, const ProverOptions& options) {
  ProofBuilder builder;
  CESS_TRY(sum_group(builder, source, bad, list, options));
  if (bad.count() != 0) return std::nullopt;
  GroupProof out;
  out.tagger = tagger;
  if (c.suite == ProofSuite::kzg_full) {
    const auto full = builder.finish_uncompressed();
    append(out.sigma, full.sigma);
    for (const auto& mu : full.mu) append(out.mu, mu);
    return out;
  }
  CESS_TRY_ASSIGN(const TaggerPublic key, source.tagger(tagger));
  const auto z = bls::Scalar::reduce(evaluation_point_wide(challenge_seed(c)));
  append(out.compact, builder.finish(z, key));
  return out;
}

/// Reads whole fragments; `done` gets all leaf hashes of each, `piece` each piece as it comes.
struct FragmentPass {
  std::function<void(std::size_t extent, const ReadAhead::Piece&)> piece;
  std::function<void(std::size_t extent, std::span<const Hash256> leaves)> done;
};

Status pass_over(AuditSource& source, BadFragments& bad, std::vector<Extent> extents,
                 const ProverOptions& options, const FragmentPass& pass) {
  const std::vector<Extent> list = extents;
  ReadAhead ahead(std::move(extents), options.reads_in_flight, reader_of(source));
  std::vector<Hash256> leaves;
  while (const auto* piece = ahead.next()) {
    const FragId& frag = list[piece->extent].frag;
    CESS_TRY(bad.absorb(frag, piece->status));
    if (!bad.has(frag)) {
      const std::size_t before = leaves.size();
      leaves.resize(before + static_cast<std::size_t>(leaf_count(piece->data.size())));
      hash_leaves(std::span(leaves).subspan(before), piece->data);
      if (pass.piece) pass.piece(piece->extent, *piece);
    }
    if (piece->last) {
      if (!bad.has(frag)) pass.done(piece->extent, leaves);
      leaves.clear();
    }
  }
  return {};
}

/// Distinct fragments of `list` as whole extents, their descriptors beside them. Fragments that are
/// not there are reported.
Status whole_fragments(std::vector<Extent>& extents, std::vector<Descriptor>& descriptors,
                       AuditSource& source, BadFragments& bad, const std::vector<FragId>& frags) {
  for (const FragId& frag : frags) {
    auto d = source.descriptor(frag);
    if (!d) {
      CESS_TRY(bad.absorb(frag, tl::unexpected<Error>(d.error())));
    } else if (frag_id(*d) != frag || d->length == 0) {
      bad.add(frag, "its descriptor belongs to another fragment");
    } else {
      extents.push_back({frag, 0, d->length});
      descriptors.push_back(*d);
    }
  }
  return {};
}

Result<std::vector<LeafAnswer>> prove_leaves(AuditSource& source, BadFragments& bad,
                                             const AskedList& list, const ProverOptions& options) {
  std::vector<FragId> frags;
  std::map<FragId, std::vector<std::size_t>> wanted;  // positions in `list`
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto& places = wanted[list[i].hit.entry.frag];
    if (places.empty()) frags.push_back(list[i].hit.entry.frag);
    places.push_back(i);
  }
  std::vector<Extent> extents;
  std::vector<Descriptor> descriptors;
  CESS_TRY(whole_fragments(extents, descriptors, source, bad, frags));
  for (std::size_t e = 0; e < extents.size(); ++e) {
    for (const std::size_t i : wanted[extents[e].frag]) {
      if (list[i].hit.block < descriptors[e].blocks()) continue;
      bad.add(extents[e].frag, "it is shorter than its index entry says");
    }
  }
  std::vector<LeafAnswer> out(list.size());
  const std::vector<Extent> of = extents;
  const auto leaf_of = [&](std::size_t i, const Descriptor& d) {
    return sampled_leaf(d.length, list[i].hit.block, list[i].draw.leaf_pick);
  };
  FragmentPass pass;
  pass.piece = [&](std::size_t extent, const ReadAhead::Piece& piece) {
    const Descriptor& d = descriptors[extent];
    for (const std::size_t i : wanted[of[extent].frag]) {
      const std::uint64_t leaf = leaf_of(i, d);
      const std::uint64_t at = leaf * kLeafSize;
      if (at < piece.offset || at >= piece.offset + piece.data.size()) continue;
      const ByteView bytes =
          ByteView(piece.data)
              .subspan(static_cast<std::size_t>(at - piece.offset), leaf_size(d.length, leaf));
      out[i].data.assign(bytes.begin(), bytes.end());
    }
  };
  pass.done = [&](std::size_t extent, std::span<const Hash256> leaves) {
    const Descriptor& d = descriptors[extent];
    if (merkle_root(leaves) != d.root) {
      bad.add(of[extent].frag, "its bytes do not have its root");
      return;
    }
    for (const std::size_t i : wanted[of[extent].frag]) {
      out[i].k = list[i].k;
      out[i].descriptor = d;
      out[i].path = merkle_path(leaves, leaf_of(i, d));
    }
  };
  CESS_TRY(pass_over(source, bad, std::move(extents), options, pass));
  std::sort(out.begin(), out.end(),
            [](const LeafAnswer& a, const LeafAnswer& b) { return a.k < b.k; });
  return out;
}

}  // namespace

Result<AuditProof> answer_challenge(AuditSource& source, const OpenedChallenge& opened,
                                    const ProverOptions& options) {
  const Challenge& challenge = opened.challenge;
  CESS_TRY_ASSIGN(const Work work, locate(source, opened));
  BadFragments bad(options);
  AuditProof proof;
  proof.challenge = challenge;
  proof.suite = challenge.suite;
  for (const auto& [tagger, list] : work.groups) {
    CESS_TRY_ASSIGN(auto group, prove_group(source, bad, challenge, tagger, list, options));
    if (group) proof.groups.push_back(std::move(*group));
  }
  CESS_TRY_ASSIGN(proof.leaves, prove_leaves(source, bad, work.leaves, options));
  if (bad.count() != 0) {
    return fail(Code::no, "cannot prove: " + std::to_string(bad.count()) +
                              " of the asked fragments are missing or damaged");
  }
  if (options.openings && !opened.openings.empty()) {
    proof.openings = opened.openings;
  } else if (options.openings) {
    for (const auto& [position, entry] : work.entries) {
      CESS_TRY_ASSIGN(auto path, source.path(position));
      proof.openings.push_back({position, entry, std::move(path)});
    }
  }
  return proof;
}

Result<std::uint64_t> check_asked_fragments(AuditSource& source, const OpenedChallenge& challenge,
                                            const ProverOptions& options) {
  CESS_TRY_ASSIGN(const Work work, locate(source, challenge));
  std::vector<FragId> frags;
  for (const auto& [position, entry] : work.entries) frags.push_back(entry.frag);
  BadFragments bad(options);
  std::vector<Extent> extents;
  std::vector<Descriptor> descriptors;
  CESS_TRY(whole_fragments(extents, descriptors, source, bad, frags));
  const std::vector<Extent> of = extents;
  FragmentPass pass;
  pass.done = [&](std::size_t extent, std::span<const Hash256> leaves) {
    if (merkle_root(leaves) != descriptors[extent].root) {
      bad.add(of[extent].frag, "its bytes do not have its root");
    }
  };
  CESS_TRY(pass_over(source, bad, std::move(extents), options, pass));
  return bad.count();
}

}  // namespace cess
