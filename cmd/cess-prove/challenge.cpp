// SPDX-License-Identifier: Apache-2.0
// challenge: from a store, from the list of a service index, or from its totals alone.
#include <memory>

#include "audit/challenge_json.hpp"
#include "audit/service_index.hpp"
#include "base/hex.hpp"
#include "commands.hpp"
#include "lines.hpp"
#include "podr2/detection.hpp"
#include "store/store.hpp"

namespace cess {
namespace {

struct ChallengeOptions {
  std::string beacon, store, index, miner, root, chain = "local", suite = "1", out;
  std::uint64_t epoch = 0, count = 0, blocks = 0, fragments = 0;
  bool force = false;
};

Result<IndexTotals> totals_of_store(const std::string& path) {
  CESS_TRY_ASSIGN(const auto store, StoreReader::open(path));
  IndexTotals t;
  t.miner = store->config().miner;
  CESS_TRY_ASSIGN(t.root, store->service_root());
  CESS_TRY_ASSIGN(t.fragments, store->service_count());
  return t;
}

Result<IndexTotals> totals_of_list(cli::Context& ctx, const std::string& path) {
  CESS_TRY_ASSIGN(LineReader lines, LineReader::open(ctx, path, 1U << 16U));
  IndexLineReader reader(lines.name(), {});
  std::string_view line;
  while (true) {
    CESS_TRY_ASSIGN(const bool more, lines.next(line));
    if (!more) return reader.finish();
    CESS_TRY(reader.line(line));
  }
}

template <class IdType>
Result<IdType> id_option(const std::string& text, const std::string& option) {
  auto id = parse_id<IdType>(text, option);
  if (!id) return fail(Code::usage, id.error().message, option);
  return id;
}

Result<IndexTotals> totals(const ChallengeOptions& o, cli::Context& ctx) {
  const int sources =
      (o.store.empty() ? 0 : 1) + (o.index.empty() ? 0 : 1) + (o.root.empty() ? 0 : 1);
  if (sources != 1) {
    return fail(Code::usage, "expected exactly one of --store, --index and --svc-root");
  }
  if (o.root.empty() && (!o.miner.empty() || o.blocks != 0 || o.fragments != 0)) {
    return fail(Code::usage, "--miner, --blocks and --fragments go with --svc-root");
  }
  if (!o.store.empty()) return totals_of_store(o.store);
  if (!o.index.empty()) return totals_of_list(ctx, o.index);
  if (o.miner.empty() || o.blocks == 0 || o.fragments == 0) {
    return fail(Code::usage, "--svc-root needs --miner, --blocks and --fragments");
  }
  IndexTotals t;
  CESS_TRY_ASSIGN(t.miner, id_option<MinerId>(o.miner, "--miner"));
  CESS_TRY_ASSIGN(t.root.hash, id_option<Hash256>(o.root, "--svc-root"));
  t.root.sum = o.blocks;
  t.fragments = o.fragments;
  return t;
}

Result<int> make_challenge(const ChallengeOptions& o, cli::Context& ctx) {
  Challenge c;
  c.chain_id = o.chain;
  c.epoch = static_cast<std::uint32_t>(o.epoch);
  CESS_TRY_ASSIGN(c.beacon, id_option<Hash256>(o.beacon, "--beacon"));
  CESS_TRY_ASSIGN(c.suite, parse_suite(o.suite));
  CESS_TRY_ASSIGN(const IndexTotals t, totals(o, ctx));
  if (t.fragments == 0) {
    return fail(Code::no, "the service index is empty: there is nothing to ask for");
  }
  c.miner = t.miner;
  c.svc_root = t.root.hash;
  c.blocks = t.root.sum;
  c.fragments = t.fragments;
  c.count =
      o.count != 0 ? static_cast<std::uint32_t>(o.count) : default_challenge_count(t.fragments);
  if (const auto good = check_challenge(c); !good) {
    return fail(Code::usage, good.error().message);
  }
  CESS_TRY_ASSIGN(Output out, Output::create(ctx, o.out, o.force, false));
  CESS_TRY(out.line(write_json(challenge_to_json(c))));
  CESS_TRY(out.commit());
  return 0;
}

}  // namespace

cli::Command challenge_command() {
  auto o = std::make_shared<ChallengeOptions>();
  cli::Command c;
  c.name = "challenge";
  c.summary = "make a challenge for a miner";
  c.declare = [o](cli::Options& opt) {
    opt.text("--beacon", "HEX", o->beacon, "32 bytes nobody knew when the index was fixed", true);
    opt.text("-s,--store", "DIR", o->store, "the miner's store");
    opt.text("--index", "FILE", o->index, "the miner's service index as a list, '-' for stdin");
    opt.text("--svc-root", "HEX", o->root, "root of the service index, with the next three");
    opt.text("--miner", "HEX", o->miner, "id of the miner");
    opt.number("--blocks", "N", o->blocks, 1, kIndexBlocksMax, "blocks in the index");
    opt.number("--fragments", "N", o->fragments, 1, kIndexBlocksMax, "fragments in the index");
    opt.number("--epoch", "N", o->epoch, 0, 0xffffffffU, "epoch (default 0)");
    opt.number("--count", "C", o->count, 1, kChallengeCountMax,
               "blocks to ask for (default: 512 + fragments/256, at most 8192)");
    opt.choice("--suite", {"1", "1u", "2"}, o->suite, "how to answer (default 1)");
    opt.text("--chain", "ID", o->chain, "chain the audit belongs to (default local)");
    opt.text("-o,--output", "FILE", o->out, "write to FILE");
    opt.flag("--force", o->force, "replace an existing output file");
  };
  c.run = [o](cli::Context& ctx) { return make_challenge(*o, ctx); };
  return c;
}

}  // namespace cess
