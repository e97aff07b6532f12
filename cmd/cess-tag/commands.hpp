// SPDX-License-Identifier: Apache-2.0
// The verbs of cess-tag.
#pragma once

#include "cli/program.hpp"

namespace cess {

cli::Command tag_command();        ///< (no verb) a bundle in, the same bundle with tags out
cli::Command keygen_command();     ///< a new tagger key
cli::Command check_key_command();  ///< whether a public key is well made
cli::Command check_command();      ///< whether the tags of a bundle fit its fragments
cli::Command agents_command();     ///< public keys to the list of agents
cli::Command share_command();      ///< an agent opens its share of a mask key
cli::Command combine_command();    ///< shares to the mask key
cli::Command inspect_command();    ///< what a public key says, as JSON

}  // namespace cess
