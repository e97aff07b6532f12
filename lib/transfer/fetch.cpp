// SPDX-License-Identifier: Apache-2.0
#include "transfer/fetch.hpp"

#include <algorithm>
#include <chrono>
#include <set>

#include "base/hex.hpp"
#include "merkle/tree.hpp"
#include "transfer/lanes.hpp"
#include "transfer/sources.hpp"

namespace cess::transfer {
namespace {

using Time = std::chrono::steady_clock::time_point;

std::uint64_t ms_since(Time from) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - from)
          .count());
}

/// A column of a segment on its way to us.
struct Try {
  enum class State { untried, asked, good, failed, bad };
  State state = State::untried;
  AccountId miner;
  Time since;
  bool rival = false;  // another was asked because this one takes long
  std::string why;     // failed, bad
};

struct FetchJob {
  std::uint32_t segment = 0;
  std::vector<Try> columns;
  std::vector<Candidate> good;
  unsigned rounds = 0;  // of asking again

  /// Different fragments; replicas of one count once.
  [[nodiscard]] std::set<unsigned> indices() const {
    std::set<unsigned> have;
    for (const Candidate& c : good) have.insert(c.pos.index);
    return have;
  }
};

struct FetchNews {
  std::uint32_t segment = 0;
  std::uint16_t column = 0;
  unsigned round = 0;
  AccountId miner;
  std::uint64_t ms = 0;
  bool wrong = false;  // bytes came, and not those
  Result<Bytes> data;
};

class Fetcher final : public SegmentFetcher {
 public:
  Fetcher(const Manifest& manifest, std::uint32_t first, std::uint32_t end, ChainPort& chain,
          MinerLinks& links, const FetchOptions& options)
      : manifest_(manifest),
        next_(first),
        opened_(first),
        end_(end),
        options_(options),
        sources_(manifest.fid, chain),
        lanes_(links) {}

  Status open() { return sources_.refresh(); }
  Result<bool> next(Group& out) override;

 private:
  void open_jobs();
  Status advance(FetchJob& job);
  bool ask_one(FetchJob& job);
  void hear(bool wait);
  void take(FetchNews news);
  Status again(FetchJob& job);
  [[nodiscard]] std::string missing(const FetchJob& job) const;
  [[nodiscard]] tl::unexpected<Error> too_few(const FetchJob& job) const;
  void tell(const FetchJob& job);
  [[nodiscard]] unsigned on_their_way(const FetchJob& job) const;
  [[nodiscard]] std::uint64_t cost(const AccountId& id) const;
  Group group_of(FetchJob& job) const;
  void warn(const std::string& text) const {
    if (options_.warn) options_.warn(text);
  }

  const Manifest& manifest_;
  std::uint32_t next_;    // handed out next
  std::uint32_t opened_;  // first without a job
  std::uint32_t end_;
  const FetchOptions& options_;
  Sources sources_;
  std::map<std::uint32_t, FetchJob> jobs_;
  std::map<AccountId, std::uint64_t> usual_ms_;  // of a fragment, by miner
  std::set<AccountId> liars_;
  Time moved_ = std::chrono::steady_clock::now();  // the last good fragment, or the last question
  Time told_ = moved_;
  std::string said_;

  std::mutex mutex_;
  std::condition_variable heard_;
  std::deque<FetchNews> news_;
  Lanes lanes_;  // last: its end joins the threads that use what is above
};

unsigned Fetcher::on_their_way(const FetchJob& job) const {
  // One that has a rival is not counted on any more.
  return static_cast<unsigned>(
      std::count_if(job.columns.begin(), job.columns.end(),
                    [](const Try& t) { return t.state == Try::State::asked && !t.rival; }));
}

// What another request to this miner would take: strangers are asked first, to get to know them.
std::uint64_t Fetcher::cost(const AccountId& id) const {
  const auto usual = usual_ms_.find(id);
  const std::uint64_t each = usual == usual_ms_.end() ? 1 : usual->second + 1;
  return each * (lanes_.load(id) + 1) * (lanes_.load(id) + 1);
}

void Fetcher::open_jobs() {
  while (opened_ < end_ && opened_ < next_ + std::max<std::size_t>(1, options_.segments_ahead)) {
    FetchJob job;
    job.segment = opened_;
    job.columns.resize(manifest_.profile().columns());
    jobs_.emplace(opened_++, std::move(job));
  }
}

