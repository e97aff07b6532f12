// SPDX-License-Identifier: Apache-2.0
// links: chain_state chain_types economy net json crypto base
// Load for a running network, and what it did with it (tests/bench/chain drives it):
//
//   load_chain genesis SPEC OUT senders=20000 crowd=1000000     a spec with accounts to send from
//   load_chain run rpc=HOST:PORT,... rate=N seconds=N [senders=N] [connections=8] [pids=P,P,...]
//
// mix=1 with both: the mixed load of load_mix.hpp instead of transfers. zipf=1 with run: the k-th
// recipient of the crowd gets a share of 1/k, in place of one transfer each.
//
// Open loop: each batch of 50 transactions has its time in a fixed schedule, and its delay is
// counted from then, whether or not the node was ready to take it. All is signed before the clock
// starts. A transaction is final when a node that was asked every 10 ms first reports its block as
// final and durable; it counts only if its receipt says ok. Which block holds it is looked up
// afterwards. Processor time is the kernel's: of each node (/proc/PID/stat) and of this program,
// apart. `limit_per_s`: signatures that all cores could check if they did nothing else, by the
// number of validators that each check all; measured just before.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <sstream>
#include <thread>
#include <unordered_map>

#include "load_mix.hpp"

namespace cess {
namespace {

int make_genesis(const std::string& in, const std::string& out, const Args& args) {
  std::ifstream file(in);
  Json spec = Json::parse(file);
  Json& balances = spec["genesis"]["accounts"]["balances"];
  for (std::uint64_t i = 0; i < number(args, "senders", 20'000); ++i) {
    balances.push_back({{"account", to_ss58(sender_key(i).id)},
                        {"amount", to_decimal(Amount{100} * kBaseUnitsPerToken)}});
  }
  const auto crowd = static_cast<std::uint32_t>(number(args, "crowd", 1'000'000));
  if (args.contains("mix")) mix_genesis(spec);
  if (crowd != 0)
    spec["genesis"]["accounts"]["crowd"] = {{"count", crowd},
                                            {"amount", to_decimal(kBaseUnitsPerToken)}};
  std::ofstream(out) << spec.dump() << "\n";
  return 0;
}

/// User and system seconds of a process.
double cpu_of(const std::string& stat) {
  std::ifstream file(stat);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream in(text.substr(std::min(text.size(), text.rfind(')') + 2)));
  std::string field;
  for (int i = 0; i < 11; ++i) in >> field;
  double user = 0;
  double system = 0;
  in >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double own_cpu() {
  rusage u{};
  ::getrusage(RUSAGE_SELF, &u);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(u.ru_utime) + seconds(u.ru_stime);
}

double machine_busy() {
  std::ifstream file("/proc/stat");
  std::string name;
  double v = 0;
  double busy = 0;
  file >> name;
  for (int i = 0; i < 8 && file >> v; ++i) busy += i == 3 || i == 4 ? 0 : v;
  return busy / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// Ranks 1 to `count`, rank k with weight ln(1 + 1/k), nearly 1/k; the same in each run.
class Zipf {
 public:
  explicit Zipf(std::uint64_t count) : count_(count) {}
  std::uint64_t next() {
    const double u = static_cast<double>(random_() >> 11U) * 0x1p-53;
    const double rank = std::exp(u * std::log(static_cast<double>(count_) + 1));
    return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(rank), 1, count_);
  }

 private:
  std::uint64_t count_;
  std::mt19937_64 random_{1};
};

Load prepare(const Args& args, const Json& info, std::size_t batches) {
  const std::uint64_t senders = number(args, "senders", 20'000) / kBatch * kBatch;
  const std::uint64_t crowd = number(args, "crowd", 1'000'000);
  CESS_CHECK(senders != 0);
  Signer signer(info, number(args, "nonce", 0));
  const std::uint64_t known = std::min<std::uint64_t>(senders, batches * kBatch);
  const bool is_zipf = number(args, "zipf", 0) != 0;
  CESS_CHECK(!is_zipf || crowd != 0);
  Zipf zipf(crowd);
  Load load;
  for (std::uint64_t n = 0; n < batches * kBatch; ++n) {
    const std::uint64_t member = is_zipf ? zipf.next() - 1 : n;
    const AccountId to =
        crowd != 0 ? crowd_account(member * 7919 % crowd) : signer.key(n * 7919 % known).id;
    load.add(signer.sign(n % senders, kAccountsModule, 0, Transfer{to, 1'000'000 + n}));
  }
  return load;
}

struct Sent {
  std::vector<double> due;  // of each batch, in seconds from the start
  std::atomic<std::uint64_t> refused{0};
  std::mutex mutex;
  std::map<std::string, std::uint64_t> reasons;
  double late_max = 0;  // how long past its time a batch was sent
};

void count_refused(const std::string& answer, Sent& sent) {
  if (answer.find("\"error\"") == std::string::npos) return;
  for (const Json& one : must(parse_json(answer, "answer", kAnswer))) {
    if (!one.contains("error")) continue;
    ++sent.refused;
    const std::lock_guard hold(sent.mutex);
    ++sent.reasons[one["error"].value("message", "?")];
  }
}

double percentile(const std::vector<double>& sorted, double p) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1,
                         static_cast<std::size_t>(p * static_cast<double>(sorted.size())))];
}

/// Signatures of transactions that this machine checks in a second: what no validator can pass.
double signatures_per_s() {
  Signer signer(Json{{"genesis", to_hex(Hash256{})}, {"height", 0}}, 0);
  const Txn txn = signer.sign(0, kAccountsModule, 0, Transfer{});
  std::size_t count = 0;
  const double before = own_cpu();
  double used = 0;
  for (; used < 0.3; used = own_cpu() - before) {
    for (int i = 0; i < 100; ++i) CESS_CHECK(verify_txn_signature(txn));
    count += 100;
  }
  return static_cast<double>(count) / used * std::thread::hardware_concurrency();
}

struct Cpu {
  double nodes = 0;
  double own = own_cpu();
  double machine = machine_busy();
  explicit Cpu(const std::vector<std::string>& pids) {
    for (const auto& pid : pids) nodes += cpu_of("/proc/" + pid + "/stat");
  }
};

/// Watches for final blocks: when each height was first seen.
class Watch {
 public:
  Watch(const std::string& address, Clock::time_point start)
      : rpc_(address), start_(start), thread_([this] { work(); }) {}
  std::vector<std::pair<std::uint64_t, double>> stop() {
    stop_ = true;
    thread_.join();
    return seen_;
  }

