// SPDX-License-Identifier: Apache-2.0
#include "transfer/deliver.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/hex.hpp"
#include "chain/state/files/layout.hpp"
#include "transfer/lanes.hpp"
#include "transfer/pack_reports.hpp"
#include "transfer/room.hpp"

namespace cess::transfer {
namespace {

constexpr std::uint32_t kBackoffBlocksMax = 16;
constexpr int kFruitlessReportsMax = 5;  // times in a row
constexpr std::uint64_t kDrawPollMs = 100;
constexpr int kDrawLooksMax = 50;

/// A slot of one draw: another miner is another job.
struct JobKey {
  std::uint64_t deal = 0;
  std::uint32_t stripe = 0;
  std::uint16_t column = 0;
  AccountId miner;
  friend auto operator<=>(const JobKey&, const JobKey&) = default;
};

struct Job {
  enum class State { idle, sending, signed_, reported };
  State state = State::idle;
  std::uint32_t failures = 0;
  std::uint32_t segments = 0;
  Height next_try = 0;
  files::SlotReceipt receipt;  // from signed_ on
};

/// What a lane tells.
struct News {
  JobKey key;
  Result<files::SlotReceipt> receipt;
};

class Delivery {
 public:
  Delivery(const Staged& staged, ChainPort& chain, MinerLinks& links, const DeliverOptions& options)
      : staged_(staged), chain_(chain), options_(options), room_(options.parallel), lanes_(links) {}

  Status run();

 private:
  Result<bool> look();
  Status plan(const files::File& file, Height now);
  Status start(const files::File& file, const JobKey& key, Job& job);
  Result<files::SlotReceipt> send(MinerLink& link, const JobKey& key, std::uint32_t first,
                                  std::uint32_t end, std::uint64_t& counted);
  Status introduce(MinerLink& link, const AccountId& miner, const TaggerId& tagger);
  Status send_one(MinerLink& link, const JobKey& key, std::uint32_t segment);
  Status wait_for_tags(std::uint32_t segment) {
    return own(options_.tagged ? options_.tagged(segment) : Status{});
  }
  Result<FragmentLease> fragment(std::uint32_t segment, std::uint16_t column) const;
  /// A failure here is no miner's: trying again does not help.
  template <class T>
  Result<T> own(Result<T> result) {
    if (result) return result;
    const std::lock_guard lock(mutex_);
    if (!own_error_) own_error_ = result.error();
    return result;
  }
  void put_off(const JobKey& key, Job& job, const Error& error);
  void wait_for_news();
  std::uint64_t patience_ms();
  Status report_signed(bool all);
  Status report(std::span<const PackedReport> reports, const std::vector<JobKey>& keys);
  void tell(const files::File& file);
  void warn(const std::string& text) const {
    if (options_.warn) options_.warn(text);
  }

  const Staged& staged_;
  ChainPort& chain_;
  const DeliverOptions& options_;

  std::map<JobKey, Job> jobs_;
  std::set<AccountId> has_manifest_;                // guarded by mutex_
  std::set<std::pair<AccountId, TaggerId>> knows_;  // guarded by mutex_
  Height now_ = 0;
  Height changed_at_ = 0;
  std::uint32_t reported_ = 0;
  int fruitless_ = 0;
  int draw_looks_ = 0;
  bool report_taken_ = false;
  std::string why_;

