// SPDX-License-Identifier: Apache-2.0
#include "chain/state/audits/document.hpp"

#include <algorithm>

namespace cess::audits {

Result<AuditProof> rejected_document(const Hash256& genesis, Epoch epoch, const AccountId& miner,
                                     const Rejected& rejected,
                                     const std::vector<RejectedPage>& pages) {
  AuditProof out;
  auto& c = out.challenge;
  c.chain_id = to_hex(genesis);
  c.epoch = static_cast<std::uint32_t>(epoch);
  c.beacon = rejected.beacon;
  c.miner = MinerId::from(miner.view());
  c.svc_root = rejected.svc_root;
  c.blocks = rejected.blocks;
  c.fragments = rejected.fragments;
  c.count = rejected.count;
  CESS_TRY(check_challenge(c));
  for (const auto& g : rejected.groups) out.groups.push_back({g.tagger, g.proof, {}, {}});
  for (const auto& l : rejected.leaves) {
    LeafAnswer leaf;
    leaf.k = l.k;
    // A descriptor that does not parse cannot stand in the document; without the leaf the verdict
    // is the same.
    const auto d = parse_descriptor(l.descriptor);
    if (!d) continue;
    leaf.descriptor = *d;
    leaf.data = l.data;
    leaf.path = l.path;
    out.leaves.push_back(std::move(leaf));
  }
  for (const auto& page : pages) {
    for (const auto& hit : page.hits) {
      CESS_TRY_ASSIGN(auto path, path_in_page(page, hit.position, c.fragments));
      out.openings.push_back({hit.position, index_entry(hit.entry), std::move(path)});
    }
  }
  return out;
}

Result<AuditProof> rejected_document(const State& state, const Hash256& genesis, Epoch epoch,
                                     const AccountId& miner) {
  const auto rejected = kRejected.get(state, epoch, miner);
  if (!rejected) {
    return fail(Code::no,
                "no rejected proof of '" + to_ss58(miner) + "' in epoch " + std::to_string(epoch));
  }
  std::vector<RejectedPage> pages;
  for (std::uint32_t p = 0; p < rejected->pages; ++p) {
    pages.push_back(kRejectedPages.get_or_default(state, epoch, miner, p));
  }
  return rejected_document(genesis, epoch, miner, *rejected, pages);
}

OpeningsPage openings_from(const Challenge& challenge, IndexView& view, std::uint64_t from,
                           std::size_t count_max) {
  std::vector<std::uint64_t> blocks;
  for (const auto& draw : draw_all(challenge)) {
    if (draw.block >= from) blocks.push_back(draw.block);
  }
  std::sort(blocks.begin(), blocks.end());
  OpeningsPage out;
  std::uint64_t covered = 0;  // blocks up to the end of the newest entry
  for (const auto block : blocks) {
    if (block < covered) continue;
    if (out.openings.size() == count_max) {
      out.next = block;
      break;
    }
    const auto hit = view.find(block);
    const IndexEntry entry = index_entry(hit.entry);
    covered = block - hit.block + entry.blocks;
    out.openings.push_back({hit.position, entry, view.path(hit.position)});
  }
  return out;
}

}  // namespace cess::audits
