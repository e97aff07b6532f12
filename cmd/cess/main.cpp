// SPDX-License-Identifier: Apache-2.0
// cess: finds and starts cess-<verb>, as git does. A first word that is no option is a verb, and
// all that follows belongs to it.
#include <algorithm>
#include <string>
#include <vector>

#include "cli/program.hpp"
#include "sys/process.hpp"
#include "verbs.hpp"

namespace cess {
namespace {

Result<int> list(cli::Context& context) {
  const std::vector<Verb> verbs = find_verbs(verb_folders());
  if (context.json) {
    Json document;
    document["schema"] = "cess.commands/1";
    document["commands"] = Json::array();
    for (const Verb& v : verbs) {
      document["commands"].push_back(
          Json{{"name", v.name}, {"path", v.path}, {"summary", verb_summary(v)}});
    }
    CESS_TRY(context.print(document));
    return 0;
  }
  std::size_t width = 0;
  for (const Verb& v : verbs) width = std::max(width, v.name.size());
  CESS_TRY(context.print("usage: cess COMMAND [ARGUMENT]...\n\ncommands:"));
  for (const Verb& v : verbs) {
    CESS_TRY(context.print("  " + v.name + std::string(width - v.name.size() + 2, ' ') +
                           verb_summary(v)));
  }
  CESS_TRY(context.print("\n'cess help COMMAND' explains one; cess(7) gives the overview."));
  return 0;
}

/// Starts a verb; comes back only with an error.
Status start(const std::string& name, const std::vector<std::string>& args) {
  CESS_TRY_ASSIGN(const Verb verb, find_verb(find_verbs(verb_folders()), name));
  return exec_verb(verb, args);
}

struct HelpOptions {
  std::string verb;
};

cli::Program make_program(HelpOptions& options, const std::vector<std::string>& verb_line) {
  cli::Program program;
  program.name = "cess";
  program.summary = "files to provable fragments and back: starts cess-encode, cess-tag, ...";
  program.examples = {"cess encode --recipient alice.pub photos.tar | cess store -s disk1 put",
                      "cess help encode"};
  program.commands.push_back({"", "list the commands", nullptr, list});
  program.commands.push_back({"help", "list the commands, or explain one",
                              [&options](cli::Options& o) {
                                o.positional("COMMAND", options.verb, "the command to explain");
                              },
                              [&options](cli::Context& context) -> Result<int> {
                                if (options.verb.empty()) return list(context);
                                CESS_TRY(start(options.verb, {"--help"}));
                                return 0;
                              }});
  if (!verb_line.empty()) {
    // The frame reports errors; its parser must not see what belongs to the verb.
    program.commands = {{"", "", nullptr, [&verb_line](cli::Context&) -> Result<int> {
                           CESS_TRY(start(verb_line[0], {verb_line.begin() + 1, verb_line.end()}));
                           return 0;
                         }}};
  }
  return program;
}

}  // namespace
}  // namespace cess

int main(int argc, char** argv) {
  using namespace cess;
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  const bool verb =
      !words.empty() && (words[0].empty() || words[0][0] != '-') && words[0] != "help";
  if (!verb) words.clear();
  HelpOptions options;
  const cli::Program program = make_program(options, words);
  return cli::run_program(program, verb ? std::min(argc, 1) : argc, argv);
}
