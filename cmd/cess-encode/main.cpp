// SPDX-License-Identifier: Apache-2.0
// cess-encode: bytes to encrypted, erasure-coded fragments, and back. What it does is in
// commands.hpp.
#include "commands.hpp"

int main(int argc, char** argv) {
  using namespace cess;
  cli::Program program;
  program.name = "cess-encode";
  program.summary = "turns bytes into encrypted, erasure-coded fragments, and back";
  program.examples = {
      "tar c photos | cess-encode --recipient alice.pub > photos.bundle",
      "cess-encode decode --identity alice.key < photos.bundle | tar x",
  };
  program.commands = {encode_command(),  decode_command(),     inspect_command(), plan_command(),
                      key_new_command(), key_public_command(), mask_key_command()};
  return cli::run_program(program, argc, argv);
}
