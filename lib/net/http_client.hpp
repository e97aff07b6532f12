// SPDX-License-Identifier: Apache-2.0
// Blocking clients for commands: one HTTP/1.1 connection, one WebSocket. Not for the loop of a
// daemon. Every failure of the other side is Code::peer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "net/endpoint.hpp"
#include "net/http.hpp"

namespace cess::net {

struct ClientLimits {
  std::uint64_t wait_ms_max = 30'000;  ///< for each step: connect, send, receive
  std::uint64_t body_size_max = 64U << 20U;
};

class HttpClient {
 public:
  static Result<HttpClient> connect(const Url& url, ClientLimits limits = {});
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;
  ~HttpClient();
  /// One request, one answer; reconnects once when the server has closed an idle connection.
  /// `target` is a path.
  Result<HttpResponse> request(std::string_view method, const std::string& target,
                               std::string body = {},
                               const std::string& content_type = "application/json");

 private:
  struct Impl;
  explicit HttpClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class WsClient {
 public:
  static Result<WsClient> connect(const Url& url, ClientLimits limits = {});
  WsClient(WsClient&&) noexcept;
  WsClient& operator=(WsClient&&) noexcept;
  ~WsClient();
  Status send(const std::string& text);
  /// The next text message; nothing when none came within `wait_ms`. An end of the connection is
  /// Code::peer.
  Result<std::optional<std::string>> receive(std::uint64_t wait_ms);
  void close();

 private:
  struct Impl;
  explicit WsClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cess::net
