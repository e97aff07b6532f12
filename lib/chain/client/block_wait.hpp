// SPDX-License-Identifier: Apache-2.0
// What a daemon does between two looks at the chain: it waits for the next final block.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "chain/client/events.hpp"

namespace cess::client {

class BlockWait {
 public:
  /// Until the next final block of `node` (URL or socket), or half a second when the node tells of
  /// none. `stop` is asked every half second.
  void next(const std::string& node, const std::function<bool()>& stop);

 private:
  std::optional<HeadFeed> feed_;
  std::string node_;  ///< whose feed it is
};

}  // namespace cess::client
