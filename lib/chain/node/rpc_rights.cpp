// SPDX-License-Identifier: Apache-2.0
// What is put together from certificates of rights: what a fingerprint is near to, what a name
// means, who derives from whom.
#include "chain/node/detail/rpc.hpp"
#include "chain/node/detail/rpc_params.hpp"
#include "chain/state/files/files.hpp"
#include "chain/state/rights/index.hpp"

namespace cess::node {
namespace {

constexpr std::size_t kNearListedMax = 100;
constexpr std::size_t kRelativesMax = 1000;

Result<rights::Kind> kind_param(const Json& params) {
  CESS_TRY_ASSIGN(const auto text, text_param(params, "kind"));
  rights::Kind kind{};
  if (!from_json_value(Json(text), kind, "kind")) return wrong_param("kind", "unknown kind");
  return kind;
}

Json near_json(const State& state, const Hash256& id, unsigned distance, bool same_bytes) {
  const auto c = rights::kCertificates.get_or_default(state, id);
  return {{"certificate", to_hex(id)},
          {"holder", to_ss58(c.holder)},
          {"distance", distance},
          {"same_bytes", same_bytes},
          {"height", c.height}};
}

// Everything a name may mean: a certificate, a file that carries one, an exact hash, a 64-bit id.
std::vector<Hash256> certificates_named(const State& state, ByteView name) {
  std::vector<Hash256> out;
  if (name.size() == Hash256::kSize) {
    const auto id = Hash256::from(name);
    if (rights::kCertificates.has(state, id)) return {id};
    if (const auto file = files::kFiles.get(state, Fid::from(name)); file && file->certificate)
      return {*file->certificate};
    if (const auto exact = rights::kExact.get(state, id)) return {*exact};
  } else if (name.size() == sizeof(rights::ShortId)) {
    rights::ShortId id{};
    std::copy(name.begin(), name.end(), id.begin());
    rights::kShortIds.scan(
        state,
        [&](const auto&, const Hash256& certificate) {
          out.push_back(certificate);
          return out.size() < kNearListedMax;
        },
        id);
  }
  return out;
}

}  // namespace

void Rpc::rights_search(Call& c) {
  CESS_RPC_ASSIGN(const auto kind, kind_param(c.params));
  CESS_RPC_ASSIGN(const auto exact, id_param<Hash256>(c.params, "exact"));
  CESS_RPC_ASSIGN(const auto bands, id_param<Hash256>(c.params, "bands"));
  const State& state = node_.ledger().state();
  const auto params = rights::kParams.get_or_default(state);
  CESS_RPC_ASSIGN(const auto radius, number_param(c.params, "radius", rights::kRadiusMax,
                                                  std::uint64_t{params.radius(kind)}));
  // Whose own works are left out, so that they keep no other's out of the list.
  std::optional<AccountId> owner;
  if (c.params.contains("owner")) {
    CESS_RPC_ASSIGN(owner, id_param<AccountId>(c.params, "owner"));
  }
  Json matches = Json::array();
  const auto same = rights::kExact.get(state, exact);
  if (same) matches.push_back(near_json(state, *same, 0, true));
  const auto found = rights::find_near(state, kind, bands.bytes, static_cast<unsigned>(radius));
  for (const auto& m : found) {
    const auto id = rights::kNumbers.get(state, m.number);
    if (!id || (same && *same == *id)) continue;
    if (owner && rights::kOfHolder.has(state, *owner, m.number)) continue;
    if (matches.size() == kNearListedMax) break;
    matches.push_back(near_json(state, *id, m.distance, false));
  }
  c.reply(Json{{"height", node_.ledger().height()},
               {"policy", to_json_value(params.near)},
               {"radius", radius},
               {"count", found.size()},
               {"matches", std::move(matches)}});
}

void Rpc::rights_find(Call& c) {
  CESS_RPC_ASSIGN(const Bytes name, hex_param(c.params, "name", Hash256::kSize));
  Json out = Json::array();
  for (const auto& id : certificates_named(node_.ledger().state(), name)) out.push_back(to_hex(id));
  c.reply(Json{{"height", node_.ledger().height()}, {"certificates", std::move(out)}});
}

void Rpc::rights_lineage(Call& c) {
  CESS_RPC_ASSIGN(const auto id, id_param<Hash256>(c.params, "certificate"));
  CESS_RPC_ASSIGN(const std::size_t limit, number_param(c.params, "limit", kRelativesMax, 100));
  CESS_RPC_ASSIGN(const auto after, number_param(c.params, "after", ~std::uint64_t{0}, 0));
  const State& state = node_.ledger().state();
  const auto certificate = rights::kCertificates.get(state, id);
  if (!certificate) return c.reply(fail(Code::no, "no certificate '" + to_hex(id) + "'"));
  Json out = {{"height", node_.ledger().height()},
              {"certificate", to_hex(id)},
              {"number", certificate->number},
              {"holder", to_ss58(certificate->holder)},
              {"kind", to_json_value(certificate->print.kind)},
              {"standing", to_json_value(certificate->standing)},
              {"parents", Json::array()},
              {"children", Json::array()},
              {"next", nullptr}};
  for (const auto& p : certificate->parents) out["parents"].push_back(to_hex(p));
  // Children in order of number, from the one behind `after` on.
  std::string prefix = rights::kChildren.key(id, 0);
  prefix.resize(prefix.size() - sizeof(std::uint64_t));
  const std::string start = rights::kChildren.key(id, after);
  std::uint64_t last = 0;
  state.scan(prefix, start, [&](std::string_view key, std::string_view value) {
    const auto number = std::get<1>(rights::kChildren.parse_key(key));
    if (number <= after) return true;
    if (out["children"].size() == limit) {
      out["next"] = last;
      return false;
    }
    last = number;
    out["children"].push_back(to_hex(rights::kChildren.decode(value)));
    return true;
  });
  c.reply(std::move(out));
}

}  // namespace cess::node
