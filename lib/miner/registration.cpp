// SPDX-License-Identifier: Apache-2.0
#include "miner/registration.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <cstring>
#include <memory>

#include "proto/fragment_client.hpp"

namespace cess::miner {
namespace {

Result<miners::IpAddress> offered_address(const Offer& offer) {
  if (offer.endpoint.empty())
    return fail(Code::input, "the configuration names no endpoint", "endpoint");
  if (offer.region.empty()) return fail(Code::input, "the configuration names no region", "region");
  if (offer.ip) return *offer.ip;
  return address_of(offer.endpoint);
}

}  // namespace

Result<miners::IpAddress> address_of(const std::string& endpoint) {
  CESS_TRY_ASSIGN(const auto at, proto::parse_miner_endpoint(endpoint));
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(at.host.c_str(), nullptr, &hints, &found);
  if (failed != 0) {
    return fail(Code::peer, "cannot find '" + at.host + "': " + ::gai_strerror(failed), at.host,
                "the key 'ip' of config.json says it without asking");
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> keep(found, &::freeaddrinfo);
  miners::IpAddress out{};
  if (found->ai_family == AF_INET6) {
    const auto* six = reinterpret_cast<const sockaddr_in6*>(found->ai_addr);
    std::memcpy(out.data(), &six->sin6_addr, out.size());
    return out;
  }
  const auto* four = reinterpret_cast<const sockaddr_in*>(found->ai_addr);
  out[10] = out[11] = 0xff;
  std::memcpy(out.data() + 12, &four->sin_addr, 4);
  return out;
}

Result<miners::Register> make_registration(const Offer& offer, const miners::Params& params,
                                           Amount debt) {
  miners::Register r;
  CESS_TRY_ASSIGN(r.ip, offered_address(offer));
  r.endpoint = offer.endpoint;
  r.region = offer.region;
  r.sign_key = offer.sign_key;
  r.declared = offer.declared;
  State rules;
  miners::kParams.put(rules, params);
  r.stake = saturating_add(miners::requirement(rules, offer.declared), debt);
  return r;
}

Result<std::optional<miners::Update>> make_update(const Offer& offer, const miners::Miner& record) {
  CESS_TRY_ASSIGN(const auto ip, offered_address(offer));
  miners::Update u;
  bool any = false;
  const auto want = [&any](auto& field, const auto& now, const auto& wanted) {
    if (now == wanted) return;
    field = wanted;
    any = true;
  };
  want(u.endpoint, record.endpoint, offer.endpoint);
  want(u.region, record.region, offer.region);
  want(u.ip, record.ip, ip);
  want(u.sign_key, record.sign_key, offer.sign_key);
  if (!any) return std::optional<miners::Update>();
  return std::optional(std::move(u));
}

}  // namespace cess::miner
