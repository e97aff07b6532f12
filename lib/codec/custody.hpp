// SPDX-License-Identifier: Apache-2.0
// Custody of a mask key that a tagger chose (mask "tee"): Shamir shares of it, each sealed by HPKE
// to a repair agent, stand in the manifest. Neither the miners nor the owner know the key; any
// `threshold` agents together do, to rebuild a fragment or to let a reader read.
//
//   commitment = SHA-256("CESS-MASK-KEY-v1" ‖ file_id ‖ K_mask)
//   digest     = SHA-256("CESS-MASK-SHARE-v1" ‖ file_id ‖ x ‖ share), which tells a wrong share
//   sealed     = HPKE(X25519 of the agent's Ed25519 key, info "CESS-MASK-SHARE-v1/hpke",
//                     aad file_id ‖ agent id ‖ threshold ‖ x, share): 80 bytes
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/shamir.hpp"
#include "json/json.hpp"
#include "sys/random.hpp"

namespace cess {

constexpr std::size_t kCustodySharesMax = 5;
constexpr std::size_t kAgentsMax = 1024;
constexpr std::size_t kSealedShareSize = 80;

/// Somebody who keeps shares: a tagger, by its id and the Ed25519 key that signs its descriptors.
struct Agent {
  TaggerId id;
  Ed25519Public sign_key{};
  friend bool operator==(const Agent&, const Agent&) = default;
};

struct MaskShare {
  TaggerId agent;
  std::uint8_t x = 0;
  Hash256 digest;
  std::array<std::uint8_t, kSealedShareSize> sealed{};
  friend bool operator==(const MaskShare&, const MaskShare&) = default;
};

struct MaskCustody {
  std::uint8_t threshold = 0;
  Hash256 commitment;
  std::vector<MaskShare> shares;  ///< 1 to kCustodySharesMax, distinct agents, x = 0, 1, ...
  friend bool operator==(const MaskCustody&, const MaskCustody&) = default;
};

/// 3 of 5; of fewer agents the smallest majority.
unsigned custody_threshold(std::size_t agents);
/// The agents of this file: all, or five of more, those with the lowest SHA-256(file_id ‖ agent
/// id), so that files spread evenly and everybody names the same five. Sorted by that hash.
std::vector<Agent> choose_agents(const FileId& file, std::span<const Agent> all);

/// Splits `mask` among the chosen agents of `agents`. Code::input for none, two with one id, or an
/// agent whose key is no good point.
Result<MaskCustody> make_custody(const FileId& file, const Key256& mask,
                                 std::span<const Agent> agents, Random& random);
/// An agent opens its own share: `sign_seed` is the seed of its Ed25519 key. Code::no when it has
/// none here or it was not sealed for this key; Code::input when it does not fit its digest.
Result<ShamirShare> open_share(const FileId& file, const MaskCustody& custody,
                               const TaggerId& agent, const Key256& sign_seed);
/// Whether `share` is what its digest says.
[[nodiscard]] bool share_fits(const FileId& file, const MaskCustody& custody,
                              const ShamirShare& share);
/// K_mask from at least `threshold` shares; wrong and repeated ones are left out. Code::no when too
/// few are good; Code::input when the good ones do not give the key of the commitment: then whoever
/// made the manifest lied.
Result<Key256> combine_custody(const FileId& file, const MaskCustody& custody,
                               std::span<const ShamirShare> shares);
[[nodiscard]] bool mask_key_fits(const FileId& file, const MaskCustody& custody,
                                 const Key256& mask);

Json custody_to_json(const MaskCustody& custody);
Result<MaskCustody> custody_from_json(const JsonView& view);

/// The document "cess.agents/1": {"schema":…,"agents":[{"tagger":hex,"sign_key":hex},…]}.
std::string write_agents(std::span<const Agent> agents);
/// At least one, at most kAgentsMax, no id twice. Code::input.
Result<std::vector<Agent>> parse_agents(ByteView text, std::string_view what);

}  // namespace cess
