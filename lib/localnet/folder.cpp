// SPDX-License-Identifier: Apache-2.0
#include "localnet/folder.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "chain/node/devnet.hpp"
#include "chain/state/kernel/runtime.hpp"
#include "chain/state/system/system.hpp"
#include "json/json.hpp"
#include "localnet/members.hpp"
#include "localnet/ports.hpp"
#include "sys/file.hpp"

namespace cess::localnet {
namespace {

constexpr std::string_view kSchema = "cess.network/1";
constexpr std::uint64_t kDealMs = 60'000;

std::vector<std::string> numbered(const std::string& role, std::uint64_t count, bool two_digits) {
  std::vector<std::string> out;
  for (std::uint64_t i = 0; i < count; ++i) {
    out.push_back(role + (two_digits && i < 10 ? "-0" : "-") + std::to_string(i));
  }
  return out;
}

std::uint64_t port_count(const Plan& p) {
  return 2 * p.validators + 2 * p.miners + p.taggers + (p.judges ? p.validators : 0);
}

std::string format(const Plan& p) {
  const Json j = {{"schema", kSchema},    {"validators", p.validators},   {"miners", p.miners},
                  {"taggers", p.taggers}, {"capacity", p.capacity_bytes}, {"host", p.host},
                  {"port", p.port},       {"filled", p.filled_bytes},     {"judges", p.judges}};
  return j.dump(2) + "\n";
}

Status fill(const Network& network, Random& random, Clock& clock) {
  node::DevnetOptions options;
  options.validators = network.plan.validators;
  options.host = network.plan.host;
  options.port = network.plan.port;
  options.block_ms = network.plan.block_ms;
  // The preset's deals last seconds: too short for gigabytes to miners that share two processors.
  const std::uint64_t block_ms =
      network.plan.block_ms == 0 ? system::Params::dev().block_ms : network.plan.block_ms;
  options.params.emplace_back("files.deal_blocks", std::max<std::uint64_t>(20, kDealMs / block_ms));
  // Both rounds of idle space and their verdict take some ten blocks of an epoch.
  if (network.plan.filled_bytes != 0) options.params.emplace_back("system.blocks_per_epoch", 60);
  // After ours, so that these count.
  options.params.insert(options.params.end(), network.plan.params.begin(),
                        network.plan.params.end());
  CESS_TRY(node::make_devnet(network.folder, options, Runtime(), random));
  CESS_TRY(make_members(network, random, clock));
  // Last: a folder with this file is whole.
  return write_file(network.path(kNetworkFile), as_bytes(format(network.plan)), {});
}

}  // namespace

std::vector<std::string> Network::nodes() const { return numbered("node", plan.validators, false); }
std::vector<std::string> Network::miners() const { return numbered("miner", plan.miners, true); }
std::vector<std::string> Network::taggers() const {
  return numbered("tagger", plan.taggers, false);
}

std::vector<std::string> Network::judges() const {
  return numbered("judge", plan.judges ? plan.validators : 0, false);
}

std::uint16_t Network::miner_port(std::size_t index) const {
  return static_cast<std::uint16_t>(plan.port + 2 * plan.validators + index);
}
std::uint16_t Network::tagger_port(std::size_t index) const {
  return static_cast<std::uint16_t>(plan.port + 2 * plan.validators + plan.miners + index);
}

std::uint16_t Network::prover_port(std::size_t index) const {
  return static_cast<std::uint16_t>(tagger_port(plan.taggers) + index);
}

std::uint16_t Network::judge_port(std::size_t index) const {
  return static_cast<std::uint16_t>(prover_port(plan.miners) + index);
}

std::uint64_t declared_bytes(std::uint64_t capacity_bytes) {
  return capacity_bytes - capacity_bytes / 16 - (32ULL << 20U);
}

Result<Network> make_network(const std::string& folder, Plan plan, Random& random, Clock& clock) {
  if (path_exists(folder))
    return fail(Code::usage, "cannot create '" + folder + "': it exists", folder);
  if (plan.port == 0) {
    CESS_TRY_ASSIGN(plan.port, free_ports(plan.host, port_count(plan)));
  }
  std::error_code error;
  const Network made{folder + ".new", plan};
  std::filesystem::remove_all(made.folder, error);
  const Status filled = fill(made, random, clock);
  if (!filled) {
    std::filesystem::remove_all(made.folder, error);
    return tl::unexpected<Error>(filled.error());
  }
  if (std::rename(made.folder.c_str(), folder.c_str()) != 0)
    return system_error("cannot create", folder, errno);
  CESS_TRY(sync_dir(parent_path(folder)));
  return Network{folder, plan};
}

Result<Network> open_network(const std::string& folder) {
  const std::string file = folder + "/" + kNetworkFile;
  CESS_TRY_ASSIGN(const Bytes text, read_file(file, 65'536));
  CESS_TRY_ASSIGN(const Json json, parse_json(as_text(text), file));
  const JsonView view(json, file);
  CESS_TRY(view.schema(kSchema));
  Network n;
  n.folder = folder;
  CESS_TRY_ASSIGN(n.plan.validators, view.number("validators", 64));
  CESS_TRY_ASSIGN(n.plan.miners, view.number("miners", 99));
  CESS_TRY_ASSIGN(n.plan.taggers, view.number("taggers", 9));
  CESS_TRY_ASSIGN(n.plan.capacity_bytes, view.number("capacity", ~0ULL));
  CESS_TRY_ASSIGN(n.plan.host, view.text("host"));
  CESS_TRY_ASSIGN(const auto port, view.number("port", 65'535));
  n.plan.port = static_cast<std::uint16_t>(port);
  if (view.has("filled")) {
    CESS_TRY_ASSIGN(n.plan.filled_bytes, view.number("filled", ~0ULL));
  }
  n.plan.judges = n.plan.filled_bytes != 0;  // of folders that were made before it was said
  if (view.has("judges")) {
    CESS_TRY_ASSIGN(n.plan.judges, view.boolean("judges"));
  }
  return n;
}

}  // namespace cess::localnet
