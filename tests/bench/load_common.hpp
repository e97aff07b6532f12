// SPDX-License-Identifier: Apache-2.0
// What the parts of load_chain share: keys that follow from a number, signing, asking a node.
#pragma once

#include <chrono>
#include <cstdio>
#include <map>
#include <sstream>
#include <thread>

#include "base/check.hpp"
#include "base/endian.hpp"
#include "base/hex.hpp"
#include "chain/types/account_key.hpp"
#include "chain/types/address.hpp"
#include "chain/types/record.hpp"
#include "crypto/sha256.hpp"
#include "json/json.hpp"
#include "net/http_client.hpp"

namespace cess {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;
constexpr std::size_t kBatch = 50;
constexpr JsonLimits kAnswer{.size_max = 64U << 20U, .depth_max = 32, .value_count_max = 4U << 20U};

using Args = std::map<std::string, std::string>;

inline std::uint64_t number(const Args& args, const char* key, std::uint64_t fallback) {
  const auto it = args.find(key);
  return it == args.end() ? fallback : std::stoull(it->second);
}

inline std::vector<std::string> list(const Args& args, const char* key) {
  std::vector<std::string> out;
  std::istringstream in(args.contains(key) ? args.at(key) : "");
  for (std::string part; std::getline(in, part, ',');) out.push_back(part);
  return out;
}

template <typename T>
T must(Result<T> r) {
  if (r) return std::move(*r);
  std::fprintf(stderr, "load_chain: %s\n", r.error().message.c_str());
  std::_Exit(4);
}

/// accounts.transfer, as chain/state/accounts has it.
struct Transfer {
  AccountId to;
  Amount amount = 0;
  CESS_RECORD(to, amount)
};
constexpr std::uint8_t kAccountsModule = 1;

/// Member of the crowd that genesis makes (chain/state/accounts/module.cpp).
inline AccountId crowd_account(std::uint64_t index) {
  constexpr std::string_view kDomain = "CESS-GENESIS-CROWD-v1";
  std::array<std::uint8_t, kDomain.size() + 8> text{};
  std::copy(kDomain.begin(), kDomain.end(), text.begin());
  store_le(text.data() + kDomain.size(), index);
  return AccountId::from(sha256(text).view());
}

/// Of sender `i`; everybody knows it.
inline AccountKey sender_key(std::uint64_t i) {
  std::array<std::uint8_t, 16> text{'l', 'o', 'a', 'd', '-', 'k', 'e', 'y'};
  store_le(text.data() + 8, i);
  const Hash256 seed = sha256(text);
  return must(make_account_key(SignatureKind::ed25519, Key256(seed.view())));
}

class Rpc {
 public:
  explicit Rpc(const std::string& address)
      : http_(must(net::HttpClient::connect(must(net::parse_url("http://" + address, "rpc"))))) {}
  std::string post(const std::string& body) { return must(http_.request("POST", "/", body)).body; }
  Json call(const std::string& method, const Json& params = Json::object()) {
    const Json request = {{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}};
    const Json answer = must(parse_json(post(request.dump()), "answer", kAnswer));
    if (!answer.contains("result")) {
      std::fprintf(stderr, "load_chain: %s: %s\n", method.c_str(), answer.dump().c_str());
      std::_Exit(4);
    }
    return answer["result"];
  }
  std::map<std::string, double> metrics() {
    std::istringstream in(must(http_.request("GET", "/metrics")).body);
    std::map<std::string, double> out;
    for (std::string line; std::getline(in, line);) {
      const auto space = line.rfind(' ');
      if (line.starts_with("cess_")) out[line.substr(5, space - 5)] = std::stod(line.substr(space));
    }
    return out;
  }

 private:
  net::HttpClient http_;
};

struct Load {
  std::vector<std::string> bodies;  // JSON-RPC batches
  std::vector<std::vector<TxnHash>> hashes;

  /// Adds a signed transaction to the last batch, or begins another.
  void add(const Txn& txn) {
    const Bytes bytes = encode_scale(txn);
    if (hashes.empty() || hashes.back().size() == kBatch) {
      bodies.emplace_back("[");
      hashes.emplace_back();
    }
    std::string& body = bodies.back();
    if (body.back() == ']') body.back() = ',';
    body += R"({"jsonrpc":"2.0","id":)" + std::to_string(hashes.back().size()) +
            R"(,"method":"tx_submit","params":{"txn":")" + to_hex(ByteView(bytes)) + "\"}}]";
    hashes.back().push_back(txn_hash(bytes));
  }
};

/// Makes transactions for one chain; counts the nonces of who signs.
class Signer {
 public:
  Signer(const Json& info, std::uint64_t nonce)
      : genesis(must(parse_id<Hash256>(info["genesis"].get<std::string>(), "genesis"))),
        until_(info["height"].get<std::uint64_t>() + 1'000),
        nonce_(nonce) {}
  template <class Args>
  Txn sign(std::uint64_t sender, std::uint8_t module, std::uint8_t call, const Args& args) {
    Account& a = account(sender);
    TxnBody t;
    t.genesis = genesis;
    t.sender = a.key.id;
    t.nonce = a.nonce++;
    t.valid_until = until_;
    t.module = module;
    t.call = call;
    t.args = encode_scale(args);
    return sign_txn(std::move(t), a.key);
  }
  const AccountKey& key(std::uint64_t sender) { return account(sender).key; }

  const Hash256 genesis;

 private:
  struct Account {
    AccountKey key;
    std::uint64_t nonce = 0;
  };
  Account& account(std::uint64_t sender) {
    const auto it = accounts_.find(sender);
    if (it != accounts_.end()) return it->second;
    return accounts_.emplace(sender, Account{sender_key(sender), nonce_}).first->second;
  }
  const std::uint64_t until_;
  const std::uint64_t nonce_;
  std::map<std::uint64_t, Account> accounts_;
};

/// Waits until the pool is empty, or does not get smaller for a while.
inline void drain(Rpc& rpc) {
  std::uint64_t last = ~std::uint64_t{0};
  for (int still = 0; still < 100;) {
    const auto count = rpc.call("mempool_status")["count"].get<std::uint64_t>();
    if (count == 0) break;
    still = count < last ? 0 : still + 1;
    last = count;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  const auto head = rpc.call("chain_head")["height"].get<std::uint64_t>();
  for (int i = 0; i < 100 && rpc.call("chain_head")["height"].get<std::uint64_t>() < head + 2; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
}

}  // namespace cess
