// SPDX-License-Identifier: Apache-2.0
#include "tagger/client.hpp"

#include "base/hex.hpp"
#include "crypto/hpke.hpp"
#include "json/json.hpp"
#include "merkle/tree.hpp"

namespace cess::tagger {
namespace {

constexpr std::string_view kStatusSchema = "cess.tagger_job_status/1";
constexpr std::string_view kShareInfo = "CESS-MASK-SHARE-v1/reply";
constexpr std::size_t kStatusSizeMax = 16U << 20U;
constexpr std::size_t kHaveMax = 1U << 19U;
constexpr std::size_t kSealedSize = 1 + Key256::kSize + kHpkeOverhead;
constexpr net::ClientLimits kLimits{.wait_ms_max = 300'000, .body_size_max = 300U << 20U};

Result<net::Endpoint> endpoint_of(std::string_view text) {
  constexpr std::string_view kScheme = "https://";
  if (text.starts_with(kScheme)) text.remove_prefix(kScheme.size());
  if (text.ends_with('/')) text.remove_suffix(1);
  return net::parse_endpoint(text, "the tagger's endpoint");
}

/// The tagger's own words, if it has any.
tl::unexpected<Error> refused(const net::HttpResponse& response) {
  std::string why = "HTTP status " + std::to_string(response.status);
  const auto json = parse_json(response.body, "answer", {65'536, 2});
  if (json && json->is_object()) {
    const auto message = JsonView(*json, "answer").text("message");
    if (message) why = *message;
  }
  const Code code = response.status == 404   ? Code::no
                    : response.status == 503 ? Code::busy
                    : response.status >= 500 ? Code::peer
                                             : Code::input;
  return fail(code, "the tagger says: " + why);
}

}  // namespace

std::string write_job_status(const TaggerJobStatus& s) {
  Json have = Json::array();
  for (const FragmentPos& pos : s.have) have.push_back(fragment_name(pos));
  Json j;
  j["schema"] = kStatusSchema;
  j["job"] = to_hex(s.job);
  j["state"] = s.state;
  if (s.fid) j["fid"] = to_hex(*s.fid);
  j["have"] = std::move(have);
  if (!s.note.empty()) j["note"] = s.note;
  return write_json(j);
}

Result<TaggerJobStatus> parse_job_status(std::string_view text) {
  CESS_TRY_ASSIGN(const Json json, parse_json(text, "job status", {kStatusSizeMax, 3}));
  const JsonView v(json, "job status");
  CESS_TRY(v.schema(kStatusSchema));
  TaggerJobStatus s;
  CESS_TRY_ASSIGN(s.job, v.id<Hash256>("job"));
  CESS_TRY_ASSIGN(s.state, v.text("state"));
  if (v.has("fid")) {
    CESS_TRY_ASSIGN(s.fid, v.id<Fid>("fid"));
  }
  CESS_TRY_ASSIGN(const auto have, v.array("have", kHaveMax));
  for (const JsonView& name : have) {
    const auto* word = name.value().get_ptr<const std::string*>();
    const auto pos = word != nullptr ? parse_fragment_name(*word) : std::nullopt;
    if (!pos) return fail(Code::input, "job status: have names no fragment");
    s.have.push_back(*pos);
  }
  if (v.has("note")) {
    CESS_TRY_ASSIGN(s.note, v.text("note"));
  }
  return s;
}

struct TaggerClient::Impl {
  net::HttpClient http;
  proto::RequestSigner signer;
  Clock& clock;
  Random& random;
};

TaggerClient::TaggerClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TaggerClient::TaggerClient(TaggerClient&&) noexcept = default;
TaggerClient& TaggerClient::operator=(TaggerClient&&) noexcept = default;
TaggerClient::~TaggerClient() = default;

Result<TaggerClient> TaggerClient::connect(const TaggerAt& tagger, const Asker& asker) {
  CESS_TRY_ASSIGN(const net::Endpoint at, endpoint_of(tagger.endpoint));
  CESS_TRY_ASSIGN(auto http, net::HttpClient::connect_tls(at, tagger.sign_key, kLimits));
  proto::RequestSigner signer(asker.seed, asker.genesis, tagger.sign_key, *asker.random);
  return TaggerClient(std::make_unique<Impl>(
      Impl{std::move(http), std::move(signer), *asker.clock, *asker.random}));
}

void TaggerClient::abort() { impl_->http.abort(); }

Result<std::string> TaggerClient::ask(const TaggerRoute& route, std::string body) {
  const std::string method = tagger_method(route);
  const std::string target = tagger_target(route);
  net::HttpHeaders headers;
  if (route.is_signed()) {
    headers = impl_->signer.sign(method, target, as_bytes(body), {}, impl_->clock.unix_seconds());
  }
  CESS_TRY_ASSIGN(auto response, impl_->http.request(method, target, std::move(body),
                                                     "application/octet-stream", headers));
  if (response.status != 200) return refused(response);
  return std::move(response.body);
}

Result<TaggerJobStatus> TaggerClient::begin(ByteView header) {
  TaggerRoute r;
  r.op = TaggerOp::begin;
  CESS_TRY_ASSIGN(const auto text, ask(r, std::string(as_text(header))));
  return parse_job_status(text);
}

Result<TaggerJobStatus> TaggerClient::status(const Hash256& job) {
  TaggerRoute r;
  r.op = TaggerOp::status;
  r.job = job;
  CESS_TRY_ASSIGN(const auto text, ask(r, {}));
  return parse_job_status(text);
}

Status TaggerClient::put(const Hash256& job, const FragmentPos& pos, ByteView data) {
  TaggerRoute r;
  r.op = TaggerOp::put;
  r.job = job;
  r.pos = pos;
  CESS_TRY(ask(r, std::string(as_text(data))));
  return {};
}

Result<std::string> TaggerClient::seal(const Hash256& job, std::string_view manifest) {
  TaggerRoute r;
  r.op = TaggerOp::seal;
  r.job = job;
  return ask(r, std::string(manifest));
}

Status TaggerClient::drop(const Hash256& job) {
  TaggerRoute r;
  r.op = TaggerOp::drop;
  r.job = job;
  CESS_TRY(ask(r, {}));
  return {};
}

Result<Bytes> seal_share(const Fid& fid, const ShamirShare& share, const X25519Public& reply,
                         Random& random) {
  const Key256 seed = random.key();
  CESS_TRY_ASSIGN(const Bytes sealed,
                  hpke_seal(reply, as_bytes(kShareInfo), fid.view(), share.value.view(), seed));
  Bytes out{share.x};
  append(out, sealed);
  return out;
}

Result<ShamirShare> TaggerClient::share(const Manifest& manifest, std::string_view text,
                                        TaggerRoute route) {
  if (!manifest.custody) return fail(Code::input, "no agents keep a mask key of this file");
  const Key256 secret = impl_->random.key();
  route.op = TaggerOp::share;
  route.fid = manifest.fid;
  route.reply = x25519_public(secret);
  CESS_TRY_ASSIGN(const std::string body, ask(route, std::string(text)));
  if (body.size() != kSealedSize) return fail(Code::peer, "the tagger's share has a wrong length");
  const ByteView bytes = as_bytes(body);
  ShamirShare out{bytes[0], {}};
  if (!hpke_open(out.value.mut(), secret, as_bytes(kShareInfo), manifest.fid.view(),
                 bytes.subspan(1)) ||
      !share_fits(manifest.file, *manifest.custody, out)) {
    return fail(Code::peer, "the tagger's share is not the one of the manifest");
  }
  return out;
}

Result<ShamirShare> TaggerClient::share_to_read(const Manifest& manifest, std::string_view text) {
  return share(manifest, text, {});
}

Result<ShamirShare> TaggerClient::share_to_repair(const Manifest& manifest, std::string_view text,
                                                  std::uint32_t segment, std::uint16_t column) {
  TaggerRoute r;
  r.purpose = SharePurpose::repair;
  r.segment = segment;
  r.column = column;
  return share(manifest, text, r);
}

Result<Rebuilt> TaggerClient::rebuild(const Manifest& manifest, std::string_view text,
                                      std::uint32_t segment, std::uint16_t column) {
  if (segment >= manifest.segments.size() || column >= manifest.profile().columns()) {
    return fail(Code::input, "the file has no such fragment");
  }
  TaggerRoute r;
  r.op = TaggerOp::rebuild;
  r.fid = manifest.fid;
  r.segment = segment;
  r.column = column;
  CESS_TRY_ASSIGN(const std::string body, ask(r, std::string(text)));
  CESS_TRY_ASSIGN(Rebuilt out, parse_rebuilt(as_bytes(body)));
  if (fragment_root(out.data) != manifest.segments[segment].roots[column]) {
    return fail(Code::peer, "the tagger's rebuilt fragment does not have its root");
  }
  return out;
}

Result<Bytes> TaggerClient::tags(const Fid& fid, const FragmentPos& pos) {
  TaggerRoute r;
  r.op = TaggerOp::tags;
  r.fid = fid;
  r.pos = pos;
  CESS_TRY_ASSIGN(const std::string body, ask(r, {}));
  const ByteView bytes = as_bytes(body);
  return Bytes(bytes.begin(), bytes.end());
}

Result<std::string> TaggerClient::manifest(const Fid& fid) {
  TaggerRoute r;
  r.op = TaggerOp::manifest;
  r.fid = fid;
  return ask(r, {});
}

Result<Key256> gather_mask_key(const Manifest& manifest, std::string_view text,
                               const MaskPurpose& purpose, const FindTagger& find,
                               const Asker& asker, const ShamirShare* own) {
  if (!manifest.custody) return fail(Code::input, "no agents keep a mask key of this file");
  std::vector<ShamirShare> shares;
  if (own != nullptr) shares.push_back({own->x, own->value.clone()});
  std::string answers;
  Code code = Code::no;
  for (const MaskShare& kept : manifest.custody->shares) {
    if (shares.size() >= manifest.custody->threshold) break;
    if (own != nullptr && own->x == kept.x) continue;
    const auto got = [&]() -> Result<ShamirShare> {
      CESS_TRY_ASSIGN(const auto at, find(kept.agent));
      if (!at) return fail(Code::no, "is not registered");
      CESS_TRY_ASSIGN(auto client, TaggerClient::connect(*at, asker));
      if (purpose.purpose == SharePurpose::read) return client.share_to_read(manifest, text);
      return client.share_to_repair(manifest, text, purpose.segment, purpose.column);
    }();
    if (got) {
      shares.push_back({got->x, got->value.clone()});
      continue;
    }
    if (got.error().code == Code::peer || got.error().code == Code::busy) code = Code::peer;
    answers += "; agent " + to_hex(kept.agent).substr(0, 8) + ": " + got.error().message;
  }
  if (shares.size() < manifest.custody->threshold) {
    return fail(code, "the mask key needs " + std::to_string(manifest.custody->threshold) +
                          " agents, " + std::to_string(shares.size()) + " answered" + answers);
  }
  return combine_custody(manifest.file, *manifest.custody, shares);
}

}  // namespace cess::tagger
