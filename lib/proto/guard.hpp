// SPDX-License-Identifier: Apache-2.0
// Signed requests of the network: who asks, for what, of whom, when, once. A request is signed by
// an Ed25519 key (an account's, a tagger's) over method, path, query, body digest and
// content-range; the tag binds it to one chain and one server, the nonce and the time to one use.
// Byte by byte: doc/formats/fragment-protocol.md. Any thread.
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/id.hpp"
#include "base/secret.hpp"
#include "crypto/ed25519.hpp"
#include "net/http.hpp"
#include "net/http_client.hpp"
#include "proto/signature.hpp"
#include "sys/random.hpp"

namespace cess::proto {

/// Whose requests are signed, and for which server.
class RequestSigner {
 public:
  RequestSigner(const Key256& seed, const Hash256& genesis, const Ed25519Public& server,
                Random& random = system_random());
  /// The fields to send along. `target`: path and query; `content_range`: that field or empty (it
  /// is among the answer); `now`: Unix seconds of the server's clock.
  net::HttpHeaders sign(std::string_view method, std::string_view target, ByteView body,
                        std::string_view content_range, std::int64_t now) const;
  /// The same with the field Content-Digest as it shall stand.
  net::HttpHeaders sign_digest(std::string_view method, std::string_view target, std::string digest,
                               std::string_view content_range, std::int64_t now) const;
  [[nodiscard]] const Ed25519Public& key() const { return key_; }

 private:
  Key256 seed_;
  Ed25519Public key_;
  std::string tag_;
  Random& random_;
};

/// What a good signature says.
struct SignedBy {
  Ed25519Public key{};
  std::int64_t created = 0;
  std::string nonce;  ///< 32 hexadecimal digits
  /// What the body must be, and what the caller of verify() has yet to compare.
  std::optional<RootDigest> unchecked;
};

enum class DigestRule {
  body,     ///< SHA-256 of the body, compared here
  or_root,  ///< that, or a RootDigest, which is compared later
};

struct GuardOptions {
  std::int64_t window_s = 300;            ///< how far a request's time may be from ours
  std::size_t nonce_count_max = 1 << 17;  ///< admitted within the window; beyond: Code::busy
};

class RequestGuard {
 public:
  RequestGuard(const Hash256& genesis, const Ed25519Public& server, GuardOptions options = {});
  /// Who signed it: all but replay. Code::input: unsigned, malformed, for another server or chain,
  /// too old or too new (the message says by how much), or a digest that is not the body's.
  [[nodiscard]] Result<SignedBy> verify(const net::HttpRequest& request, std::int64_t now,
                                        DigestRule rule = DigestRule::body) const;
  /// Notes its use, once the caller has said that this key may; Code::input when it was used
  /// before.
  Status admit(const SignedBy& by, std::int64_t now);

 private:
  using Used = std::pair<Ed25519Public, std::string>;
  std::string tag_;
  GuardOptions options_;
  std::mutex mutex_;
  std::set<Used> used_;
  std::multimap<std::int64_t, Used> by_time_;
};

}  // namespace cess::proto
