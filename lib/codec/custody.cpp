// SPDX-License-Identifier: Apache-2.0
#include "codec/custody.hpp"

#include <algorithm>
#include <set>

#include "base/codec.hpp"
#include "base/hex.hpp"
#include "crypto/hpke.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace {

constexpr std::string_view kKeyLabel = "CESS-MASK-KEY-v1";
constexpr std::string_view kShareLabel = "CESS-MASK-SHARE-v1";
constexpr std::string_view kSealInfo = "CESS-MASK-SHARE-v1/hpke";
constexpr std::string_view kAgentsSchema = "cess.agents/1";

Bytes seal_aad(const FileId& file, const TaggerId& agent, std::uint8_t threshold, std::uint8_t x) {
  return Writer().id(file).id(agent).le(threshold).le(x).take();
}

Hash256 commitment_of(const FileId& file, const Key256& mask) {
  return sha256({as_bytes(kKeyLabel), file.view(), mask.view()});
}

Hash256 share_digest(const FileId& file, std::uint8_t x, const Key256& value) {
  return sha256({as_bytes(kShareLabel), file.view(), ByteView{&x, 1}, value.view()});
}

Status refuse_twice(std::span<const Agent> agents) {
  std::set<TaggerId> seen;
  for (const Agent& a : agents) {
    if (!seen.insert(a.id).second) {
      return fail(Code::input, "agent " + to_hex(a.id) + " is named twice", to_hex(a.id));
    }
  }
  return {};
}

const MaskShare* find_share(const MaskCustody& custody, std::uint8_t x) {
  const auto it = std::find_if(custody.shares.begin(), custody.shares.end(),
                               [&](const MaskShare& s) { return s.x == x; });
  return it == custody.shares.end() ? nullptr : &*it;
}

template <std::size_t N>
Status exact_hex(std::array<std::uint8_t, N>& out, const JsonView& v, std::string_view key) {
  CESS_TRY_ASSIGN(const Bytes bytes, v.hex(key, N));
  if (bytes.size() != N) {
    return fail(Code::input,
                v.what() + ": " + std::string(key) + " is not " + std::to_string(N) + " bytes");
  }
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return {};
}

}  // namespace

unsigned custody_threshold(std::size_t agents) {
  const std::size_t count = std::min(agents, kCustodySharesMax);
  return static_cast<unsigned>(count / 2 + 1);
}

std::vector<Agent> choose_agents(const FileId& file, std::span<const Agent> all) {
  std::vector<std::pair<Hash256, Agent>> order;
  order.reserve(all.size());
  for (const Agent& a : all) order.emplace_back(sha256({file.view(), a.id.view()}), a);
  std::sort(order.begin(), order.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  if (order.size() > kCustodySharesMax) order.resize(kCustodySharesMax);
  std::vector<Agent> out;
  for (auto& [hash, agent] : order) out.push_back(agent);
  return out;
}

Result<MaskCustody> make_custody(const FileId& file, const Key256& mask,
                                 std::span<const Agent> agents, Random& random) {
  if (agents.empty()) return fail(Code::input, "cannot share a mask key: no agents");
  CESS_TRY(refuse_twice(agents));
  const std::vector<Agent> chosen = choose_agents(file, agents);
  MaskCustody out;
  out.threshold = static_cast<std::uint8_t>(custody_threshold(chosen.size()));
  out.commitment = commitment_of(file, mask);
  Bytes coefficients(std::size_t{out.threshold - 1U} * Key256::kSize);
  random.fill(coefficients);
  const auto split =
      shamir_split(mask, out.threshold, static_cast<unsigned>(chosen.size()), coefficients);
  wipe(coefficients);
  if (!split) return tl::unexpected<Error>(split.error());
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const ShamirShare& share = (*split)[i];
    CESS_TRY_ASSIGN(const X25519Public to, x25519_from_ed25519(chosen[i].sign_key));
    const Key256 seed = random.key();
    CESS_TRY_ASSIGN(
        const Bytes sealed,
        hpke_seal(to, as_bytes(kSealInfo), seal_aad(file, chosen[i].id, out.threshold, share.x),
                  share.value.view(), seed));
    MaskShare s;
    s.agent = chosen[i].id;
    s.x = share.x;
    s.digest = share_digest(file, share.x, share.value);
    std::copy(sealed.begin(), sealed.end(), s.sealed.begin());
    out.shares.push_back(s);
  }
  return out;
}

Result<ShamirShare> open_share(const FileId& file, const MaskCustody& custody,
                               const TaggerId& agent, const Key256& sign_seed) {
  const auto it = std::find_if(custody.shares.begin(), custody.shares.end(),
                               [&](const MaskShare& s) { return s.agent == agent; });
  if (it == custody.shares.end()) {
    return fail(Code::no, "agent " + to_hex(agent) + " has no share of this mask key");
  }
  ShamirShare out{it->x, {}};
  const Key256 secret = x25519_from_ed25519(sign_seed);
  CESS_TRY(hpke_open(out.value.mut(), secret, as_bytes(kSealInfo),
                     seal_aad(file, agent, custody.threshold, it->x), it->sealed));
  if (!share_fits(file, custody, out)) {
    return fail(Code::input, "the share of agent " + to_hex(agent) + " does not fit its digest");
  }
  return out;
}

