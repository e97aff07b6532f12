// SPDX-License-Identifier: Apache-2.0
// Keys of a node's store: "b" and the height: final blocks; "p", height and digest: prepared
// blocks; "s": the last snapshot of the application.
#pragma once

#include <string>

#include "base/endian.hpp"
#include "chain/consensus/types.hpp"

namespace cess::sim {

inline const std::string kSnapshotKey = "s";

inline std::string height_key(char kind, consensus::Height h) {
  std::uint8_t b[8];
  store_be(b, h);
  return kind + std::string(reinterpret_cast<const char*>(b), sizeof b);
}
inline std::string block_key(consensus::Height h) { return height_key('b', h); }
inline std::string pending_key(consensus::Height h, const consensus::Digest& digest) {
  return height_key('p', h) + std::string(as_text(digest.view()));
}

}  // namespace cess::sim
