// SPDX-License-Identifier: Apache-2.0
#include "miner/duty_thread.hpp"

#include <atomic>
#include <thread>

#include "chain/client/block_wait.hpp"
#include "miner/duty_chain.hpp"
#include "miner/holding_chain.hpp"
#include "miner/maker.hpp"
#include "miner/stoppable_links.hpp"
#include "transfer/miner_port.hpp"

namespace cess::miner {

struct DutyThread::Impl {
  DutySetup setup;
  std::atomic<bool> stop = false;
  std::unique_ptr<transfer::MinerLinks> plain;
  StoppableLinks links;
  std::unique_ptr<DutyChain> chain;
  std::unique_ptr<HoldingChain> holding_chain;
  PeerMaker maker;
  RestoralDuty duty;
  HoldingDuty holding;
  client::BlockWait wait;
  std::string said;
  std::string holding_said;
  std::string till_said;
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
      if (setup.till != nullptr) {
        const auto settled = setup.till->settle(setup.account, [this] { return !stop.load(); });
        tell("cannot settle vouchers", settled ? Status{} : tl::unexpected(settled.error()),
             till_said);
        if (settled && *settled != 0)
          setup.log("settled " + std::to_string(*settled) + " vouchers");
      }
      const auto moved = duty.step();
      tell("restoral duty waits", moved ? Status{} : tl::unexpected(moved.error()), said);
      if (!moved || !*moved) wait.next(setup.nodes.node(), [this] { return stop.load(); });
    }
  }

  /// Once, as long as it says the same.
  void tell(const std::string& what, const Status& done, std::string& before) {
    const std::string now = done ? "" : done.error().message;
    if (!now.empty() && now != before) setup.log(what + ": " + now);
    before = now;
  }
};

DutyThread::DutyThread(DutySetup setup) : impl_(std::make_unique<Impl>(std::move(setup))) {}

DutyThread::~DutyThread() {
  impl_->stop = true;
  impl_->links.abort();
  impl_->maker.abort();
  impl_->thread.join();
}

DutyReport DutyThread::report() const { return impl_->duty.report(); }
HoldingReport DutyThread::holding() const { return impl_->holding.report(); }

}  // namespace cess::miner
