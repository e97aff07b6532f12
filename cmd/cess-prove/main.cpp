// SPDX-License-Identifier: Apache-2.0
// cess-prove: challenge, prove, verify. What it does is in commands.hpp.
#include "commands.hpp"

int main(int argc, char** argv) {
  using namespace cess;
  cli::Program program;
  program.name = "cess-prove";
  program.summary = "challenges miners to prove what they store, proves it, verifies it";
  program.examples = {
      "cess-prove challenge --beacon \"$(openssl rand -hex 32)\" -s disk1 > challenge.json",
      "cess-prove prove -s disk1 challenge.json | cess-prove verify --tagger tagger.pub",
  };
  program.commands = {challenge_command(),  prove_command(),          verify_command(),
                      watch_command(),      idle_challenge_command(), idle_answer_command(),
                      idle_draw_command(),  idle_verify_command(),    audit_plan_command(),
                      idle_proof_command(), judge_command(),          judge_appoint_command()};
  return cli::run_program(program, argc, argv);
}
