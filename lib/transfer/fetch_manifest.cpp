// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <set>

#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "transfer/fetch.hpp"
#include "transfer/lanes.hpp"
#include "transfer/sources.hpp"

namespace cess::transfer {
namespace {

constexpr std::size_t kAtOnce = 3;

using Moment = std::chrono::steady_clock::time_point;

bool is_past(Moment from, std::uint64_t ms) {
  return std::chrono::steady_clock::now() - from > std::chrono::milliseconds(ms);
}

/// The first good answer of several miners.
struct Race {
  std::mutex mutex;
  std::condition_variable heard;
  std::optional<Bytes> text;
  std::size_t asked = 0;
  std::size_t answered = 0;
  std::vector<std::string> why;
  std::set<AccountId> silent;  ///< asked, and no answer yet
  bool over = false;           ///< what comes now is only the end of links

  [[nodiscard]] std::string no_answers() const {
    std::string out;
    for (const AccountId& id : silent) out += "; miner " + to_ss58(id) + ": no answer";
    return out;
  }

  void answer(const AccountId& id, Result<Bytes> got) {
    {
      const std::lock_guard lock(mutex);
      if (over) return;
      ++answered;
      silent.erase(id);
      if (got && !text) text = std::move(*got);
      if (!got) why.push_back("miner " + to_ss58(id) + ": " + got.error().message);
    }
    heard.notify_one();
  }
};

Status check(const Fid& fid, const Hash256& digest, const Bytes& text) {
  if (sha256(text) != digest) return fail(Code::input, "it is not the manifest named on chain");
  CESS_TRY_ASSIGN(const auto manifest, parse_manifest(text));
  if (manifest.fid != fid) return fail(Code::input, "it is another file's manifest");
  return {};
}

/// Asks kAtOnce of `all`, and one more whenever one has failed or takes long; until `begin` is too
/// long ago.
std::optional<Bytes> run_race(Race& race, const Fid& fid, const Hash256& digest,
                              const std::vector<Source>& all, MinerLinks& links,
                              const FetchOptions& options, Moment begin) {
  Lanes lanes(links);  // its end joins the threads
  std::unique_lock lock(race.mutex);
  std::size_t allowed = kAtOnce;
  Moment told = std::chrono::steady_clock::now();
  std::string said;
  const auto tell = [&] {
    if (!options.waiting || !is_past(told, options.tell_ms)) return;
    told = std::chrono::steady_clock::now();
    std::string text = "the manifest";
    for (const auto& w : race.why) text += "; " + w;
    text += race.no_answers();
    if (text == said) return;
    options.waiting(text);
    said = std::move(text);
  };
  while (!race.text && race.answered < all.size() && !is_past(begin, options.patience_ms)) {
    tell();
    if (race.asked < std::min(all.size(), allowed + race.answered)) {
      const Source& s = all[race.asked++];
      race.silent.insert(s.id);
      lock.unlock();
      const Status posted =
          lanes.post(s.id, s.miner, [&race, &fid, &digest, id = s.id](MinerLink& link) {
            auto got = link.get_manifest(fid);
            if (got) {
              if (auto ok = check(fid, digest, *got); !ok) got = tl::unexpected<Error>(ok.error());
            }
            race.answer(id, std::move(got));
          });
      if (!posted) race.answer(s.id, tl::unexpected<Error>(posted.error()));
      lock.lock();
      continue;
    }
    const std::size_t before = race.answered;
    const auto moved = [&] { return race.text || race.answered != before; };
    const bool heard =
        race.heard.wait_for(lock, std::chrono::milliseconds(options.hedge_ms_min), moved);
    if (!heard && race.asked < all.size()) ++allowed;
  }
  race.over = true;
  std::optional<Bytes> text = std::move(race.text);
  for (const AccountId& id : race.silent)
    race.why.push_back("miner " + to_ss58(id) + ": no answer");
  lock.unlock();
  return text;
}

}  // namespace

Result<Manifest> fetch_manifest(const Fid& fid, ChainPort& chain, MinerLinks& links,
                                const FetchOptions& options) {
  CESS_TRY_ASSIGN(const Bytes text, fetch_manifest_text(fid, chain, links, options));
  return parse_manifest(text);
}

Result<Bytes> fetch_manifest_text(const Fid& fid, ChainPort& chain, MinerLinks& links,
                                  const FetchOptions& options) {
  Sources sources(fid, chain);
  std::string why;
  const Moment begin = std::chrono::steady_clock::now();
  for (unsigned round = 0; round <= options.rounds_max; ++round) {
    if (round > 0 && is_past(begin, options.patience_ms)) break;
    if (round > 0) std::this_thread::sleep_for(std::chrono::milliseconds(options.wait_ms));
    CESS_TRY(sources.refresh());
    CESS_TRY_ASSIGN(const auto all, sources.all());
    Race race;
    const Hash256 digest = sources.file().manifest;
    auto text = run_race(race, fid, digest, all, links, options, begin);
    if (text) return std::move(*text);
    why.clear();
    for (const auto& w : race.why) {
      why += "; " + w;
      if (options.note) options.note("no manifest from " + w);
    }
  }
  return fail(Code::peer, "no miner gives the manifest of '" + to_hex(fid) + "'" + why,
              to_hex(fid));
}

}  // namespace cess::transfer
