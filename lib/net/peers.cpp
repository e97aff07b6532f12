// SPDX-License-Identifier: Apache-2.0
// Who is connected. Of two connections between the same two nodes (both dialled) the one dialled by
// the smaller key stays; both ends come to the same decision without a word.
#include "net/peers.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>

#include "base/hex.hpp"
#include "crypto/ed25519.hpp"
#include "net/detail/loop_state.hpp"
#include "net/detail/peer_conn.hpp"
#include "sys/random.hpp"

namespace cess::net {

using detail::PeerConn;
using detail::Tcp;
namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

namespace {

constexpr std::uint32_t kMalformedPoints = 100;
constexpr std::uint64_t kAcceptPauseMs = 100;
constexpr std::uint32_t kControlSizeMax = 256;

Endpoint endpoint_of(const Tcp::endpoint& e) { return {e.address().to_string(), e.port()}; }

}  // namespace

class Peers::Impl final : public detail::ConnOwner, public std::enable_shared_from_this<Impl> {
 public:
  Impl(Loop& loop, PeersConfig config, PeerEvents& events)
      : loop_(loop),
        config_(std::move(config)),
        events_(events),
        names_{config_.protocol, to_hex(config_.genesis)},
        acceptor_(loop.state().io),
        resolver_(loop.state().io),
        score_(config_.score) {
    const Ed25519Public key = ed25519_public(config_.node_seed);
    own_key_ = NodeKey::from(key);
    config_.channels[kControlChannel] = {kControlSizeMax, true};
  }

  Status open() {
    CESS_TRY_ASSIGN(auto* context, detail::make_tls_context(config_.node_seed, names_));
    tls_.emplace(context);
    if (config_.listen) CESS_TRY(listen(*config_.listen));
    conn_context_.emplace(detail::ConnContext{config_, names_, *tls_, *this,
                                              local_ ? local_->port : std::uint16_t{0}});
    if (local_) accept();
    return {};
  }

  // Detaches from the owner, who goes away; pending operations may still hold us for a moment.
  void abandon() {
    gone_ = true;
    stop_dialling();
    for (auto& [key, conn] : peers_) conn->abandon();
    for (auto& [raw, conn] : waiting_) conn->abandon();
    peers_.clear();
    waiting_.clear();
  }