  std::mutex mutex_;
  std::condition_variable heard_;
  std::deque<News> news_;
  std::optional<Error> own_error_;
  std::atomic<std::uint64_t> sent_bytes_{0};
  Room room_;
  Lanes lanes_;  // last: its end joins the threads that use what is above
};

std::string slot_name(const JobKey& key) {
  return "column " + std::to_string(key.column) +
         (key.stripe == 0 ? "" : " of stripe " + std::to_string(key.stripe));
}

Result<FragmentLease> Delivery::fragment(std::uint32_t segment, std::uint16_t column) const {
  if (options_.fragment) return options_.fragment(segment, column);
  CESS_TRY_ASSIGN(Bytes data, staged_.fragment(segment, column));
  const auto held = std::make_shared<const Bytes>(std::move(data));
  return FragmentLease{*held, held};
}

Status Delivery::send_one(MinerLink& link, const JobKey& key, std::uint32_t segment) {
  room_.enter();
  const auto leave = [this](auto result) {
    room_.leave();
    return result;
  };
  const auto lease = own(fragment(segment, key.column));
  if (!lease) return leave(Status(tl::unexpected<Error>(lease.error())));
  const auto tags = own(staged_.segment_tags(segment, key.column));
  if (!tags) return leave(Status(tl::unexpected<Error>(tags.error())));
  const Hash256& root = staged_.manifest().segments[segment].roots[key.column];
  return leave(link.put_fragment(staged_.fid(), segment, key.column, root, lease->data, *tags));
}

// A miner checks tags before it answers for them.
Status Delivery::introduce(MinerLink& link, const AccountId& miner, const TaggerId& tagger) {
  {
    const std::lock_guard lock(mutex_);
    if (knows_.contains({miner, tagger})) return {};
  }
  CESS_TRY_ASSIGN(const Bytes file, own(staged_.tagger_file(tagger)));
  CESS_TRY(link.put_tagger(staged_.fid(), tagger, file));
  const std::lock_guard lock(mutex_);
  knows_.insert({miner, tagger});
  return {};
}

// Runs on a lane.
Result<files::SlotReceipt> Delivery::send(MinerLink& link, const JobKey& key, std::uint32_t first,
                                          std::uint32_t end, std::uint64_t& counted) {
  bool manifest_there = false;
  {
    const std::lock_guard lock(mutex_);
    manifest_there = has_manifest_.contains(key.miner);
  }
  CESS_TRY(wait_for_tags(first));
  CESS_TRY_ASSIGN(const TaggerId tagger, own(staged_.tagger(first, key.column)));
  CESS_TRY_ASSIGN(const auto held, link.held(staged_.fid(), key.column, first, end - first));
  const bool all_held = held.size() == end - first && std::ranges::find(held, false) == held.end();
  if (!all_held && !tagger.is_zero()) CESS_TRY(introduce(link, key.miner, tagger));
  if (!manifest_there) {
    CESS_TRY(link.put_manifest(staged_.fid(), staged_.manifest_text()));
    const std::lock_guard lock(mutex_);
    has_manifest_.insert(key.miner);
  }
  for (std::uint32_t s = first; s < end; ++s) {
    CESS_TRY(wait_for_tags(s));
    if (s - first >= held.size() || !held[s - first]) CESS_TRY(send_one(link, key, s));
    const std::uint64_t length = staged_.manifest().segments[s].fragment_length;
    counted += length;
    sent_bytes_ += length;
  }
  CESS_TRY_ASSIGN(auto receipt, own(staged_.receipt(first, end, key.column)));
  receipt.deal = key.deal;
  receipt.stripe = key.stripe;
  CESS_TRY_ASSIGN(receipt.signature, link.sign_receipt(receipt));
  return receipt;
}

Status Delivery::start(const files::File& file, const JobKey& key, Job& job) {
  CESS_TRY_ASSIGN(const auto miner, chain_.miner(key.miner));
  if (!miner) {
    put_off(key, job, Error{Code::no, "the chain knows no such miner", {}, {}});
    return {};
  }
  const auto [first, end] = files::stripe_range(file, key.stripe);
  job.segments = end - first;
  const Status posted = lanes_.post(key.miner, *miner, [this, key, first, end](MinerLink& link) {
    std::uint64_t counted = 0;
    News news{key, send(link, key, first, end, counted)};
    if (!news.receipt) sent_bytes_ -= counted;
    {
      const std::lock_guard lock(mutex_);
      // It may have cleared them away meanwhile: they are offered again.
      if (!news.receipt) has_manifest_.erase(key.miner);
      news_.push_back(std::move(news));
    }
    heard_.notify_one();
  });
  if (!posted) {
    put_off(key, job, posted.error());
    return {};
  }
  job.state = Job::State::sending;
  return {};
}

// Tries again later, ever more seldom: the chain draws another miner when the time is over.
void Delivery::put_off(const JobKey& key, Job& job, const Error& error) {
  job.state = Job::State::idle;
  ++job.failures;
  job.next_try = now_ + std::min(kBackoffBlocksMax, 1U << std::min(job.failures, 4U)) / 2;
  why_ = slot_name(key) + ": " + error.message;
  warn("miner " + to_ss58(key.miner) + ", " + why_);
}

// Jobs for what is not reported; jobs of earlier draws go.
Status Delivery::plan(const files::File& file, Height now) {
  CESS_TRY_ASSIGN(const auto slots, chain_.slots(staged_.fid()));
  std::map<JobKey, Job> jobs;
  for (const SlotAt& at : slots) {
    const JobKey key{file.deal, at.stripe, at.column, at.slot.miner};
    auto old = jobs_.extract(key);
    Job& job = jobs.emplace(key, old ? std::move(old.mapped()) : Job{}).first->second;
    if (at.slot.reported) {
      job.state = Job::State::reported;
    } else if (job.state == Job::State::reported) {
      job.state = Job::State::signed_;  // we reported it; the node we ask now is behind
    }
  }
  jobs_ = std::move(jobs);
  for (auto& [key, job] : jobs_) {
    if (job.state == Job::State::idle && job.next_try <= now) {
      CESS_TRY(start(file, key, job));
    }
  }
  return {};
}

// The draw comes a block after the declaration, or much later: looked for often for a few blocks.
std::uint64_t Delivery::patience_ms() {
  const bool soon = jobs_.empty() && draw_looks_++ < kDrawLooksMax;
  return soon ? std::min(kDrawPollMs, options_.poll_ms) : options_.poll_ms;
}

void Delivery::wait_for_news() {
  std::deque<News> news;
  const std::chrono::milliseconds patience(patience_ms());
  {
    std::unique_lock lock(mutex_);
    if (news_.empty()) heard_.wait_for(lock, patience);
    news.swap(news_);
  }
  for (News& n : news) {
    const auto found = jobs_.find(n.key);
    if (found == jobs_.end() || found->second.state != Job::State::sending) continue;
    if (n.receipt) {
      found->second.state = Job::State::signed_;
      found->second.receipt = std::move(*n.receipt);
      why_.clear();
    } else {
      put_off(n.key, found->second, n.receipt.error());
    }
  }
}

// A refusal may mean that a redraw was faster, or an earlier run of ours: the next look shows it.
// One that is lost on its way is offered again while others get through.
Status Delivery::report(std::span<const PackedReport> reports, const std::vector<JobKey>& keys) {
  std::vector<ReportCall> calls;
  for (const PackedReport& r : reports) calls.push_back(r.call);
  const auto done = chain_.report(calls);
  bool taken = false;
  std::optional<Error> lost;  // by its way: nobody knows what became of that report
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (done[i]) {
      taken = true;
      for (const std::size_t slot : reports[i].slots)
        jobs_.at(keys[slot]).state = Job::State::reported;
      continue;
    }
    const Error& why = done[i].error();
    why_ = why.message;
    const bool refused = why.code == Code::no || why.code == Code::input;
    if (!refused && !lost) lost = why;
    warn((refused ? "report refused: " : "report not sent: ") + why_);
  }
  if (taken) fruitless_ = 0;
  report_taken_ = report_taken_ || taken;
  if (taken || done.empty()) return {};
  if (lost) return tl::unexpected<Error>(*lost);
  if (++fruitless_ < kFruitlessReportsMax) return {};
  return fail(Code::no,
              "the chain refuses the receipts of '" + to_hex(staged_.fid()) + "': " + why_,
              to_hex(staged_.fid()));
}

// Full reports at once; what is left when `all`, which is when nothing is on its way or a block has
// gone by.
Status Delivery::report_signed(bool all) {
  std::vector<JobKey> keys;
  std::vector<SignedSlot> slots;
  for (const auto& [key, job] : jobs_) {
    if (job.state != Job::State::signed_) continue;
    keys.push_back(key);
    slots.push_back({job.receipt, job.segments});
  }
  const auto packed = pack_reports(slots, all);
  for (std::size_t i = 0; i < packed.size(); i += kReportsAtOnce) {
    CESS_TRY(
        report(std::span(packed).subspan(i, std::min(kReportsAtOnce, packed.size() - i)), keys));
  }
  return {};
}

void Delivery::tell(const files::File& file) {
  if (!options_.progress) return;
  DeliverProgress p;
  p.bytes_total = file.stored_bytes;
  p.slots_total = file.slot_count;
  p.slots_reported = file.reported_count;
  std::uint64_t known = 0;  // reported before this run
  for (const auto& [key, job] : jobs_) {
    if (job.state == Job::State::reported && job.receipt.signature.empty()) {
      known += files::slot_bytes(file, key.stripe);
    }
  }
  p.bytes_sent = std::min(p.bytes_total, known + sent_bytes_.load());
  if (file.stripe_segments == 0) {
    p.why = file.reason.empty() ? "miners are being drawn" : file.reason;
  } else {
    p.why = why_;
  }
  options_.progress(p);
}

/// One look at the chain; true when the file is active.
Result<bool> Delivery::look() {
  CESS_TRY_ASSIGN(const auto file, chain_.file(staged_.fid()));
  const std::string name = to_hex(staged_.fid());
  if (!file) return fail(Code::no, "the chain does not know '" + name + "'", name);
  if (file->state == files::FileState::active) {
    tell(*file);
    return true;
  }
  if (file->state != files::FileState::placing) {
    const std::string state = files::kFileStateNames[static_cast<std::size_t>(file->state)];
    return fail(Code::no,
                "cannot place '" + name + "': it is " + state +
                    (file->reason.empty() ? "" : ": " + file->reason),
                name);
  }
  CESS_TRY_ASSIGN(const Height now, chain_.height());
  const bool new_block = now != now_;
  now_ = now;
  if (changed_at_ == 0 || file->reported_count != reported_) changed_at_ = now;
  reported_ = file->reported_count;
  if (options_.blocks_idle_max != 0 && now > changed_at_ + options_.blocks_idle_max) {
    return fail(Code::peer, "no miner has moved for " + std::to_string(now - changed_at_) +
                                " blocks" + (why_.empty() ? "" : ": " + why_));
  }
  if (file->stripe_segments != 0 && (new_block || jobs_.empty())) CESS_TRY(plan(*file, now));
  tell(*file);
  const bool sending = std::any_of(jobs_.begin(), jobs_.end(), [](const auto& j) {
    return j.second.state == Job::State::sending;
  });
  CESS_TRY(report_signed(new_block || !sending));
  return false;
}

Status Delivery::run() {
  while (true) {
    CESS_TRY_ASSIGN(const bool done, look());
    if (done) return {};
    if (options_.go_on && !options_.go_on()) {
      return fail(Code::busy, "stopped before all miners have their fragments");
    }
    // What was reported may have been the last: that block is there already.
    if (!std::exchange(report_taken_, false)) wait_for_news();
    const std::lock_guard lock(mutex_);
    if (own_error_) return tl::unexpected<Error>(*own_error_);
  }
}

}  // namespace

Status deliver(const Staged& staged, ChainPort& chain, MinerLinks& links,
               const DeliverOptions& options) {
  return Delivery(staged, chain, links, options).run();
}

}  // namespace cess::transfer
