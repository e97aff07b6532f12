// SPDX-License-Identifier: Apache-2.0
// links: merkle base
// State proofs: what parses encodes back to the same bytes and proves nothing about a tree it was
// not made for. The input is also read as changes of a small tree, whose proofs must hold.
#include <algorithm>
#include <map>

#include "base/check.hpp"
#include "merkle/sparse_tree.hpp"

using namespace cess;

namespace {

void check_proof(ByteView in) {
  const auto proof = SparseProof::parse(in);
  if (!proof) {
    CESS_CHECK(proof.error().code == Code::input);
    return;
  }
  CESS_CHECK(in.size() <= kSparseProofSizeMax);
  CESS_CHECK(std::ranges::equal(proof->encode(), in));
  Hash256 root, key;
  root.bytes.fill(0x77);  // nobody knows a preimage of it
  CESS_CHECK(!verify_sparse(root, key, std::nullopt, *proof));
  CESS_CHECK(!verify_sparse(root, key, root, *proof));
}

// Three bytes a change: two of a key, so that keys meet and part at any depth, and one of a value.
void check_tree(ByteView in) {
  SparseTree tree;
  std::map<Hash256, Hash256> map;
  std::vector<SparseChange> changes;
  for (; in.size() >= 3; in = in.subspan(3)) {
    SparseChange c;
    c.key.bytes[in[0] % 32] = in[1];
    Hash256 value;
    value.bytes[0] = in[2];
    if (in[2] % 4 != 0) c.value = value;
    changes.push_back(c);
    if (c.value) {
      map[c.key] = value;
    } else {
      map.erase(c.key);
    }
    if (in[2] % 8 != 1) continue;
    tree.update(changes);
    changes.clear();
    const Hash256 root = tree.root();
    const auto at = map.find(c.key);
    const auto held = at == map.end() ? std::optional<Hash256>() : at->second;
    CESS_CHECK(tree.get(c.key) == held && tree.count() == map.size());
    CESS_CHECK(verify_sparse(root, c.key, held, tree.prove(c.key).encode()));
  }
  tree.update(changes);
  SparseTree again;
  for (const auto& [key, value] : map) {
    const SparseChange c{key, value};
    again.update(std::span(&c, 1));
  }
  CESS_CHECK(again.root() == tree.root());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_proof({data, size});
  if (size <= 3000) check_tree({data, size});
  return 0;
}
