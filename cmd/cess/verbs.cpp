// SPDX-License-Identifier: Apache-2.0
#include "verbs.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "cli/program.hpp"
#include "sys/file.hpp"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace cess {
namespace {

constexpr std::string_view kPrefix = "cess-";

bool is_program(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (std::string& w : words) out.push_back(w.data());
  out.push_back(nullptr);
  return out;
}

/// Names cess-* of programs in `folder`; none if it cannot be read. Links to programs count.
std::vector<std::string> programs_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kPrefix) && name.size() > kPrefix.size() &&
        is_program(entry.path().string())) {
      names.push_back(name);
    }
  }
  return names;
}

/// Starts `path --help` with stdin and stderr on /dev/null and returns what it prints.
std::string help_of(const std::string& path) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  const Fd in(ends[0]);
  Fd out(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out.get(), 1);
  ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  std::vector<std::string> words = {path, "--help"};
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, path.c_str(), &actions, nullptr, pointers(words).data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return {};
  out = Fd();
  Bytes text(65'536);
  const auto got = read_full(in.get(), text, path);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return got ? std::string(as_text(ByteView(text).first(*got))) : std::string();
}

}  // namespace

std::vector<std::string> verb_folders() {
  std::vector<std::string> folders;
  std::string self(PATH_MAX, '\0');
  const ssize_t size = ::readlink("/proc/self/exe", self.data(), self.size());
  if (size > 0) folders.push_back(parent_path(self.substr(0, static_cast<std::size_t>(size))));
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe)
  const std::string_view list = path == nullptr ? "" : path;
  for (std::size_t start = 0; start < list.size();) {
    const std::size_t end = std::min(list.find(':', start), list.size());
    if (end > start) folders.emplace_back(list.substr(start, end - start));
    start = end + 1;
  }
  return folders;
}

std::vector<Verb> find_verbs(const std::vector<std::string>& folders) {
  std::vector<Verb> verbs;
  for (const std::string& folder : folders) {
    for (const std::string& name : programs_in(folder)) {
      const std::string verb = name.substr(kPrefix.size());
      const bool known =
          std::any_of(verbs.begin(), verbs.end(), [&](const Verb& v) { return v.name == verb; });
      if (!known) verbs.push_back({verb, folder + "/" + name});
    }
  }
  std::sort(verbs.begin(), verbs.end(),
            [](const Verb& a, const Verb& b) { return a.name < b.name; });
  return verbs;
}

Result<Verb> find_verb(const std::vector<Verb>& verbs, const std::string& name,
                       std::vector<std::string> others) {
  for (const Verb& v : verbs) {
    if (v.name == name) return v;
    others.push_back(v.name);
  }
  others.emplace_back("help");
  const std::string near = cli::nearest(name, others);
  return fail(Code::usage,
              "unknown command '" + name + "'" +
                  (near.empty() ? ", see cess help" : " (did you mean '" + near + "'?)"),
              name);
}

std::string verb_summary(const Verb& verb) {
  const std::string help = help_of(verb.path);
  const std::string line = help.substr(0, help.find('\n'));
  const std::size_t dash = line.find(" - ");
  return dash == std::string::npos ? std::string() : line.substr(dash + 3);
}

Status exec_verb(const Verb& verb, const std::vector<std::string>& args) {
  std::vector<std::string> words = {std::string(kPrefix) + verb.name};
  words.insert(words.end(), args.begin(), args.end());
  ::execv(verb.path.c_str(), pointers(words).data());
  return system_error("cannot start", verb.path, errno);
}

}  // namespace cess
