// SPDX-License-Identifier: Apache-2.0
// The verbs of cess-encode. Options are parsed here; everything else is in lib/codec.
#pragma once

#include "cli/program.hpp"

namespace cess {

cli::Command encode_command();      ///< (no verb) bytes in, a bundle out
cli::Command decode_command();      ///< fragments in, bytes out
cli::Command inspect_command();     ///< the manifest as JSON; no key needed
cli::Command plan_command();        ///< what a profile costs and how safe it is
cli::Command key_new_command();     ///< a new key pair
cli::Command key_public_command();  ///< the public half of a key
cli::Command mask_key_command();    ///< exports the mask key, for repair

}  // namespace cess
