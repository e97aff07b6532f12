// SPDX-License-Identifier: Apache-2.0
// The verbs of cess-chain.
#pragma once

#include "cli/program.hpp"

namespace cess {

cli::Command key_new_command();      ///< a new account key
cli::Command key_address_command();  ///< the address of a key
cli::Command convert_command();      ///< addresses and amounts in all their forms
cli::Command spec_command();         ///< a specification with every parameter written out
cli::Command decode_command();       ///< bytes to JSON

cli::Command run_command();     ///< a node
cli::Command devnet_command();  ///< the folders of a network of one's own
cli::Command join_command();    ///< the folder of a node for somebody else's network

cli::Command show_command();    ///< whatever the chain knows
cli::Command list_command();    ///< all entries of an item
cli::Command items_command();   ///< what items there are
cli::Command watch_command();   ///< events as they come
cli::Command status_command();  ///< how a node is

cli::Command verify_command();    ///< a proof, offline
cli::Command simulate_command();  ///< networks from seeds

cli::Command tx_transfer_command();      ///< send tokens
cli::Command tx_call_command();          ///< send any call
cli::Command tx_calls_command();         ///< what calls there are
cli::Command tx_build_command();         ///< a transaction to be signed elsewhere
cli::Command tx_sign_command();          ///< sign it
cli::Command tx_submit_command();        ///< send it
cli::Command tx_bind_command();          ///< tie an Ethereum address to an account
cli::Command tx_submit_proof_command();  ///< send an audit's answer
cli::Command tx_propose_command();       ///< a call by governance, to its board
cli::Command tx_approve_command();       ///< another member's proposal

cli::Command export_command();  ///< everything of an item, a JSON or CSV line each
cli::Command audit_command();   ///< who sent what on which day

cli::Command rights_register_command();  ///< fingerprints to certificates
cli::Command rights_transfer_command();
cli::Command rights_permit_command();
cli::Command rights_withdraw_command();
cli::Command rights_dispute_command();
cli::Command rights_rule_command();
cli::Command rights_lineage_command();  ///< parents and children

}  // namespace cess
