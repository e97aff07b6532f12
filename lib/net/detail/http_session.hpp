// SPDX-License-Identifier: Apache-2.0
// One connection of the HTTP server, plain or TLS. Only .cpp files of this module include it: each
// use of the template is a minute of a compiler, so there is one file for each.
#pragma once

#include <algorithm>
#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <chrono>
#include <type_traits>

#include "net/detail/http_core.hpp"

namespace cess::net::detail {

constexpr std::uint64_t kPlainBodyMin = 256U << 10U;
constexpr std::size_t kBodyPiece = 256U << 10U;
constexpr std::uint64_t kFreeBytes = 1U << 20U;  ///< of a body, which cost no extra time

inline std::chrono::milliseconds ms(std::uint64_t n) { return std::chrono::milliseconds(n); }
inline std::string_view plain(beast::string_view text) { return {text.data(), text.size()}; }

/// Status of a request that could not be read; 0: just close.
inline unsigned status_of(const ErrorCode& ec) {
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow) return 431;
  if (ec == http::error::body_limit) return 413;
  if (ec.category() != http::make_error_code(http::error::bad_method).category()) return 0;
  return ec == http::error::end_of_stream || ec == http::error::partial_message ? 0 : 400;
}

/// Stream: beast::tcp_stream, or TLS over it.
template <class Stream>
class HttpSession final : public Connection,
                          public std::enable_shared_from_this<HttpSession<Stream>> {
  static constexpr bool kTls = !std::is_same_v<Stream, beast::tcp_stream>;
  using std::enable_shared_from_this<HttpSession>::shared_from_this;

 public:
  template <class... Tls>
  HttpSession(ServerPtr server, Tcp::socket socket, Tls&&... tls)
      : server_(std::move(server)), stream_(std::move(socket), std::forward<Tls>(tls)...) {
    ErrorCode gone;
    const auto remote = lowest().socket().remote_endpoint(gone);
    if (!gone) remote_ = {remote.address().to_string(), remote.port()};
  }

  void start(bool full) {
    server_->add(shared_from_this());
    ++server_->stats.connections;
    counted_ = true;
    full_ = full;
    if constexpr (kTls) {
      lowest().expires_after(ms(server_->config.read_ms_max));
      stream_.async_handshake([self = shared_from_this()](const ErrorCode& ec) {
        if (ec) {
          ++self->server_->stats.refused;
          return self->abandon();
        }
        self->begin();
      });
    } else {
      begin();
    }
  }

  void abandon() override {
    ErrorCode ignored;
    lowest().socket().close(ignored);
    end();
  }

 private:
  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }

  void begin() {
    if (server_->closed) return;
    if (full_) return refuse(503, "too many connections");
    wait_for_request();
  }

  void end() {
    if (counted_) --server_->stats.connections;
    counted_ = false;
    release_body();
    server_->remove(this);
  }

  /// The first byte may take the idle time; the rest of the request the reading time.
  void wait_for_request() {
    if (buffer_.size() > 0) return read();
    lowest().expires_after(ms(server_->config.idle_ms_max));
    if constexpr (kTls) stream_.rest();
    stream_.async_read_some(buffer_.prepare(4096),
                            [self = shared_from_this()](const ErrorCode& ec, std::size_t n) {
                              if (ec) return self->abandon();
                              self->buffer_.commit(n);
                              self->read();
                            });
  }

  void read() {
    parser_.emplace();
    parser_->header_limit(server_->config.header_size_max);
    parser_->body_limit(boost::none);  // judged in on_head
    lowest().expires_after(ms(server_->config.read_ms_max));
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](const ErrorCode& ec, std::size_t) { self->on_head(ec); });
  }

  /// The head is known: how large may the body be, and is there room for it now?
  void on_head(const ErrorCode& ec) {
    if (server_->closed) return;
    if (ec) return on_read(ec);
    const auto& head = parser_->get();
    const auto route =
        server_->handler.body_size_max(plain(head.method_string()), plain(head.target()));
    const std::uint64_t limit = route.value_or(server_->config.body_size_max);
    const auto stated = parser_->content_length();
    if (stated && *stated > limit) return on_read(http::error::body_limit);
    // Of a chunked body nothing is known: the most it may be.
    const std::uint64_t size = stated ? *stated : parser_->chunked() ? limit : 0;
    const std::uint64_t total_max = server_->config.body_bytes_total_max;
    if (size > total_max || server_->body_bytes > total_max - size) {
      ++server_->stats.refused;
      return refuse(503, "too many bodies at once, try again");
    }
    server_->body_bytes += size;
    body_bytes_ = size;
    parser_->body_limit(limit);
    if (size > kFreeBytes) lowest().expires_after(ms(server_->config.read_ms_max + extra_ms(size)));
    if (stated && *stated > kPlainBodyMin) return read_body(static_cast<std::size_t>(*stated));
    http::async_read(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](const ErrorCode& e, std::size_t) { self->on_read(e); });
  }

  /// A large body goes to its place at once: Beast's own way is 64 KiB at a time, with one copy
  /// more. What came behind the head is there already.
  void read_body(std::size_t size) {
    std::string& body = parser_->get().body();
    body.reserve(size);
    const auto there = buffer_.data();
    const std::size_t first = std::min(size, there.size());
    body.assign(static_cast<const char*>(there.data()), first);
    buffer_.consume(first);
    read_more(size);
  }
  void read_more(std::size_t size) {
    std::string& body = parser_->get().body();
    const std::size_t have = body.size();
    if (have == size) return on_read({});
    // Cleared in pieces: those stay in the processor's cache until they are written.
    body.resize(std::min(size, have + kBodyPiece));
    stream_.async_read_some(
        asio::buffer(body.data() + have, body.size() - have),
        [self = shared_from_this(), have, size](const ErrorCode& ec, std::size_t n) {
          if (ec) return self->on_read(ec);
          self->parser_->get().body().resize(have + n);
          self->read_more(size);
        });
  }

  /// Time that a large body adds.
  std::uint64_t extra_ms(std::uint64_t size) const {
    return size <= kFreeBytes ? 0 : (size - kFreeBytes) * 1000 / server_->config.body_rate_min;
  }
  void release_body() { server_->body_bytes -= std::exchange(body_bytes_, 0); }

  void on_read(const ErrorCode& ec) {
    if (server_->closed) return;
    if (ec) {
      if (ec != http::error::end_of_stream) ++server_->stats.refused;
      const unsigned status = status_of(ec);
      if (status == 0) return abandon();
      return refuse(status, "cannot read request: " + ec.message());
    }
    ++server_->stats.requests;
    http::request<http::string_body> request = parser_->release();
    parser_.reset();
    lowest().expires_never();
    version_ = request.version();
    keep_alive_ = request.keep_alive();
    head_only_ = request.method() == http::verb::head;
    if (version_ == 11 && request.count(http::field::host) != 1)
      return refuse(400, "need one Host header");
    // Beast takes a coding it does not know for no body at all: what follows would be a second
    // request.
    const auto codings = request.count(http::field::transfer_encoding);
    if (codings > 1 ||
        (codings == 1 && !beast::iequals(request[http::field::transfer_encoding], "chunked"))) {
      return refuse(400, "unknown transfer coding");
    }
    if (!origin_allowed(request)) return refuse(403, "this origin may not");
    if constexpr (!kTls) {
      if (beast::websocket::is_upgrade(request)) return upgrade(std::move(request));
    }
    handle(to_plain(request, remote_));
  }

  bool origin_allowed(const http::request<http::string_body>& request) const {
    const auto it = request.find(http::field::origin);
    if (it == request.end()) return true;
    const std::string value(it->value());
    const auto& allowed = server_->config.origins;
    return std::find(allowed.begin(), allowed.end(), value) != allowed.end();
  }

  void upgrade(http::request<http::string_body> request) {
    HttpRequest plain = to_plain(request, remote_);
    Tcp::socket socket = stream_.release_socket();
    const auto self = shared_from_this();
    end();
    start_ws_session(server_, std::move(socket), std::move(request), std::move(plain));
  }

  /// Holds the right to answer; answers 500 when it goes unused.
  struct Pending {
    std::shared_ptr<HttpSession> session;
    std::atomic<bool> used{false};
    explicit Pending(std::shared_ptr<HttpSession> s) : session(std::move(s)) {}
    void answer(HttpResponse response) {
      if (used.exchange(true)) return;
      auto executor = session->lowest().get_executor();
      asio::dispatch(executor,
                     [s = session, r = std::move(response)]() mutable { s->write(std::move(r)); });
    }
    ~Pending() {
      if (!used) answer({500, "text/plain", "no answer\n", {}});
    }
  };

  void handle(HttpRequest request) {
    auto pending = std::make_shared<Pending>(shared_from_this());
    server_->handler.on_request(std::move(request),
                                [pending](HttpResponse r) { pending->answer(std::move(r)); });
  }

  void refuse(unsigned status, const std::string& why) {
    keep_alive_ = false;
    write({status, "text/plain", why + "\n", {}});
  }

  void write(HttpResponse plain) {
    if (!counted_) return;  // closed meanwhile
    auto response = std::make_shared<http::response<http::string_body>>();
    response->version(version_);
    response->result(plain.status);
    response->set(http::field::content_type, plain.content_type);
    response->set("X-Content-Type-Options", "nosniff");
    for (const auto& [key, value] : plain.headers) response->set(key, value);
    response->keep_alive(keep_alive_);
    response->body() = std::move(plain.body);
    response->prepare_payload();
    if (head_only_) response->body().clear();
    lowest().expires_after(ms(server_->config.write_ms_max + extra_ms(response->body().size())));
    http::async_write(stream_, *response,
                      [self = shared_from_this(), response](const ErrorCode& ec, std::size_t) {
                        self->on_written(ec);
                      });
  }

  void on_written(const ErrorCode& ec) {
    if (!counted_) return;
    release_body();
    if (ec || server_->closed) {
      if (ec) ++server_->stats.refused;
      return abandon();
    }
    if (keep_alive_) return wait_for_request();
    linger();
  }

  /// Half-closes and reads on for a moment, so that the client gets the answer before a reset.
  void linger() {
    lowest().expires_after(ms(std::min<std::uint64_t>(1'000, server_->config.idle_ms_max)));
    if constexpr (kTls) {
      stream_.async_shutdown([self = shared_from_this()](const ErrorCode&) { self->half_close(); });
    } else {
      half_close();
    }
  }
  void half_close() {
    ErrorCode ignored;
    lowest().socket().shutdown(Tcp::socket::shutdown_send, ignored);
    drain();
  }
  /// Below TLS: what still comes is thrown away.
  void drain() {
    buffer_.clear();
    lowest().async_read_some(buffer_.prepare(4096),
                             [self = shared_from_this()](const ErrorCode& ec, std::size_t n) {
                               self->drained_ += n;
                               if (ec || self->drained_ > (1U << 20U)) return self->abandon();
                               self->drain();
                             });
  }

  ServerPtr server_;
  Stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  Endpoint remote_;
  std::size_t drained_ = 0;
  std::uint64_t body_bytes_ = 0;  ///< our part of the server's sum
  unsigned version_ = 11;
  bool keep_alive_ = false;
  bool head_only_ = false;
  bool counted_ = false;
  bool full_ = false;
};

}  // namespace cess::net::detail
