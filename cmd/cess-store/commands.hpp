// SPDX-License-Identifier: Apache-2.0
// The subcommands of cess-store. Each function gives one command; `common` outlives them all.
#pragma once

#include <memory>
#include <string>

#include "cli/program.hpp"
#include "pois/params.hpp"

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
cli::Command config_command();
cli::Command register_command();
cli::Command serve_command();
cli::Command status_command();
cli::Command idle_generate_command(const Common& common);
cli::Command idle_commit_command(const Common& common);
cli::Command idle_status_command(const Common& common);
cli::Command idle_plan_command();

/// Parameters of fillers of `size` bytes; Code::usage when there are none such.
Result<pois::Params> idle_params(std::uint64_t size);

}  // namespace cess
