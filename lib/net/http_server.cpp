// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <chrono>

#include "net/detail/http_core.hpp"
#include "net/detail/loop_state.hpp"

namespace cess::net {

using namespace detail;  // NOLINT: this file is the inside of it

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (beast::iequals(key, name)) return value;
  }
  return {};
}

HttpRequest detail::to_plain(http::request<http::string_body>& request, const Endpoint& remote) {
  HttpRequest plain;
  plain.method = std::string(request.method_string());
  plain.target = std::string(request.target());
  for (const auto& field : request) {
    plain.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  plain.body = std::move(request.body());
  plain.remote = remote;
  return plain;
}

namespace {

constexpr std::uint64_t kAcceptPauseMs = 100;

std::chrono::milliseconds ms(std::uint64_t n) { return std::chrono::milliseconds(n); }

/// Status of a request that could not be read; 0: just close.
unsigned status_of(const ErrorCode& ec) {
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow) return 431;
  if (ec == http::error::body_limit) return 413;
  if (ec.category() != http::make_error_code(http::error::bad_method).category()) return 0;
  return ec == http::error::end_of_stream || ec == http::error::partial_message ? 0 : 400;
}

class HttpSession final : public Connection, public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(ServerPtr server, Tcp::socket socket)
      : server_(std::move(server)), stream_(std::move(socket)) {
    ErrorCode gone;
    const auto remote = stream_.socket().remote_endpoint(gone);
    if (!gone) remote_ = {remote.address().to_string(), remote.port()};
  }

  void start(bool full) {
    server_->add(shared_from_this());
    ++server_->stats.connections;
    counted_ = true;
    if (full) return refuse(503, "too many connections");
    wait_for_request();
  }

  void abandon() override {
    ErrorCode ignored;
    stream_.socket().close(ignored);
    end();
  }

 private:
  void end() {
    if (counted_) --server_->stats.connections;
    counted_ = false;
    server_->remove(this);
  }

  /// The first byte may take the idle time; the rest of the request the reading time.
  void wait_for_request() {
    if (buffer_.size() > 0) return read();
    stream_.expires_after(ms(server_->config.idle_ms_max));
    stream_.async_read_some(buffer_.prepare(4096),
                            [self = shared_from_this()](const ErrorCode& ec, std::size_t n) {
                              if (ec) return self->end();
                              self->buffer_.commit(n);
                              self->read();
                            });
  }

  void read() {
    parser_.emplace();
    parser_->header_limit(server_->config.header_size_max);
    parser_->body_limit(server_->config.body_size_max);
    stream_.expires_after(ms(server_->config.read_ms_max));
    http::async_read(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](const ErrorCode& ec, std::size_t) { self->on_read(ec); });
  }

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
    stream_.expires_never();
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
    if (beast::websocket::is_upgrade(request)) return upgrade(std::move(request));
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
      auto executor = session->stream_.get_executor();
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
    stream_.expires_after(ms(server_->config.write_ms_max));
    http::async_write(stream_, *response,
                      [self = shared_from_this(), response](const ErrorCode& ec, std::size_t) {
                        self->on_written(ec);
                      });
  }

  void on_written(const ErrorCode& ec) {
    if (!counted_) return;
    if (ec || server_->closed) {
      if (ec) ++server_->stats.refused;
      return abandon();
    }
    if (keep_alive_) return wait_for_request();
    linger();
  }

  /// Half-closes and reads on for a moment, so that the client gets the answer before a reset.
  void linger() {
    ErrorCode ignored;
    stream_.socket().shutdown(Tcp::socket::shutdown_send, ignored);
    stream_.expires_after(ms(std::min<std::uint64_t>(1'000, server_->config.idle_ms_max)));
    drain();
  }
  void drain() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(4096),
                            [self = shared_from_this()](const ErrorCode& ec, std::size_t n) {
                              self->drained_ += n;
                              if (ec || self->drained_ > (1U << 20U)) return self->abandon();
                              self->drain();
                            });
  }

  ServerPtr server_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  Endpoint remote_;
  std::size_t drained_ = 0;
  unsigned version_ = 11;
  bool keep_alive_ = false;
  bool head_only_ = false;
  bool counted_ = false;
};

}  // namespace

void detail::start_http_session(const ServerPtr& server, Tcp::socket socket, bool full) {
  std::make_shared<HttpSession>(server, std::move(socket))->start(full);
}

HttpServer::Impl::Impl(Loop& loop, HttpConfig config_in, HttpHandler& handler_in)
    : config(std::move(config_in)), handler(handler_in), loop_(loop), acceptor_(loop.state().io) {}

Status HttpServer::Impl::open() {
  ErrorCode ec;
  const std::string name = format_endpoint(config.listen);
  const auto address = asio::ip::make_address(config.listen.host, ec);
  if (ec) return fail(Code::input, "cannot listen on '" + name + "': not an address", name);
  const Tcp::endpoint endpoint(address, config.listen.port);
  acceptor_.open(endpoint.protocol(), ec);
  if (!ec) acceptor_.set_option(Tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor_.bind(endpoint, ec);
  if (!ec) acceptor_.listen(512, ec);
  if (ec) return fail(Code::system, "cannot listen on '" + name + "': " + ec.message(), name);
  const auto bound = acceptor_.local_endpoint(ec);
  local = {bound.address().to_string(), bound.port()};
  accept();
  return {};
}

void HttpServer::Impl::accept() {
  acceptor_.async_accept([self = shared_from_this()](const ErrorCode& ec, Tcp::socket socket) {
    if (self->closed) return;
    if (ec) {
      // Out of descriptors, most likely: wait rather than spin.
      self->loop_.start_timer(kAcceptPauseMs, [self] {
        if (!self->closed) self->accept();
      });
      return;
    }
    // A few more than the limit are told so; the rest are just closed.
    const std::size_t limit = self->config.connection_count_max;
    if (self->all_.size() < limit + 16)
      start_http_session(self, std::move(socket), self->all_.size() >= limit);
    self->accept();
  });
}

void HttpServer::Impl::close() {
  if (closed) return;
  closed = true;
  ErrorCode ignored;
  acceptor_.close(ignored);
  const auto all = std::exchange(all_, {});
  for (const auto& [raw, connection] : all) connection->abandon();
}

HttpServer::HttpServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() { impl_->close(); }

Result<std::unique_ptr<HttpServer>> HttpServer::open(Loop& loop, HttpConfig config,
                                                     HttpHandler& handler) {
  auto impl = std::make_shared<Impl>(loop, std::move(config), handler);
  CESS_TRY(impl->open());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

Endpoint HttpServer::local() const { return impl_->local; }
HttpStats HttpServer::stats() const { return impl_->stats; }
void HttpServer::close() { impl_->close(); }

}  // namespace cess::net
