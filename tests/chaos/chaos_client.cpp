// SPDX-License-Identifier: Apache-2.0
// links: chain_client chain_types net json crypto base
// Who pays while nodes are killed, and who looks afterwards (tests/chaos/run drives it):
//
//   chaos_client genesis SPEC OUT senders=N      a spec with accounts to send from
//   chaos_client pay FINALS nodes=DIR,DIR... senders=N burst=N
//   chaos_client check FINALS nodes=DIR,DIR...
//
// pay: each sender hands `burst` transfers to some node that takes them, asks some node until each
// is reported final, and only then writes "HASH HEIGHT INDEX" to FINALS. Ends well at the end of
// its standard input. check: waits until every node has what the furthest had when asked, then
// compares the block hash at each height of all nodes, and looks for each line of FINALS on every
// node that keeps its block. Prints one object; ends with 1 if anything differs or is missing.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>

#include "base/endian.hpp"
#include "base/hex.hpp"
#include "chain/client/rpc.hpp"
#include "chain/types/account_key.hpp"
#include "chain/types/address.hpp"
#include "chain/types/record.hpp"
#include "crypto/sha256.hpp"

namespace cess {
namespace {

using Args = std::map<std::string, std::string>;

std::uint64_t number(const Args& args, const char* key, std::uint64_t fallback) {
  const auto it = args.find(key);
  return it == args.end() ? fallback : std::stoull(it->second);
}

std::vector<std::string> list(const Args& args, const char* key) {
  std::vector<std::string> out;
  std::istringstream in(args.contains(key) ? args.at(key) : "");
  for (std::string part; std::getline(in, part, ',');) out.push_back(part);
  return out;
}

void pause_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

/// accounts.transfer, as chain/state/accounts has it.
struct Transfer {
  AccountId to;
  Amount amount = 0;
  CESS_RECORD(to, amount)
};
constexpr std::uint8_t kAccountsModule = 1;

/// Of sender `i`; everybody knows it.
AccountKey sender_key(std::uint64_t i) {
  std::array<std::uint8_t, 16> text{'c', 'h', 'a', 'o', 's', '-', 'k', 'y'};
  store_le(text.data() + 8, i);
  const Hash256 seed = sha256(text);
  return *make_account_key(SignatureKind::ed25519, Key256(seed.view()));
}

int make_genesis(const std::string& in, const std::string& out, const Args& args) {
  std::ifstream file(in);
  Json spec = Json::parse(file);
  for (std::uint64_t i = 0; i < number(args, "senders", 32); ++i) {
    spec["genesis"]["accounts"]["balances"].push_back(
        {{"account", to_ss58(sender_key(i).id)},
         {"amount", to_decimal(Amount{1'000} * kBaseUnitsPerToken)}});
  }
  std::ofstream(out) << spec.dump() << "\n";
  return 0;
}

struct Ledger {
  std::mutex mutex;
  std::ofstream finals;
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> paid{0};
  std::map<std::string, std::uint64_t> refused;  // at the first try
  void note(const Error& error) {
    const std::lock_guard hold(mutex);
    ++refused[error.code == Code::peer ? "no node, or not in sync" : error.message];
  }
};

/// Some node, another one after each failure.
class AnyNode {
 public:
  AnyNode(const std::vector<std::string>& folders, std::size_t first) : next_(first) {
    for (const auto& f : folders)
      clients_.push_back(client::RpcClient::lazy(f, {.wait_ms_max = 20'000}));
  }
  Result<Json> call(const std::string& method, const Json& params) {
    auto answer = clients_[next_ % clients_.size()].call(method, params);
    if (!answer && answer.error().code == Code::peer) {
      ++next_;
      pause_ms(100);
    }
    return answer;
  }
  void turn() { ++next_; }

 private:
  std::vector<client::RpcClient> clients_;
  std::size_t next_;
};

void pay(std::uint64_t sender, const std::vector<std::string>& folders, std::uint64_t burst,
         const Hash256& genesis, Ledger& ledger) {
  const AccountKey key = sender_key(sender);
  AnyNode node(folders, sender);
  for (std::uint64_t nonce = 0; !ledger.stop; nonce += burst) {
    std::vector<std::pair<std::string, std::string>> open;  // hash and bytes
    for (std::uint64_t i = 0; i < burst; ++i) {
      TxnBody t;
      t.genesis = genesis;
      t.sender = key.id;
      t.nonce = nonce + i;
      t.valid_until = 90'000;
      t.module = kAccountsModule;
      t.args = encode_scale(Transfer{sender_key(sender + 1).id, 1 + i});
      const Bytes bytes = encode_scale(sign_txn(std::move(t), key));
      open.emplace_back(to_hex(txn_hash(bytes)), to_hex(ByteView(bytes)));
    }
    // Handed in again as long as it takes: the node that had it may be dead.
    for (bool sent = false; !open.empty() && !ledger.stop; sent = true) {
      if (sent) node.turn();
      for (const auto& [hash, bytes] : open) {
        const auto taken = node.call("tx_submit", {{"txn", bytes}});
        if (!taken && !sent) ledger.note(taken.error());
      }
      for (auto it = open.begin(); it != open.end();) {
        const auto at =
            node.call("tx_wait", {{"hash", it->first}, {"wait_ms", 3'000}, {"proof", false}});
        if (!at) {
          if (at.error().code == Code::busy) break;
          ++it;
          continue;
        }
        const std::lock_guard hold(ledger.mutex);
        ledger.finals << it->first << ' ' << at->at("height") << ' ' << at->at("index")
                      << std::endl;
        ++ledger.paid;
        it = open.erase(it);
      }
    }
  }
}

int run_payers(const std::string& path, const Args& args) {
  const auto folders = list(args, "nodes");
  Ledger ledger;
  ledger.finals.open(path);
  AnyNode first(folders, 0);
  Result<Json> info = first.call("node_info", Json::object());
  while (!info) info = first.call("node_info", Json::object());
  const auto genesis = parse_id<Hash256>(info->at("genesis").get<std::string>(), "genesis");
  std::vector<std::thread> threads;
  for (std::uint64_t s = 0; s + 1 < number(args, "senders", 32); ++s) {
    threads.emplace_back([&, s] { pay(s, folders, number(args, "burst", 10), *genesis, ledger); });
  }
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  ledger.stop = true;
  for (std::thread& t : threads) t.join();
  std::cout << ledger.paid << "\n";
  for (const auto& [why, count] : ledger.refused) std::cerr << count << " " << why << "\n";
  return 0;
}

struct Seen {
  client::RpcClient rpc;
  std::string folder;
  std::uint64_t height = 0, oldest = 0;
};

/// Asks until there is an answer; a node that never gives one hangs the check, which the caller
/// bounds.
Json must(Seen& node, const std::string& method, const Json& params) {
  for (;;) {
    auto answer = node.rpc.call(method, params);
    if (answer) return std::move(*answer);
    if (answer.error().code == Code::no) return nullptr;
    pause_ms(100);
  }
}

int check(const std::string& path, const Args& args) {
  std::vector<Seen> nodes;
  for (const auto& f : list(args, "nodes")) nodes.push_back({client::RpcClient::lazy(f), f});
  std::uint64_t top = 0;
  for (Seen& n : nodes)
    top = std::max(top, must(n, "node_info", Json::object()).at("height").get<std::uint64_t>());
  for (Seen& n : nodes) {
    for (;;) {
      const Json info = must(n, "node_info", Json::object());
      n.height = info.at("height").get<std::uint64_t>();
      n.oldest = info.at("oldest_block").get<std::uint64_t>();
      if (n.height >= top && info.at("synced").get<bool>()) break;
      pause_ms(200);
    }
  }
  std::uint64_t compared = 0, forks = 0, lost = 0, txns = 0, looked = 0;
  for (std::uint64_t h = 1; h <= top; ++h) {
    std::string hash;
    for (Seen& n : nodes) {
      if (h < n.oldest) continue;
      const Json header = must(n, "chain_header", {{"at", h}});
      if (header.is_null()) {  // pruned since we asked
        n.oldest = must(n, "node_info", Json::object()).at("oldest_block").get<std::uint64_t>();
        if (h < n.oldest) continue;
      }
      const std::string its = header.is_null() ? "none" : header.at("hash").get<std::string>();
      if (hash.empty()) hash = its;
      ++compared;
      if (its == hash) continue;
      ++forks;
      std::cerr << "fork at " << h << ": " << n.folder << " has " << its << ", not " << hash
                << "\n";
    }
  }
  std::ifstream finals(path);
  std::string hash;
  for (std::uint64_t height = 0, index = 0; finals >> hash >> height >> index; ++txns) {
    for (Seen& n : nodes) {
      if (height < n.oldest) continue;
      const Json at = must(n, "tx_status", {{"hash", hash}});
      ++looked;
      const bool there = at.at("status") == "final" && at.at("height") == height &&
                         at.at("index") == index && at.at("ok") == true;
      if (there) continue;
      if (height < must(n, "node_info", Json::object()).at("oldest_block").get<std::uint64_t>())
        continue;
      ++lost;
      std::cerr << "lost: " << hash << " of block " << height << " at " << n.folder << "\n";
    }
  }
  Json oldest = Json::array();
  for (const Seen& n : nodes) oldest.push_back(n.oldest);
  std::cout << Json{{"height", top},          {"headers_compared", compared},
                    {"forks", forks},         {"transactions", txns},
                    {"lookups", looked},      {"lost", lost},
                    {"oldest_blocks", oldest}}
                   .dump()
            << "\n";
  return forks == 0 && lost == 0 && txns > 0 ? 0 : 1;
}

}  // namespace
}  // namespace cess

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  cess::Args args;
  for (const auto& w : words) {
    if (const auto at = w.find('='); at != std::string::npos)
      args[w.substr(0, at)] = w.substr(at + 1);
  }
  if (words.size() >= 3 && words[0] == "genesis")
    return cess::make_genesis(words[1], words[2], args);
  if (words.size() >= 2 && words[0] == "pay") return cess::run_payers(words[1], args);
  if (words.size() >= 2 && words[0] == "check") return cess::check(words[1], args);
  std::fprintf(stderr,
               "usage: chaos_client genesis SPEC OUT | pay FINALS | check FINALS, name=value...\n");
  return 2;
}
