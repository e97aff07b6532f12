// SPDX-License-Identifier: Apache-2.0
#include "sources.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace cess {
namespace {

bool is_stdin(const std::string& path) { return path.empty() || path == "-"; }

}  // namespace

std::string stream_name(const std::vector<std::string>& inputs) {
  return inputs.empty() || is_stdin(inputs.front()) ? "standard input" : inputs.front();
}

Result<std::optional<Fd>> sole_stream(const std::vector<std::string>& inputs, cli::Context& ctx) {
  if (inputs.size() > 1) return std::optional<Fd>();
  const bool from_stdin = inputs.empty() || is_stdin(inputs.front());
  struct stat st {};
  const int looked = from_stdin ? ::fstat(ctx.in, &st) : ::stat(inputs.front().c_str(), &st);
  if (looked != 0) return system_error("cannot open", stream_name(inputs), errno);
  if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) return std::optional<Fd>();
  if (!from_stdin) {
    CESS_TRY_ASSIGN(Fd fd, open_read(inputs.front()));
    return std::optional<Fd>(std::move(fd));
  }
  Fd fd(::fcntl(ctx.in, F_DUPFD_CLOEXEC, 3));  // NOLINT(cppcoreguidelines-pro-type-vararg)
  if (!fd.valid()) return system_error("cannot open", "standard input", errno);
  return std::optional<Fd>(std::move(fd));
}

Result<FragmentSet> open_set(const std::vector<std::string>& inputs, const std::string& manifest,
                             cli::Context& ctx) {
  std::vector<std::string> paths = inputs;
  if (paths.empty()) paths.emplace_back("-");
  CESS_TRY_ASSIGN(auto set, FragmentSet::open(paths, manifest));
  for (const std::string& path : set.strangers()) {
    ctx.warn("warning: '" + path + "' is no fragment of this file");
  }
  return set;
}

}  // namespace cess
