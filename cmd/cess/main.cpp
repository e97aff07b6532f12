// SPDX-License-Identifier: Apache-2.0
// cess: a few verbs of its own (builtin.hpp); any other it finds and starts as cess-<verb>, as git
// does. A first word that is no option is a verb, and all that follows belongs to it.
#include <algorithm>
#include <string>
#include <vector>

#include "builtin.hpp"
#include "cli/program.hpp"
#include "sys/process.hpp"
#include "verbs.hpp"

namespace cess {
namespace {

struct Listed {
  std::string name;
  std::string path;  // empty: built in
  std::string summary;
};

// Built-in verbs and programs, by name. A verb like "up check" is listed by its first word.
std::vector<Listed> all_verbs() {
  std::vector<Listed> out;
  for (const cli::Command& c : builtin_commands()) {
    if (c.name.find(' ') == std::string::npos) out.push_back({c.name, {}, c.summary});
  }
  for (const Verb& v : find_verbs(verb_folders())) {
    const bool known =
        std::any_of(out.begin(), out.end(), [&](const Listed& l) { return l.name == v.name; });
    if (!known) out.push_back({v.name, v.path, verb_summary(v)});
  }
  std::sort(out.begin(), out.end(),
            [](const Listed& a, const Listed& b) { return a.name < b.name; });
  return out;
}

bool is_builtin(const std::string& word) {
  const auto all = builtin_commands();
  return std::any_of(all.begin(), all.end(), [&](const cli::Command& c) {
    return c.name.substr(0, c.name.find(' ')) == word;
  });
}

Result<int> list(cli::Context& context) {
  const std::vector<Listed> verbs = all_verbs();
  if (context.json) {
    Json document;
    document["schema"] = "cess.commands/1";
    document["commands"] = Json::array();
    for (const Listed& v : verbs) {
      Json path = v.path.empty() ? Json() : Json(v.path);
      document["commands"].push_back(
          Json{{"name", v.name}, {"path", std::move(path)}, {"summary", v.summary}});
    }
    CESS_TRY(context.print(document));
    return 0;
  }
  std::size_t width = 0;
  for (const Listed& v : verbs) width = std::max(width, v.name.size());
  CESS_TRY(context.print("usage: cess COMMAND [ARGUMENT]...\n\ncommands:"));
  for (const Listed& v : verbs) {
    CESS_TRY(
        context.print("  " + v.name + std::string(width - v.name.size() + 2, ' ') + v.summary));
  }
  CESS_TRY(context.print("\n'cess help COMMAND' explains one; cess(7) gives the overview."));
  return 0;
}

/// Starts a verb; comes back only with an error.
Status start(const std::string& name, const std::vector<std::string>& args) {
  std::vector<std::string> builtin;
  for (const cli::Command& c : builtin_commands()) builtin.push_back(c.name);
  CESS_TRY_ASSIGN(const Verb verb, find_verb(find_verbs(verb_folders()), name, builtin));
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
    return program;
  }
  for (cli::Command& c : builtin_commands()) program.commands.push_back(std::move(c));
  return program;
}

}  // namespace
}  // namespace cess

int main(int argc, char** argv) {
  using namespace cess;
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  if (words.size() == 2 && words[0] == "help" && is_builtin(words[1])) {
    words = {words[1], "--help"};
  }
  const bool verb = !words.empty() && (words[0].empty() || words[0][0] != '-') &&
                    words[0] != "help" && !is_builtin(words[0]);
  HelpOptions options;
  const std::vector<std::string> verb_line = verb ? words : std::vector<std::string>();
  const cli::Program program = make_program(options, verb_line);
  std::vector<char*> args = {argv[0]};
  if (!verb) {
    for (std::string& w : words) args.push_back(w.data());
  }
  return cli::run_program(program, static_cast<int>(args.size()), args.data());
}
