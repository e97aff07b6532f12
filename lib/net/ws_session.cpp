// SPDX-License-Identifier: Apache-2.0
// A WebSocket client of the server. No compression: a small message must not grow large in here.
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <deque>

#include "net/detail/http_core.hpp"

namespace cess::net::detail {
namespace {

namespace websocket = beast::websocket;

class Session final : public WsSession,
                      public Connection,
                      public std::enable_shared_from_this<Session> {
 public:
  Session(ServerPtr server, Tcp::socket socket)
      : server_(std::move(server)), stream_(std::move(socket)) {
    id_ = ++server_->ws_last;
  }

  void start(http::request<http::string_body> request, HttpRequest plain) {
    server_->add(shared_from_this());
    ++server_->stats.ws_sessions;
    websocket::stream_base::timeout timeout{};
    timeout.handshake_timeout = std::chrono::milliseconds(server_->config.read_ms_max);
    timeout.idle_timeout = std::chrono::milliseconds(server_->config.ws_idle_ms_max);
    timeout.keep_alive_pings = true;
    stream_.set_option(timeout);
    stream_.read_message_max(server_->config.ws_message_size_max);
    request_ = std::move(request);
    stream_.async_accept(request_, [self = shared_from_this(), plain = std::move(plain)](
                                       const ErrorCode& ec) { self->on_accept(ec, plain); });
  }

  [[nodiscard]] std::uint64_t id() const override { return id_; }

  bool send(std::shared_ptr<const std::string> text) override {
    if (over_ || closing_) return false;
    if (text->size() + queued_bytes_ > server_->config.ws_queue_bytes_max && !queue_.empty()) {
      // It does not read. Not at once: the caller may be walking over its sessions.
      closing_ = true;
      ++server_->stats.refused;
      asio::post(stream_.get_executor(), [self = shared_from_this()] { self->finish(); });
      return false;
    }
    queued_bytes_ += text->size();
    queue_.push_back(std::move(text));
    if (queue_.size() == 1) write();
    return true;
  }

  void close(std::uint16_t code, std::string_view reason) override {
    if (over_ || closing_) return;
    closing_ = true;
    websocket::close_reason why(code);
    why.reason = beast::string_view(reason.data(), std::min<std::size_t>(reason.size(), 100));
    stream_.async_close(why, [self = shared_from_this()](const ErrorCode&) { self->finish(); });
  }

  void abandon() override { finish(); }

 private:
  void on_accept(const ErrorCode& ec, const HttpRequest& plain) {
    if (over_) return;
    request_ = {};
    if (ec) return finish();
    opened_ = true;
    stream_.text(true);
    if (!server_->handler.on_ws_open(plain, shared_from_this())) {
      opened_ = false;
      return close(websocket::close_code::policy_error, "nothing here");
    }
    read();
  }

  void read() {
    stream_.async_read(buffer_, [self = shared_from_this()](const ErrorCode& ec, std::size_t) {
      self->on_read(ec);
    });
  }

  void on_read(const ErrorCode& ec) {
    if (over_) return;
    if (ec) return finish();
    if (!stream_.got_text()) return close(websocket::close_code::unknown_data, "text only");
    std::string text = beast::buffers_to_string(buffer_.data());
    buffer_.consume(buffer_.size());
    server_->handler.on_ws_text(*this, std::move(text));
    if (!over_) read();
  }

  void write() {
    stream_.async_write(asio::buffer(*queue_.front()),
                        [self = shared_from_this()](const ErrorCode& ec, std::size_t) {
                          if (self->over_) return;
                          if (ec) return self->finish();
                          self->queued_bytes_ -= self->queue_.front()->size();
                          self->queue_.pop_front();
                          if (!self->queue_.empty()) self->write();
                        });
  }

  void finish() {
    if (over_) return;
    const auto self = shared_from_this();
    over_ = true;
    --server_->stats.ws_sessions;
    ErrorCode ignored;
    beast::get_lowest_layer(stream_).socket().close(ignored);
    server_->remove(this);
    if (opened_) server_->handler.on_ws_close(*this);
  }

  ServerPtr server_;
  websocket::stream<beast::tcp_stream> stream_;
  http::request<http::string_body> request_;
  beast::flat_buffer buffer_;
  std::deque<std::shared_ptr<const std::string>> queue_;
  std::size_t queued_bytes_ = 0;
  std::uint64_t id_ = 0;
  bool opened_ = false;
  bool closing_ = false;
  bool over_ = false;
};

}  // namespace

void start_ws_session(const ServerPtr& server, Tcp::socket socket,
                      http::request<http::string_body> request, HttpRequest plain) {
  std::make_shared<Session>(server, std::move(socket))->start(std::move(request), std::move(plain));
}

}  // namespace cess::net::detail
