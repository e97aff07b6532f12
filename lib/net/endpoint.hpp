// SPDX-License-Identifier: Apache-2.0
// Where somebody listens: a host and a port, as text "127.0.0.1:30333", "[::1]:30333",
// "node3:30333"; and the two kinds of URL the RPC needs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace cess::net {

struct Endpoint {
  std::string host;  ///< address or name, without brackets
  std::uint16_t port = 0;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

/// Code::input naming `what`. The host is 1 to 253 characters of letters, digits, '.', '-', ':' or
/// '_'.
Result<Endpoint> parse_endpoint(std::string_view text, std::string_view what);
std::string format_endpoint(const Endpoint& endpoint);

/// http://host[:port][/path] or ws://...; without a port 80. No user, no query, no fragment.
struct Url {
  bool websocket = false;
  Endpoint endpoint;
  std::string path = "/";
};
Result<Url> parse_url(std::string_view text, std::string_view what);

}  // namespace cess::net
