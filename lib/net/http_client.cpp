// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>

#include "net/detail/client_core.hpp"
#include "net/detail/tls.hpp"
#include "net/detail/tls_stream.hpp"

namespace cess::net {

using namespace detail;  // NOLINT: this file is the inside of it

Status detail::connect_stream(asio::io_context& io, beast::tcp_stream& stream,
                              const Endpoint& where, std::uint64_t wait_ms) {
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

namespace {

/// A body of parts that lie somewhere else.
struct PartsBody {
  using value_type = std::vector<asio::const_buffer>;
  static std::uint64_t size(const value_type& parts) { return asio::buffer_size(parts); }
  class writer {
   public:
    using const_buffers_type = value_type;
    template <bool IsRequest, class Fields>
    writer(const http::header<IsRequest, Fields>& /*head*/, const value_type& parts)
        : parts_(parts) {}
    void init(ErrorCode& ec) { ec = {}; }
    boost::optional<std::pair<const_buffers_type, bool>> get(ErrorCode& ec) {
      ec = {};
      return {{parts_, false}};
    }

   private:
    const value_type& parts_;
  };
};
using PartsRequest = http::request<PartsBody>;

}  // namespace

struct HttpClient::Impl {
  using Tls = TlsStream<beast::tcp_stream&>;

  Url url;
  ClientLimits limits;
  asio::io_context io{1};
  beast::tcp_stream stream{io};
  TlsPeer peer;
  std::unique_ptr<asio::ssl::context> context;  ///< none: plain TCP
  std::unique_ptr<Tls> tls;                     ///< one for each connection
  beast::flat_buffer buffer;
  std::atomic<bool> aborted{false};

  [[nodiscard]] bool is_open() { return stream.socket().is_open(); }
  void drop() {
    tls.reset();
    stream.close();
  }

  Status connect() {
    buffer.clear();
    drop();
    if (aborted) return peer_error("connect to", url.endpoint, std::string("given up"));
    CESS_TRY(connect_stream(io, stream, url.endpoint, limits.wait_ms_max));
    if (!context) return {};
    ErrorCode result;
    tls = std::make_unique<Tls>(stream, *context, asio::ssl::stream_base::client);
    peer.refusal.clear();
    stream.expires_after(std::chrono::milliseconds(limits.wait_ms_max));
    tls->async_handshake([&result](const ErrorCode& ec) { result = ec; });
    run();
    if (!result) return {};
    drop();
    return peer_error("agree on TLS with", url.endpoint,
                      peer.refusal.empty() ? result.message() : peer.refusal);
  }

  void run() {
    io.restart();
    io.run();
  }

  template <class Stream>
  ErrorCode exchange_on(Stream& on, PartsRequest& request,
                        http::response_parser<http::string_body>& parser) {
    ErrorCode result;
    stream.expires_after(std::chrono::milliseconds(limits.wait_ms_max));
    http::async_write(on, request, [&](const ErrorCode& ec, std::size_t) {
      // A server that refuses a large body answers before it has read it.
      if (ec && ec != asio::error::broken_pipe && ec != asio::error::connection_reset) {
        result = ec;
        return;
      }
      stream.expires_after(std::chrono::milliseconds(limits.wait_ms_max));
      http::async_read(on, buffer, parser,
                       [&](const ErrorCode& read_ec, std::size_t) { result = read_ec; });
    });
    run();
    return result;
  }

  ErrorCode exchange(PartsRequest& request, http::response_parser<http::string_body>& parser) {
    if (tls) return exchange_on(*tls, request, parser);
    return exchange_on(stream, request, parser);
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

Result<HttpClient> HttpClient::connect_tls(const Endpoint& server,
                                           const std::array<std::uint8_t, 32>& key,
                                           ClientLimits limits) {
  CESS_TRY_ASSIGN(HttpClient client, lazy_tls(server, key, limits));
  CESS_TRY(client.impl_->connect());
  return client;
}

Result<HttpClient> HttpClient::lazy_tls(const Endpoint& server,
                                        const std::array<std::uint8_t, 32>& key,
                                        ClientLimits limits) {
  auto impl = std::make_unique<Impl>();
  impl->url.endpoint = server;
  impl->limits = limits;
  impl->peer.wanted = NodeKey::from(key);
  CESS_TRY_ASSIGN(ssl_ctx_st * context, make_https_client_context(impl->peer));
  impl->context = std::make_unique<asio::ssl::context>(context);
  return HttpClient(std::move(impl));
}

void HttpClient::abort() {
  impl_->aborted = true;
  asio::post(impl_->io, [impl = impl_.get()] { impl->stream.close(); });
}

Result<HttpResponse> HttpClient::request(std::string_view method, const std::string& target,
                                         std::string body, const std::string& content_type,
                                         const HttpHeaders& headers) {
  const ByteView part = as_bytes(body);
  return request_parts(method, target, std::span(&part, 1), content_type, headers);
}

Result<HttpResponse> HttpClient::request_parts(std::string_view method, const std::string& target,
                                               std::span<const ByteView> parts,
                                               const std::string& content_type,
                                               const HttpHeaders& headers) {
  PartsRequest request;
  request.version(11);
  request.method_string(beast::string_view(method.data(), method.size()));
  request.target(target);
  request.set(http::field::host, format_endpoint(impl_->url.endpoint));
  request.set(http::field::content_type, content_type);
  for (const auto& [name, value] : headers) request.set(name, value);
  for (const ByteView part : parts) {
    if (!part.empty()) request.body().emplace_back(part.data(), part.size());
  }
  request.prepare_payload();
  if (!impl_->is_open()) CESS_TRY(impl_->connect());
  for (int attempt = 0;; ++attempt) {
    http::response_parser<http::string_body> parser;
    parser.body_limit(impl_->limits.body_size_max);
    if (method == "HEAD") parser.skip(true);
    const ErrorCode ec = impl_->exchange(request, parser);
    // An idle connection that the server has closed shows only now.
    const bool stale = ec == http::error::end_of_stream || ec == asio::error::connection_reset ||
                       ec == asio::error::broken_pipe || ec == asio::ssl::error::stream_truncated ||
                       ec == asio::error::eof;
    if (stale && attempt == 0 && !parser.got_some() && !impl_->aborted) {
      CESS_TRY(impl_->connect());
      continue;
    }
    if (ec) {
      impl_->drop();
      return peer_error("get an answer of", impl_->url.endpoint, ec);
    }
    auto message = parser.release();
    if (!message.keep_alive()) impl_->drop();
    HttpResponse response;
    response.status = message.result_int();
    response.body = std::move(message.body());
    for (const auto& field : message) {
      response.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
      if (field.name() == http::field::content_type)
        response.content_type = std::string(field.value());
    }
    return response;
  }
}

}  // namespace cess::net
