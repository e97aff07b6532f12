// SPDX-License-Identifier: Apache-2.0
// cess-tag: fragments to retrievability tags. What it does is in commands.hpp.
#include "commands.hpp"

int main(int argc, char** argv) {
  using namespace cess;
  cli::Program program;
  program.name = "cess-tag";
  program.summary = "adds retrievability tags to the fragments of a bundle, and checks them";
  program.examples = {
      "cess-tag keygen -o tagger.key",
      "cess-encode --recipient alice.pub photos.tar | cess-tag -k tagger.key > photos.bundle",
  };
  program.commands = {tag_command(),     keygen_command(), check_key_command(), check_command(),
                      inspect_command(), agents_command(), share_command(),     combine_command()};
  return cli::run_program(program, argc, argv);
}
