// SPDX-License-Identifier: Apache-2.0
// Peers that do not play by the rules, at the level of sockets and TLS.
#include <gmock/gmock.h>
#include <signal.h>  // NOLINT: SIGPIPE

#include "net/detail/tls.hpp"
#include "raw.hpp"
#include "support.hpp"

namespace cess::net {
namespace {

using namespace test;  // NOLINT: the support of this test
using testing::HasSubstr;

struct Host {
  Loop loop;
  Log log;
  std::unique_ptr<Peers> peers;
  explicit Host(PeersConfig config) {
    peers = std::move(*Peers::open(loop, std::move(config), log));
  }
  [[nodiscard]] Endpoint at() const { return *peers->local(); }
};

PeersConfig hasty() {
  PeersConfig c = config_of(1);
  c.handshake_ms_max = 60;
  c.idle_ms_max = 90;
  c.stall_ms_max = 60;
  return c;
}

// OpenSSL writes to a socket without MSG_NOSIGNAL, and the host hangs up.
const bool kNoSigpipe = ::signal(SIGPIPE, SIG_IGN) != SIG_ERR;

const std::string& genesis_text() {
  static const std::string text = [] {
    std::string s(64, '0');
    s.back() = '1';
    return s;
  }();
  return text;
}

/// A TLS client made by hand, so that single things can be wrong.
class TlsClient {
 public:
  TlsClient(const Endpoint& to, SSL_CTX* context)
      : socket_(to), context_(context), ssl_(SSL_new(context)) {
    SSL_set_fd(ssl_, socket_.fd());
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  void offer(const std::string& alpn) {
    std::string wire(1, static_cast<char>(alpn.size()));
    wire += alpn;
    SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(wire.data()),
                        static_cast<unsigned>(wire.size()));
  }
  bool handshake() { return SSL_connect(ssl_) == 1; }
  bool write(const Bytes& b) { return SSL_write(ssl_, b.data(), static_cast<int>(b.size())) > 0; }
  /// Reads until the end; the number of bytes.
  std::size_t drain() {
    std::size_t n = 0;
    char part[4096];
    for (int got = 0; (got = SSL_read(ssl_, part, sizeof part)) > 0;)
      n += static_cast<std::size_t>(got);
    return n;
  }
  [[nodiscard]] const RawClient& socket() const { return socket_; }
  SSL* ssl() { return ssl_; }

