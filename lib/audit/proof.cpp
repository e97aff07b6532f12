// SPDX-License-Identifier: Apache-2.0
#include "audit/proof.hpp"

#include "audit/challenge_json.hpp"
#include "audit/opened_challenge.hpp"

namespace cess {
namespace {

constexpr std::size_t kPointMax = 256;  // longer than any point or compact proof
constexpr std::size_t kMuMax = std::size_t{1} << 20U;
constexpr std::size_t kPathNodesMax = 64;

std::string path_hex(const std::vector<Hash256>& path) {
  Bytes flat;
  for (const Hash256& node : path) append(flat, node.view());
  return to_hex(flat);
}

Json group_to_json(const GroupProof& g, ProofSuite suite) {
  Json j;
  j["tagger"] = to_hex(g.tagger);
  if (suite == ProofSuite::kzg_full) {
    j["sigma"] = to_hex(g.sigma);
    j["mu"] = to_hex(g.mu);
  } else {
    j["proof"] = to_hex(g.compact);
  }
  return j;
}

Json leaf_to_json(const LeafAnswer& leaf) {
  Json j;
  j["k"] = leaf.k;
  j["descriptor"] = to_hex(encode_descriptor(leaf.descriptor));
  j["data"] = to_hex(leaf.data);
  j["path"] = path_hex(leaf.path);
  return j;
}

Result<GroupProof> group_from_json(const JsonView& v, ProofSuite suite) {
  GroupProof g;
  CESS_TRY_ASSIGN(g.tagger, v.id<TaggerId>("tagger"));
  if (suite == ProofSuite::kzg_full) {
    CESS_TRY_ASSIGN(g.sigma, v.hex("sigma", kPointMax));
    CESS_TRY_ASSIGN(g.mu, v.hex("mu", kMuMax));
  } else {
    CESS_TRY_ASSIGN(g.compact, v.hex("proof", kPointMax));
  }
  return g;
}

Result<LeafAnswer> leaf_from_json(const JsonView& v, std::uint32_t count) {
  LeafAnswer leaf;
  CESS_TRY_ASSIGN(const auto k, v.number("k", count - 1));
  leaf.k = static_cast<std::uint32_t>(k);
  CESS_TRY_ASSIGN(const auto descriptor, v.hex("descriptor", kDescriptorSize));
  auto parsed = parse_descriptor(descriptor);
  if (!parsed) return fail(Code::input, v.what() + ": descriptor: " + parsed.error().message);
  leaf.descriptor = *parsed;
  CESS_TRY_ASSIGN(leaf.data, v.hex("data", 2 * std::size_t{4096}));
  CESS_TRY_ASSIGN(const auto flat, v.hex("path", kPathNodesMax * Hash256::kSize));
  if (flat.size() % Hash256::kSize != 0) {
    return fail(Code::input, v.what() + ": path: expected a multiple of 32 bytes");
  }
  for (std::size_t at = 0; at < flat.size(); at += Hash256::kSize) {
    leaf.path.push_back(Hash256::from(ByteView(flat).subspan(at, Hash256::kSize)));
  }
  return leaf;
}

}  // namespace

Json proof_to_json(const AuditProof& proof) {
  Json j;
  j["schema"] = "cess.proof/1";
  j["challenge"] = challenge_to_json(proof.challenge);
  j["suite"] = std::string(suite_name(proof.suite));
  j["groups"] = Json::array();
  for (const auto& g : proof.groups) {
    j["groups"].push_back(group_to_json(g, proof.suite));
  }
  j["leaves"] = Json::array();
  for (const auto& leaf : proof.leaves) j["leaves"].push_back(leaf_to_json(leaf));
  j["openings"] = Json::array();
  for (const auto& o : proof.openings) j["openings"].push_back(opening_to_json(o));
  return j;
}

Result<AuditProof> parse_proof(std::string_view text, std::string_view what) {
  CESS_TRY_ASSIGN(const Json doc, parse_json(text, what, {kProofLineMax, 6}));
  const JsonView v(doc, std::string(what));
  CESS_TRY(v.schema("cess.proof/1"));
  AuditProof p;
  CESS_TRY_ASSIGN(const JsonView challenge, v.object("challenge"));
  CESS_TRY_ASSIGN(p.challenge, challenge_from_json(challenge));
  CESS_TRY_ASSIGN(const auto suite, v.text("suite"));
  auto known = parse_suite(suite);
  if (!known) return fail(Code::input, std::string(what) + ": suite: " + known.error().message);
  p.suite = *known;
  const std::uint32_t count = p.challenge.count;
  CESS_TRY_ASSIGN(const auto groups, v.array("groups", count));
  for (const JsonView& g : groups) {
    CESS_TRY_ASSIGN(auto group, group_from_json(g, p.suite));
    p.groups.push_back(std::move(group));
  }
  CESS_TRY_ASSIGN(const auto leaves, v.array("leaves", count));
  for (const JsonView& leaf : leaves) {
    CESS_TRY_ASSIGN(auto answer, leaf_from_json(leaf, count));
    p.leaves.push_back(std::move(answer));
  }
  CESS_TRY_ASSIGN(const auto openings, v.array("openings", count));
  for (const JsonView& o : openings) {
    CESS_TRY_ASSIGN(auto opening, opening_from_json(o));
    p.openings.push_back(std::move(opening));
  }
  return p;
}

}  // namespace cess
