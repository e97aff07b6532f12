// SPDX-License-Identifier: Apache-2.0
#include <boost/beast/websocket.hpp>

#include "net/detail/client_core.hpp"

namespace cess::net {

namespace websocket = boost::beast::websocket;
using namespace detail;  // NOLINT: this file is the inside of it

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
