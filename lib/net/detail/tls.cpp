// SPDX-License-Identifier: Apache-2.0
#include "net/detail/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>

#include "base/check.hpp"
#include "base/hex.hpp"
#include "sys/terminal.hpp"

namespace cess::net::detail {
namespace {

struct Free {
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Free>;
using CertPtr = std::unique_ptr<X509, Free>;
using ContextPtr = std::unique_ptr<SSL_CTX, Free>;

tl::unexpected<Error> tls_error(std::string_view act) {
  char text[160] = "no reason given";
  if (const unsigned long code = ERR_get_error(); code != 0)
    ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return fail(Code::system, "cannot " + std::string(act) + ": " + text);
}

int peer_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}
TlsPeer* peer_of(const SSL* ssl) {
  return static_cast<TlsPeer*>(SSL_get_ex_data(ssl, peer_index()));
}

std::string alpn_name(const TlsNames& names) { return names.protocol + "/" + names.genesis; }

/// Fixed dates and serial: the certificate says nothing but the key and the chain.
CertPtr make_certificate(EVP_PKEY* key, const TlsNames& names) {
  CertPtr cert(X509_new());
  if (!cert) return nullptr;
  X509_NAME* subject = X509_get_subject_name(cert.get());
  const auto add = [&](const char* field, const std::string& text) {
    return X509_NAME_add_entry_by_txt(subject, field, MBSTRING_ASC,
                                      reinterpret_cast<const unsigned char*>(text.data()),
                                      static_cast<int>(text.size()), -1, 0) == 1;
  };
  const bool ok =
      X509_set_version(cert.get(), X509_VERSION_3) == 1 &&
      ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 1) == 1 &&
      ASN1_TIME_set_string_X509(X509_getm_notBefore(cert.get()), "19700101000000Z") == 1 &&
      ASN1_TIME_set_string_X509(X509_getm_notAfter(cert.get()), "99991231235959Z") == 1 &&
      add("O", names.protocol) && add("CN", names.genesis) &&
      X509_set_issuer_name(cert.get(), subject) == 1 && X509_set_pubkey(cert.get(), key) == 1 &&
      X509_sign(cert.get(), key, nullptr) > 0;
  return ok ? std::move(cert) : nullptr;
}

/// TLS 1.3, X25519, Ed25519 and nothing else. With a seed: with our certificate.
Result<ContextPtr> make_context(const Key256* seed, const TlsNames& names) {
  ContextPtr context(SSL_CTX_new(TLS_method()));
  if (!context) return tls_error("start TLS");
  SSL_CTX* c = context.get();
  if (SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_max_proto_version(c, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_ciphersuites(
          c, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") != 1 ||
      SSL_CTX_set1_groups_list(c, "X25519") != 1 || SSL_CTX_set1_sigalgs_list(c, "ed25519") != 1) {
    return tls_error("set up TLS");
  }
  SSL_CTX_set_options(c, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(c, 0);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  // Give idle connections their buffers back.
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                          SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (seed == nullptr) return context;
  const KeyPtr key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed->view().data(), Key256::kSize));
  if (!key) return tls_error("use node key");
  const CertPtr cert = make_certificate(key.get(), names);
  if (!cert) return tls_error("make node certificate");
  if (SSL_CTX_use_certificate(c, cert.get()) != 1 || SSL_CTX_use_PrivateKey(c, key.get()) != 1)
    return tls_error("set up TLS");
  return context;
}

/// The key of an Ed25519 certificate.
std::optional<NodeKey> key_of(X509* cert) {
  EVP_PKEY* key = cert != nullptr ? X509_get0_pubkey(cert) : nullptr;
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) return std::nullopt;
  NodeKey found;
  std::size_t size = NodeKey::kSize;
  if (EVP_PKEY_get_raw_public_key(key, found.bytes.data(), &size) != 1 || size != NodeKey::kSize)
    return std::nullopt;
  return found;
}

int verify_pinned(X509_STORE_CTX* store, void* arg) {
  auto* peer = static_cast<TlsPeer*>(arg);
  const auto found = key_of(X509_STORE_CTX_get0_cert(store));
  if (!found) {
    peer->refusal = "its certificate holds no Ed25519 key";
  } else if (peer->wanted && *peer->wanted != *found) {
    peer->refusal =
        "wrong key: it is '" + to_hex(*found) + "', wanted '" + to_hex(*peer->wanted) + "'";
  } else {
    peer->found = found;
    return 1;
  }
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

std::string subject_field(X509* cert, int nid) {
  char text[80] = "";
  const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(cert), nid, text, sizeof text);
  return size < 0 ? std::string() : escape_control(text);
}

/// Empty when the certificate may stand for a peer; else the reason why not.
std::string judge(X509* cert, TlsPeer& peer, const TlsNames& names) {
  const auto held = key_of(cert);
  if (!held) return "its certificate holds no Ed25519 key";
  const NodeKey& found = *held;
  if (const std::string theirs = subject_field(cert, NID_organizationName);
      theirs != names.protocol) {
    return "version mismatch: it speaks '" + theirs + "', we speak '" + names.protocol + "'";
  }
  if (const std::string theirs = subject_field(cert, NID_commonName); theirs != names.genesis) {
    return "genesis mismatch: its chain is '" + theirs + "', ours is '" + names.genesis + "'";
  }
  if (X509_verify(cert, X509_get0_pubkey(cert)) != 1)
    return "its certificate is not signed by its own key";
  if (peer.wanted && *peer.wanted != found) {
    return "wrong node key: it is '" + to_hex(found) + "', wanted '" + to_hex(*peer.wanted) + "'";
  }
  peer.found = found;
  return {};
}

int verify_certificate(X509_STORE_CTX* store, void* arg) {
  const auto* names = static_cast<const TlsNames*>(arg);
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  TlsPeer* peer = ssl != nullptr ? peer_of(ssl) : nullptr;
  X509* cert = X509_STORE_CTX_get0_cert(store);
  if (peer == nullptr || cert == nullptr) return 0;
  const auto* chain = X509_STORE_CTX_get0_untrusted(store);
  std::string why =
      sk_X509_num(chain) != 1 ? "it shows more than one certificate" : judge(cert, *peer, *names);
  // Certificates that agree under another ALPN name, or none: a stranger all the same.
  if (why.empty()) {
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl, &chosen, &size);
    if (size == 0) why = "it did not agree on our protocol by name (ALPN)";
  }
  if (!why.empty() && peer->refusal.empty()) peer->refusal = std::move(why);
  if (peer->refusal.empty()) return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

/// Server: takes our name or none. With none the handshake goes on just far enough for the client
/// to read in our certificate what differs; ours then ends at its certificate.
int choose_alpn(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size,
                const unsigned char* in, unsigned in_size, void* arg) {
  const std::string name = alpn_name(*static_cast<const TlsNames*>(arg));
  for (unsigned at = 0; at < in_size; at += 1U + in[at]) {
    const unsigned size = in[at];
    if (size > in_size - at - 1) break;
    if (std::string_view(reinterpret_cast<const char*>(in + at + 1), size) == name) {
      *out = in + at + 1;
      *out_size = static_cast<unsigned char>(size);
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_NOACK;
}

}  // namespace

Result<ssl_ctx_st*> make_tls_context(const Key256& node_seed, const TlsNames& names) {
  CESS_CHECK(!names.protocol.empty() && names.protocol.size() <= 64 && names.genesis.size() == 64);
  CESS_TRY_ASSIGN(ContextPtr context, make_context(&node_seed, names));
  SSL_CTX* c = context.get();
  SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_max_cert_list(c, 4096);
  auto* arg = const_cast<TlsNames*>(&names);
  SSL_CTX_set_cert_verify_callback(c, verify_certificate, arg);
  SSL_CTX_set_alpn_select_cb(c, choose_alpn, arg);
  return context.release();
}

Result<ssl_ctx_st*> make_https_server_context(const Key256& seed) {
  CESS_TRY_ASSIGN(ContextPtr context, make_context(&seed, {"cess", "https"}));
  const auto choose = [](SSL*, const unsigned char** out, unsigned char* out_size,
                         const unsigned char* in, unsigned in_size, void*) {
    static constexpr unsigned char kHttp[] = "\x08http/1.1";
    const int found =
        SSL_select_next_proto(const_cast<unsigned char**>(out), out_size, kHttp, 9, in, in_size);
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
  };
  SSL_CTX_set_alpn_select_cb(context.get(), choose, nullptr);
  return context.release();
}

Result<ssl_ctx_st*> make_https_client_context(TlsPeer& peer) {
  CESS_TRY_ASSIGN(ContextPtr context, make_context(nullptr, {"cess", "https"}));
  SSL_CTX* c = context.get();
  SSL_CTX_set_verify(c, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_max_cert_list(c, 4096);
  SSL_CTX_set_cert_verify_callback(c, verify_pinned, &peer);
  return context.release();
}

void prepare_tls(ssl_st* ssl, TlsPeer& peer, const TlsNames& names, bool client) {
  CESS_CHECK(SSL_set_ex_data(ssl, peer_index(), &peer) == 1);
  if (!client) return;
  const std::string name = alpn_name(names);
  std::string wire(1, static_cast<char>(name.size()));
  wire += name;
  CESS_CHECK(SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(wire.data()),
                                 static_cast<unsigned>(wire.size())) == 0);
}

}  // namespace cess::net::detail
