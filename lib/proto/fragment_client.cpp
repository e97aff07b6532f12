// SPDX-License-Identifier: Apache-2.0
#include "proto/fragment_client.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <optional>
#include <span>

#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "proto/base64.hpp"
#include "sys/clock.hpp"
#include "sys/terminal.hpp"

namespace cess::proto {
namespace {

std::string file_path(const Fid& fid) { return "/v1/files/" + to_hex(fid); }
std::string fragment_path(const FragmentAt& at) {
  return file_path(at.fid) + "/fragments/" + std::to_string(at.segment) + "/" +
         std::to_string(at.column);
}

/// The miner's words, made harmless.
std::string words_of(const net::HttpResponse& response) {
  const auto json = parse_json(response.body, "answer", {.size_max = 64U << 10U});
  if (json && json->is_object() && json->contains("error") && (*json)["error"].is_string())
    return escape_control((*json)["error"].get<std::string>()).substr(0, 500);
  return escape_control(std::string_view(response.body).substr(0, 200));
}

Code code_of(unsigned status) {
  if (status == 404 || status == 416) return Code::no;
  if (status == 429 || status == 503 || status == 507) return Code::busy;
  return status >= 400 && status < 500 ? Code::input : Code::peer;
}

}  // namespace

struct FragmentClient::Impl {
  net::Endpoint server;
  Ed25519Public key;
  Hash256 genesis;
  FragmentClientOptions options;
  std::optional<RequestSigner> signer;
  std::mutex mutex;  ///< of http's coming and going, for abort
  std::shared_ptr<net::HttpClient> http;
  bool aborted = false;
  std::int64_t clock_offset_s = 0;  ///< theirs less ours
  bool clock_known = false;

  Result<std::shared_ptr<net::HttpClient>> connection() {
    if (http) return http;
    // Connects with the first request, so that whoever aborts need not wait for a server that
    // stands still.
    CESS_TRY_ASSIGN(auto made, net::HttpClient::lazy_tls(server, key, options.limits));
    const std::lock_guard lock(mutex);
    if (aborted) return fail(Code::peer, "given up");
    http = std::make_shared<net::HttpClient>(std::move(made));
    return http;
  }

  Result<net::HttpResponse> exchange(std::string_view method, const std::string& target,
                                     std::span<const ByteView> parts,
                                     const net::HttpHeaders& headers, unsigned also = 0) {
    CESS_TRY_ASSIGN(const auto client, connection());
    auto answer = client->request_parts(method, target, parts, "application/octet-stream", headers);
    if (!answer) return answer;
    if (answer->status < 300 || answer->status == also) return answer;
    const std::string name = format_endpoint(server);
    return fail(
        code_of(answer->status),
        "miner '" + name + "' answers " + std::to_string(answer->status) + ": " + words_of(*answer),
        name);
  }

  Result<net::HttpResponse> get(const std::string& target, const net::HttpHeaders& headers = {}) {
    return exchange("GET", target, {}, headers);
  }
  Result<Bytes> get_bytes(const std::string& target, const net::HttpHeaders& headers = {}) {
    CESS_TRY_ASSIGN(const auto answer, get(target, headers));
    const ByteView body = as_bytes(answer.body);
    return Bytes(body.begin(), body.end());
  }
  Result<Json> get_json(const std::string& target) {
    CESS_TRY_ASSIGN(const auto answer, get(target));
    return json_of(answer);
  }
  Result<Json> json_of(const net::HttpResponse& answer) const {
    auto json = parse_json(answer.body, "answer of " + format_endpoint(server));
    if (!json || !json->is_object())
      return fail(Code::peer, "miner '" + format_endpoint(server) + "' answers no JSON object");
    return std::move(*json);
  }

  /// The miner's clock decides what is timely: ask it once.
  Status learn_clock() {
    if (clock_known) return {};
    CESS_TRY_ASSIGN(const Json status, get_json("/v1/status"));
    const JsonView view(status, "status");
    CESS_TRY_ASSIGN(const auto now, view.number("now", std::uint64_t{1} << 40U));
    clock_offset_s = static_cast<std::int64_t>(now) - system_clock().unix_seconds();
    clock_known = true;
    return {};
  }

