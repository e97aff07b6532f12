// SPDX-License-Identifier: Apache-2.0
#include "chain/node/checker.hpp"

namespace cess::node {
namespace {
constexpr std::size_t kWaitingMax = 50'000;
}

CheckedTxn check_one(std::shared_ptr<const Bytes> bytes) {
  CheckedTxn out;
  out.bytes = std::move(bytes);
  auto read = read_txn(*out.bytes);
  if (!read) {
    out.read = std::make_shared<const ReadTxn>();
    out.status = tl::unexpected(read.error());
    return out;
  }
  out.read = std::make_shared<const ReadTxn>(std::move(*read));
  if (!verify_txn_signature(out.read->txn)) {
    out.status = fail(Code::input, "transaction: wrong signature", "transaction");
  }
  return out;
}

Checker::Checker(net::Loop& loop, std::size_t thread_count) : loop_(loop) {
  for (std::size_t i = 0; i < thread_count; ++i) threads_.emplace_back([this] { work(); });
}

Checker::~Checker() {
  *alive_ = false;
  {
    const std::lock_guard hold(mutex_);
    stop_ = true;
    jobs_.clear();
  }
  wake_.notify_all();
  for (std::thread& t : threads_) t.join();
}

bool Checker::check(std::vector<std::shared_ptr<const Bytes>> batch,
                    std::function<void(std::vector<CheckedTxn>)> done) {
  const auto checked = std::make_shared<std::vector<CheckedTxn>>();
  const std::size_t count = batch.size();
  return run(
      count,
      [checked, batch = std::move(batch)] {
        checked->reserve(batch.size());
        for (const auto& bytes : batch) checked->push_back(check_one(bytes));
      },
      [checked, done = std::move(done)] { done(std::move(*checked)); });
}

bool Checker::run(std::size_t count, std::function<void()> work, std::function<void()> done) {
  if (waiting_ + count > kWaitingMax) return false;
  waiting_ += count;
  {
    const std::lock_guard hold(mutex_);
    jobs_.push_back({count, std::move(work), std::move(done)});
  }
  wake_.notify_one();
  return true;
}

void Checker::work() {
  for (;;) {
    Job job;
    {
      std::unique_lock hold(mutex_);
      wake_.wait(hold, [this] { return stop_ || !jobs_.empty(); });
      if (stop_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job.work();
    job.work = nullptr;
    loop_.post([this, alive = alive_, count = job.count, done = std::move(job.done)] {
      if (!*alive) return;
      waiting_ -= count;
      done();
    });
  }
}

}  // namespace cess::node
