// SPDX-License-Identifier: Apache-2.0
// A user's configuration of a network (cess.home/1): whom to ask, with which key, into which space.
// Written by `cess up` and by hand; what an option names goes before it.
//
//   {"schema":"cess.home/1","node":["../node-0","https://…"],"account_key":"account.key",
//    "identity":"identity.key","territory":"home"}
//
// All but schema and node may be missing. Names of files and of nodes' folders are relative to the
// file that they stand in.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace cess::client {

struct Home {
  std::vector<std::string> nodes;  ///< the first one that answers is asked
  std::string account_key;
  std::string identity;
  std::string territory;
};

/// Paths are placed beside `path`, which names the document in messages. Code::input.
Result<Home> parse_home(ByteView text, const std::string& path);

inline constexpr const char* kLocalNode = "http://127.0.0.1:9944";

/// The configuration that `network` names: the file itself, or in a folder home/config.json or
/// config.json. Empty: $XDG_CONFIG_HOME/cess/network.json or ~/.config/cess/network.json, if there
/// is one, else the node kLocalNode and nothing more. A relative name that is not there is one of
/// the user's configurations: "main" is ~/.config/cess/main.json. Code::system, Code::input.
Result<Home> find_home(const std::string& network);

/// `node` if it is not empty, else the first of the configuration's that answers. Code::peer: none
/// does.
Result<std::string> choose_node(const std::string& node, const Home& home);

}  // namespace cess::client
