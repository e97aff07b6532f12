// SPDX-License-Identifier: Apache-2.0
// What simulated nodes send each other: consensus messages, and the few others that a node needs.
#pragma once

#include <memory>
#include <variant>

#include "chain/consensus/core.hpp"
#include "chain/consensus/sync.hpp"

namespace cess::sim::wire {

struct Consensus {
  consensus::MessagePtr message;
};
/// The same as bytes, for worlds that encode.
struct Encoded {
  Bytes bytes;
};
struct AskRange {
  consensus::Height first = 0;
  std::size_t count = 0;
};
struct Range {
  consensus::Height first = 0;
  std::vector<consensus::BlockBytes> blocks;
  std::optional<consensus::Certificate> last;
};
struct AskBlock {
  consensus::Height height = 0;
  consensus::Digest digest;
};
struct OneBlock {
  consensus::Digest digest;
  consensus::BlockBytes block;
};
/// "I have all blocks up to here."
struct Head {
  consensus::Height height = 0;
};
struct Txn {
  Bytes bytes;
};
struct Evidence {
  Bytes bytes;
};

using Any =
    std::variant<Consensus, Encoded, AskRange, Range, AskBlock, OneBlock, Head, Txn, Evidence>;
using Ptr = std::shared_ptr<const Any>;

template <class T>
Ptr make(T t) {
  return std::make_shared<const Any>(std::move(t));
}

}  // namespace cess::sim::wire
