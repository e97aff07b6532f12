// SPDX-License-Identifier: Apache-2.0
// cess-serve: services of the network that are no miner and no validator. See commands.hpp.
#include "commands.hpp"

int main(int argc, char** argv) {
  using namespace cess;
  cli::Program program;
  program.name = "cess-serve";
  program.summary = "runs a service of the network, one role per process";
  program.examples = {
      "cess-serve tagger-config -d tagger --node http://127.0.0.1:30301 --listen 127.0.0.1:31001",
      "cess-serve register-tagger -d tagger && cess-serve tagger -d tagger",
  };
  program.commands = {tagger_command(), tagger_config_command(), register_tagger_command(),
                      upload_command(), mask_key_command()};
  return cli::run_program(program, argc, argv);
}
