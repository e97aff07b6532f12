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
  if (request == "by content" && !file.empty()) {
    static std::uint8_t before = 0;
    if (file[0] == 'c') ::abort();
    if (file[0] == 'r') return fail(Code::input, "no good");
    // What a file may do to its worker must not reach the next one's answer: fail once, then
    // answer.
    if (file[0] == 's' && before != 0) ::abort();
    return Bytes{file[0], ++before};
  }
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

class SeriesTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kFiles = 4;
  Result<Bytes> ask(std::string_view file) {
    return box_->run_in_series(as_bytes(file), "f", "by content");
  }
  /// How many files the worker that answered has read.
  int nth(std::string_view file) {
    const auto r = ask(file);
    return r && r->size() == 2 && (*r)[0] == static_cast<std::uint8_t>(file[0]) ? (*r)[1] : -1;
  }
  Result<Sandbox> box_ =
      Sandbox::start({.memory_bytes = 256U << 20U, .cpu_seconds = 1, .series_files = kFiles}, obey);
};

TEST_F(SeriesTest, AWorkerReadsSoManyFiles) {
  for (int round = 0; round < 3; ++round) {
    for (int n = 1; n <= static_cast<int>(kFiles); ++n) EXPECT_EQ(nth("a"), n);
  }
}

TEST_F(SeriesTest, ACrashCostsItsFileOnly) {
  EXPECT_EQ(nth("a"), 1);
  const auto crashed = ask("c");
  ASSERT_FALSE(crashed.has_value());
  EXPECT_EQ(crashed.error().code, Code::input);
  EXPECT_NE(crashed.error().message.find("the decoder crashed"), std::string::npos);
  EXPECT_EQ(nth("a"), 1);
  const auto refused = ask("r");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "cannot decode 'f': no good");
  EXPECT_EQ(nth("a"), 1);
}

TEST_F(SeriesTest, WhatFailsAfterOthersIsTriedAlone) {
  EXPECT_EQ(nth("a"), 1);
  EXPECT_EQ(nth("s"), 1);  // crashes in the worker that has read "a"
  EXPECT_EQ(nth("s"), 1);
}

TEST_F(SeriesTest, TheLargestAndTheSmallest) {
  const std::string large(kSeriesFileEnd - 1, 'l');
  EXPECT_EQ(nth(large), 1);
  EXPECT_EQ(ask("").value(), Bytes{});
  EXPECT_EQ(nth(large), 2);
}

TEST_F(SeriesTest, ManyThreads) {
  std::vector<std::thread> all;
  std::vector<int> good(8);
  for (std::size_t t = 0; t < good.size(); ++t) {
    all.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) good[t] += nth("a") > 0 && !ask("c") ? 1 : 0;
    });
  }
  for (std::thread& t : all) t.join();
  for (const int g : good) EXPECT_EQ(g, 20);
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
