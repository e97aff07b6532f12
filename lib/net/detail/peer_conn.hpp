// SPDX-License-Identifier: Apache-2.0
// One connection to a peer, from the handshake to the goodbye. It is held by its own pending
// operations: once closed, the last of them lets it go.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "net/detail/tls.hpp"
#include "net/frame.hpp"
#include "net/peers.hpp"

namespace cess::net::detail {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

class PeerConn;

/// What a connection tells the manager. After on_closed nothing more comes.
class ConnOwner {
 public:
  virtual ~ConnOwner() = default;
  /// Handshake done and hello read. False refuses, with `why` filled.
  virtual bool on_ready(PeerConn& conn, std::string& why) = 0;
  virtual void on_frame(PeerConn& conn, Channel channel, Bytes body) = 0;
  virtual void on_malformed(PeerConn& conn, const std::string& why) = 0;
  virtual void on_closed(PeerConn& conn, const std::string& why) = 0;
};

struct ConnContext {
  const PeersConfig& config;
  const TlsNames& names;
  asio::ssl::context& tls;
  ConnOwner& owner;
  std::uint16_t listen_port = 0;
};

class PeerConn : public std::enable_shared_from_this<PeerConn> {
 public:
  PeerConn(Tcp::socket socket, const ConnContext& context, bool outgoing, Endpoint remote);
  void start(const std::optional<NodeKey>& wanted);
  /// False when the queue is full.
  bool send(Channel channel, SharedBytes body);
  /// Tells the peer why and closes once that is written, or after a second. on_closed follows.
  void say_goodbye(const std::string& why);
  /// Closes at once; on_closed follows.
  void drop(const std::string& why);
  /// Closes without another call of the owner, who is going away.
  void abandon();

  [[nodiscard]] PeerInfo info() const;
  [[nodiscard]] bool ready() const { return phase_ == Phase::ready; }
  [[nodiscard]] std::size_t waiting_bytes() const { return queue_.bulk_bytes(); }

 private:
  enum class Phase { handshake, hello, ready, leaving, closed };
  void on_handshake(const boost::system::error_code& ec);
  void read_some();
  void on_read(const boost::system::error_code& ec, std::size_t size);
  bool on_control(const Bytes& body);
  void write_some();
  void on_written(const boost::system::error_code& ec);
  void watch();
  void on_watch();
  void send_control(std::uint8_t kind, ByteView rest);
  [[nodiscard]] std::uint64_t now_ms() const;

  asio::ssl::stream<Tcp::socket> stream_;
  ConnContext context_;
  asio::steady_timer timer_;
  FrameDecoder decoder_;
  SendQueue queue_;
  TlsPeer tls_;
  PeerInfo info_;
  Phase phase_ = Phase::handshake;
  std::string leaving_why_;
  Bytes wire_;
  bool writing_ = false;
  std::uint64_t started_ms_;
  std::uint64_t heard_ms_ = 0;  // when the last whole chunk came
  std::uint64_t chunk_count_ = 0;
  std::uint64_t write_ms_ = 0;  // when the pending write began
  std::uint64_t ping_ms_ = 0;
  std::array<std::uint8_t, 32'768> input_{};
};

}  // namespace cess::net::detail
