// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT: abort by name
#include <sys/socket.h>
#include <unistd.h>

#include <new>
#include <thread>
#include <vector>

#include "fingerprint/file.hpp"
#include "fingerprint/sandbox_worker.hpp"

namespace cess::fp {
namespace {

/// A worker that does what the request says.
Result<Bytes> obey(ByteView file, std::string_view request, const OnProgress& progress) {
  if (request == "echo") return Bytes(file.begin(), file.end());
  if (request == "refuse") return fail(Code::input, "no good");
  if (request == "crash") ::abort();
  if (request == "open") {
    if (::open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0) return fail(Code::input, "it opened");
    return Bytes{1};
  }
  if (request == "socket") (void)::socket(AF_INET, SOCK_STREAM, 0);
  if (request == "memory") {
    std::vector<Bytes> all;
    while (true) all.emplace_back(64U << 20U, std::uint8_t{1});
  }
  if (request == "throw") throw 7;
  if (request == "flood") return Bytes(16U << 20U);
  if (request == "progress") {
    progress(1);
    progress(file.size() + 100);
    return Bytes{};
  }
  volatile std::uint64_t n = 0;
  if (request == "loop") {
    while (true) n = n + 1;
  }
  return Bytes{};
}

class SandboxTest : public testing::Test {
 protected:
  SandboxTest() : box_(Sandbox::start({.memory_bytes = 256U << 20U, .cpu_seconds = 1}, obey)) {
    file_ = Fd(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    EXPECT_TRUE(write_full(file_.get(), as_bytes("hello"), "file").has_value());
  }
  Result<Bytes> run(std::string_view request, const OnProgress& progress = {}) {
    return box_->run(file_.get(), "f", request, progress);
  }
  std::string why(std::string_view request) {
    const auto r = run(request);
    if (r) return "no error";
    EXPECT_EQ(r.error().code, Code::input);
    EXPECT_EQ(run("echo").value(),
              Bytes({'h', 'e', 'l', 'l', 'o'}));  // the next one is none the worse
    return r.error().message;
  }
  Result<Sandbox> box_;
  Fd file_;
};

TEST_F(SandboxTest, AnswersAndErrorsComeBack) {
  EXPECT_EQ(as_text(run("echo").value()), "hello");
  EXPECT_EQ(why("refuse"), "cannot decode 'f': no good");
}

TEST_F(SandboxTest, ADyingWorkerIsAnErrorOfItsFile) {
  EXPECT_NE(why("crash").find("the decoder crashed"), std::string::npos);
  EXPECT_NE(why("throw").find("gave up"), std::string::npos);
  EXPECT_NE(why("loop").find("more than 1 s of processor time"), std::string::npos);
}

TEST_F(SandboxTest, AnAnswerOverTheLimitIsNotRead) {
  EXPECT_NE(why("flood").find("without an answer"), std::string::npos);
}

TEST_F(SandboxTest, NothingCanBeOpenedOrConnected) {
  EXPECT_EQ(run("open").value(), Bytes{1});
  EXPECT_NE(why("socket").find("crashed"), std::string::npos);
}

TEST_F(SandboxTest, MemoryEnds) {
  if (kAddressSanitizer) GTEST_SKIP() << "no limit of address space beside its shadow";
  EXPECT_NE(why("memory").find("more memory"), std::string::npos);
}

TEST_F(SandboxTest, ProgressStaysWithinTheFile) {
  std::vector<std::uint64_t> seen;
  EXPECT_TRUE(run("progress", [&](std::uint64_t n) { seen.push_back(n); }).has_value());
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{1, 5}));
}

TEST_F(SandboxTest, ManyThreads) {
  std::vector<std::thread> all;
  std::vector<int> good(8);
  for (std::size_t t = 0; t < good.size(); ++t) {
    all.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) good[t] += run("echo").has_value() ? 1 : 0;
    });
  }
  for (std::thread& t : all) t.join();
  for (const int g : good) EXPECT_EQ(g, 20);
}

}  // namespace
}  // namespace cess::fp
