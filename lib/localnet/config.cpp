// SPDX-License-Identifier: Apache-2.0
#include "localnet/config.hpp"

#include <array>

#include "json/json.hpp"
#include "localnet/members.hpp"

namespace cess::localnet {
namespace {

constexpr std::array kRegions = {"DE", "FR", "NL", "FI"};

std::string at(const Network& network, std::uint16_t port) {
  return network.plan.host + ":" + std::to_string(port);
}

// Each member asks the node of its turn first, then the next ones.
Json nodes_from(const Network& network, std::size_t index) {
  Json out = Json::array();
  const auto nodes = network.nodes();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    out.push_back("../" + nodes[(index + i) % nodes.size()]);
  }
  return out;
}

}  // namespace

std::string miner_endpoint(const Network& network, std::size_t index) {
  return "https://" + at(network, network.miner_port(index));
}
std::string tagger_endpoint(const Network& network, std::size_t index) {
  return "https://" + at(network, network.tagger_port(index));
}
std::string miner_region(std::size_t index) { return kRegions[index % kRegions.size()]; }

std::string miner_config(const Network& network, std::size_t index) {
  const Json j = {{"schema", "cess.miner/1"},
                  {"node", nodes_from(network, index)},
                  {"listen", at(network, network.miner_port(index))},
                  {"prover_listen", at(network, network.prover_port(index))},
                  {"endpoint", miner_endpoint(network, index)},
                  {"region", miner_region(index)},
                  {"account_key", "account.key"},
                  {"sign_key", "sign.key"},
                  {"price_per_mib", "0.001"},
                  {"store", "store"}};
  return j.dump(2) + "\n";
}

std::string tagger_config(const Network& network, std::size_t index) {
  const Json j = {{"schema", "cess.tagger_node/1"},
                  {"node", nodes_from(network, index)},
                  {"listen", at(network, network.tagger_port(index))},
                  {"endpoint", tagger_endpoint(network, index)},
                  {"account_key", "account.key"},
                  {"tagger_key", "tagger.key"},
                  {"work", "work"}};
  return j.dump(2) + "\n";
}

std::string judge_config(const Network& network, std::size_t index, const std::string& validator) {
  const Json j = {{"schema", "cess.judge/1"},
                  {"node", nodes_from(network, index)},
                  {"listen", at(network, network.judge_port(index))},
                  {"account_key", "account.key"},
                  {"judge_key", "judge.key"},
                  {"validator", validator}};
  return j.dump(2) + "\n";
}

std::string home_config(const Network& network) {
  const Json j = {{"schema", "cess.home/1"},
                  {"node", nodes_from(network, 0)},
                  {"account_key", "account.key"},
                  {"identity", "identity.key"},
                  {"territory", kTerritory}};
  return j.dump(2) + "\n";
}

std::vector<std::vector<node::Service>> stages(const Network& network) {
  std::vector<node::Service> nodes;
  for (std::size_t i = 0; i < network.plan.validators; ++i) nodes.push_back(node::node_service(i));
  std::vector<node::Service> members;
  for (const auto& name : network.miners()) {
    members.push_back({name, {"cess-store", "serve", "-d", name, "--ready-fd", "3"}});
    members.push_back({"prover" + name.substr(name.find('-')),
                       {"cess-prove", "watch", "-d", name, "--ready-fd", "3"}});
  }
  for (const auto& name : network.taggers()) {
    members.push_back({name, {"cess-serve", "tagger", "-d", name, "--ready-fd", "3"}});
  }
  for (const auto& name : network.judges()) {
    members.push_back({name, {"cess-prove", "judge", "-d", name, "--ready-fd", "3"}});
  }
  return {nodes, members};
}

}  // namespace cess::localnet
