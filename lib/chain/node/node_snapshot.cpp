// SPDX-License-Identifier: Apache-2.0
// States from and for others.
#include "chain/node/detail/node_impl.hpp"

namespace cess::node {

void Node::take_snapshot() {}
Status Node::open_from_snapshot() { return {}; }
void Node::receive(Peer& /*peer*/, wire::AskSnapshot&& /*m*/) {}
void Node::receive(Peer& /*peer*/, wire::SnapshotOffer&& /*m*/) {}
void Node::receive(Peer& /*peer*/, wire::AskChunk&& /*m*/) {}
void Node::receive(Peer& /*peer*/, wire::Chunk&& /*m*/) {}

}  // namespace cess::node