 private:
  void work() {
    while (!stop_) {
      const auto height = rpc_.call("chain_head")["height"].get<std::uint64_t>();
      const double now = Seconds(Clock::now() - start_).count();
      if (seen_.empty() || height > seen_.back().first) seen_.emplace_back(height, now);
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  Rpc rpc_;
  Clock::time_point start_;
  std::atomic<bool> stop_{false};
  std::vector<std::pair<std::uint64_t, double>> seen_;
  std::thread thread_;
};

void send_all(const std::vector<std::string>& nodes, const Load& load, std::size_t connections,
              Clock::time_point start, Sent& sent) {
  std::vector<std::thread> threads;
  for (std::size_t c = 0; c < connections; ++c) {
    threads.emplace_back([&, c] {
      Rpc rpc(nodes[c % nodes.size()]);
      for (std::size_t b = c; b < load.bodies.size(); b += connections) {
        const auto due = start + std::chrono::duration_cast<Clock::duration>(Seconds(sent.due[b]));
        std::this_thread::sleep_until(due);
        const double late = Seconds(Clock::now() - due).count();
        count_refused(rpc.post(load.bodies[b]), sent);
        const std::lock_guard hold(sent.mutex);
        sent.late_max = std::max(sent.late_max, late);
      }
    });
  }
  for (std::thread& t : threads) t.join();
}

Json report(Rpc& rpc, const Load& load, const Sent& sent,
            const std::vector<std::pair<std::uint64_t, double>>& seen) {
  std::unordered_map<std::string, double> due;
  for (std::size_t b = 0; b < load.hashes.size(); ++b) {
    for (const TxnHash& h : load.hashes[b]) due.emplace(to_hex(h), sent.due[b]);
  }
  std::vector<double> delays;
  std::map<std::string, std::uint64_t> kinds;
  std::uint64_t failed = 0;
  double last = 0;
  std::uint64_t height = seen.front().first;
  for (const auto& [to, at] : seen) {
    for (; height <= to; ++height) {
      const Json block = rpc.call("chain_block", {{"at", height}});
      const Json& txns = block["txns"];
      for (std::size_t i = 0; i < txns.size(); ++i) {
        const auto it = due.find(txns[i]["hash"].get<std::string>());
        if (it == due.end()) continue;
        if (!block["receipts"][i + 1]["ok"].get<bool>()) {
          ++failed;
          continue;
        }
        ++kinds[txns[i]["txn"]["call"].get<std::string>()];
        delays.push_back(at - it->second);
        last = at;
      }
    }
  }
  std::sort(delays.begin(), delays.end());
  const auto count = static_cast<double>(delays.size());
  return {{"finalised", delays.size()},
          {"finalised_by_call", kinds},
          {"failed", failed},
          {"seconds", last},
          {"finalised_per_s", last > 0 ? count / last : 0},
          {"p50_ms", percentile(delays, 0.5) * 1e3},
          {"p99_ms", percentile(delays, 0.99) * 1e3}};
}

int run(const Args& args) {
  const auto nodes = list(args, "rpc");
  const auto pids = list(args, "pids");
  CESS_CHECK(!nodes.empty());
  const auto rate = static_cast<double>(number(args, "rate", 1'000));
  const auto batches =
      static_cast<std::size_t>(rate * static_cast<double>(number(args, "seconds", 10)) / kBatch);
  Rpc rpc(nodes[0]);
  const bool mixed = args.contains("mix");
  const Load load = mixed ? Mix(rpc, args).prepare(batches * kBatch)
                          : prepare(args, rpc.call("node_info"), batches);
  Sent sent;
  for (std::size_t b = 0; b < batches; ++b)
    sent.due.push_back(static_cast<double>(b) * kBatch / rate);
  const double limit = signatures_per_s() / static_cast<double>(nodes.size());
  const auto metrics = rpc.metrics();
  const Cpu before(pids);
  const auto start = Clock::now();
  Watch watch(nodes[0], start);
  send_all(nodes, load, number(args, "connections", 8), start, sent);
  drain(rpc);
  const auto seen = watch.stop();
  const double elapsed = Seconds(Clock::now() - start).count();
  const Cpu after(pids);
  Json out = report(rpc, load, sent, seen);
  out["load"] = mixed ? "mixed" : "transfers";
  out["offered_per_s"] = rate;
  out["submitted"] = batches * kBatch;
  out["refused"] = sent.refused.load();
  out["refused_why"] = sent.reasons;
  out["sent_late_ms_max"] = sent.late_max * 1e3;
  out["watched_s"] = elapsed;
  out["generator_cpu_s"] = after.own - before.own;
  const double all = after.nodes - before.nodes;
  out["nodes_cpu_s"] = all;
  out["others_cpu_s"] = after.machine - before.machine - all - (after.own - before.own);
  out["limit_per_s"] = limit;
  out["of_limit"] = out["finalised_per_s"].get<double>() / limit;
  const double done = out["finalised"].get<double>();
  if (!pids.empty() && done > 0)
    out["cpu_s_per_1000_txns_per_validator"] = all / static_cast<double>(pids.size()) / done * 1e3;
  for (const auto& [name, value] : rpc.metrics()) {
    if (name.ends_with("_microseconds_total"))
      out["stage_s"][name.substr(0, name.find('_'))] = (value - metrics.at(name)) / 1e6;
    if (name == "state_pairs") out["state_pairs"] = value;
  }
  std::cout << out.dump() << "\n";
  return 0;
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
  if (!words.empty() && words[0] == "run") return cess::run(args);
  std::fprintf(stderr, "usage: load_chain genesis SPEC OUT | run, name=value...\n");
  return 2;
}
