// SPDX-License-Identifier: Apache-2.0
#include "net/endpoint.hpp"

#include <algorithm>

namespace cess::net {
namespace {

constexpr std::size_t kHostSizeMax = 253;
constexpr std::size_t kPathSizeMax = 1024;

tl::unexpected<Error> refuse(std::string_view text, std::string_view what, std::string_view why) {
  std::string shown(text.substr(0, 80));
  return fail(Code::input,
              "cannot read " + std::string(what) + " '" + shown + "': " + std::string(why), shown);
}

bool host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == ':' || c == '_';
}

bool plain_char(char c) {
  return c > ' ' && c <= '~' && c != '?' && c != '#' && c != '"' && c != '\\';
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text, std::string_view what) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse(text, what, "no port");
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return refuse(text, what, "an IPv6 address needs brackets");
  }
  if (host.empty() || host.size() > kHostSizeMax ||
      !std::all_of(host.begin(), host.end(), host_char)) {
    return refuse(text, what, "not a host name");
  }
  std::uint32_t port = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return refuse(text, what, "not a port");
    port = port * 10 + static_cast<std::uint32_t>(c - '0');
    if (port > 65'535) return refuse(text, what, "not a port");
  }
  if (digits.empty()) return refuse(text, what, "no port");
  return Endpoint{std::string(host), static_cast<std::uint16_t>(port)};
}

std::string format_endpoint(const Endpoint& endpoint) {
  const std::string port = ":" + std::to_string(endpoint.port);
  if (endpoint.host.find(':') != std::string::npos) return "[" + endpoint.host + "]" + port;
  return endpoint.host + port;
}

Result<Url> parse_url(std::string_view text, std::string_view what) {
  Url url;
  std::string_view rest = text;
  if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else if (rest.starts_with("ws://")) {
    rest.remove_prefix(5);
    url.websocket = true;
  } else {
    return refuse(text, what, "not http:// or ws://");
  }
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string host(rest.substr(0, slash));
  if (slash < rest.size()) url.path = std::string(rest.substr(slash));
  if (url.path.size() > kPathSizeMax ||
      !std::all_of(url.path.begin(), url.path.end(), plain_char)) {
    return refuse(text, what, "not a path");
  }
  const std::size_t colon = host.rfind(':');
  const bool ported = colon != std::string::npos && host.back() != ']';
  if (!ported) host += ":80";
  auto endpoint = parse_endpoint(host, what);
  if (!endpoint) return tl::unexpected(endpoint.error());
  url.endpoint = std::move(*endpoint);
  return url;
}

}  // namespace cess::net
