// SPDX-License-Identifier: Apache-2.0
#include "key_file.hpp"

#include "sys/file.hpp"
#include "sys/terminal.hpp"

namespace cess {
namespace {

constexpr std::size_t kKeyFileSizeMax = 4096;

}  // namespace

Result<AccountKey> read_account_key(cli::Context& ctx, const std::string& path) {
  const bool piped = path.empty() || path == "-";
  const std::string name = piped ? "standard input" : path;
  Bytes text;
  if (piped) {
    if (is_terminal(ctx.in)) {
      return fail(Code::usage, "no key: name a key file with -k, or pipe one in", "-k");
    }
    text.resize(kKeyFileSizeMax + 1);
    CESS_TRY_ASSIGN(const auto size, read_full(ctx.in, text, name));
    text.resize(size);
  } else {
    CESS_TRY_ASSIGN(text, read_secret_file(path, kKeyFileSizeMax));
  }
  auto key = parse_account_key(as_text(text), "'" + name + "'");
  wipe(text);
  return key;
}

}  // namespace cess
