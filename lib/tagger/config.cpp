// SPDX-License-Identifier: Apache-2.0
#include "tagger/config.hpp"

#include <algorithm>

#include "crypto/ed25519.hpp"
#include "crypto/sha256.hpp"
#include "json/json.hpp"

namespace cess::tagger {
namespace {

constexpr std::string_view kSchema = "cess.tagger_node/1";
constexpr std::size_t kConfigSizeMax = 65'536;
constexpr std::size_t kNodesMax = 64;

Status optional_text(const JsonView& v, std::string_view key, std::string& out) {
  if (!v.has(key)) return {};
  CESS_TRY_ASSIGN(out, v.text(key));
  return {};
}

Result<taggers::Class> chain_class(TaggerClass c) {
  switch (c) {
    case TaggerClass::attested:
      return taggers::Class::attested;
    case TaggerClass::staked:
      return taggers::Class::staked;
    case TaggerClass::owner:
      return taggers::Class::owner;
  }
  return fail(Code::input, "the tagger's class is unknown");
}

}  // namespace

std::string format_tagger_config(const TaggerConfig& c) {
  Json j;
  j["schema"] = kSchema;
  j["node"] = c.nodes;
  j["listen"] = c.listen;
  j["endpoint"] = c.endpoint;
  j["account_key"] = c.account_key;
  j["tagger_key"] = c.tagger_key;
  j["work"] = c.work;
  if (!c.attestation.empty()) j["attestation"] = c.attestation;
  j["capacity_bytes"] = c.limits.capacity;
  j["jobs_max"] = c.limits.jobs_max;
  j["idle_seconds_max"] = c.limits.idle_s_max;
  return write_json(j) + "\n";
}

Result<TaggerConfig> parse_tagger_config(ByteView text, std::string_view what) {
  CESS_TRY_ASSIGN(const Json json, parse_json(as_text(text), what, {kConfigSizeMax, 4}));
  const JsonView v(json, std::string(what));
  CESS_TRY(v.schema(kSchema));
  TaggerConfig c;
  CESS_TRY_ASSIGN(const auto nodes, v.array("node", kNodesMax));
  for (const JsonView& node : nodes) {
    const auto* text_of = node.value().get_ptr<const std::string*>();
    if (text_of == nullptr || text_of->empty()) {
      return fail(Code::input, std::string(what) + ": node is not a list of names");
    }
    c.nodes.push_back(*text_of);
  }
  if (c.nodes.empty()) return fail(Code::input, std::string(what) + ": node names nobody");
  CESS_TRY(optional_text(v, "listen", c.listen));
  CESS_TRY(optional_text(v, "endpoint", c.endpoint));
  CESS_TRY(optional_text(v, "account_key", c.account_key));
  CESS_TRY(optional_text(v, "tagger_key", c.tagger_key));
  CESS_TRY(optional_text(v, "work", c.work));
  CESS_TRY(optional_text(v, "attestation", c.attestation));
  if (v.has("capacity_bytes")) {
    CESS_TRY_ASSIGN(c.limits.capacity, v.number("capacity_bytes", 1ULL << 50U));
  }
  if (v.has("jobs_max")) {
    CESS_TRY_ASSIGN(c.limits.jobs_max, v.number("jobs_max", 1U << 20U));
  }
  if (v.has("idle_seconds_max")) {
    CESS_TRY_ASSIGN(c.limits.idle_s_max, v.number("idle_seconds_max", 1ULL << 40U));
  }
  return c;
}

TaggerConfig located(TaggerConfig c, const std::string& folder) {
  const auto place = [&](std::string& path) {
    if (!path.empty() && path.front() != '/') path = folder + "/" + path;
  };
  place(c.account_key);
  place(c.tagger_key);
  place(c.work);
  place(c.attestation);
  for (std::string& node : c.nodes) {
    if (node.find("://") == std::string::npos) place(node);
  }
  return c;
}

Result<taggers::Register> make_registration(const TaggerSecret& secret, const TaggerHead& head,
                                            const Hash256& genesis, const AccountId& account,
                                            std::string endpoint, Bytes document) {
  const Hash256 digest = document.empty() ? Hash256{} : sha256(document);
  if (digest != head.attestation) {
    return fail(Code::input, document.empty()
                                 ? "the key names an attestation, but there is no document"
                                 : "the attestation's document is not the one the key names");
  }
  taggers::Register r;
  CESS_TRY_ASSIGN(r.cls, chain_class(head.cls));
  r.attestation = document.empty() ? taggers::Attestation::none : taggers::Attestation::file;
  r.document = std::move(document);
  r.sign_key = head.sign_key;
  r.v = head.v.compress();
  r.w = head.w.compress();
  r.list_hash = head.list_hash;
  r.possession =
      ed25519_sign(secret.sign_seed(), taggers::registration_message(genesis, account, head.id));
  r.endpoint = std::move(endpoint);
  return r;
}

}  // namespace cess::tagger