  Result<net::HttpResponse> send(std::string_view method, const std::string& target,
                                 ByteView body) {
    return send_parts(method, target, std::span(&body, 1), content_digest(body), {});
  }
  Result<net::HttpResponse> send_parts(std::string_view method, const std::string& target,
                                       std::span<const ByteView> parts, std::string digest,
                                       const std::string& content_range) {
    if (!signer) return fail(Code::usage, "no key to sign requests with");
    CESS_TRY(learn_clock());
    const auto headers = signer->sign_digest(method, target, std::move(digest), content_range,
                                             system_clock().unix_seconds() + clock_offset_s);
    return exchange(method, target, parts, headers);
  }

  Result<PutState> state_of(const Json& json) const {
    const JsonView view(json, "answer of " + format_endpoint(server));
    PutState state;
    CESS_TRY_ASSIGN(state.received, view.number("received", std::uint64_t{1} << 50U));
    CESS_TRY_ASSIGN(state.stored, view.boolean("stored"));
    return state;
  }

  Result<Bytes> get_range(const std::string& target, std::uint64_t offset, std::uint64_t size) {
    if (size == 0) return Bytes();
    return get_bytes(target, {{"Range", "bytes=" + std::to_string(offset) + "-" +
                                            std::to_string(offset + size - 1)}});
  }
};

FragmentClient::FragmentClient(net::Endpoint server, const Ed25519Public& key,
                               const Hash256& genesis, const Key256* seed,
                               FragmentClientOptions options)
    : impl_(std::make_unique<Impl>()) {
  impl_->server = std::move(server);
  impl_->key = key;
  impl_->genesis = genesis;
  impl_->options = options;
  if (seed != nullptr) impl_->signer.emplace(*seed, genesis, key);
}
FragmentClient::~FragmentClient() = default;
FragmentClient::FragmentClient(FragmentClient&&) noexcept = default;
FragmentClient& FragmentClient::operator=(FragmentClient&&) noexcept = default;

Result<Json> FragmentClient::status() { return impl_->get_json("/v1/status"); }

Result<std::vector<bool>> FragmentClient::held(const Fid& fid, std::uint16_t column,
                                               std::uint32_t first, std::uint32_t count) {
  CESS_TRY_ASSIGN(
      const Json json,
      impl_->get_json(file_path(fid) + "/columns/" + std::to_string(column) +
                      "/held?first=" + std::to_string(first) + "&count=" + std::to_string(count)));
  CESS_TRY_ASSIGN(const std::string flags, JsonView(json, "answer").text("held"));
  if (flags.size() != count) return fail(Code::peer, "the miner's answer has another length");
  std::vector<bool> out;
  for (const char c : flags) out.push_back(c == '1');
  return out;
}

Status FragmentClient::put_manifest(const Fid& fid, ByteView text) {
  CESS_TRY(impl_->send("PUT", file_path(fid) + "/manifest", text));
  return {};
}

Status FragmentClient::put_tagger(const Fid& fid, const TaggerId& id, ByteView file) {
  CESS_TRY(impl_->send("PUT", file_path(fid) + "/taggers/" + to_hex(id), file));
  return {};
}

Result<Bytes> FragmentClient::get_manifest(const Fid& fid) {
  return impl_->get_bytes(file_path(fid) + "/manifest");
}

Result<PutState> FragmentClient::put_state(const FragmentAt& at) {
  CESS_TRY_ASSIGN(const Json json, impl_->get_json(fragment_path(at) + "/state"));
  return impl_->state_of(json);
}

Status FragmentClient::put_fragment(const FragmentAt& at, ByteView data, ByteView tags,
                                    const std::optional<Hash256>& root) {
  const std::uint64_t piece =
      std::clamp<std::uint64_t>(impl_->options.piece_size, 1, kPieceSizeMax);
  std::uint64_t offset = 0;
  if (data.size() > piece) {
    CESS_TRY_ASSIGN(const PutState state, put_state(at));
    if (state.stored) return {};
    offset = state.received < data.size() ? state.received : 0;
  }
  const std::string target = fragment_path(at);
  while (offset < data.size()) {
    const ByteRange range{offset, std::min<std::uint64_t>(piece, data.size() - offset),
                          data.size()};
    // Of tags, the first piece alone has some.
    const std::array<ByteView, 2> parts{offset == 0 ? tags : ByteView(),
                                        data.subspan(range.offset, range.size)};
    const std::string query = parts[0].empty() ? "" : "?tags=" + std::to_string(parts[0].size());
    std::string digest = root && range.size == data.size()
                             ? format_root_digest({sha256(parts[0]), *root})
                             : content_digest(parts);
    CESS_TRY_ASSIGN(const auto answer,
                    impl_->send_parts("PUT", target + query, parts, std::move(digest),
                                      format_content_range(range)));
    CESS_TRY_ASSIGN(const Json json, impl_->json_of(answer));
    CESS_TRY_ASSIGN(const PutState state, impl_->state_of(json));
    if (state.stored) return {};
    offset += range.size;
    if (state.received != offset || offset == data.size())
      return fail(Code::peer, "the miner has taken other bytes than were sent");
  }
  return {};
}

Result<Bytes> FragmentClient::get_fragment(const FragmentAt& at, std::uint64_t offset,
                                           std::uint64_t size) {
  return impl_->get_range(fragment_path(at), offset, size);
}
Result<Bytes> FragmentClient::get_fragment(const FragId& frag, std::uint64_t offset,
                                           std::uint64_t size) {
  return impl_->get_range("/v1/fragments/" + to_hex(frag), offset, size);
}
Result<PaidPiece> FragmentClient::get_fragment_paid(const FragmentAt& at, std::uint64_t offset,
                                                    std::uint64_t size, ByteView voucher) {
  constexpr unsigned kPaymentRequired = 402;
  const net::HttpHeaders headers = {
      {"Range", "bytes=" + std::to_string(offset) + "-" + std::to_string(offset + size - 1)},
      {kVoucherField, to_base64(voucher)}};
  CESS_TRY_ASSIGN(const auto answer,
                  impl_->exchange("GET", fragment_path(at), {}, headers, kPaymentRequired));
  PaidPiece out;
  if (answer.status == kPaymentRequired) {
    out.due = true;
    out.why = words_of(answer);
    CESS_TRY_ASSIGN(const Json json, impl_->json_of(answer));
    const JsonView view(json, "answer of " + format_endpoint(impl_->server));
    CESS_TRY_ASSIGN(out.paid, view.number("paid", std::uint64_t{1} << 60U));
    CESS_TRY_ASSIGN(out.served, view.number("served", std::uint64_t{1} << 60U));
    return out;
  }
  const ByteView body = as_bytes(answer.body);
  out.data.assign(body.begin(), body.end());
  return out;
}
Result<Bytes> FragmentClient::get_tags(const FragmentAt& at) {
  return impl_->get_bytes(fragment_path(at) + "/tags");
}
Result<Bytes> FragmentClient::get_tags(const FragId& frag) {
  return impl_->get_bytes("/v1/fragments/" + to_hex(frag) + "/tags");
}

Result<Bytes> FragmentClient::get_segment_tags(const Fid& fid, std::uint32_t segment) {
  return impl_->get_bytes(file_path(fid) + "/segments/" + std::to_string(segment) + "/tags");
}
Result<Bytes> FragmentClient::get_range_proof(const FragId& frag, std::uint64_t offset,
                                              std::uint64_t size) {
  return impl_->get_bytes("/v1/fragments/" + to_hex(frag) + "/range?offset=" +
                          std::to_string(offset) + "&size=" + std::to_string(size));
}
Result<Bytes> FragmentClient::get_idle_blob(const Hash256& digest) {
  return impl_->get_bytes("/v1/idle/blobs/" + to_hex(digest));
}
Result<Bytes> FragmentClient::get_tagger(const Fid& fid, const TaggerId& id) {
  return impl_->get_bytes(file_path(fid) + "/taggers/" + to_hex(id));
}

Result<Ed25519Signature> FragmentClient::sign_receipt(const Fid& fid, ByteView receipt) {
  CESS_TRY_ASSIGN(const auto answer, impl_->send("POST", file_path(fid) + "/receipts", receipt));
  Ed25519Signature signature;
  if (answer.body.size() != signature.size())
    return fail(Code::peer, "the miner's receipt is no signature");
  std::memcpy(signature.data(), answer.body.data(), signature.size());
  return signature;
}

void FragmentClient::abort() {
  const std::lock_guard lock(impl_->mutex);
  impl_->aborted = true;
  if (impl_->http) impl_->http->abort();
}

Result<net::Endpoint> parse_miner_endpoint(std::string_view text) {
  if (text.starts_with("https://")) text.remove_prefix(8);
  if (text.ends_with('/')) text.remove_suffix(1);
  return net::parse_endpoint(text, "endpoint of a miner");
}

}  // namespace cess::proto
