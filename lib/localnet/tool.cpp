// SPDX-License-Identifier: Apache-2.0
#include "localnet/tool.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "sys/file.hpp"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace cess::localnet {
namespace {

// Reads both ends until both are closed.
void read_both(const Fd& out, const Fd& err, std::size_t out_size_max, ToolEnd& end) {
  std::array<pollfd, 2> ends{pollfd{out.get(), POLLIN, 0}, pollfd{err.get(), POLLIN, 0}};
  std::array<std::string*, 2> texts{&end.out, &end.err};
  std::array<std::size_t, 2> limits{out_size_max, 4096};
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    if (::poll(ends.data(), ends.size(), -1) < 0 && errno != EINTR) return;
    for (std::size_t i = 0; i < ends.size(); ++i) {
      if (ends[i].fd < 0 || ends[i].revents == 0) continue;
      std::array<char, 4096> piece{};
      const ssize_t got = ::read(ends[i].fd, piece.data(), piece.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) ends[i].fd = -1;
      const std::size_t room = limits[i] - texts[i]->size();
      if (got > 0) texts[i]->append(piece.data(), std::min(room, static_cast<std::size_t>(got)));
    }
  }
}

}  // namespace

Result<ToolEnd> run_tool(std::vector<std::string> words, std::size_t out_size_max) {
  int out[2];
  int err[2];
  if (::pipe2(out, O_CLOEXEC) != 0) return system_error("cannot start", words[0], errno);
  const Fd out_read(out[0]);
  Fd out_write(out[1]);
  if (::pipe2(err, O_CLOEXEC) != 0) return system_error("cannot start", words[0], errno);
  const Fd err_read(err[0]);
  Fd err_write(err[1]);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out_write.get(), 1);
  ::posix_spawn_file_actions_adddup2(&actions, err_write.get(), 2);
  // The caller may have blocked signals; the tool must not inherit that, nor the terminal's Ctrl-C.
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);

  std::vector<char*> arguments;
  for (std::string& w : words) arguments.push_back(w.data());
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int error =
      ::posix_spawnp(&pid, arguments[0], &actions, &attributes, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) return system_error("cannot start", words[0], error);
  out_write = Fd();
  err_write = Fd();
  ToolEnd end;
  read_both(out_read, err_read, out_size_max, end);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  end.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return end;
}

}  // namespace cess::localnet
