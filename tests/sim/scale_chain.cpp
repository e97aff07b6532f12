// SPDX-License-Identifier: Apache-2.0
// A thousand miners and a million fragments in the state machine itself, with the main network's
// parameters and without consensus. Files are declared, drawn, and reported by the miners; then a
// round of audits opens; then a twentieth of the miners is put out at once.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <deque>
#include <map>

#include "base/check.hpp"
#include "chain/state/audits/audits.hpp"
#include "chain/state/files/calls.hpp"
#include "chain/state/files/events.hpp"
#include "chain/state/files/layout.hpp"
#include "chain/state/miners/calls.hpp"
#include "chain/state/system/system.hpp"
#include "chain/state/taggers/taggers.hpp"
#include "chain/state/territory/calls.hpp"
#include "crypto/sha256.hpp"
#include "scale.hpp"
#include "scale_network.hpp"

namespace cess::scale {
namespace {

constexpr std::uint32_t kFileCount = 2084;
constexpr std::uint32_t kSegmentsEach = 40;
constexpr std::uint32_t kFilesPerBlock = 40;

struct Bytes3 {
  std::uint64_t declared = 0, reported = 0, stored = 0;
};

files::Declare declaration(std::uint32_t number) {
  files::Declare d;
  d.owner = account("user", 0);
  d.file_id = FileId::from(named("file id", number).view());
  d.manifest = named("manifest", number);
  d.territory = "all";
  d.capsule.assign(100, 1);
  files::File f;
  f.file_id = d.file_id;
  f.profile = d.profile;
  // What is in a segment is a little shorter than its k fragments.
  f.length = std::uint64_t{kSegmentsEach} * d.profile.k * d.profile.fragment_size;
  while (files::segments_of(d.profile, f.length) > kSegmentsEach) f.length -= 4096;
  d.length = f.length;
  f.segment_count = files::segments_of(d.profile, f.length);
  CESS_CHECK(f.segment_count == kSegmentsEach);
  std::vector<Hash256> leaves;
  for (std::uint32_t s = 0; s < f.segment_count; ++s) {
    std::vector<Hash256> roots;
    for (std::uint32_t c = 0; c < d.profile.columns(); ++c) {
      roots.push_back(named("root " + std::to_string(number), s * 1000 + c));
    }
    leaves.push_back(files::segment_leaf(f, s, roots));
    d.roots.insert(d.roots.end(), roots.begin(), roots.end());
  }
  d.fid = files::compute_fid(f, leaves);
  return d;
}

void register_all(ScaleChain& chain) {
  for (std::uint32_t i = 0; i < kMinerCount; ++i) {
    miners::Register r;
    r.endpoint = "https://10.0.0.1:4443";
    r.ip[10] = r.ip[11] = 0xff;
    r.ip[12] = 10;
    r.ip[13] = static_cast<std::uint8_t>(i >> 8U);
    r.ip[14] = static_cast<std::uint8_t>(i);
    r.region = "DE";
    r.sign_key = named("sign key", i).bytes;
    r.declared = declared_by(i);
    r.stake = miners::requirement(chain.state(), r.declared);
    chain.queue(account("miner", i), "miners.register", r);
  }
  chain.block();
  const auto gib =
      static_cast<std::uint32_t>(std::uint64_t{kFileCount} * kSegmentsEach * 12 * 8 / 1024 + 100);
  chain.queue(account("user", 0), "territory.mint", territory::Mint{"all", gib, 30, {}});
  chain.block();
}

// The drawn miners report their own columns, so that no receipt needs a signature.
Bytes3 store_all(ScaleChain& chain) {
  Bytes3 sum;
  std::deque<Fid> open;
  for (std::uint32_t next = 0; next < kFileCount || !open.empty();) {
    for (std::size_t n = open.size(); n > 0; --n) {
      const Fid fid = open.front();
      open.pop_front();
      const files::File f = files::kFiles.get(chain.state(), fid).value();
      if (f.state == files::FileState::active) continue;
      open.push_back(fid);
      for (const auto& [key_fid, stripe, column] : files::kSlots.keys(chain.state(), 256, fid)) {
        const auto slot = files::kSlots.get(chain.state(), fid, stripe, column);
        if (slot->reported) continue;
        const auto [first, end] = files::stripe_range(f, stripe);
        files::SlotReceipt r{fid, f.deal, stripe, column, tagger_id(f.deal % kTaggerCount), {}, {}};
        r.nonces.resize(end - first);
        for (std::uint32_t s = first; s < end; ++s) {
          r.nonces[s - first][0] = static_cast<std::uint8_t>(s);
          r.nonces[s - first][1] = static_cast<std::uint8_t>(column);
        }
        sum.reported += chain.queue(slot->miner, "files.report_long", files::Report{{r}});
      }
    }
    for (std::uint32_t i = 0; i < kFilesPerBlock && next < kFileCount; ++i, ++next) {
      const files::Declare d = declaration(next);
      sum.declared += chain.queue(account("user", 0), "files.declare", d);
      open.push_back(d.fid);
    }
    chain.block();
  }
  for (std::uint32_t i = 0; i < kMinerCount; ++i) {
    sum.stored += miners::kMiners.get(chain.state(), account("miner", i))->service;
  }
  return sum;
}

/// Upper tail of the chi-square distribution, by Wilson and Hilferty (1931).
double tail(double x, double degrees) {
  const double z =
      (std::cbrt(x / degrees) - (1 - 2 / (9 * degrees))) / std::sqrt(2 / (9 * degrees));
  return 0.5 * std::erfc(z / std::sqrt(2.0));
}

std::string placement(ScaleChain& chain) {
  const std::uint32_t columns = files::Profile{}.columns();
  std::map<AccountId, std::uint64_t> got;
  for (const auto& [fid, stripe, column] : files::kSlots.keys(chain.state(), ~std::size_t{0})) {
    ++got[files::kSlots.get(chain.state(), fid, stripe, column)->miner];
  }
  std::uint64_t total = 0;
  double weights = 0;
  for (std::uint32_t i = 0; i < kMinerCount; ++i) {
    total += got[account("miner", i)];
    weights += static_cast<double>(declared_by(i));
  }
  double x = 0;
  std::uint64_t sums[2] = {0, 0};
  std::uint64_t least = ~0ULL;
  std::uint64_t most = 0;
  for (std::uint32_t i = 0; i < kMinerCount; ++i) {
    const auto n = got[account("miner", i)];
    const double share = static_cast<double>(declared_by(i)) / weights;
    const double expected = static_cast<double>(total) * share;
    // Drawn without putting back: a miner gets none or one of a file's columns.
    const double variance = expected * (1 - columns * share);
    x += (static_cast<double>(n) - expected) * (static_cast<double>(n) - expected) / variance;
    sums[i % 2] += n;
    least = std::min(least, n);
    most = std::max(most, n);
  }
  return fmt::format(
      "## Placement\n\n{} miners, half of them with 1 TiB and half with 2 TiB; {} files of {} "
      "segments, "
      "profile 4+8: {} columns, {} fragments, {:.2f} TiB on miners.\n\n"
      "| | |\n| --- | --- |\n| columns of a 1 TiB miner, of a 2 TiB miner, mean | {:.2f}, {:.2f} "
      "(expected {:.2f}, {:.2f}) |\n"
      "| fewest, most columns of one miner | {}, {} |\n| chi-square over {} miners | {:.0f} |\n"
      "| probability of more by chance | {:.2f} |\n\n",
      kMinerCount, kFileCount, kSegmentsEach, total, total * kSegmentsEach,
      static_cast<double>(total) * kSegmentsEach * (8U << 20U) / static_cast<double>(kTibBytes),
      static_cast<double>(sums[0]) / (kMinerCount / 2.0),
      static_cast<double>(sums[1]) / (kMinerCount / 2.0),
      static_cast<double>(total) / kMinerCount / 1.5,
      static_cast<double>(total) / kMinerCount * 2 / 1.5, least, most, kMinerCount, x,
      tail(x, kMinerCount - 1));
}

std::string audits_and_bytes(ScaleChain& chain, const Bytes3& sum) {
  while (system::clock(chain.state()).epoch == 0) chain.block();
  const Epoch epoch = system::clock(chain.state()).epoch;
  const auto round = audits::kRounds.get(chain.state(), epoch).value();
  std::map<Height, std::uint64_t> answers;
  std::map<Height, std::uint64_t> asked;
  std::uint64_t proof_bytes = 0;
  std::uint64_t weight = 0;
  std::uint64_t miners_asked = 0;
  for (std::uint32_t i = 0; i < kMinerCount; ++i) {
    const AccountId miner = account("miner", i);
    const auto c = audits::challenge_of(chain.state(), chain.genesis(), epoch, miner);
    if (!c) continue;
    ++miners_asked;
    // A miner that answers at once.
    const Height at = audits::window_of(round, miner).first;
    ++answers[at];
    asked[at] += c->count;
    audits::SubmitProof p;
    p.epoch = epoch;
    for (std::uint32_t t = 0; t < kTaggerCount; ++t)
      p.groups.push_back({tagger_id(t), Bytes(128, 0)});
    const Txn txn = chain.make(miner, "audits.submit_proof", p);
    proof_bytes += to_read_txn(txn).size_bytes;
    weight = chain.runtime().weight(txn);
  }
  std::uint64_t most = 0;
  std::uint64_t most_asked = 0;
  for (const auto& [at, n] : answers) most = std::max(most, n);
  for (const auto& [at, n] : asked) most_asked = std::max(most_asked, n);
  const auto params = audits::kParams.get_or_default(chain.state());
  const auto system_params = system::kParams.get_or_default(chain.state());
  const double tib = static_cast<double>(sum.stored) / static_cast<double>(kTibBytes);
  const double epochs_per_day =
      86'400'000.0 / system_params.block_ms / system_params.blocks_per_epoch;
  return fmt::format(
      "## Audits\n\nAn epoch of {} blocks of {} s; each miner answers in the first block of its "
      "window.\n\n"
      "| | |\n| --- | --- |\n| miners asked in an epoch | {} |\n| answers in a block, mean over {} "
      "blocks of windows | {:.1f} |\n"
      "| most answers in a block | {} |\n| asked blocks of data, most in a block | {} of {} that "
      "one block judges |\n"
      "| weight of an answer; most in a block | {:.1f} ms; {:.0f} % of a block's limit |\n| bytes "
      "of an answer over {} taggers | {} |\n\n"
      "## Bytes on the chain\n\nTiB are those on miners' disks; a third of them is the users' "
      "own.\n\n"
      "| | bytes |\n| --- | --- |\n| declarations, once, per TiB | {:.0f} |\n| reports, once, per "
      "TiB | {:.0f} |\n"
      "| audits, per TiB and day, with these {:.1f} GiB a miner | {:.0f} |\n"
      "| the same with miners of 1 TiB | {:.0f} |\n\n",
      system_params.blocks_per_epoch, system_params.block_ms / 1000, miners_asked,
      round.offset_blocks, static_cast<double>(miners_asked) / round.offset_blocks, most,
      most_asked, params.judged_per_block, static_cast<double>(weight) / 1e6,
      100.0 * static_cast<double>(most * weight) /
          static_cast<double>(system_params.block_weight_max),
      kTaggerCount, proof_bytes / miners_asked, static_cast<double>(sum.declared) / tib,
      static_cast<double>(sum.reported) / tib, tib * 1024 / kMinerCount,
      static_cast<double>(proof_bytes) * epochs_per_day / tib,
      static_cast<double>(proof_bytes) / static_cast<double>(miners_asked) * epochs_per_day);
}

struct Loss {
  std::uint64_t lost = 0, orders = 0, files_lost = 0, blocks = 0;
  std::map<std::pair<Fid, std::uint32_t>, std::uint32_t> ordered;  ///< by segment
};

Loss put_out(ScaleChain& chain, std::uint32_t count, Chance& chance) {
  std::vector<std::uint32_t> numbers(kMinerCount);
  for (std::uint32_t i = 0; i < kMinerCount; ++i) numbers[i] = i;
  for (std::uint32_t i = 0; i < count; ++i)
    std::swap(numbers[i], numbers[i + chance.below(kMinerCount - i)]);
  chain.between([&](Context& ctx) {
    for (std::uint32_t i = 0; i < count; ++i) miners::force_exit(ctx, account("miner", numbers[i]));
  });
  Loss loss;
  const Height from = chain.height();
  for (std::uint64_t quiet = 0; quiet < 3;) {
    const BlockResult result = chain.block();
    std::uint64_t news = 0;
    for (const Receipt& r : result.receipts) {
      for (const EventRecord& e : r.events) {
        if (e.module != files::kModule) continue;
        if (e.kind == files::kFragmentLost) ++news;
        if (e.kind == files::kStateChanged) ++loss.files_lost;
        if (e.kind != files::kRestoralOpened) continue;
        const auto opened = decode_scale<files::RestoralOpened>(e.data, "event");
        ++loss.ordered[{opened->fid, opened->segment}];
        ++loss.orders;
      }
    }
    loss.lost += news;
    quiet = news == 0 ? quiet + 1 : 0;
    if (news != 0) loss.blocks = chain.height() - from;
  }
  return loss;
}

std::string repair(ScaleChain& chain, std::uint64_t seed) {
  Chance chance(seed);
  const std::uint32_t count = kMinerCount / 20;
  const Loss loss = put_out(chain, count, chance);
  const files::Profile profile;
  const auto gib = [&](std::uint64_t fragments) {
    return static_cast<double>(fragments) * profile.fragment_size / static_cast<double>(1U << 30U);
  };
  const std::uint64_t segments = loss.ordered.size();
  return fmt::format(
      "## A loss of {} of {} miners at once\n\nA segment is repaired once {} of its {} fragments "
      "are missing: one reading "
      "of {} fragments rebuilds all of them.\n\n"
      "| | |\n| --- | --- |\n| fragments lost, in GiB | {}, {:.0f} |\n| blocks until all of them "
      "are known to be missing | {} |\n"
      "| files lost | {} |\n| segments with repair orders, of {} | {} ({:.2f} %) |\n| fragments "
      "ordered | {} |\n"
      "| read and written when a segment is repaired as one | {:.1f} GiB and {:.1f} GiB |\n"
      "| read when each order is repaired alone | {:.1f} GiB |\n"
      "| read if every lost fragment were rebuilt at once (m/2 = 1) | {:.0f} GiB |\n"
      "| read by each of the {} others, repaired as one | {:.1f} MiB |\n\n",
      count, kMinerCount, profile.m / 2, profile.n(), profile.k, loss.lost, gib(loss.lost),
      loss.blocks, loss.files_lost, std::uint64_t{kFileCount} * kSegmentsEach, segments,
      100.0 * static_cast<double>(segments) / (double{kFileCount} * kSegmentsEach), loss.orders,
      gib(segments * profile.k), gib(loss.orders), gib(loss.orders * profile.k),
      gib(loss.lost * profile.k), kMinerCount - count,
      gib(segments * profile.k) * 1024 / (kMinerCount - count));
}

}  // namespace

std::string chain_page(std::uint64_t seed) {
  ScaleChain chain(seed);
  register_all(chain);
  const Bytes3 sum = store_all(chain);
  std::fprintf(stderr, "scale: stored at block %llu\n",
               static_cast<unsigned long long>(chain.height()));
  std::string out = placement(chain);
  out += audits_and_bytes(chain, sum);
  out += repair(chain, seed);
  return out +
         "## Durability\n\nSimulated lives of miners beside the model of `lib/erasure` (decision "
         "0302). Policy \"model\" "
         "rebuilds one\nfragment after the other, \"chain\" as the chain orders: all missing ones "
         "of a segment, once "
         "m/2 are;\nthe model knows the first only. Its number is the losses to expect in a year "
         "of "
         "a run that begins whole, as the simulated ones do.\n"
         "Each row is eight worlds of their own: deaths of miners are common to a world's "
         "segments, so losses come in clusters,\nand the interval is that of the eight worlds' "
         "mean (95 %).\n\n";
}

}  // namespace cess::scale
