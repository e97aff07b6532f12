// SPDX-License-Identifier: Apache-2.0
#include "net/detail/peer_conn.hpp"

#include <boost/asio/write.hpp>
#include <chrono>

#include "base/codec.hpp"
#include "sys/terminal.hpp"

namespace cess::net::detail {
namespace {

// Control messages: kind, then hello: LE16 listening port; goodbye: reason in UTF-8.
enum Control : std::uint8_t { kHello = 1, kPing = 2, kPong = 3, kGoodbye = 4 };

constexpr std::size_t kBatchSize = 65'536;
constexpr std::size_t kReasonSizeMax = 200;
constexpr std::uint64_t kGoodbyeMs = 1'000;
constexpr std::uint64_t kWatchMsMax = 1'000;

}  // namespace

PeerConn::PeerConn(Tcp::socket socket, const ConnContext& context, bool outgoing, Endpoint remote)
    : stream_(std::move(socket), context.tls),
      context_(context),
      timer_(stream_.get_executor()),
      decoder_(context.config.channels),
      queue_(context.config.channels, context.config.queue),
      started_ms_(now_ms()) {
  info_.outgoing = outgoing;
  info_.remote = std::move(remote);
}

std::uint64_t PeerConn::now_ms() const {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

PeerInfo PeerConn::info() const { return info_; }

void PeerConn::start(const std::optional<NodeKey>& wanted) {
  boost::system::error_code ignored;
  stream_.next_layer().set_option(Tcp::no_delay(true), ignored);
  tls_.wanted = wanted;
  prepare_tls(stream_.native_handle(), tls_, context_.names, info_.outgoing);
  watch();
  const auto side =
      info_.outgoing ? asio::ssl::stream_base::client : asio::ssl::stream_base::server;
  stream_.async_handshake(side, [self = shared_from_this()](const boost::system::error_code& ec) {
    self->on_handshake(ec);
  });
}

void PeerConn::on_handshake(const boost::system::error_code& ec) {
  if (phase_ != Phase::handshake) return;
  if (ec || !tls_.found) {
    const std::string why =
        !tls_.refusal.empty() ? tls_.refusal : "no TLS handshake: " + ec.message();
    drop(why);
    return;
  }
  info_.key = *tls_.found;
  phase_ = Phase::hello;
  heard_ms_ = now_ms();
  std::uint8_t port[2];
  store_le(port, context_.listen_port);
  send_control(kHello, ByteView(port, 2));
  read_some();
}

void PeerConn::read_some() {
  stream_.async_read_some(asio::buffer(input_), [self = shared_from_this()](
                                                    const boost::system::error_code& ec,
                                                    std::size_t size) { self->on_read(ec, size); });
}

void PeerConn::on_read(const boost::system::error_code& ec, std::size_t size) {
  if (phase_ == Phase::closed) return;
  if (ec) {
    drop(phase_ == Phase::leaving ? leaving_why_ : "connection lost: " + ec.message());
    return;
  }
  info_.bytes_in += size;
  const Status read =
      decoder_.feed(ByteView(input_.data(), size), [this](Channel channel, Bytes body) {
        if (channel == kControlChannel) return on_control(body);
        // Before the hello nothing else is due; after the goodbye nothing else matters.
        if (phase_ == Phase::ready) context_.owner.on_frame(*this, channel, std::move(body));
        return phase_ != Phase::closed;
      });
  if (phase_ == Phase::closed) return;
  if (!read) {
    context_.owner.on_malformed(*this, read.error().message);
    if (phase_ != Phase::closed) drop(read.error().message);
    return;
  }
  if (decoder_.chunk_count() != chunk_count_) {
    chunk_count_ = decoder_.chunk_count();
    heard_ms_ = now_ms();
  }
  read_some();
}

bool PeerConn::on_control(const Bytes& body) {
  const std::uint8_t kind = body.empty() ? 0 : body[0];
  if (kind == kHello && body.size() == 3 && phase_ == Phase::hello) {
    info_.listen_port = load_le<std::uint16_t>(body.data() + 1);
    phase_ = Phase::ready;
    std::string why;
    if (!context_.owner.on_ready(*this, why) && phase_ == Phase::ready) say_goodbye(why);
  } else if (kind == kPing && body.size() == 1) {
    send_control(kPong, {});
  } else if (kind == kGoodbye) {
    const ByteView reason = ByteView(body).subspan(1, std::min(body.size() - 1, kReasonSizeMax));
    drop("it left: " + escape_control(as_text(reason)));
  } else if (kind != kPong) {
    context_.owner.on_malformed(*this, "unknown control message " + std::to_string(kind));
    if (phase_ != Phase::closed) drop("unknown control message");
  }
  return phase_ != Phase::closed;
}

void PeerConn::send_control(std::uint8_t kind, ByteView rest) {
  Writer body;
  body.le(kind).raw(rest);
  send(kControlChannel, std::make_shared<const Bytes>(body.take()));
}

bool PeerConn::send(Channel channel, SharedBytes body) {
  if (phase_ == Phase::closed || phase_ == Phase::handshake) return false;
  if (!queue_.push(channel, std::move(body))) return false;
  write_some();
  return true;
}

void PeerConn::write_some() {
  if (writing_ || queue_.empty() || phase_ == Phase::closed) return;
  wire_.clear();
  queue_.fill(wire_, kBatchSize);
  writing_ = true;
  write_ms_ = now_ms();
  asio::async_write(stream_, asio::buffer(wire_),
                    [self = shared_from_this()](const boost::system::error_code& ec, std::size_t) {
                      self->on_written(ec);
                    });
}

void PeerConn::on_written(const boost::system::error_code& ec) {
  writing_ = false;
  if (phase_ == Phase::closed) return;
  if (ec) {
    drop(phase_ == Phase::leaving ? leaving_why_ : "connection lost: " + ec.message());
    return;
  }
  info_.bytes_out += wire_.size();
  if (queue_.empty()) {
    Bytes().swap(wire_);  // an idle peer holds no buffer
    if (phase_ == Phase::leaving) drop(leaving_why_);
    return;
  }
  write_some();
}

void PeerConn::say_goodbye(const std::string& why) {
  if (phase_ == Phase::closed || phase_ == Phase::leaving) return;
  if (phase_ == Phase::handshake) {
    drop(why);
    return;
  }
  leaving_why_ = why;
  send_control(kGoodbye, as_bytes(std::string_view(why).substr(0, kReasonSizeMax)));
  phase_ = Phase::leaving;
  heard_ms_ = now_ms();
  watch();
}

void PeerConn::drop(const std::string& why) {
  if (phase_ == Phase::closed) return;
  const auto self = shared_from_this();
  abandon();
  context_.owner.on_closed(*this, why);
}

void PeerConn::abandon() {
  phase_ = Phase::closed;
  boost::system::error_code ignored;
  timer_.cancel();
  stream_.next_layer().close(ignored);
}

void PeerConn::watch() {
  const std::uint64_t every =
      std::min({kWatchMsMax, context_.config.idle_ms_max / 3 + 1,
                context_.config.handshake_ms_max / 3 + 1, context_.config.stall_ms_max / 3 + 1});
  timer_.expires_after(std::chrono::milliseconds(every));
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& ec) {
    if (!ec && self->phase_ != Phase::closed) self->on_watch();
  });
}

void PeerConn::on_watch() {
  const std::uint64_t now = now_ms();
  const PeersConfig& config = context_.config;
  if (phase_ == Phase::handshake || phase_ == Phase::hello) {
    if (now - started_ms_ > config.handshake_ms_max) return drop("handshake took too long");
  } else if (phase_ == Phase::leaving) {
    if (now - heard_ms_ > kGoodbyeMs) return drop(leaving_why_);
  } else {
    if (writing_ && now - write_ms_ > config.stall_ms_max) return drop("it does not read");
    if (now - heard_ms_ > config.idle_ms_max) return drop("silent for too long");
    if (now - heard_ms_ > config.idle_ms_max / 3 && now - ping_ms_ > config.idle_ms_max / 3) {
      ping_ms_ = now;
      send_control(kPing, {});
    }
  }
  watch();
}

}  // namespace cess::net::detail
