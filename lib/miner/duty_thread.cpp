// SPDX-License-Identifier: Apache-2.0
#include "miner/duty_thread.hpp"

#include <atomic>
#include <condition_variable>
#include <optional>
#include <thread>

#include "chain/client/events.hpp"
#include "miner/duty_chain.hpp"
#include "miner/holding_chain.hpp"
#include "miner/maker.hpp"
#include "miner/stoppable_links.hpp"
#include "transfer/miner_port.hpp"

namespace cess::miner {
namespace {

constexpr std::uint64_t kBlockWaitMs = 500;

}  // namespace

struct DutyThread::Impl {
  DutySetup setup;
  std::atomic<bool> stop = false;
  std::mutex mutex;
  std::condition_variable wake;
  std::unique_ptr<transfer::MinerLinks> plain;
  StoppableLinks links;
  std::unique_ptr<DutyChain> chain;
  std::unique_ptr<HoldingChain> holding_chain;
  PeerMaker maker;
  RestoralDuty duty;
  HoldingDuty holding;
  std::optional<client::HeadFeed> heads;
  std::string heads_of;
  std::string said;
  std::string holding_said;
  std::thread thread;

  explicit Impl(DutySetup s)
      : setup(std::move(s)),
        plain(transfer::open_miners(setup.genesis, nullptr)),
        links(*plain),
        chain(open_duty_chain(setup.nodes, setup.account, setup.genesis,
                              [this] { return !stop.load(); })),
        holding_chain(
            open_holding_chain(setup.nodes, setup.account, [this] { return !stop.load(); })),
        maker({setup.nodes, links, setup.shelf, setup.sign_seed, setup.genesis, setup.log}),
        duty({setup.shelf, *chain, maker, setup.log, [this] { return stop.load(); }},
             setup.options),
        holding({setup.shelf, *holding_chain, setup.log, [this] { return stop.load(); }},
                setup.holding) {
    thread = std::thread([this] { run(); });
  }

  void run() {
    while (!stop) {
      // Before a repair is begun, the chain hears of what needs one.
      tell("cannot compare the store with the chain", holding.step(), holding_said);
      const auto moved = duty.step();
      tell("restoral duty waits", moved ? Status{} : tl::unexpected(moved.error()), said);
      if (!moved || !*moved) wait_for_block();
    }
  }

  /// Once, as long as it says the same.
  void tell(const std::string& what, const Status& done, std::string& before) {
    const std::string now = done ? "" : done.error().message;
    if (!now.empty() && now != before) setup.log(what + ": " + now);
    before = now;
  }

  /// Until the next block, or half a second when no node tells of blocks.
  void wait_for_block() {
    const std::string node = setup.nodes.node();
    if (!heads || heads_of != node) {
      heads.reset();
      heads_of = node;
      if (auto feed = client::HeadFeed::open(node)) heads.emplace(std::move(*feed));
    }
    while (heads && !stop) {
      const auto head = heads->next(kBlockWaitMs);
      if (head && *head) return;
      if (!head) heads.reset();
    }
    std::unique_lock lock(mutex);
    wake.wait_for(lock, std::chrono::milliseconds(kBlockWaitMs), [this] { return stop.load(); });
  }
};

DutyThread::DutyThread(DutySetup setup) : impl_(std::make_unique<Impl>(std::move(setup))) {}

DutyThread::~DutyThread() {
  impl_->stop = true;
  impl_->links.abort();
  impl_->maker.abort();
  { const std::lock_guard lock(impl_->mutex); }
  impl_->wake.notify_all();
  impl_->thread.join();
}

DutyReport DutyThread::report() const { return impl_->duty.report(); }
HoldingReport DutyThread::holding() const { return impl_->holding.report(); }

}  // namespace cess::miner
