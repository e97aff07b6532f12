// SPDX-License-Identifier: Apache-2.0
// The proof with which a miner completes a restoral order: over the one fragment as it lies in the
// store, under the challenge that was drawn after the claim.
#pragma once

#include "miner/ports.hpp"
#include "miner/shelf.hpp"

namespace cess::miner {

/// What a proof answers.
struct RestoralQuestion {
  Hash256 genesis;
  AccountId miner;
  files::Params params;
  files::File file;
  files::Fragment fragment;
};

/// The stored fragment is read whole, its root checked. Code::no: it is not in the store, or not
/// good there.
Result<files::CompleteRestoral> prove_restoral(Shelf& shelf, const RestoralQuestion& question,
                                               const OrderAt& at);

}  // namespace cess::miner
