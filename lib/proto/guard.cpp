// SPDX-License-Identifier: Apache-2.0
#include "proto/guard.hpp"

#include <algorithm>

#include "base/hex.hpp"

namespace cess::proto {
namespace {

constexpr const char* kLabel = "cess";
constexpr std::array<const char*, 4> kCovered = {"@method", "@path", "@query", "content-digest"};

std::string make_tag(const Hash256& genesis, const Ed25519Public& server) {
  return "cess-1:" + to_hex(genesis) + ":" + to_hex(ByteView(server));
}

/// Components of a request; fields by what `field` says.
template <class F>
ComponentValue components_of(std::string_view method, std::string_view target, F field) {
  const std::size_t mark = std::min(target.find('?'), target.size());
  return [=](const std::string& name) -> std::optional<std::string> {
    if (name == "@method") return std::string(method);
    if (name == "@path") return std::string(target.substr(0, mark));
    // Section 2.2.7: with the question mark, also when there is no query.
    if (name == "@query") return mark < target.size() ? std::string(target.substr(mark)) : "?";
    return field(name);
  };
}

tl::unexpected<Error> refuse(std::string why) {
  return fail(Code::input, "request refused: " + std::move(why));
}

}  // namespace

RequestSigner::RequestSigner(const Key256& seed, const Hash256& genesis,
                             const Ed25519Public& server, Random& random)
    : seed_(seed.clone()),
      key_(ed25519_public(seed)),
      tag_(make_tag(genesis, server)),
      random_(random) {}

net::HttpHeaders RequestSigner::sign(std::string_view method, std::string_view target,
                                     ByteView body, std::string_view content_range,
                                     std::int64_t now) const {
  return sign_digest(method, target, content_digest(body), content_range, now);
}

net::HttpHeaders RequestSigner::sign_digest(std::string_view method, std::string_view target,
                                            std::string digest, std::string_view content_range,
                                            std::int64_t now) const {
  std::array<std::uint8_t, 16> nonce{};
  random_.fill(nonce);
  SignatureInput input;
  input.label = kLabel;
  input.components.assign(kCovered.begin(), kCovered.end());
  if (!content_range.empty()) input.components.emplace_back("content-range");
  input.created = static_cast<std::uint64_t>(std::max<std::int64_t>(now, 0));
  input.nonce = to_hex(ByteView(nonce));
  input.keyid = to_hex(ByteView(key_));
  input.alg = "ed25519";
  input.tag = tag_;
  net::HttpHeaders headers;
  headers.emplace_back("Content-Digest", std::move(digest));
  if (!content_range.empty()) headers.emplace_back("Content-Range", std::string(content_range));
  headers.emplace_back("Signature-Input", format_signature_input(input));
  const auto base = signature_base(
      input, components_of(method, target, [&](const std::string& n) -> std::optional<std::string> {
        if (n == "content-range") return std::string(content_range);
        return headers.front().second;
      }));
  headers.emplace_back("Signature", format_signature(ed25519_sign(seed_, as_bytes(*base)), kLabel));
  return headers;
}

RequestGuard::RequestGuard(const Hash256& genesis, const Ed25519Public& server,
                           GuardOptions options)
    : tag_(make_tag(genesis, server)), options_(options) {}

Result<SignedBy> RequestGuard::verify(const net::HttpRequest& request, std::int64_t now,
                                      DigestRule rule) const {
  const std::string_view field = request.header("Signature-Input");
  if (field.empty()) return refuse("not signed");
  CESS_TRY_ASSIGN(const SignatureInput input, parse_signature_input(field));
  CESS_TRY_ASSIGN(const Ed25519Signature signature,
                  parse_signature(request.header("Signature"), input.label));
  const auto covers = [&](std::string_view name) {
    return std::find(input.components.begin(), input.components.end(), name) !=
           input.components.end();
  };
  for (const char* name : kCovered) {
    if (!covers(name)) return refuse("its signature does not cover " + std::string(name));
  }
  if (!request.header("Content-Range").empty() && !covers("content-range"))
    return refuse("its signature does not cover content-range");
  if (input.alg != "ed25519") return refuse("its signature is not of ed25519");
  if (input.tag != tag_) return refuse("signed for another server or chain");
  SignedBy by;
  CESS_TRY(parse_hex_into(by.key, input.keyid, "keyid"));
  if (input.nonce.size() != 32 || !parse_hex(input.nonce, "nonce"))
    return refuse("no nonce of 128 bits");
  by.nonce = input.nonce;
  if (!input.created) return refuse("it does not say when it was made");
  by.created = static_cast<std::int64_t>(*input.created);
  if (by.created > now + options_.window_s || by.created < now - options_.window_s) {
    return refuse("its time is " + std::to_string(by.created - now) + " s from ours");
  }
  // A field that stands twice would be read one way here and another way there.
  for (const char* name : {"Content-Digest", "Content-Range", "Signature", "Signature-Input"}) {
    net::HttpRequest one;
    std::size_t count = 0;
    for (const auto& header : request.headers) {
      one.headers.assign(1, header);
      if (!one.header(name).empty()) ++count;
    }
    if (count > 1) return refuse(std::string(name) + " stands twice");
  }
  CESS_TRY_ASSIGN(
      const std::string base,
      signature_base(input, components_of(request.method, request.target,
                                          [&](const std::string& n) -> std::optional<std::string> {
                                            const auto v = request.header(n);
                                            if (v.empty()) return std::nullopt;
                                            return std::string(v);
                                          })));
  if (!ed25519_verify(by.key, as_bytes(base), signature)) return refuse("its signature is wrong");
  if (rule == DigestRule::or_root)
    by.unchecked = parse_root_digest(request.header("Content-Digest"));
  if (!by.unchecked && request.header("Content-Digest") != content_digest(as_bytes(request.body)))
    return refuse("its body is not what its digest says");
  return by;
}

Status RequestGuard::admit(const SignedBy& by, std::int64_t now) {
  const std::lock_guard lock(mutex_);
  // What is outside the window is refused for its time.
  const auto end = by_time_.lower_bound(now - options_.window_s);
  for (auto it = by_time_.begin(); it != end; ++it) used_.erase(it->second);
  by_time_.erase(by_time_.begin(), end);
  if (used_.contains({by.key, by.nonce})) return refuse("it was made before");
  if (used_.size() >= options_.nonce_count_max)
    return fail(Code::busy, "too many requests within the last minutes");
  used_.insert({by.key, by.nonce});
  by_time_.emplace(by.created, Used{by.key, by.nonce});
  return {};
}

}  // namespace cess::proto
