// SPDX-License-Identifier: Apache-2.0
// cess-store: a miner's disk. Declares the program; the commands are beside it.
#include "cli/program.hpp"
#include "commands.hpp"

int main(int argc, char** argv) {
  using namespace cess;
  const auto common = std::make_shared<CommonOptions>();
  cli::Program program;
  program.name = "cess-store";
  program.summary = "keep fragments on a disk: never lose one, never exceed the capacity";
  program.examples = {
      "cess-store -s disk1 init --capacity 1TiB",
      "cess-encode -r alice.pub photos.tar | cess-tag -k tagger.key | cess-store -s disk1 put",
  };
  program.declare_common = [common](cli::Options& o) {
    o.text("-s,--store", "DIR", common->store, "the store's folder");
  };
  program.commands = {
      init_command(common),
      put_command(common),
      get_command(common),
      list_command(common),
      stat_command(common),
      delete_command(common),
      scrub_command(common),
      repair_command(common),
      index_command(common),
      gc_command(common),
      config_command(),
      register_command(),
      serve_command(),
      status_command(),
      idle_generate_command(common),
      idle_commit_command(common),
      idle_status_command(common),
      idle_plan_command(),
  };
  // A miner's config.json names its store, a plan needs none; all others are told.
  const auto needs_none = [](const std::string& name) {
    return name == "config" || name == "register" || name == "serve" || name == "status" ||
           name == "idle plan";
  };
  for (auto& command : program.commands) {
    if (needs_none(command.name)) continue;
    command.run = [common, run = std::move(command.run)](cli::Context& ctx) -> Result<int> {
      if (common->store.empty())
        return fail(Code::usage, "missing option '--store' (or variable CESS_STORE)", "--store");
      return run(ctx);
    };
  }
  return cli::run_program(program, argc, argv);
}
