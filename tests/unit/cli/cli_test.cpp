// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "cli/program.hpp"

namespace cess::cli {
namespace {

struct Values {
  bool force = false;
  std::string store;
  std::string mask = "owner";
  std::string file;
  std::vector<std::string> to;
  std::vector<std::string> rest;
  std::uint64_t count = 7;
  std::uint64_t size = 0;
  double epsilon = 0.5;
};

/// A program like ours, and what it printed.
struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
  Values v;
};

std::string drain(int fd) {
  std::string text(static_cast<std::size_t>(::lseek(fd, 0, SEEK_END)), '\0');
  EXPECT_EQ(::pread(fd, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  return text;
}

Program make_program(Values& v, bool with_default) {
  Program p;
  p.name = "cess-test";
  p.summary = "does nothing well";
  p.examples = {"cess-test put x", "cess-test get y"};
  p.declare_common = [&v](Options& o) { o.text("-s,--store", "DIR", v.store, "the store"); };
  const auto ok = [](Context&) -> Result<int> { return 0; };
  p.commands.push_back({"put", "put it",
                        [&v](Options& o) {
                          o.flag("--force", v.force, "replace");
                          o.texts("-r,--to", "WHO", v.to, "to whom");
                          o.number("-c,--count", "N", v.count, 1, 100, "how many");
                          o.size("--size", "SIZE", v.size, "how large");
                          o.real("--epsilon", "E", v.epsilon, 0, 1, "how much");
                          o.choice("--mask", {"none", "owner"}, v.mask, "the mask");
                          o.positional("FILE", v.file, "the file", true);
                          o.positionals("MORE", v.rest, "others");
                        },
                        ok});
  p.commands.push_back({"challenge index", "the index", nullptr, [](Context& c) -> Result<int> {
                          CESS_TRY(c.print("index"));
                          return 1;
                        }});
  p.commands.push_back({"boom", "fails", nullptr, [](Context&) -> Result<int> {
                          return fail(Code::input, "cannot read 'a\x1b[2J'", "a", "do b");
                        }});
  p.commands.push_back(
      {"throw", "throws", nullptr, [](Context&) -> Result<int> { throw std::bad_alloc(); }});
  if (with_default) {
    p.commands.push_back(
        {"", "the default", [&v](Options& o) { o.positional("FILE", v.file, "the file"); }, ok});
  }
  return p;
}

Outcome run(const std::vector<std::string>& args, bool with_default = false) {
  Outcome r;
  const Program p = make_program(r.v, with_default);
  Context context;
  const Fd out(::memfd_create("out", 0));
  const Fd err(::memfd_create("err", 0));
  context.out = out.get();
  context.err = err.get();
  r.code = run_program(p, args, context);
  r.out = drain(out.get());
  r.err = drain(err.get());
  return r;
}

TEST(Cli, EveryKindOfValue) {
  const Outcome r =
      run({"-s", "disk", "put", "-r", "a,b", "--to=[c,d]", "-c9", "--size", "64KiB", "--epsilon",
           "0.25", "--mask=none", "--force", "-", "[x]", "--", "-y", "--"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(r.v.store, "disk");
  EXPECT_EQ(r.v.to, (std::vector<std::string>{"a,b", "[c,d]"}));
  EXPECT_EQ(r.v.count, 9U);
  EXPECT_EQ(r.v.size, 65'536U);
  EXPECT_EQ(r.v.epsilon, 0.25);
  EXPECT_EQ(r.v.mask, "none");
  EXPECT_TRUE(r.v.force);
  EXPECT_EQ(r.v.file, "-");
  EXPECT_EQ(r.v.rest, (std::vector<std::string>{"[x]", "-y", "--"}));
  EXPECT_EQ(r.out + r.err, "");
}

TEST(Cli, CommonOptionsMayFollowTheCommand) {
  EXPECT_EQ(run({"put", "x", "-s", "disk"}).v.store, "disk");
  EXPECT_EQ(run({"challenge", "-s", "disk", "index"}).out, "index\n");
  EXPECT_EQ(run({"challenge", "index"}).code, 1);
}

TEST(Cli, WrongUsageIsOneLineAndExit2) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{}, "missing command, see --help"},
      {{"putt"}, "unknown command 'putt' (did you mean 'put'?)"},
      {{"zzzzzzzz"}, "unknown command 'zzzzzzzz', see --help"},
      {{"--forse", "put", "x"}, "unknown option '--forse', see --help"},
      {{"put", "x", "--forse"}, "unknown option '--forse' (did you mean '--force'?)"},
      {{"put", "x", "--forse=1"}, "unknown option '--forse' (did you mean '--force'?)"},
      {{"put", "x", "-Z"}, "unknown option '-Z', see --help"},
      {{"put"}, "missing argument FILE"},
      {{"put", ""}, "argument FILE has an empty value"},
      {{"put", "x", "--count"}, "option '--count' needs a value"},
      {{"put", "x", "-c"}, "option '--count' needs a value"},
      {{"put", "x", "--count="}, "option '--count' has an empty value"},
      {{"put", "x", "-s", ""}, "option '--store' has an empty value"},
      {{"put", "x", "--force=no"}, "option '--force' takes no value"},
      {{"put", "x", "--force", "--force"}, "option '--force' is given twice"},
      {{"put", "x", "-s", "a", "--store", "b"}, "option '--store' is given twice"},
      {{"-s", "a", "put", "x", "-s", "b"}, "option '--store' is given twice"},
      {{"put", "x", "-c", "0"}, "option '--count': '0' is not a whole number from 1 to 100"},
      {{"put", "x", "--mask", "tee"}, "option '--mask': 'tee' is not one of none|owner"},
      {{"put", "x", "--progress", "--no-progress"},
       "--progress and --no-progress exclude each other"},
      {{"challenge"}, "incomplete command, expected one of: challenge index"},
      {{"boom", "x"}, "unexpected argument 'x'"},
  };
  for (const auto& [args, message] : cases) {
    const Outcome r = run(args);
    EXPECT_EQ(r.code, 2);
    EXPECT_EQ(r.err, "cess-test: error: " + message + "\n");
    EXPECT_EQ(r.out, "");
  }
}

TEST(Cli, NumbersAreDecimalAndBounded) {
  for (const char* bad : {"101", "-1", "-0", "+1", "0x10", "1e1", "18446744073709551616", " 1",
                          "1 ", "1.0", "one", "\xff"}) {
    EXPECT_EQ(run({"put", "x", std::string("--count=") + bad}).code, 2) << bad;
    EXPECT_EQ(run({"put", "x", std::string("--size=") + bad + "KiBB"}).code, 2) << bad;
  }
  EXPECT_EQ(run({"put", "x", "-c", "1"}).v.count, 1U);
  EXPECT_EQ(run({"put", "x", "-c", "100"}).v.count, 100U);
  for (const char* bad : {"nan", "inf", "-0.1", "1.1", "0x1p-1", "1e999", "0,5", " 0.5"}) {
    EXPECT_EQ(run({"put", "x", std::string("--epsilon=") + bad}).code, 2) << bad;
  }
  EXPECT_EQ(run({"put", "x", "--epsilon=1e-3"}).v.epsilon, 1e-3);
}

TEST(Cli, Sizes) {
  EXPECT_EQ(*parse_size("0"), 0U);
  EXPECT_EQ(*parse_size("4096"), 4096U);
  EXPECT_EQ(*parse_size("1k"), 1000U);
  EXPECT_EQ(*parse_size("1K"), 1000U);
  EXPECT_EQ(*parse_size("3MB"), 3'000'000U);
  EXPECT_EQ(*parse_size("8MiB"), 8U << 20U);
  EXPECT_EQ(*parse_size("2TiB"), 2ULL << 40U);
  EXPECT_EQ(*parse_size("18446744073709551615"), UINT64_MAX);
  for (const char* bad : {"", "k", "1P", "1KiBB", "1.5M", "-1", "18446744073709551615k",
                          "18446744073709551616", "16777216TiB", "1 MiB"}) {
    EXPECT_FALSE(parse_size(bad)) << bad;
  }
}

TEST(Cli, EnvironmentComesAfterTheFlag) {
  ::setenv("CESS_STORE", "from-env", 1);
  ::setenv("CESS_COUNT", "x", 1);
  EXPECT_EQ(run({"put", "x", "-c", "3"}).v.store, "from-env");
  EXPECT_EQ(run({"put", "x", "-c", "3", "-s", "flag"}).v.store, "flag");
  EXPECT_EQ(run({"put", "x"}).err,
            "cess-test: error: variable CESS_COUNT: 'x' is not a whole number from 1 to 100\n");
  ::unsetenv("CESS_STORE");
  ::unsetenv("CESS_COUNT");
}

TEST(Cli, ErrorsAreHarmlessAndMachineReadable) {
  const Outcome plain = run({"boom"});
  EXPECT_EQ(plain.code, 3);
  EXPECT_EQ(plain.err, "cess-test: error: cannot read 'a\\x1b[2J'\ncess-test: hint: do b\n");
  const Outcome json = run({"boom", "--json"});
  EXPECT_TRUE(json.err.ends_with(
      R"({"schema":"cess.error/1","code":"input","exit":3,"message":"cannot read 'a\u001b[2J'","subject":"a"})"
      "\n"))
      << json.err;
  EXPECT_TRUE(run({"put", "-j", "--nope"}).err.ends_with("\"subject\":\"\"}\n"));
  EXPECT_LT(run({"put", std::string(100'000, '\n'), "y", "--nope"}).err.size(), 1'200U);
  EXPECT_LT(run({std::string(100'000, 'x')}).err.size(), 1'200U);
  const Outcome memory = run({"throw"});
  EXPECT_EQ(memory.code, 4);
  EXPECT_EQ(memory.err, "cess-test: error: out of memory\n");
}

TEST(Cli, HelpAndVersionWin) {
  const Outcome help = run({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_TRUE(help.out.starts_with("cess-test - does nothing well\nusage: cess-test COMMAND"));
  EXPECT_NE(help.out.find("  challenge index           the index\n"), std::string::npos)
      << help.out;
  EXPECT_NE(help.out.find("examples:\n  cess-test put x\n"), std::string::npos);
  EXPECT_EQ(help.out.find("dump-options"), std::string::npos);
  const Outcome put = run({"put", "--help"});
  EXPECT_EQ(put.code, 0);
  EXPECT_TRUE(put.out.starts_with(
      "cess-test put - put it\nusage: cess-test put [OPTION]... FILE [MORE...]\n"))
      << put.out;
  EXPECT_NE(put.out.find("  -s, --store DIR           the store\n"), std::string::npos) << put.out;
  EXPECT_TRUE(run({"--version"}).out.starts_with("cess-test 0."));
  EXPECT_EQ(run({"put", "--version"}).code, 0);
}

TEST(Cli, HelpThatCannotBeWrittenFails) {
  Values v;
  const Program p = make_program(v, false);
  Context context;
  const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  const Fd err(::memfd_create("err", 0));
  context.out = full.get();
  context.err = err.get();
  EXPECT_EQ(run_program(p, {"--help"}, context), 4);
  EXPECT_EQ(drain(err.get()),
            "cess-test: error: cannot write 'standard output': No space left on device\n");
}

TEST(Cli, DefaultCommandTakesOver) {
  EXPECT_EQ(run({"some-file"}, true).v.file, "some-file");
  EXPECT_EQ(run({}, true).code, 0);
  EXPECT_EQ(run({"-s", "put", "x"}, true).v.file, "x");
  EXPECT_EQ(run({"put", "x"}, true).v.file, "x");
  EXPECT_EQ(run({"--", "put"}, true).v.file, "put");
  EXPECT_NE(run({"--help"}, true).out.find("usage: cess-test [OPTION]... [FILE]"),
            std::string::npos);
}

TEST(Cli, DumpListsEveryOption) {
  const std::string dump = run({"--dump-options"}).out;
  EXPECT_TRUE(dump.starts_with("program\tcess-test\tdoes nothing well\n")) << dump;
  EXPECT_NE(dump.find("command\tput\tput it\n"), std::string::npos);
  EXPECT_NE(dump.find("option\tput\t-r,--to\tWHO\ttexts\tto whom\n"), std::string::npos);
  EXPECT_NE(dump.find("option\tput\t--mask\tnone|owner\tchoice\tthe mask\n"), std::string::npos);
  EXPECT_NE(dump.find("argument\tput\t-\tFILE\ttext\tthe file\n"), std::string::npos);
  EXPECT_NE(dump.find("option\tchallenge index\t-s,--store\tDIR\ttext\tthe store\n"),
            std::string::npos);
}

TEST(Cli, ProgressIsSilentWithoutATerminal) {
  Context context;
  const Fd err(::memfd_create("err", 0));
  FakeClock clock;
  context.err = err.get();
  context.clock = &clock;
  context.make_progress("reading", 100)->add(50);
  EXPECT_EQ(drain(err.get()), "");
  context.progress = true;
  {
    const auto meter = context.make_progress("reading", 2'000'000);
    clock.now_ns += 2'000'000'000;
    meter->add(1'000'000);
  }
  EXPECT_EQ(
      drain(err.get()),
      "reading 1.0 MB 50 % 0.5 MB/s 0:00:02 left\nreading 1.0 MB 50 % 0.5 MB/s 0:00:02 left\n");
}

TEST(Cli, LinesDoNotStandBehindABar) {
  const Fd terminal(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_TRUE(terminal.valid() && ::grantpt(terminal.get()) == 0 &&
              ::unlockpt(terminal.get()) == 0);
  const Fd err(::open(::ptsname(terminal.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_TRUE(err.valid());
  const auto seen = [&] {
    std::array<char, 4096> text{};
    const auto n = ::read(terminal.get(), text.data(), text.size());
    return std::string(text.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
  };
  FakeClock clock;
  Context context;
  context.program = "p";
  context.out = context.err = err.get();
  context.clock = &clock;
  {
    const auto meter = context.make_progress("reading", 2'000'000);
    clock.now_ns += 2'000'000'000;
    meter->add(1'000'000);
    EXPECT_EQ(seen(), "\rreading 1.0 MB 50 % 0.5 MB/s 0:00:02 left\x1b[K");
    context.warn("trouble");
    EXPECT_EQ(seen(), "\r\x1b[Kp: trouble\r\n");
    // What is gone is not cleared again.
    EXPECT_TRUE(context.print("a line").has_value());
    EXPECT_EQ(seen(), "a line\r\n");
    clock.now_ns += 1'000'000'000;
    meter->add(1);
    EXPECT_TRUE(seen().starts_with("\rreading 1.0 MB"));
    EXPECT_TRUE(context.print("a line").has_value());
    EXPECT_EQ(seen(), "\r\x1b[Ka line\r\n");
    clock.now_ns += 1'000'000'000;
    meter->add(1);
    EXPECT_TRUE(seen().starts_with("\rreading 1.0 MB"));
    // Nor for what goes elsewhere.
    const Fd file(::memfd_create("out", 0));
    context.out = file.get();
    EXPECT_TRUE(context.print("a line").has_value());
    context.out = err.get();
  }
  EXPECT_EQ(seen(), "\r\x1b[K");
  EXPECT_TRUE(context.print("a line").has_value());
  EXPECT_EQ(seen(), "a line\r\n");
}

TEST(Cli, WarningsAndNotes) {
  Context context;
  const Fd err(::memfd_create("err", 0));
  context.err = err.get();
  context.program = "p";
  context.warn("a\nb");
  context.note("unheard");
  context.verbose = true;
  context.note("heard");
  context.quiet = true;
  context.warn("unheard");
  context.fault("also\nheard");
  EXPECT_EQ(drain(err.get()), "p: a\\nb\np: heard\np: also\\nheard\n");
}

}  // namespace
}  // namespace cess::cli
