// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 (RFC 9110, 9112) and WebSocket (RFC 6455), server side, with limits on everything a
// client may send or refuse to read. Plain TCP for the RPC, which listens on the local host or
// behind a proxy; or TLS 1.3 with a self-signed certificate over an Ed25519 key that clients pin.
// Bodies stand in memory, one message each, and their sum is bounded: who sends more than a piece
// sends pieces (proto). Loop thread only, but for HttpReply.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "net/endpoint.hpp"
#include "net/loop.hpp"

namespace cess::net {

struct HttpRequest {
  std::string method;
  std::string target;  ///< path and query as sent
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Endpoint remote;
  /// The first header of that name, in any case; empty when there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// Answers one request, once; any thread. Unused, the client gets 500 when the last copy goes.
using HttpReply = std::function<void(HttpResponse)>;

/// One WebSocket client.
class WsSession {
 public:
  virtual ~WsSession() = default;
  [[nodiscard]] virtual std::uint64_t id() const = 0;  ///< unique within the server
  /// Queues a text message, shared with other sessions. A client whose queue is full does not read:
  /// it is dropped, and the answer is false from then on.
  virtual bool send(std::shared_ptr<const std::string> text) = 0;
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  virtual void on_request(HttpRequest request, HttpReply reply) = 0;
  /// Most bytes of the body of a request of which only the head is known; nothing: the config's.
  virtual std::optional<std::uint64_t> body_size_max(std::string_view /*method*/,
                                                     std::string_view /*target*/) {
    return std::nullopt;
  }
  /// False refuses the upgrade with 404. The session is alive until on_ws_close.
  virtual bool on_ws_open(const HttpRequest& /*request*/, std::shared_ptr<WsSession> /*session*/) {
    return false;
  }
  virtual void on_ws_text(WsSession& /*session*/, std::string /*text*/) {}
  virtual void on_ws_close(WsSession& /*session*/) {}
};

struct HttpConfig {
  Endpoint listen;                          ///< port 0: any
  std::uint32_t header_size_max = 16'384;   ///< beyond: 431
  std::uint64_t body_size_max = 1U << 20U;  ///< beyond: 413
  /// Bodies of all requests that are not answered yet; beyond: 503, to be tried again.
  std::uint64_t body_bytes_total_max = 256U << 20U;
  /// Time for bodies beyond 1 MiB, in either direction, above the times below.
  std::uint64_t body_rate_min = 64U << 10U;  ///< bytes a second
  std::shared_ptr<const Key256> tls_seed;    ///< Ed25519; none: plain TCP
  std::size_t connection_count_max = 1024;   ///< beyond: 503 and closed
  std::uint64_t read_ms_max = 15'000;        ///< for a whole request, once it has begun
  std::uint64_t idle_ms_max = 30'000;        ///< between requests
  std::uint64_t write_ms_max = 15'000;       ///< for a whole response to be read
  std::uint64_t ws_idle_ms_max = 60'000;     ///< pings go out at half of it
  std::uint64_t ws_message_size_max = 1U << 20U;
  std::size_t ws_queue_bytes_max = 4U << 20U;
  /// Values of Origin that browsers may come from; any other Origin is 403. Programs send none.
  std::vector<std::string> origins;
};

struct HttpStats {
  std::uint64_t connections = 0;  ///< now
  std::uint64_t ws_sessions = 0;  ///< now
  std::uint64_t requests = 0;     ///< ever
  std::uint64_t refused = 0;      ///< ever: malformed, over a limit, too slow
};

class HttpServer {
 public:
  /// Code::system when the address is taken. `loop` and `handler` must outlive it.
  static Result<std::unique_ptr<HttpServer>> open(Loop& loop, HttpConfig config,
                                                  HttpHandler& handler);
  ~HttpServer();
  [[nodiscard]] Endpoint local() const;
  [[nodiscard]] HttpStats stats() const;
  /// Stops listening and closes every connection; handlers hear of their sessions' ends.
  void close();

  class Impl;  ///< nobody else's business

 private:
  explicit HttpServer(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace cess::net
