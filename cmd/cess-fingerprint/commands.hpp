// SPDX-License-Identifier: Apache-2.0
// The verbs of cess-fingerprint.
#pragma once

#include <cstdint>
#include <vector>

#include "cli/program.hpp"
#include "fingerprint/file.hpp"

namespace cess {

/// What every verb that decodes has in common.
struct DecodeOptions {
  std::uint64_t memory_bytes = std::uint64_t{1} << 30U;
  std::uint64_t cpu_seconds = 0;
  void declare(cli::Options& opt);
  [[nodiscard]] fp::SandboxLimits limits() const {
    return {.memory_bytes = memory_bytes, .cpu_seconds = cpu_seconds};
  }
};

cli::Command files_command();                ///< (no verb) files to fingerprints
cli::Command compare_command();              ///< two files or fingerprints: how alike
std::vector<cli::Command> index_commands();  ///< index build, add, search, check

}  // namespace cess