// Asks for the column that should come soonest; false if none is left.
bool Fetcher::ask_one(FetchJob& job) {
  const unsigned n = manifest_.profile().n();
  std::set<unsigned> have = job.indices();
  for (std::size_t c = 0; c < job.columns.size(); ++c) {
    const Try& t = job.columns[c];
    if (t.state == Try::State::asked && !t.rival) have.insert(static_cast<unsigned>(c % n));
  }
  std::optional<std::uint16_t> best;
  std::uint64_t best_cost = 0;
  std::optional<Source> best_source;
  for (std::uint16_t c = 0; c < job.columns.size(); ++c) {
    Try& t = job.columns[c];
    if (t.state != Try::State::untried || have.contains(c % n)) continue;
    const auto source = sources_.of(job.segment, c);
    if (!source) {
      t.state = Try::State::failed;
      if (t.why.empty()) t.why = source.error().message;  // its answer before says more
      continue;
    }
    if (liars_.contains(source->id)) {
      t.state = Try::State::bad;
      t.why = "its miner sent wrong bytes before";
      continue;
    }
    const std::uint64_t price = cost(source->id);
    if (best && price >= best_cost) continue;
    best = c;
    best_cost = price;
    best_source = *source;
  }
  if (!best) return false;
  Try& t = job.columns[*best];
  t.miner = best_source->id;
  t.since = std::chrono::steady_clock::now();
  const std::uint32_t segment = job.segment;
  const std::uint16_t column = *best;
  const unsigned round = job.rounds;
  const Status posted = lanes_.post(
      best_source->id, best_source->miner,
      [this, segment, column, round, id = best_source->id](MinerLink& link) {
        const auto& info = manifest_.segments[segment];
        const Time from = std::chrono::steady_clock::now();
        FetchNews news{segment,
                       column,
                       round,
                       id,
                       0,
                       false,
                       link.get_fragment(manifest_.fid, segment, column, info.fragment_length)};
        news.ms = ms_since(from);
        news.wrong = news.data && (news.data->size() != info.fragment_length ||
                                   fragment_root(*news.data) != info.roots[column]);
        {
          const std::lock_guard lock(mutex_);
          news_.push_back(std::move(news));
        }
        heard_.notify_one();
      });
  t.state = posted ? Try::State::asked : Try::State::failed;
  if (!posted) t.why = posted.error().message;
  return true;
}

void Fetcher::take(FetchNews news) {
  if (news.wrong) {
    liars_.insert(news.miner);
    warn("miner " + to_ss58(news.miner) + " sent wrong bytes for fragment " +
         fragment_name({news.segment,
                        static_cast<std::uint16_t>(news.column % manifest_.profile().n()),
                        static_cast<std::uint16_t>(news.column / manifest_.profile().n())}) +
         ": it is asked no more");
  } else if (news.data) {
    auto& usual = usual_ms_[news.miner];
    usual = usual == 0 ? news.ms : (3 * usual + news.ms) / 4;
  }
  const auto found = jobs_.find(news.segment);
  if (found == jobs_.end() || found->second.rounds < news.round) return;
  FetchJob& job = found->second;
  Try& t = job.columns[news.column];
  if (t.state == Try::State::good) return;
  if (news.wrong) {
    t.state = Try::State::bad;
    t.why = "wrong bytes";
    return;
  }
  if (!news.data) {
    t.state = Try::State::failed;
    t.why = news.data.error().message;
    sources_.doubt(news.segment, news.column);  // a repair may have moved it
    if (options_.note) {
      options_.note("segment " + std::to_string(news.segment) + ", column " +
                    std::to_string(news.column) + ": " + t.why);
    }
    return;
  }
  t.state = Try::State::good;
  moved_ = std::chrono::steady_clock::now();
  Candidate c;
  c.pos = {news.segment, static_cast<std::uint16_t>(news.column % manifest_.profile().n()),
           static_cast<std::uint16_t>(news.column / manifest_.profile().n())};
  c.root = manifest_.segments[news.segment].roots[news.column];
  c.data = std::move(*news.data);
  c.state = Candidate::State::good;
  job.good.push_back(std::move(c));
}

void Fetcher::hear(bool wait) {
  std::deque<FetchNews> news;
  {
    std::unique_lock lock(mutex_);
    if (wait && news_.empty()) heard_.wait_for(lock, std::chrono::milliseconds(20));
    news.swap(news_);
  }
  for (FetchNews& n : news) take(std::move(n));
}

