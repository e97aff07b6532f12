// SPDX-License-Identifier: Apache-2.0
#include "net/detail/http_session.hpp"
#include "net/detail/tls_stream.hpp"

namespace cess::net::detail {

void start_https_session(const ServerPtr& server, Tcp::socket socket, bool full) {
  using Stream = TlsStream<beast::tcp_stream>;
  std::make_shared<HttpSession<Stream>>(server, std::move(socket), *server->tls,
                                        asio::ssl::stream_base::server)
      ->start(full);
}

}  // namespace cess::net::detail
