// SPDX-License-Identifier: Apache-2.0
#include "net/detail/http_session.hpp"
#include "net/detail/loop_state.hpp"
#include "net/detail/tls.hpp"

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
}

void detail::start_http_session(const ServerPtr& server, Tcp::socket socket, bool full) {
  if (server->tls) return start_https_session(server, std::move(socket), full);
  std::make_shared<HttpSession<beast::tcp_stream>>(server, std::move(socket))->start(full);
}

HttpServer::Impl::Impl(Loop& loop, HttpConfig config_in, HttpHandler& handler_in)
    : config(std::move(config_in)), handler(handler_in), loop_(loop), acceptor_(loop.state().io) {}

Status HttpServer::Impl::open() {
  if (config.tls_seed) {
    CESS_TRY_ASSIGN(ssl_ctx_st * context, make_https_server_context(*config.tls_seed));
    tls = std::make_unique<asio::ssl::context>(context);
  }
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