// Which columns are not at hand, whose they are, and why.
std::string Fetcher::missing(const FetchJob& job) const {
  std::string out;
  for (std::size_t c = 0; c < job.columns.size(); ++c) {
    const Try& t = job.columns[c];
    const bool silent = t.state == Try::State::asked;
    if (t.state == Try::State::good || (!silent && t.why.empty())) continue;
    out += "; column " + std::to_string(c);
    if (t.miner != AccountId{}) out += ", miner " + to_ss58(t.miner);
    out += ": " + (silent ? "no answer" : t.why);
  }
  return out;
}

tl::unexpected<Error> Fetcher::too_few(const FetchJob& job) const {
  return fail(Code::peer,
              "segment " + std::to_string(job.segment) + ": only " +
                  std::to_string(job.indices().size()) + " of " +
                  std::to_string(manifest_.profile().k) + " fragments can be had" + missing(job),
              to_hex(manifest_.fid));
}

// Nobody likes to wait for he does not know whom.
void Fetcher::tell(const FetchJob& job) {
  if (!options_.waiting || ms_since(std::max(moved_, told_)) < options_.tell_ms) return;
  std::string text = "segment " + std::to_string(job.segment) + ": " +
                     std::to_string(job.indices().size()) + " of " +
                     std::to_string(manifest_.profile().k) + " fragments at hand" + missing(job);
  told_ = std::chrono::steady_clock::now();
  if (text == said_) return;
  options_.waiting(text);
  said_ = std::move(text);
}

// Nobody is left to ask: perhaps somebody was away, or fragments have moved.
Status Fetcher::again(FetchJob& job) {
  if (++job.rounds > options_.rounds_max) return too_few(job);
  {
    std::unique_lock lock(mutex_);
    heard_.wait_for(lock, std::chrono::milliseconds(options_.wait_ms),
                    [this] { return !news_.empty(); });
  }
  CESS_TRY(sources_.refresh());
  for (Try& t : job.columns) {
    if (t.state == Try::State::failed) t.state = Try::State::untried;
  }
  return {};
}

// Keeps k requests of a segment on their way, and rivals of slow ones.
Status Fetcher::advance(FetchJob& job) {
  const Profile& p = manifest_.profile();
  std::uint64_t usual = 0;
  for (const auto& [id, ms] : usual_ms_) usual = usual == 0 ? ms : std::min(usual, ms);
  const std::uint64_t slow = std::max(options_.hedge_ms_min, usual * options_.hedge_times);
  for (Try& t : job.columns) {
    if (t.state == Try::State::asked && !t.rival && ms_since(t.since) > slow) t.rival = true;
  }
  while (job.indices().size() + on_their_way(job) < p.k) {
    if (ask_one(job)) continue;
    const bool any = std::any_of(job.columns.begin(), job.columns.end(),
                                 [](const Try& t) { return t.state == Try::State::asked; });
    if (any) {  // slow ones are all there is
      return ms_since(moved_) > options_.patience_ms ? Status(too_few(job)) : Status();
    }
    CESS_TRY(again(job));
  }
  return {};
}

Group Fetcher::group_of(FetchJob& job) const {
  const auto& info = manifest_.segments[job.segment];
  Group g;
  g.segment = job.segment;
  g.ciphertext_length = info.ciphertext_length;
  g.fragment_length = info.fragment_length;
  g.final = job.segment + 1 == manifest_.segments.size();
  g.candidates = std::move(job.good);
  std::stable_sort(g.candidates.begin(), g.candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.pos < b.pos; });
  g.fetch = [](Candidate&) -> Status { return fail(Code::no, "no more fragments at hand"); };
  return g;
}

Result<bool> Fetcher::next(Group& out) {
  if (next_ == end_) return false;
  moved_ = std::chrono::steady_clock::now();
  open_jobs();
  while (true) {
    hear(false);
    for (auto& [segment, job] : jobs_) CESS_TRY(advance(job));
    FetchJob& job = jobs_.at(next_);
    if (job.indices().size() >= manifest_.profile().k) {
      out = group_of(job);
      jobs_.erase(next_++);
      open_jobs();
      for (auto& [segment, more] : jobs_) CESS_TRY(advance(more));
      return true;
    }
    hear(true);
    tell(job);
  }
}

}  // namespace

Result<std::unique_ptr<SegmentFetcher>> fetch_segments(const Manifest& manifest,
                                                       std::uint32_t first, std::uint32_t end,
                                                       ChainPort& chain, MinerLinks& links,
                                                       const FetchOptions& options) {
  auto fetcher = std::make_unique<Fetcher>(manifest, first, end, chain, links, options);
  CESS_TRY(fetcher->open());
  return fetcher;
}

}  // namespace cess::transfer
