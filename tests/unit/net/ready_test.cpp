// SPDX-License-Identifier: Apache-2.0
// Readiness as s6 and as systemd hear of it.
#include "net/loop.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

namespace cess::net {
namespace {

/// A supervisor's socket under `name`, which the environment names.
class NotifySocket {
 public:
  explicit NotifySocket(std::string name) : name_(std::move(name)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name_.data(), name_.size());
    if (name_[0] == '@') address.sun_path[0] = '\0';
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size), 0) << name_;
    ::setenv("NOTIFY_SOCKET", name_.c_str(), 1);
  }
  ~NotifySocket() {
    ::unsetenv("NOTIFY_SOCKET");
    ::close(fd_);
  }
  /// What waits, or "" if nothing does.
  std::string heard() {
    char text[64];
    const auto got = ::recv(fd_, text, sizeof text, MSG_DONTWAIT);
    return got < 0 ? std::string() : std::string(text, static_cast<std::size_t>(got));
  }

 private:
  std::string name_;
  int fd_ = -1;
};

TEST(Ready, OnADescriptorItIsANewlineAndAClose) {
  int fds[2];
  ASSERT_EQ(::pipe(fds), 0);
  EXPECT_TRUE(notify_ready(fds[1]));
  char got[4];
  EXPECT_EQ(::read(fds[0], got, sizeof got), 1);
  EXPECT_EQ(got[0], '\n');
  EXPECT_EQ(::read(fds[0], got, sizeof got), 0);
  EXPECT_FALSE(notify_ready(fds[1]));
  EXPECT_FALSE(notify_ready(2));
  EXPECT_TRUE(notify_ready(0));
  EXPECT_TRUE(notify_ready(-1));
  ::close(fds[0]);
}

TEST(Ready, OnTheSocketThatTheEnvironmentNames) {
  std::string folder = std::filesystem::temp_directory_path().string() + "/cess-ready-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  for (const std::string& name : {folder + "/socket", "@" + folder}) {
    NotifySocket socket(name);
    EXPECT_EQ(socket.heard(), "");
    EXPECT_TRUE(notify_ready(0));
    EXPECT_EQ(socket.heard(), "READY=1");
    EXPECT_EQ(socket.heard(), "");
  }
  // Nobody there any more; and names that are none.
  for (const std::string& name :
       {folder + "/socket", folder + "/none", std::string("none"), "/" + std::string(200, 'x')}) {
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    EXPECT_FALSE(notify_ready(0)) << name;
  }
  ::setenv("NOTIFY_SOCKET", "", 1);
  EXPECT_TRUE(notify_ready(0));
  ::unsetenv("NOTIFY_SOCKET");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace cess::net
