// SPDX-License-Identifier: Apache-2.0
// What the files of SparseTree share.
#pragma once

#include "merkle/detail/sparse_nodes.hpp"
#include "merkle/sparse_tree.hpp"

namespace cess {

struct SparseTree::Impl {
  detail::SparseNodes nodes;
  detail::Ref top = detail::kNone;
  bool stale = false;  // `root` is not that of `top`
  Hash256 root;        // of the empty tree: zero
  std::uint64_t hashed = 0;
};

}  // namespace cess
