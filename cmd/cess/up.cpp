// SPDX-License-Identifier: Apache-2.0
// up: a network of real processes on this machine.
#include "up.hpp"

#include <cstdlib>
#include <memory>

#include "chain/node/devnet.hpp"
#include "localnet/folder.hpp"
#include "localnet/run.hpp"
#include "sys/terminal.hpp"
#include "verbs.hpp"

namespace cess {
namespace {

constexpr std::size_t kTableRowsMax = 60;

struct UpOptions {
  std::string folder = "cess-net";
  std::uint64_t validators = 4;
  std::uint64_t miners = 16;
  std::uint64_t taggers = 3;
  std::uint64_t capacity = 2ULL << 30U;
  std::uint64_t fillers = 0;
  std::string host = "127.0.0.1";
  std::uint64_t port = 0;
  std::uint64_t block_ms = 0;
  std::uint64_t ready_fd = 0;
  bool no_start = false;
  std::vector<std::string> params;
};

void declare(cli::Options& opt, UpOptions& o) {
  opt.text("-d,--dir", "DIR", o.folder,
           "the network's folder, made if it is not there (default cess-net)");
  opt.number("--validators", "N", o.validators, 1, 64, "of a new network (default 4)");
  opt.number("--miners", "N", o.miners, 0, 99, "of a new network (default 16)");
  opt.number("--taggers", "N", o.taggers, 0, 9, "of a new network (default 3)");
  opt.size("--capacity", "SIZE", o.capacity, "of each miner's store (default 2GiB)");
  opt.size("--fillers", "SIZE", o.fillers,
           "of each new store with fillers, which judges and audits ask for (default 0)");
  opt.text("--host", "ADDRESS", o.host, "IPv4 address of a new network (default 127.0.0.1)");
  opt.number("--port", "N", o.port, 1024, 65'000,
             "first port of a new network (default: the first free ones from 30300 on)");
  opt.number("--block-ms", "N", o.block_ms, 100, 60'000,
             "milliseconds between blocks of a new network");
  opt.texts("--param", "NAME=VALUE", o.params,
            "another parameter of a new network than the dev preset's: "
            "system.blocks_per_epoch=50; repeatable");
  opt.number("--ready-fd", "N", o.ready_fd, 3, 1'000'000,
             "write a newline to this descriptor once everybody is ready");
  opt.flag("--no-start", o.no_start, "make the folder, start nothing");
}

Result<localnet::Network> open_or_make(const UpOptions& o, cli::Context& ctx) {
  if (path_exists(o.folder)) return localnet::open_network(o.folder);
  if (o.capacity < localnet::kCapacityMin) {
    return fail(Code::usage, "--capacity: a miner's store needs 256 MiB at least", "--capacity");
  }
  localnet::Plan plan;
  plan.validators = o.validators;
  plan.miners = o.miners;
  plan.taggers = o.taggers;
  plan.capacity_bytes = o.capacity;
  if (o.fillers > localnet::declared_bytes(o.capacity)) {
    return fail(Code::usage, "--fillers: more than a miner offers", "--fillers");
  }
  plan.filled_bytes = o.fillers;
  plan.host = o.host;
  plan.port = static_cast<std::uint16_t>(o.port);
  plan.block_ms = o.block_ms;
  for (const auto& text : o.params) {
    CESS_TRY_ASSIGN(auto param, node::parse_param(text));
    plan.params.push_back(std::move(param));
  }
  return localnet::make_network(o.folder, plan, *ctx.random, *ctx.clock);
}

// Services find the commands beside this one first. Called before any thread is made.
void put_self_on_path() {
  std::string path;
  for (const std::string& folder : verb_folders()) path += (path.empty() ? "" : ":") + folder;
  ::setenv("PATH", path.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
}

// Redraws in place: up to the first line of what was drawn before, down line by line.
class Screen {
 public:
  explicit Screen(cli::Context& ctx) : ctx_(ctx) {}
  void draw(const std::vector<std::string>& lines) {
    std::string text = lines_ == 0 ? "" : "\x1b[" + std::to_string(lines_) + "A";
    const auto width = static_cast<std::size_t>(terminal_columns(ctx_.out));
    for (const std::string& l : lines) text += "\x1b[K" + l.substr(0, width) + "\n";
    text += "\x1b[J";
    lines_ = lines.size();
    (void)write_full(ctx_.out, as_bytes(text), "standard output");
  }
  /// Something else is written: the next table starts below it.
  void leave() { lines_ = 0; }

 private:
  cli::Context& ctx_;
  std::size_t lines_ = 0;
};

Result<int> up(const UpOptions& o, cli::Context& ctx) {
  CESS_TRY_ASSIGN(const localnet::Network network, open_or_make(o, ctx));
  if (o.no_start) {
    CESS_TRY(ctx.print(Json{{"schema", "cess.up/1"}, {"folder", network.folder}}));
    return 0;
  }
  put_self_on_path();
  const auto screen = std::make_shared<Screen>(ctx);
  localnet::RunOptions options;
  options.ready_fd = o.ready_fd == 0 ? -1 : static_cast<int>(o.ready_fd);
  options.line = [&ctx, screen](const std::string& line) {
    screen->leave();
    (void)ctx.print(std::string_view(line));
  };
  if (is_terminal(ctx.out) && !ctx.quiet) {
    options.table = [screen](const std::vector<std::string>& lines) { screen->draw(lines); };
    options.table_rows_max = kTableRowsMax;
  }
  CESS_TRY(localnet::run_network(network, options));
  return 0;
}

}  // namespace

cli::Command up_command() {
  auto o = std::make_shared<UpOptions>();
  cli::Command c;
  c.name = "up";
  c.summary = "run a network of real processes on this machine, until Ctrl-C";
  c.declare = [o](cli::Options& opt) { declare(opt, *o); };
  c.run = [o](cli::Context& ctx) { return up(*o, ctx); };
  return c;
}

}  // namespace cess
