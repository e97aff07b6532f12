// SPDX-License-Identifier: Apache-2.0
// cess-chain: the chain at the command line. What it does is in commands.hpp.
#include "commands.hpp"

int main(int argc, char** argv) {
  using namespace cess;
  cli::Program program;
  program.name = "cess-chain";
  program.summary =
      "keys, transactions, questions and proofs of the chain; its node and its simulator";
  program.examples = {
      "cess-chain key new -o alice.key",
      "cess-chain decode block.bin | jq .header",
  };
  program.commands = {key_new_command(),
                      key_address_command(),
                      convert_command(),
                      spec_command(),
                      decode_command(),
                      tx_transfer_command(),
                      tx_call_command(),
                      tx_calls_command(),
                      tx_build_command(),
                      tx_sign_command(),
                      tx_submit_command(),
                      tx_bind_command(),
                      tx_submit_proof_command(),
                      tx_propose_command(),
                      tx_approve_command(),
                      show_command(),
                      list_command(),
                      items_command(),
                      export_command(),
                      audit_command(),
                      watch_command(),
                      status_command(),
                      verify_command(),
                      simulate_command(),
                      run_command(),
                      devnet_command(),
                      join_command(),
                      rights_register_command(),
                      rights_transfer_command(),
                      rights_permit_command(),
                      rights_withdraw_command(),
                      rights_dispute_command(),
                      rights_rule_command(),
                      rights_lineage_command()};
  return cli::run_program(program, argc, argv);
}
