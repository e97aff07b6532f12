// SPDX-License-Identifier: Apache-2.0
// Blocking clients for commands: one HTTP/1.1 connection, one WebSocket. Not for the loop of a
// daemon. Every failure of the other side is Code::peer.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "net/endpoint.hpp"
#include "net/http.hpp"

namespace cess::net {

struct ClientLimits {
  std::uint64_t wait_ms_max = 30'000;  ///< for each step: connect, send, receive
  std::uint64_t body_size_max = 64U << 20U;
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

class HttpClient {
 public:
  static Result<HttpClient> connect(const Url& url, ClientLimits limits = {});
  /// TLS 1.3; the server must prove that it holds this Ed25519 key, whatever its certificate says
  /// beside it. Code::peer else.
  static Result<HttpClient> connect_tls(const Endpoint& server,
                                        const std::array<std::uint8_t, 32>& key,
                                        ClientLimits limits = {});
  /// The same, but the first request connects: so abort() can end that, too. Code::system: no TLS.
  static Result<HttpClient> lazy_tls(const Endpoint& server,
                                     const std::array<std::uint8_t, 32>& key,
                                     ClientLimits limits = {});
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;
  ~HttpClient();
  /// One request, one answer; reconnects once when the server has closed an idle connection.
  /// `target` is a path.
  Result<HttpResponse> request(std::string_view method, const std::string& target,
                               std::string body = {},
                               const std::string& content_type = "application/json",
                               const HttpHeaders& headers = {});
  /// The same with a body of several parts, which are not copied.
  Result<HttpResponse> request_parts(std::string_view method, const std::string& target,
                                     std::span<const ByteView> parts,
                                     const std::string& content_type, const HttpHeaders& headers);
  /// Any thread: ends the request that runs, and refuses all later ones, with Code::peer.
  void abort();

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
