// SPDX-License-Identifier: Apache-2.0
// s6-svscan over the service folders of a network: started, told what to bring up and down, ended.
// It dies with this process, whatever ends it. All tools are those of the package s6, found on
// PATH.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace cess::localnet {

struct ServiceState {
  bool up = false;
  bool ready = false;
  pid_t pid = 0;
  std::uint64_t restarts = 0;  ///< seen by this supervisor
};

/// One thread at a time, but for end(), which comes after all others.
class Supervisor {
 public:
  /// All services stay down at first. The caller must be the main thread (the kernel ends s6-svscan
  /// when the thread that made it ends). Code::system: no s6; Code::busy: it runs already.
  static Result<Supervisor> start(const std::string& net, const std::vector<std::string>& services);

  Status up(const std::vector<std::string>& services);
  /// Returns when all are ready. Code::busy: `go_on` became false; Code::system: one has given up.
  Status wait_ready(const std::vector<std::string>& services, const std::function<bool()>& go_on);
  /// TERM, in 20 s KILL; returns when all are down.
  Status down(const std::vector<std::string>& services);
  Result<ServiceState> state(const std::string& service);
  /// Has s6-svscan ended by itself?
  bool is_gone();
  /// Ends s6-svscan, which brings down whatever is still up, and waits for it.
  void end();

 private:
  Supervisor(std::string folder, pid_t pid) : folder_(std::move(folder)), pid_(pid) {}
  [[nodiscard]] std::string path(const std::string& service) const {
    return folder_ + "/" + service;
  }
  Status set_down_files(const std::vector<std::string>& services, bool down) const;
  Status start_scan(int log);
  Status wait_supervised(const std::vector<std::string>& services);

  std::string folder_;
  pid_t pid_ = 0;
  std::map<std::string, ServiceState> known_;
};

}  // namespace cess::localnet
