// SPDX-License-Identifier: Apache-2.0
// The verbs of cess-serve: one role per process.
#pragma once

#include "cli/program.hpp"

namespace cess {

cli::Command tagger_command();           ///< masks, tags, delivers, keeps shares, repairs
cli::Command tagger_config_command();    ///< makes a tagger's service folder
cli::Command register_tagger_command();  ///< registers a tagger on the chain
cli::Command upload_command();           ///< a bundle to a tagger
cli::Command mask_key_command();         ///< the mask key of a file, from its agents

}  // namespace cess