bool share_fits(const FileId& file, const MaskCustody& custody, const ShamirShare& share) {
  const MaskShare* known = find_share(custody, share.x);
  return known != nullptr && share_digest(file, share.x, share.value) == known->digest;
}

bool mask_key_fits(const FileId& file, const MaskCustody& custody, const Key256& mask) {
  return commitment_of(file, mask) == custody.commitment;
}

Result<Key256> combine_custody(const FileId& file, const MaskCustody& custody,
                               std::span<const ShamirShare> shares) {
  std::vector<ShamirShare> good;
  std::set<std::uint8_t> seen;
  for (const ShamirShare& s : shares) {
    if (good.size() == custody.threshold) break;
    if (!share_fits(file, custody, s) || !seen.insert(s.x).second) continue;
    good.push_back({s.x, s.value.clone()});
  }
  if (good.size() < custody.threshold) {
    return fail(Code::no, "the mask key needs " + std::to_string(custody.threshold) + " of " +
                              std::to_string(custody.shares.size()) + " shares, " +
                              std::to_string(good.size()) + " are good");
  }
  CESS_TRY_ASSIGN(Key256 mask, shamir_combine(good));
  if (!mask_key_fits(file, custody, mask)) {
    return fail(Code::input, "the shares do not give the mask key that the manifest commits to");
  }
  return mask;
}

Json custody_to_json(const MaskCustody& custody) {
  Json shares = Json::array();
  for (const MaskShare& s : custody.shares) {
    shares.push_back(Json{{"agent", to_hex(s.agent)},
                          {"x", s.x},
                          {"digest", to_hex(s.digest)},
                          {"sealed", to_hex(s.sealed)}});
  }
  return Json{{"threshold", custody.threshold},
              {"commitment", to_hex(custody.commitment)},
              {"shares", std::move(shares)}};
}

Result<MaskCustody> custody_from_json(const JsonView& view) {
  MaskCustody out;
  CESS_TRY_ASSIGN(const auto shares, view.array("shares", kCustodySharesMax));
  CESS_TRY_ASSIGN(const auto threshold, view.number("threshold", kCustodySharesMax));
  if (shares.empty() || threshold != custody_threshold(shares.size())) {
    return fail(Code::input, view.what() + ": threshold does not fit the number of shares");
  }
  out.threshold = static_cast<std::uint8_t>(threshold);
  CESS_TRY_ASSIGN(out.commitment, view.id<Hash256>("commitment"));
  std::set<TaggerId> seen;
  for (const JsonView& v : shares) {
    MaskShare s;
    CESS_TRY_ASSIGN(s.agent, v.id<TaggerId>("agent"));
    CESS_TRY_ASSIGN(const auto x, v.number("x", kCustodySharesMax));
    s.x = static_cast<std::uint8_t>(x);
    if (x != out.shares.size()) return fail(Code::input, v.what() + ": x is out of order");
    if (!seen.insert(s.agent).second) return fail(Code::input, v.what() + ": agent named twice");
    CESS_TRY_ASSIGN(s.digest, v.id<Hash256>("digest"));
    CESS_TRY(exact_hex(s.sealed, v, "sealed"));
    out.shares.push_back(s);
  }
  return out;
}

std::string write_agents(std::span<const Agent> agents) {
  Json list = Json::array();
  for (const Agent& a : agents) {
    list.push_back(Json{{"tagger", to_hex(a.id)}, {"sign_key", to_hex(a.sign_key)}});
  }
  Json j;
  j["schema"] = kAgentsSchema;
  j["agents"] = std::move(list);
  return write_json(j);
}

Result<std::vector<Agent>> parse_agents(ByteView text, std::string_view what) {
  CESS_TRY_ASSIGN(const Json json,
                  parse_json(as_text(text), what, {.size_max = 1U << 20U, .depth_max = 4}));
  const JsonView view(json, std::string(what));
  CESS_TRY(view.schema(kAgentsSchema));
  CESS_TRY_ASSIGN(const auto list, view.array("agents", kAgentsMax));
  std::vector<Agent> out;
  for (const JsonView& v : list) {
    Agent a;
    CESS_TRY_ASSIGN(a.id, v.id<TaggerId>("tagger"));
    CESS_TRY(exact_hex(a.sign_key, v, "sign_key"));
    out.push_back(a);
  }
  if (out.empty()) return fail(Code::input, std::string(what) + ": no agents");
  CESS_TRY(refuse_twice(out));
  return out;
}

}  // namespace cess
