// SPDX-License-Identifier: Apache-2.0
// run: a node. devnet: the folders of a network of one's own.
#include <memory>

#include "chain/node/devnet.hpp"
#include "chain/node/node.hpp"
#include "chain/state/kernel/runtime.hpp"
#include "commands.hpp"
#include "sys/terminal.hpp"

namespace cess {

cli::Command run_command() {
  struct Args {
    std::string folder = ".";
    std::uint64_t ready_fd = 0;
    bool adopt = false;
  };
  auto args = std::make_shared<Args>();
  cli::Command c;
  c.name = "run";
  c.summary = "run the node of a service folder until SIGTERM";
  c.declare = [args](cli::Options& opt) {
    opt.text("-d,--dir", "DIR", args->folder,
             "service folder: config.json, spec.json, validator.key (default .)");
    opt.number("--ready-fd", "N", args->ready_fd, 3, 1'000'000,
               "write a newline to this descriptor once the node listens");
    opt.flag("--adopt-voter", args->adopt,
             "accept a voter record that was moved here; only if no other node runs with this key");
  };
  c.run = [args](cli::Context& ctx) -> Result<int> {
    node::NodeOptions options;
    options.folder = args->folder;
    options.ready_fd = args->ready_fd == 0 ? -1 : static_cast<int>(args->ready_fd);
    options.adopt_voter = args->adopt;
    options.out = [&ctx](const std::string& line) {
      (void)write_full(ctx.out, as_bytes(line + "\n"), "standard output");
    };
    options.log = [&ctx](const std::string& line) {
      (void)write_full(
          ctx.err,
          as_bytes(format_rfc3339(ctx.clock->unix_seconds()) + " " + escape_control(line) + "\n"),
          "log");
    };
    CESS_TRY(node::run_node(options));
    return 0;
  };
  return c;
}

cli::Command devnet_command() {
  struct Args {
    std::string folder;
    std::uint64_t validators = 4;
    std::uint64_t observers = 0;
    std::uint64_t port = 30'300;
    std::uint64_t block_ms = 0;
    std::string host = "127.0.0.1";
    std::vector<std::string> params;
  };
  auto args = std::make_shared<Args>();
  cli::Command c;
  c.name = "devnet";
  c.summary = "make keys, genesis and a service folder per node";
  c.declare = [args](cli::Options& opt) {
    opt.text("-d,--dir", "DIR", args->folder, "folder to create", true);
    opt.number("--validators", "N", args->validators, 1, 64, "nodes that vote (default 4)");
    opt.number("--observers", "N", args->observers, 0, 64, "nodes that only follow (default 0)");
    opt.number("--port", "N", args->port, 0, 65'000,
               "first port; node i takes two from N + 2i on (default 30300)");
    opt.number("--block-ms", "N", args->block_ms, 100, 60'000,
               "milliseconds between blocks (default: the dev preset's)");
    opt.text("--host", "ADDRESS", args->host, "where nodes listen (default 127.0.0.1)");
    opt.texts("--param", "NAME=VALUE", args->params,
              "another parameter than the dev preset's: system.blocks_per_epoch=50");
  };
  c.run = [args](cli::Context& ctx) -> Result<int> {
    node::DevnetOptions options;
    options.validators = args->validators;
    options.observers = args->observers;
    options.port = static_cast<std::uint16_t>(args->port);
    options.block_ms = args->block_ms;
    CESS_TRY_ASSIGN(const auto listen, net::parse_endpoint(args->host + ":1", "--host"));
    options.host = listen.host;
    for (const auto& param : args->params) {
      CESS_TRY_ASSIGN(auto parsed, node::parse_param(param));
      options.params.push_back(std::move(parsed));
    }
    CESS_TRY(node::make_devnet(args->folder, options, Runtime(), *ctx.random));
    Json out = {{"schema", "cess.devnet/1"},
                {"folder", args->folder},
                {"nodes", args->validators + args->observers},
                {"faucet", args->folder + "/faucet.key"}};
    CESS_TRY(ctx.print(out));
    return 0;
  };
  return c;
}

}  // namespace cess
