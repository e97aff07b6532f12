// SPDX-License-Identifier: Apache-2.0
// The fragment protocol, server half: routes, signatures, ranges; what it does is the service's.
// doc/formats/fragment-protocol.md lists the routes. Requests are worked by threads of its own, so
// that the loop never waits for a disk; their queue is bounded.
#pragma once

#include <memory>

#include "base/secret.hpp"
#include "net/http.hpp"
#include "proto/fragment_service.hpp"
#include "proto/guard.hpp"
#include "sys/clock.hpp"

namespace cess::proto {

struct FragmentServerOptions {
  unsigned thread_count = 4;
  std::size_t queue_count_max = 256;  ///< beyond: 503
  GuardOptions guard;
  std::uint64_t manifest_size_max = 64U << 20U;
};

/// A path of the protocol, parsed.
struct Route {
  enum class Kind : std::uint8_t {
    none,
    health,
    metrics,
    status,
    manifest,      ///< /v1/files/FID/manifest
    held,          ///< /v1/files/FID/columns/C/held
    fragment,      ///< /v1/files/FID/fragments/S/C
    state,         ///< …/state
    tags,          ///< …/tags
    segment_tags,  ///< /v1/files/FID/segments/S/tags
    tagger,        ///< /v1/files/FID/taggers/TAGGER
    receipts,      ///< /v1/files/FID/receipts
    by_id,         ///< /v1/fragments/FRAG
    tags_by_id,    ///< /v1/fragments/FRAG/tags
    range_by_id,   ///< /v1/fragments/FRAG/range
    idle_blob,     ///< /v1/idle/blobs/SHA256
  };
  Kind kind = Kind::none;
  FragmentAt at;
  FragId frag;
  TaggerId tagger;
  Hash256 digest;
  std::string query;  ///< without the question mark
};
/// Kind::none for what is no path of the protocol.
Route parse_route(std::string_view target);
/// A decimal parameter of a query, at most `max`. Code::input; nothing when it is not there.
Result<std::optional<std::uint64_t>> query_number(std::string_view query, std::string_view name,
                                                  std::uint64_t max);

/// The field CESS-Voucher; empty: none. Code::input.
Result<Bytes> parse_voucher_field(std::string_view field);

class FragmentServer final : public net::HttpHandler {
 public:
  /// `server`: the public key of the TLS seed. `service` outlives it.
  FragmentServer(FragmentService& service, const Hash256& genesis, const Ed25519Public& server,
                 Clock& clock = system_clock(), FragmentServerOptions options = {});
  /// Ends its threads; requests that wait are answered 503.
  ~FragmentServer() override;
  void on_request(net::HttpRequest request, net::HttpReply reply) override;
  std::optional<std::uint64_t> body_size_max(std::string_view method,
                                             std::string_view target) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cess::proto
