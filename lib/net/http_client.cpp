// SPDX-License-Identifier: Apache-2.0
// Blocking on top of Asio's asynchronous calls, because only those know Beast's time limits.
#include "net/http_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>

#include "sys/terminal.hpp"

namespace cess::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using Tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

tl::unexpected<Error> peer_error(std::string_view act, const Endpoint& who, const ErrorCode& ec) {
  const std::string name = format_endpoint(who);
  return fail(Code::peer, "cannot " + std::string(act) + " '" + name + "': " + ec.message(), name);
}

/// Resolves and connects within the stream's time limit.
Status connect_stream(asio::io_context& io, beast::tcp_stream& stream, const Endpoint& where,
                      std::uint64_t wait_ms) {
  ErrorCode result;
  Tcp::resolver resolver(io);
  const auto found = resolver.resolve(where.host, std::to_string(where.port), result);
  if (result) return peer_error("find", where, result);
  stream.expires_after(std::chrono::milliseconds(wait_ms));
  stream.async_connect(found,
                       [&result](const ErrorCode& ec, const Tcp::endpoint&) { result = ec; });
  io.restart();
  io.run();
  if (result) return peer_error("connect to", where, result);
  ErrorCode ignored;
  stream.socket().set_option(Tcp::no_delay(true), ignored);
  return {};
}

}  // namespace

struct HttpClient::Impl {
  Url url;
  ClientLimits limits;
  asio::io_context io{1};
  beast::tcp_stream stream{io};
  beast::flat_buffer buffer;

  Status connect() {
    buffer.clear();
    stream.close();
    return connect_stream(io, stream, url.endpoint, limits.wait_ms_max);
  }

  ErrorCode exchange(http::request<http::string_body>& request,
                     http::response_parser<http::string_body>& parser) {
    ErrorCode result;
    stream.expires_after(std::chrono::milliseconds(limits.wait_ms_max));
    http::async_write(stream, request, [&](const ErrorCode& ec, std::size_t) {
      if (ec) {
        result = ec;
        return;
      }
      stream.expires_after(std::chrono::milliseconds(limits.wait_ms_max));
      http::async_read(stream, buffer, parser,
                       [&](const ErrorCode& read_ec, std::size_t) { result = read_ec; });
    });
    io.restart();
    io.run();
    return result;
  }
};

HttpClient::HttpClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

Result<HttpClient> HttpClient::connect(const Url& url, ClientLimits limits) {
  auto impl = std::make_unique<Impl>();
  impl->url = url;
  impl->limits = limits;
  CESS_TRY(impl->connect());
  return HttpClient(std::move(impl));
}

Result<HttpResponse> HttpClient::request(std::string_view method, const std::string& target,
                                         std::string body, const std::string& content_type) {
  http::request<http::string_body> request;
  request.version(11);
  request.method_string(beast::string_view(method.data(), method.size()));
  request.target(target);
  request.set(http::field::host, format_endpoint(impl_->url.endpoint));
  request.set(http::field::content_type, content_type);
  request.body() = std::move(body);
  request.prepare_payload();
  if (!impl_->stream.socket().is_open()) CESS_TRY(impl_->connect());
  for (int attempt = 0;; ++attempt) {
    http::response_parser<http::string_body> parser;
    parser.body_limit(impl_->limits.body_size_max);
    const ErrorCode ec = impl_->exchange(request, parser);
    // An idle connection that the server has closed shows only now.
    const bool stale = ec == http::error::end_of_stream || ec == asio::error::connection_reset ||
                       ec == asio::error::broken_pipe;
    if (stale && attempt == 0 && !parser.got_some()) {
      CESS_TRY(impl_->connect());
      continue;
    }
    if (ec) return peer_error("get an answer of", impl_->url.endpoint, ec);
    const auto message = parser.release();
    if (!message.keep_alive()) impl_->stream.close();
    HttpResponse response;
    response.status = message.result_int();
    response.body = message.body();
    for (const auto& field : message) {
      response.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
      if (field.name() == http::field::content_type)
        response.content_type = std::string(field.value());
    }
    return response;
  }
}

struct WsClient::Impl {
  Url url;
  ClientLimits limits;
  asio::io_context io{1};
  websocket::stream<beast::tcp_stream> stream{io};
  beast::flat_buffer buffer;
  bool reading = false;
  ErrorCode read_result;
  bool read_done = false;

  void start_read() {
    reading = true;
    read_done = false;
    stream.async_read(buffer, [this](const ErrorCode& ec, std::size_t) {
      read_result = ec;
      read_done = true;
      reading = false;
    });
  }
};

WsClient::WsClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WsClient::WsClient(WsClient&&) noexcept = default;
WsClient& WsClient::operator=(WsClient&&) noexcept = default;
WsClient::~WsClient() {
  if (impl_) close();
}

Result<WsClient> WsClient::connect(const Url& url, ClientLimits limits) {
  auto impl = std::make_unique<Impl>();
  impl->url = url;
  impl->limits = limits;
  CESS_TRY(connect_stream(impl->io, impl->stream.next_layer(), url.endpoint, limits.wait_ms_max));
  impl->stream.next_layer().expires_never();
  websocket::stream_base::timeout timeout{};
  timeout.handshake_timeout = std::chrono::milliseconds(limits.wait_ms_max);
  timeout.idle_timeout = websocket::stream_base::none();
  timeout.keep_alive_pings = false;
  impl->stream.set_option(timeout);
  impl->stream.read_message_max(limits.body_size_max);
  ErrorCode result;
  websocket::response_type answer;
  impl->stream.async_handshake(answer, format_endpoint(url.endpoint), url.path,
                               [&result](const ErrorCode& ec) { result = ec; });
  impl->io.restart();
  impl->io.run();
  if (result) return peer_error("open a WebSocket to", url.endpoint, result);
  impl->stream.text(true);
  return WsClient(std::move(impl));
}

Status WsClient::send(const std::string& text) {
  ErrorCode result;
  bool done = false;
  impl_->stream.async_write(asio::buffer(text), [&](const ErrorCode& ec, std::size_t) {
    result = ec;
    done = true;
  });
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(impl_->limits.wait_ms_max);
  while (!done) {
    impl_->io.restart();
    if (impl_->io.run_one_until(deadline) > 0) continue;
    // The write refers to `text`: end it before leaving.
    beast::get_lowest_layer(impl_->stream).close();
    while (!done) {
      impl_->io.restart();
      impl_->io.run_one();
    }
    result = beast::error::timeout;
  }
  if (result) return peer_error("send to", impl_->url.endpoint, result);
  return {};
}

Result<std::optional<std::string>> WsClient::receive(std::uint64_t wait_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms);
  if (!impl_->reading && !impl_->read_done) impl_->start_read();
  while (!impl_->read_done) {
    impl_->io.restart();
    if (impl_->io.run_one_until(deadline) == 0) return std::optional<std::string>{};
  }
  impl_->read_done = false;
  if (impl_->read_result)
    return peer_error("receive from", impl_->url.endpoint, impl_->read_result);
  std::string text = beast::buffers_to_string(impl_->buffer.data());
  impl_->buffer.consume(impl_->buffer.size());
  return std::optional<std::string>{std::move(text)};
}

void WsClient::close() {
  // No closing handshake: whoever leaves has read what it wanted.
  beast::get_lowest_layer(impl_->stream).close();
  impl_->io.restart();
  impl_->io.run();
}

}  // namespace cess::net
