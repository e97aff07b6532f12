// SPDX-License-Identifier: Apache-2.0
// TLS 1.3 with node keys for identities: each side shows exactly one self-signed certificate over
// its Ed25519 node key, as in the libp2p TLS specification, but with the node key itself in it. The
// ALPN name is protocol "/" genesis, and the certificate's subject repeats both (O, CN), so that
// either side can say which of the two differs.
#pragma once

#include <optional>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "net/score.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace cess::net::detail {

struct TlsNames {
  std::string protocol;  ///< 1 to 64 characters of [a-z0-9./-]
  std::string genesis;   ///< 64 hexadecimal digits
};

/// What a handshake found out about the other side; lives as long as the connection.
struct TlsPeer {
  std::optional<NodeKey> wanted;  ///< dialled for this key
  std::optional<NodeKey> found;   ///< proven by the handshake once it has ended well
  std::string refusal;            ///< why we refused it, if we did
};

/// A context for both directions; the caller owns it. `names` must outlive it.
Result<ssl_ctx_st*> make_tls_context(const Key256& node_seed, const TlsNames& names);
/// For HTTPS: a server's context with its self-signed certificate. The caller owns it.
Result<ssl_ctx_st*> make_https_server_context(const Key256& seed);
/// For HTTPS: a client's, which accepts the one server that holds `key`. Its findings go to `peer`,
/// which must outlive what is made of it.
Result<ssl_ctx_st*> make_https_client_context(TlsPeer& peer);
/// Before the handshake: where its findings go, and what a client offers.
void prepare_tls(ssl_st* ssl, TlsPeer& peer, const TlsNames& names, bool client);

}  // namespace cess::net::detail
