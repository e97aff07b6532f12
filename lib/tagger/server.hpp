// SPDX-License-Identifier: Apache-2.0
// The server half: requests are read, their signatures judged, their work done by threads of its
// own, so that the loop never waits for a disk or the chain. What is asked for is the service's
// business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "net/http.hpp"
#include "proto/guard.hpp"
#include "sys/clock.hpp"
#include "tagger/route.hpp"

namespace cess::tagger {

struct TaggerAnswer {
  std::string content_type = "application/json";
  std::string body = "{}";
};

/// Any thread. `caller`: the key that signed; zero for what needs no signature. Errors become
/// answers: no 404, input 400, busy 503, peer 502, others 500.
class TaggerService {
 public:
  virtual ~TaggerService() = default;
  virtual Result<TaggerAnswer> serve(const TaggerRoute& route, const Ed25519Public& caller,
                                     Bytes body) = 0;
};

struct TaggerServerOptions {
  unsigned threads = 2;
  std::size_t waiting_max = 64;  ///< requests beyond those in work; more are 503
  std::uint64_t fragment_size_max = 256U << 20U;
  std::uint64_t manifest_size_max = 64U << 20U;
};

class TaggerServer final : public net::HttpHandler {
 public:
  /// All borrowed.
  TaggerServer(TaggerService& service, proto::RequestGuard& guard, Clock& clock,
               TaggerServerOptions options);
  ~TaggerServer() override;
  void on_request(net::HttpRequest request, net::HttpReply reply) override;
  std::optional<std::uint64_t> body_size_max(std::string_view method,
                                             std::string_view target) override;
  /// Ends the threads after what they are doing; waiting requests get 503. Then nothing is served.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cess::tagger
