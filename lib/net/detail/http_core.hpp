// SPDX-License-Identifier: Apache-2.0
// What the parts of the HTTP server share. Only .cpp files of this module include it.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <map>
#include <memory>

#include "net/http.hpp"

namespace cess::net {

namespace detail {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

/// Something the server can end.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void abandon() = 0;
};
}  // namespace detail

class HttpServer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(Loop& loop, HttpConfig config, HttpHandler& handler);
  Status open();
  void close();
  void accept();

  void add(const std::shared_ptr<detail::Connection>& connection) {
    all_.emplace(connection.get(), connection);
  }
  void remove(detail::Connection* connection) { all_.erase(connection); }

  HttpConfig config;
  HttpHandler& handler;
  HttpStats stats;
  std::uint64_t body_bytes = 0;  ///< of requests under way
  std::unique_ptr<boost::asio::ssl::context> tls;
  std::uint64_t ws_last = 0;
  bool closed = false;
  Endpoint local;

 private:
  Loop& loop_;
  detail::Tcp::acceptor acceptor_;
  std::map<detail::Connection*, std::shared_ptr<detail::Connection>> all_;
};

namespace detail {
using ServerPtr = std::shared_ptr<HttpServer::Impl>;
/// Reads requests from a fresh connection until it ends or becomes a WebSocket.
void start_http_session(const ServerPtr& server, Tcp::socket socket, bool full);
/// The same behind TLS.
void start_https_session(const ServerPtr& server, Tcp::socket socket, bool full);
/// Takes over a connection that asked for an upgrade.
void start_ws_session(const ServerPtr& server, Tcp::socket socket,
                      http::request<http::string_body> request, HttpRequest plain);
HttpRequest to_plain(http::request<http::string_body>& request, const Endpoint& remote);
}  // namespace detail

}  // namespace cess::net
