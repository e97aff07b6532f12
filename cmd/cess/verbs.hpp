// SPDX-License-Identifier: Apache-2.0
// The verbs of `cess`: programs named cess-<verb> beside this one, then on PATH.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace cess {

struct Verb {
  std::string name;  ///< "encode"
  std::string path;  ///< of cess-encode
};

/// The folders searched, in order: our own, then those of PATH (an empty entry of it is skipped:
/// the current folder is no place to find programs by chance).
std::vector<std::string> verb_folders();
/// All verbs found, sorted by name; the first folder that has one wins.
std::vector<Verb> find_verbs(const std::vector<std::string>& folders);
/// Code::usage with the nearest verb when there is none of that name; `others` are near ones too.
Result<Verb> find_verb(const std::vector<Verb>& verbs, const std::string& name,
                       std::vector<std::string> others);
/// What a verb says of itself in the first line of its --help, after " - "; empty if it says
/// nothing.
std::string verb_summary(const Verb& verb);
/// Replaces this process; returns only on failure. `args` follow the program's name.
Status exec_verb(const Verb& verb, const std::vector<std::string>& args);

}  // namespace cess