  Status listen(const Endpoint& where) {
    ErrorCode ec;
    const std::string name = format_endpoint(where);
    const auto address = asio::ip::make_address(where.host, ec);
    if (ec) return fail(Code::input, "cannot listen on '" + name + "': not an address", name);
    const Tcp::endpoint endpoint(address, where.port);
    acceptor_.open(endpoint.protocol(), ec);
    if (!ec) acceptor_.set_option(Tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor_.bind(endpoint, ec);
    if (!ec) acceptor_.listen(256, ec);
    if (ec) return fail(Code::system, "cannot listen on '" + name + "': " + ec.message(), name);
    local_ = endpoint_of(acceptor_.local_endpoint(ec));
    return {};
  }

  void accept() {
    acceptor_.async_accept([self = shared_from_this()](const ErrorCode& ec, Tcp::socket socket) {
      if (self->gone_ || self->closing_) return;
      if (ec) {
        // Out of descriptors, most likely: wait rather than spin.
        self->loop_.start_timer(kAcceptPauseMs, [self] {
          if (!self->gone_ && !self->closing_) self->accept();
        });
        return;
      }
      ErrorCode gone;
      const auto remote = socket.remote_endpoint(gone);
      if (!gone && self->incoming_count() < self->config_.handshake_count_max) {
        self->begin(std::move(socket), false, endpoint_of(remote), {});
      }
      self->accept();
    });
  }

  [[nodiscard]] std::size_t incoming_count() const {
    std::size_t n = 0;
    for (const auto& [raw, conn] : waiting_)
      if (!conn->info().outgoing) ++n;
    return n;
  }

  void begin(Tcp::socket socket, bool outgoing, const Endpoint& remote,
             const std::optional<NodeKey>& wanted) {
    auto conn = std::make_shared<PeerConn>(std::move(socket), *conn_context_, outgoing, remote);
    waiting_.emplace(conn.get(), conn);
    conn->start(wanted);
  }

  // ---- dialling

  struct Dial {
    std::optional<NodeKey> key;    // whom we want
    std::optional<NodeKey> found;  // who was there last
    std::uint64_t wait_ms = 0;
    TimerId timer = 0;
    bool busy = false;  // resolving, connecting or shaking hands
  };

  void dial(const Endpoint& remote, std::optional<NodeKey> key) {
    auto [it, fresh] = dials_.try_emplace(remote);
    it->second.key = key;
    if (fresh) schedule(remote, 0);
  }

  void forget(const Endpoint& remote) {
    const auto it = dials_.find(remote);
    if (it == dials_.end()) return;
    loop_.cancel_timer(it->second.timer);
    dials_.erase(it);
  }

  void schedule(const Endpoint& remote, std::uint64_t delay_ms) {
    Dial& d = dials_.at(remote);
    loop_.cancel_timer(d.timer);
    d.timer = loop_.start_timer(delay_ms, [self = shared_from_this(), remote] {
      if (!self->gone_ && self->dials_.contains(remote)) self->try_dial(remote);
    });
  }

  /// Up to a quarter off the wait, so that nodes that lost the same peer do not return in step.
  void schedule_again(const Endpoint& remote) {
    const auto it = dials_.find(remote);
    if (it == dials_.end() || closing_ || gone_) return;
    Dial& d = it->second;
    d.busy = false;
    d.wait_ms = std::clamp(d.wait_ms * 2, config_.redial_ms_min, config_.redial_ms_max);
    std::uint8_t chance = 0;
    system_random().fill(MutByteView(&chance, 1));
    schedule(remote, d.wait_ms - d.wait_ms * chance / 1024);
  }

  void try_dial(const Endpoint& remote) {
    Dial& d = dials_.at(remote);
    const std::optional<NodeKey> known = d.key ? d.key : d.found;
    if (d.busy) return;
    const bool pointless = known && (*known == own_key_ || peers_.contains(*known) ||
                                     score_.banned(*known, loop_.now_ms()));
    if (pointless) return schedule_again(remote);
    d.busy = true;
    ErrorCode not_address;
    const auto address = asio::ip::make_address(remote.host, not_address);
    if (!not_address) return connect(remote, Tcp::endpoint(address, remote.port));
    resolver_.async_resolve(remote.host, std::to_string(remote.port),
                            [self = shared_from_this(), remote](const ErrorCode& ec,
                                                                Tcp::resolver::results_type found) {
                              if (self->gone_ || self->closing_) return;
                              if (ec)
                                return self->dial_failed(remote, "no address: " + ec.message());
                              self->connect(remote, *found.begin());
                            });
  }

  void connect(const Endpoint& remote, const Tcp::endpoint& address) {
    auto socket = std::make_shared<Tcp::socket>(loop_.state().io);
    const TimerId timer = loop_.start_timer(config_.handshake_ms_max, [socket] {
      ErrorCode ignored;
      socket->close(ignored);
    });
    socket->async_connect(address,
                          [self = shared_from_this(), remote, socket, timer](const ErrorCode& ec) {
                            self->loop_.cancel_timer(timer);
                            if (self->gone_ || self->closing_) return;
                            if (ec)
                              return self->dial_failed(remote, "no connection: " + ec.message());
                            const auto it = self->dials_.find(remote);
                            if (it == self->dials_.end()) return;
                            self->begin(std::move(*socket), true, remote, it->second.key);
                          });
  }

  void dial_failed(const Endpoint& remote, const std::string& why) {
    schedule_again(remote);
    events_.on_refused(remote, why);
  }

  void stop_dialling() {
    for (auto& [remote, d] : dials_) loop_.cancel_timer(d.timer);
    dials_.clear();
    ErrorCode ignored;
    acceptor_.close(ignored);
    resolver_.cancel();
  }

  // ---- connections

  bool on_ready(PeerConn& conn, std::string& why) override {
    const auto held = conn.shared_from_this();
    const PeerInfo info = conn.info();
    if (info.outgoing) {
      if (const auto it = dials_.find(info.remote); it != dials_.end()) it->second.found = info.key;
    }
    if (info.key == own_key_) return why = "it is this node itself", false;
    if (score_.banned(info.key, loop_.now_ms())) return why = "banned", false;
    if (const auto it = peers_.find(info.key); it != peers_.end()) {
      const bool was_outgoing = it->second->info().outgoing;
      const bool by_smaller =
          (info.outgoing ? own_key_ : info.key) < (info.outgoing ? info.key : own_key_);
      // Same direction twice: the peer started again, and the newer one is the living one.
      if (was_outgoing != info.outgoing && !by_smaller) return why = kDuplicate, false;
      const auto old = it->second;
      peers_.erase(it);
      waiting_.emplace(old.get(), old);
      replace(held, info);
      old->say_goodbye(kDuplicate);
      // Said, so that the owner greets again: what it sent on the old one may be lost.
      events_.on_peer_down(info.key, kDuplicate);
      events_.on_peer_up(info);
      return true;
    }
    if (peers_.size() >= config_.peer_count_max && !reserved_.contains(info.key)) {
      return why = "no room for more peers", false;
    }
    replace(held, info);
    events_.on_peer_up(info);
    return true;
  }

  void replace(const std::shared_ptr<PeerConn>& conn, const PeerInfo& info) {
    waiting_.erase(conn.get());
    peers_.insert_or_assign(info.key, conn);
    if (!info.outgoing) return;
    if (const auto it = dials_.find(info.remote); it != dials_.end()) it->second.wait_ms = 0;
  }

  void on_frame(PeerConn& conn, Channel channel, Bytes body) override {
    const NodeKey key = conn.info().key;
    const auto it = peers_.find(key);
    if (it == peers_.end() || it->second.get() != &conn) return;
    events_.on_message(key, channel, std::move(body));
  }

  void on_malformed(PeerConn& conn, const std::string&) override {
    score_.charge(conn.info().key, kMalformedPoints, loop_.now_ms());
  }

  void on_closed(PeerConn& conn, const std::string& why) override {
    if (gone_) return;
    const PeerInfo info = conn.info();
    if (info.outgoing) schedule_again(info.remote);
    const auto it = peers_.find(info.key);
    if (it != peers_.end() && it->second.get() == &conn) {
      peers_.erase(it);
      events_.on_peer_down(info.key, why);
      return;
    }
    if (waiting_.erase(&conn) > 0 && why != kDuplicate) events_.on_refused(info.remote, why);
  }

  static constexpr const char* kDuplicate = "connected twice";

  Loop& loop_;
  PeersConfig config_;
  PeerEvents& events_;
  detail::TlsNames names_;
  std::optional<asio::ssl::context> tls_;
  std::optional<detail::ConnContext> conn_context_;
  Tcp::acceptor acceptor_;
  Tcp::resolver resolver_;
  ScoreBook score_;
  NodeKey own_key_;
  std::optional<Endpoint> local_;
  std::map<NodeKey, std::shared_ptr<PeerConn>> peers_;
  std::map<PeerConn*, std::shared_ptr<PeerConn>>
      waiting_;  // in handshake, or leaving as a duplicate
  std::map<Endpoint, Dial> dials_;
  std::set<NodeKey> reserved_;
  bool closing_ = false;
  bool gone_ = false;
};

Peers::Peers(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Peers::~Peers() { impl_->abandon(); }

Result<std::unique_ptr<Peers>> Peers::open(Loop& loop, PeersConfig config, PeerEvents& events) {
  auto impl = std::make_shared<Impl>(loop, std::move(config), events);
  CESS_TRY(impl->open());
  return std::unique_ptr<Peers>(new Peers(std::move(impl)));
}

NodeKey Peers::own_key() const { return impl_->own_key_; }
std::optional<Endpoint> Peers::local() const { return impl_->local_; }
void Peers::dial(const Endpoint& remote, std::optional<NodeKey> key) { impl_->dial(remote, key); }
void Peers::forget(const Endpoint& remote) { impl_->forget(remote); }
void Peers::set_reserved(std::set<NodeKey> keys) { impl_->reserved_ = std::move(keys); }

bool Peers::send(const NodeKey& peer, Channel channel, SharedBytes body) {
  const auto it = impl_->peers_.find(peer);
  if (it == impl_->peers_.end()) return false;
  const auto conn = it->second;
  if (conn->send(channel, std::move(body))) return true;
  if (impl_->config_.channels[channel].urgent) {
    impl_->loop_.post([conn] { conn->drop("it does not read"); });
  }
  return false;
}

std::size_t Peers::broadcast(Channel channel, const SharedBytes& body,
                             const std::optional<NodeKey>& except) {
  std::size_t n = 0;
  for (const auto& [key, conn] : impl_->peers_) {
    if ((!except || *except != key) && send(key, channel, body)) ++n;
  }
  return n;
}

std::size_t Peers::waiting_bytes(const NodeKey& peer) const {
  const auto it = impl_->peers_.find(peer);
  return it == impl_->peers_.end() ? 0 : it->second->waiting_bytes();
}

void Peers::penalize(const NodeKey& peer, std::uint32_t points, const std::string& why) {
  const bool banned = impl_->score_.charge(peer, points, impl_->loop_.now_ms());
  if (banned) disconnect(peer, "banned: " + why);
}

void Peers::disconnect(const NodeKey& peer, const std::string& why) {
  const auto it = impl_->peers_.find(peer);
  if (it == impl_->peers_.end()) return;
  // Later: the caller may be inside an event of this very connection.
  impl_->loop_.post([conn = it->second, why] { conn->say_goodbye(why); });
}

bool Peers::connected(const NodeKey& peer) const { return impl_->peers_.contains(peer); }

std::vector<PeerInfo> Peers::list() const {
  std::vector<PeerInfo> all;
  all.reserve(impl_->peers_.size());
  for (const auto& [key, conn] : impl_->peers_) {
    all.push_back(conn->info());
    all.back().score = impl_->score_.points(key, impl_->loop_.now_ms());
  }
  return all;
}

std::size_t Peers::count() const { return impl_->peers_.size(); }

void Peers::close() {
  impl_->closing_ = true;
  impl_->stop_dialling();
  for (const auto& info : list()) disconnect(info.key, "shutting down");
}

}  // namespace cess::net
