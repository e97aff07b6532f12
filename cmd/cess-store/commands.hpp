// SPDX-License-Identifier: Apache-2.0
// The subcommands of cess-store. Each function gives one command; `common` outlives them all.
#pragma once

#include <memory>
#include <string>

#include "cli/program.hpp"

namespace cess {

/// Options every subcommand shares.
struct CommonOptions {
  std::string store;
};
using Common = std::shared_ptr<CommonOptions>;

cli::Command init_command(const Common& common);
cli::Command put_command(const Common& common);
cli::Command get_command(const Common& common);
cli::Command list_command(const Common& common);
cli::Command stat_command(const Common& common);
cli::Command delete_command(const Common& common);
cli::Command scrub_command(const Common& common);
cli::Command repair_command(const Common& common);
cli::Command index_command(const Common& common);
cli::Command gc_command(const Common& common);
cli::Command serve_command();

}  // namespace cess
