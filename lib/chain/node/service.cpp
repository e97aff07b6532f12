// SPDX-License-Identifier: Apache-2.0
#include "chain/node/service.hpp"

#include "base/check.hpp"
#include "sys/file.hpp"

namespace cess::node {
namespace {

constexpr std::string_view kHarmless =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./_";

// Wrong usage (2) and refused input (3) do not mend themselves: 125 asks s6 to let the service be.
// A miner's disk that is gone (4) may come back. Longer than s6's own second when it dies often.
constexpr std::string_view kFinish = R"sh(#!/bin/sh
case "$1" in
  2 | 3) exit 125 ;;
esac
deaths="$(s6-svdt -n 4 . 2>/dev/null | wc -l)"
exec sleep "$((deaths > 3 ? 3 : deaths))"
)sh";

std::string run_script(const Service& service) {
  const std::string log = std::string(kLogFolder) + "/" + service.name + ".log";
  std::string text =
      "#!/bin/sh\n"
      "cd ../.. || exit 111\n"
      "[ ! -e " +
      log + " ] || [ \"$(stat -c %s " + log + ")\" -lt 16777216 ] || mv -f " + log + " " + log +
      ".old\n"
      "exec >>" +
      log +
      " 2>&1\n"
      "exec";
  for (const std::string& word : service.command) text += " " + word;
  return text + "\n";
}

Status put(const std::string& path, std::string_view text, mode_t mode) {
  return write_file(path, as_bytes(text), {.mode = mode, .replace = true});
}

}  // namespace

Status write_service(const std::string& net, const Service& service) {
  for (const std::string& word : service.command) {
    CESS_CHECK(!word.empty() && word.find_first_not_of(kHarmless) == std::string::npos);
  }
  CESS_TRY(make_dir(net + "/" + kLogFolder, 0755, true));
  const std::string all = net + "/" + kServicesFolder;
  CESS_TRY(make_dir(all, 0755, true));
  const std::string own = all + "/" + service.name;
  CESS_TRY(make_dir(own, 0755, true));
  CESS_TRY(put(own + "/notification-fd", "3\n", 0644));
  // TERM, then KILL, milliseconds.
  CESS_TRY(put(own + "/timeout-kill", "20000\n", 0644));
  CESS_TRY(put(own + "/finish", kFinish, 0755));
  return put(own + "/run", run_script(service), 0755);
}

Service node_service(std::size_t index) {
  const std::string name = "node-" + std::to_string(index);
  return {name, {"cess-chain", "run", "-d", name, "--ready-fd", "3"}};
}

}  // namespace cess::node
