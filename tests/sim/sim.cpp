// SPDX-License-Identifier: Apache-2.0
// Seeds of the simulator from a command line; `make sim` calls it.
//   sim [--seed N] [--seeds N] [--validators N] [--state] [--miners N] [--seconds N] [--quiet]
//   [--real-crypto]
//       [--keep 1,4,7] [--shrink] [--log] [--trace] [--until-broken]
// Prints a JSON line per broken seed (with one seed: in any case), then a summary. Exit 1 if a rule
// broke.
// --trace prints seed and trace hash of every seed and nothing else.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "chain/sim/run.hpp"

namespace {

struct Arguments {
  cess::sim::RunOptions run;
  bool trace = false;
  bool until_broken = false;
};

std::uint64_t number(const char* text) {
  char* end = nullptr;
  const auto v = std::strtoull(text == nullptr ? "" : text, &end, 10);
  if (end == text || end == nullptr || *end != '\0') {
    std::fprintf(stderr, "sim: error: not a number: '%s'\n", text == nullptr ? "" : text);
    std::exit(2);
  }
  return v;
}

Arguments parse(int argc, char** argv) {
  Arguments a;
  a.run.validators = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const auto next = [&] { return i + 1 < argc ? argv[++i] : nullptr; };
    if (option == "--seed")
      a.run.seed = number(next());
    else if (option == "--seeds")
      a.run.seeds = number(next());
    else if (option == "--validators")
      a.run.validators = static_cast<unsigned>(number(next()));
    else if (option == "--miners")
      a.run.miners = static_cast<unsigned>(number(next()));
    else if (option == "--state")
      a.run.state = true;
    else if (option == "--seconds")
      a.run.duration = number(next()) * cess::sim::kSecond;
    else if (option == "--quiet")
      a.run.faults = false;
    else if (option == "--real-crypto")
      a.run.real_crypto = true;
    else if (option == "--shrink")
      a.run.shrink = true;
    else if (option == "--trace")
      a.trace = true;
    else if (option == "--until-broken")
      a.until_broken = true;
    else if (option == "--log")
      a.run.log = [](const std::string& l) { std::puts(l.c_str()); };
    else if (option == "--keep") {
      const char* list = next();
      std::string item;
      for (const char* c = list == nullptr ? "" : list;; ++c) {
        if (*c != ',' && *c != '\0') {
          item += *c;
          continue;
        }
        a.run.keep.push_back(number(item.c_str()));
        item.clear();
        if (*c == '\0') break;
      }
    } else {
      std::fprintf(stderr, "sim: error: unknown option '%s'\n", option.c_str());
      std::exit(2);
    }
  }
  return a;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace cess;
  const Arguments a = parse(argc, argv);
  std::uint64_t done = 0;
  std::uint64_t cpu = 0;
  std::uint64_t simulated = 0;
  const auto broken = sim::run_seeds(a.run, [&](const sim::RunResult& r) {
    ++done;
    cpu += r.cpu_us;
    simulated += r.report.simulated;
    if (a.trace) {
      std::printf("%llu %s\n", static_cast<unsigned long long>(r.report.seed),
                  r.report.trace.c_str());
    } else if (r.report.violation || a.run.seeds == 1) {
      std::printf("%s\n", write_json(to_json(r)).c_str());
      std::fflush(stdout);
    }
    return !(a.until_broken && r.report.violation);
  });
  if (!a.trace) {
    std::printf(
        "{\"schema\":\"cess.sim-summary/1\",\"seeds\":%llu,\"broken\":%llu,\"cpu_s\":%llu,"
        "\"simulated_s\":%llu,\"times_real_time\":%llu}\n",
        static_cast<unsigned long long>(done), static_cast<unsigned long long>(broken),
        static_cast<unsigned long long>(cpu / 1'000'000),
        static_cast<unsigned long long>(simulated / sim::kSecond),
        static_cast<unsigned long long>(cpu == 0 ? 0 : simulated / cpu));
  }
  return broken == 0 ? 0 : 1;
}
