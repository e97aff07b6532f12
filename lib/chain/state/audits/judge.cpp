// SPDX-License-Identifier: Apache-2.0
#include "chain/state/audits/judge.hpp"

#include <algorithm>
#include <numeric>

#include "base/check.hpp"
#include "podr2/suite2.hpp"

namespace cess::audits {

Asked locate(const Challenge& challenge, IndexView& view) {
  Asked out;
  out.draws = draw_all(challenge);
  std::vector<std::size_t> order(out.draws.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return out.draws[a].block < out.draws[b].block; });
  std::vector<IndexView::Hit> hits(out.draws.size());
  for (const auto k : order) {
    hits[k] = view.find(out.draws[k].block);
    if (out.positions.empty() || out.positions.back() != hits[k].position) {
      out.positions.push_back(hits[k].position);
    }
  }
  std::map<TaggerId, std::vector<ChallengedBlock>> groups;
  for (std::uint32_t k = 0; k < hits.size(); ++k) {
    const auto& hit = hits[k];
    if (hit.entry.tagger.is_zero()) {
      out.leaves.push_back({k, hit.entry, hit.block});
    } else {
      groups[hit.entry.tagger].push_back({hit.entry.frag, hit.block, out.draws[k].weight});
    }
  }
  for (auto& [tagger, blocks] : groups) out.groups.push_back({tagger, std::move(blocks)});
  return out;
}

bool leaf_is_right(const LeafProof& leaf, const Asked::Leaf& asked, const Draw& draw) {
  const auto d = parse_descriptor(leaf.descriptor);
  return d && leaf.k == asked.k && d->length == asked.entry.length &&
         d->tagger == asked.entry.tagger && frag_id(*d) == asked.entry.frag &&
         verify_leaf_sample(*d, sampled_leaf(d->length, asked.block, draw.leaf_pick), leaf.data,
                            leaf.path);
}

std::vector<Verdict> judge_batch(const std::vector<Claims>& claims,
                                 const std::map<TaggerId, TaggerLines>& lines,
                                 const CheckSeed& seed) {
  std::vector<PreparedClaim> prepared;
  std::vector<std::size_t> owner;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const auto& c = claims[i];
    CESS_CHECK(c.asked.groups.size() == c.answers.size());
    for (std::size_t g = 0; g < c.answers.size(); ++g) {
      const auto it = lines.find(c.answers[g].tagger);
      if (it == lines.end()) continue;  // a key the chain does not know proves nothing either way
      prepared.push_back(
          prepare_claim({&it->second, c.asked.groups[g].blocks, c.z, c.answers[g].proof}));
      owner.push_back(i);
    }
  }
  const auto verdicts = judge_claims(prepared, seed);
  std::vector<Verdict> out(claims.size(), Verdict::right);
  for (std::size_t j = 0; j < verdicts.size(); ++j) {
    if (out[owner[j]] == Verdict::right) out[owner[j]] = verdicts[j];
  }
  return out;
}

std::string reason_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::right:
      return "";
    case Verdict::point:
      return "point";
    case Verdict::scalar:
    case Verdict::size:
      return "scalar";
    case Verdict::wrong:
      break;
  }
  return "equation";
}

}  // namespace cess::audits
