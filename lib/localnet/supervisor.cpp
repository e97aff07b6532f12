// SPDX-License-Identifier: Apache-2.0
// s6-svscan runs in a session of its own: Ctrl-C on a terminal reaches this process alone, which
// then brings everything down in order.
#include "localnet/supervisor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "chain/node/service.hpp"
#include "localnet/tool.hpp"
#include "sys/file.hpp"

namespace cess::localnet {
namespace {

constexpr const char* kScan = "s6-svscan";
constexpr int kStepMs = 50;
constexpr int kSuperviseStepsMax = 2'400;  // 2 minutes: only a hang takes that long

void pause_ms(int ms) { ::poll(nullptr, 0, ms); }

[[noreturn]] void become_scan(pid_t parent, int log, int ready, const char* folder) {
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(111);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int signal_number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGXFSZ}) {
    ::signal(signal_number, SIG_DFL);
  }
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(null, 0);
  ::dup2(log, 1);
  ::dup2(log, 2);
  if (ready == 3) {
    ::fcntl(3, F_SETFD, 0);
  } else {
    ::dup2(ready, 3);
  }
  ::unsetenv("NOTIFY_SOCKET");  // NOLINT(concurrency-mt-unsafe): `cess up` alone speaks for all
  ::execlp(kScan, kScan, "-d", "3", folder, nullptr);
  ::_exit(127);
}

Status check_tool(const Result<ToolEnd>& end, const std::string& what) {
  if (!end) return tl::unexpected<Error>(end.error());
  if (end->code == 0) return {};
  return fail(Code::system, what + ": " + end->err.substr(0, end->err.find('\n')));
}

}  // namespace

Result<Supervisor> Supervisor::start(const std::string& net,
                                     const std::vector<std::string>& services) {
  if (auto there = run_tool({"s6-svok", "/"}); !there) {
    return fail(Code::system, "cannot start s6-svscan: " + there.error().message, "s6",
                "install the package s6");
  }
  Supervisor s(net + "/" + node::kServicesFolder, 0);
  CESS_TRY(s.set_down_files(services, true));
  const std::string log_path = net + "/" + node::kLogFolder + "/s6.log";
  const Fd log(::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!log.valid()) return system_error("cannot open", log_path, errno);
  // One whose parent was killed may still be bringing its services down, and holds the folder.
  for (int steps = 0; s.pid_ == 0; ++steps) {
    if (steps > kSuperviseStepsMax) {
      return fail(Code::system, "s6-svscan ended at once, again and again", s.folder_,
                  "its words are in log/s6.log");
    }
    if (steps > 0) pause_ms(kStepMs);
    CESS_TRY(s.start_scan(log.get()));
  }
  const Status supervised = s.wait_supervised(services);
  if (!supervised) {
    s.end();
    return tl::unexpected<Error>(supervised.error());
  }
  return s;
}

// Returns with pid_ 0 when it ended before it was ready.
Status Supervisor::start_scan(int log) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("cannot start", kScan, errno);
  const Fd ready_read(ends[0]);
  Fd ready_write(ends[1]);
  const pid_t self = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) {
    pid_ = 0;
    return system_error("cannot start", kScan, errno);
  }
  if (pid_ == 0) become_scan(self, log, ready_write.get(), folder_.c_str());
  ready_write = Fd();
  char newline = 0;
  ssize_t got = 0;
  while ((got = ::read(ready_read.get(), &newline, 1)) < 0 && errno == EINTR) {
  }
  if (got != 1) end();
  return {};
}

Status Supervisor::set_down_files(const std::vector<std::string>& services, bool down) const {
  for (const auto& name : services) {
    const std::string file = path(name) + "/down";
    if (down) {
      CESS_TRY(write_file(file, {}, {.replace = true}));
    } else if (::unlink(file.c_str()) != 0 && errno != ENOENT) {
      return system_error("cannot remove", file, errno);
    }
  }
  return {};
}

// A service's fifo has a reader as soon as its s6-supervise listens.
Status Supervisor::wait_supervised(const std::vector<std::string>& services) {
  int steps = 0;
  for (const auto& name : services) {
    const std::string fifo = path(name) + "/supervise/control";
    while (!Fd(::open(fifo.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)).valid()) {
      if (is_gone()) {
        return fail(Code::system, "s6-svscan ended at once", folder_,
                    "its words are in log/s6.log");
      }
      if (++steps > kSuperviseStepsMax)
        return fail(Code::system, "s6-svscan does not supervise '" + name + "'", name);
      pause_ms(kStepMs);
    }
  }
  return {};
}

Status Supervisor::up(const std::vector<std::string>& services) {
  for (const auto& name : services) {
    CESS_TRY(check_tool(run_tool({"s6-svc", "-u", path(name)}), "cannot start '" + name + "'"));
  }
  // From here on a supervisor that was killed brings its service up again.
  return set_down_files(services, false);
}

Status Supervisor::wait_ready(const std::vector<std::string>& services,
                              const std::function<bool()>& go_on) {
  std::vector<std::string> words{"s6-svwait", "-U", "-t", "3000"};
  for (const auto& name : services) words.push_back(path(name));
  while (go_on()) {
    CESS_TRY_ASSIGN(const ToolEnd end, run_tool(words));
    if (end.code == 0) return {};
    // Its time may also end while it still subscribes to each service, on a machine under load.
    const bool late = end.code == 99 || end.err.find(std::strerror(ETIMEDOUT)) != std::string::npos;
    if (late) continue;
    return fail(Code::system, "a service has given up: " + end.err.substr(0, end.err.find('\n')));
  }
  return fail(Code::busy, "stopped while services were starting");
}

Status Supervisor::down(const std::vector<std::string>& services) {
  CESS_TRY(set_down_files(services, true));
  std::vector<std::string> words{"s6-svwait", "-D", "-t", "60000"};
  for (const auto& name : services) {
    CESS_TRY(check_tool(run_tool({"s6-svc", "-d", path(name)}), "cannot stop '" + name + "'"));
    words.push_back(path(name));
  }
  return check_tool(run_tool(words), "cannot stop all services");
}

Result<ServiceState> Supervisor::state(const std::string& service) {
  ServiceState& known = known_[service];
  // A process that lives and was ready is ready: asking costs a process.
  if (known.ready && ::kill(known.pid, 0) == 0) return known;
  CESS_TRY_ASSIGN(const ToolEnd end, run_tool({"s6-svstat", "-o", "up,ready,pid", path(service)}));
  std::istringstream words(end.out);
  std::string up;
  std::string ready;
  pid_t pid = 0;
  words >> up >> ready >> pid;
  known.up = up == "true";
  known.ready = ready == "true";
  if (known.up && pid > 0 && pid != known.pid) {
    if (known.pid != 0) ++known.restarts;
    known.pid = pid;
  }
  return known;
}

bool Supervisor::is_gone() {
  if (pid_ == 0) return true;
  const pid_t ended = ::waitpid(pid_, nullptr, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return false;
  pid_ = 0;
  return true;
}

void Supervisor::end() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGTERM);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
}

}  // namespace cess::localnet
