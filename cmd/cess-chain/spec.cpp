// SPDX-License-Identifier: Apache-2.0
// spec: a chain specification with every parameter written out.
#include <memory>

#include "chain/state/kernel/runtime.hpp"
#include "commands.hpp"

namespace cess {

cli::Command spec_command() {
  auto preset = std::make_shared<std::string>("main");
  cli::Command c;
  c.name = "spec";
  c.summary = "print a chain specification with all parameters";
  c.declare = [preset](cli::Options& opt) {
    opt.choice("--preset", {"main", "dev"}, *preset,
               "main network, or dev with an era of a minute (default main)");
  };
  c.run = [preset](cli::Context& ctx) -> Result<int> {
    CESS_TRY(ctx.print(Runtime().default_spec(*preset)));
    return 0;
  };
  return c;
}

}  // namespace cess
