// SPDX-License-Identifier: Apache-2.0
#include "miner/restoral_proof.hpp"

#include <algorithm>

#include "chain/state/kernel/state.hpp"
#include "merkle/tree.hpp"
#include "podr2/challenge.hpp"
#include "podr2/prove.hpp"

namespace cess::miner {
namespace {

Result<Bytes> prove_tagged(Shelf& shelf, const Challenge& challenge, const StoredFragment& stored,
                           const Bytes& data) {
  CESS_TRY_ASSIGN(const TagFile tags, shelf.reader().tag_file(stored));
  CESS_TRY_ASSIGN(const auto key, shelf.tagger(stored.descriptor.tagger));
  ProofBuilder builder;
  for (const Draw& d : draw_all(challenge)) {
    const std::uint64_t offset = d.block * kBlockSize;
    const ByteView block =
        ByteView(data).subspan(offset, std::min<std::uint64_t>(kBlockSize, data.size() - offset));
    CESS_TRY(
        builder.add(d.weight, block, ByteView(tags.tags).subspan(d.block * kTagSize, kTagSize)));
  }
  const auto z = bls::Scalar::reduce(evaluation_point_wide(challenge_seed(challenge)));
  const Proof proof = builder.finish(z, *key);
  return Bytes(proof.begin(), proof.end());
}

std::vector<files::LeafOpening> open_leaves(const std::vector<files::LeafPlace>& places,
                                            const Bytes& data) {
  std::vector<Hash256> leaves(static_cast<std::size_t>(leaf_count(data.size())));
  hash_leaves(leaves, data);
  std::vector<files::LeafOpening> out;
  for (const files::LeafPlace& p : places) {
    const ByteView leaf = ByteView(data).subspan(p.leaf * kLeafSize, p.size);
    out.push_back({Bytes(leaf.begin(), leaf.end()), merkle_path(leaves, p.leaf)});
  }
  return out;
}

}  // namespace

Result<files::CompleteRestoral> prove_restoral(Shelf& shelf, const RestoralQuestion& q,
                                               const OrderAt& at) {
  CESS_TRY_ASSIGN(const StoredFragment stored, shelf.reader().fragment(q.fragment.frag));
  CESS_TRY_ASSIGN(const Bytes data, shelf.reader().read_verified(stored));
  if (data.size() != files::fragment_length(q.file, at.segment))
    return fail(Code::no, "the stored fragment has another length than the chain says");
  // The chain's own rules over the parameters it has now.
  State rules;
  files::kParams.put(rules, q.params);
  files::CompleteRestoral call{at.fid, at.segment, at.column, {}, {}};
  if (q.fragment.tagger.is_zero()) {
    call.leaves =
        open_leaves(files::restoral_leaves(rules, q.file, at.segment, at.order.seed), data);
    return call;
  }
  const Challenge challenge = files::restoral_challenge(
      rules, q.genesis, q.miner, q.fragment.frag,
      static_cast<std::uint32_t>(block_count(data.size())), q.fragment.tagger, at.order.seed);
  CESS_TRY_ASSIGN(call.proof, prove_tagged(shelf, challenge, stored, data));
  return call;
}

}  // namespace cess::miner
