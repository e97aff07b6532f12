// SPDX-License-Identifier: Apache-2.0
#include "localnet/ports.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "sys/file.hpp"

namespace cess::localnet {
namespace {

constexpr std::uint64_t kFirst = 30'300;
constexpr std::uint64_t kEnd = 32'768;

bool is_free(const in_addr& host, std::uint64_t port) {
  const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr = host;
  return fd.valid() &&
         ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

Result<std::uint16_t> free_ports(const std::string& host, std::uint64_t count) {
  in_addr address{};
  if (::inet_pton(AF_INET, host.c_str(), &address) != 1)
    return fail(Code::usage, "'" + host + "' is no IPv4 address", host);
  std::uint64_t first = kFirst;
  for (std::uint64_t port = first; port < kEnd && port < first + count; ++port) {
    if (!is_free(address, port)) first = port + 1;
  }
  if (first + count > kEnd) {
    return fail(Code::system, "cannot find " + std::to_string(count) + " free ports in a row", "",
                "name the first one with --port");
  }
  return static_cast<std::uint16_t>(first);
}

}  // namespace cess::localnet
