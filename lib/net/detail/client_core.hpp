// SPDX-License-Identifier: Apache-2.0
// Blocking on top of Asio's asynchronous calls, because only those know Beast's time limits. Only
// .cpp files of this module include it.
#pragma once

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>

#include "net/http_client.hpp"

namespace cess::net::detail {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

inline tl::unexpected<Error> peer_error(std::string_view act, const Endpoint& who,
                                        const std::string& why) {
  const std::string name = format_endpoint(who);
  return fail(Code::peer, "cannot " + std::string(act) + " '" + name + "': " + why, name);
}
inline tl::unexpected<Error> peer_error(std::string_view act, const Endpoint& who,
                                        const ErrorCode& ec) {
  return peer_error(act, who, ec.message());
}

/// Resolves and connects within the stream's time limit.
Status connect_stream(asio::io_context& io, beast::tcp_stream& stream, const Endpoint& where,
                      std::uint64_t wait_ms);

}  // namespace cess::net::detail
