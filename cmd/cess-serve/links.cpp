// SPDX-License-Identifier: Apache-2.0
#include "links.hpp"

namespace cess {
namespace {

class NoLinks final : public transfer::MinerLinks {
 public:
  Result<std::unique_ptr<transfer::MinerLink>> open(const AccountId& /*id*/,
                                                    const miners::Miner& /*miner*/) override {
    return fail(Code::peer, "this build has no way to the miners");
  }
};

}  // namespace

std::unique_ptr<transfer::MinerLinks> miner_links(const TaggerFolder& /*folder*/,
                                                  const Hash256& /*genesis*/) {
  return std::make_unique<NoLinks>();
}

}  // namespace cess
