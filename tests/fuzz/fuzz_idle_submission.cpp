// SPDX-License-Identifier: Apache-2.0
// links: chain_client chain_state chain_types json base pois
// Lines that `cess-chain tx submit-proof` reads: announced blobs and answered first rounds.
#include <cstdint>

#include "base/check.hpp"
#include "chain/client/idle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const auto text = as_text(ByteView(data, size));
  client::IdleView now;
  now.owner.params.log2_nodes = 9;
  const auto blob = client::parse_idle_blob(text, "x");
  if (blob) {
    const auto again = client::parse_idle_blob(write_json(client::idle_blob_to_json(*blob)), "x");
    CESS_CHECK(again && *again == *blob);
    now.owner = blob->owner;
  }
  const auto call = client::idle_submission(now, text, "x");
  // What is announced for this miner can be sent, if it begins as our programs write it.
  if (blob && call && *call) {
    const auto made = decode_scale<idle_space::Prove>((*call)->args, "x");
    CESS_CHECK(made && made->digest == blob->digest && made->size == blob->size);
  }
  return 0;
}