 private:
  RawClient socket_;
  SSL_CTX* context_;
  SSL* ssl_;
};

/// A client that is right in all but what `change` does to it; returns what the host says of it.
std::string refused_for(const std::function<void(SSL_CTX*)>& change, const std::string& alpn) {
  const detail::TlsNames names{"cess/1", genesis_text()};
  Host host(config_of(1));
  Aside client([&] {
    SSL_CTX* context = *detail::make_tls_context(seed_of(9), names);
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_cert_verify_callback(
        context, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
    change(context);
    TlsClient tls(host.at(), context);
    if (!alpn.empty()) tls.offer(alpn);
    if (tls.handshake()) tls.drain();
  });
  EXPECT_TRUE(
      run_until(host.loop, [&] { return !host.log.refused.empty() || !host.log.up.empty(); }));
  host.peers.reset();
  while (!client.done()) host.loop.run_some(10);
  return host.log.refused.empty() ? "" : host.log.refused[0];
}

TEST(Hostile, Tls12) {
  EXPECT_THAT(refused_for(
                  [](SSL_CTX* c) {
                    SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
                    SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION);
                  },
                  "cess/1/" + genesis_text()),
              HasSubstr("no TLS handshake: unsupported protocol"));
}

TEST(Hostile, RightCertificateWrongOrNoName) {
  const auto same = [](SSL_CTX*) {};
  EXPECT_THAT(refused_for(same, ""), HasSubstr("did not agree on our protocol by name"));
  EXPECT_THAT(refused_for(same, "h2"), HasSubstr("did not agree on our protocol by name"));
  EXPECT_THAT(refused_for(same, "cess/1/" + genesis_text() + "0"), HasSubstr("did not agree"));
}

TEST(Hostile, NoCertificateAndAnotherKindOfKey) {
  const std::string alpn = "cess/1/" + genesis_text();
  EXPECT_THAT(refused_for(
                  [](SSL_CTX* c) {
                    SSL_CTX_set_cert_cb(
                        c,
                        [](SSL* s, void*) {
                          SSL_certs_clear(s);
                          return 1;
                        },
                        nullptr);
                  },
                  alpn),
              HasSubstr("no TLS handshake: peer did not return a certificate"));
}

TEST(Hostile, SomebodyElsesCertificateNeedsItsKey) {
  // The certificate of key 9 with the private key of nobody: OpenSSL refuses to pair them, so what
  // is left to an attacker is to sign with another key, which the handshake itself detects. Here:
  // two certificates in the chain.
  const detail::TlsNames names{"cess/1", genesis_text()};
  EXPECT_THAT(refused_for(
                  [&](SSL_CTX* c) {
                    SSL_CTX* other = *detail::make_tls_context(seed_of(10), names);
                    SSL_CTX_add1_chain_cert(c, SSL_CTX_get0_certificate(other));
                    SSL_CTX_free(other);
                  },
                  "cess/1/" + genesis_text()),
              HasSubstr("more than one certificate"));
}

TEST(Hostile, SilentAndDribblingHandshakesEnd) {
  Host host(hasty());
  RawClient silent(host.at());
  RawClient half(host.at());
  ASSERT_TRUE(half.send("\x16\x03\x01"));
  half.half_close();
  RawClient garbage(host.at());
  ASSERT_TRUE(garbage.send("GET / HTTP/1.1\r\n\r\n"));
  ASSERT_TRUE(run_until(host.loop, [&] { return host.log.refused.size() == 3; }));
  EXPECT_THAT(host.log.refused, testing::Contains("handshake took too long"));
  EXPECT_TRUE(host.log.up.empty());
}

/// A well-behaved handshake and hello, then `act`.
void with_peer(Host& host, const std::function<void(TlsClient&)>& act) {
  const detail::TlsNames names{"cess/1", genesis_text()};
  Aside client([&] {
    SSL_CTX* context = *detail::make_tls_context(seed_of(9), names);
    SSL_CTX_set_cert_verify_callback(
        context, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
    TlsClient tls(host.at(), context);
    tls.offer("cess/1/" + genesis_text());
    ASSERT_TRUE(tls.handshake());
    ASSERT_TRUE(tls.write({3, 0, 0, 0, 0, 0, 1, 0, 0}));
    act(tls);
  });
  EXPECT_TRUE(run_until(host.loop, [&] { return !host.log.up.empty(); }));
  EXPECT_TRUE(run_until(host.loop, [&] { return !host.log.down.empty(); }));
  while (!client.done()) host.loop.run_some(10);
}

TEST(Hostile, OneByteAtATimeIsSilence) {
  PeersConfig config = hasty();
  config.handshake_ms_max = 1'000'000;
  Host host(std::move(config));
  with_peer(host, [](TlsClient& tls) {
    // Never a whole chunk, but always another byte, until the host has had enough.
    const Bytes head{0xff, 0xff, 0, 0, kBodies, 0};
    for (std::size_t i = 0; tls.write({i < head.size() ? head[i] : std::uint8_t{0}}); ++i) {
      timespec pause{0, 5'000'000};
      nanosleep(&pause, nullptr);
    }
  });
  EXPECT_EQ(host.log.down[0], "silent for too long");
}

TEST(Hostile, MalformedFramesBan) {
  for (const Bytes& bad :
       {Bytes{0xff, 0xff, 0xff, 0x7f, kBodies, 0}, Bytes{1, 0, 0, 0, 77, 0, 1},
        Bytes{0, 0, 0, 0, kBodies, 1}, Bytes{1, 0, 0, 0, 0, 0, 99}, Bytes{0, 0, 0, 0, 0, 0}}) {
    Host host(config_of(1));
    with_peer(host, [&](TlsClient& tls) {
      ASSERT_TRUE(tls.write(bad));
      tls.drain();
    });
    Log again;
    auto peers = std::move(*Peers::open(host.loop, config_of(9), again));
    peers->dial(host.at(), {});
    ASSERT_TRUE(run_until(host.loop, [&] { return !again.down.empty(); }));
    EXPECT_EQ(again.down[0], "it left: banned");
  }
}

TEST(Hostile, NeverReadingIsBounded) {
  PeersConfig config = hasty();
  config.handshake_ms_max = config.idle_ms_max = 1'000'000;
  config.queue.bulk_bytes_max = 10U << 20U;
  Host host(std::move(config));
  std::atomic<bool> over{false};
  Aside client([&] {
    const detail::TlsNames names{"cess/1", genesis_text()};
    SSL_CTX* context = *detail::make_tls_context(seed_of(9), names);
    SSL_CTX_set_cert_verify_callback(
        context, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
    TlsClient tls(host.at(), context);
    tls.offer("cess/1/" + genesis_text());
    ASSERT_TRUE(tls.handshake());
    ASSERT_TRUE(tls.write({3, 0, 0, 0, 0, 0, 1, 0, 0}));
    over.wait(false);
  });
  ASSERT_TRUE(run_until(host.loop, [&] { return !host.log.up.empty(); }));
  const SharedBytes body = share(Bytes(4U << 20U));
  int sent = 0;
  ASSERT_TRUE(run_until(host.loop, [&] {
    while (host.peers->send(key_of(9), kBodies, body)) ++sent;
    return host.log.down.size() == 1;
  }));
  EXPECT_EQ(host.log.down[0], "it does not read");
  EXPECT_LE(sent, 8) << "10 MiB of queue, and what the kernel's buffers hold";
  over = true;
  over.notify_all();
}

}  // namespace
}  // namespace cess::net
