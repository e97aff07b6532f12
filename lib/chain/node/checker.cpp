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
    out.status = tl::unexpected(read.error());
    return out;
  }
  out.read = std::move(*read);
  if (!verify_txn_signature(out.read.txn)) {
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
  if (waiting_ + batch.size() > kWaitingMax) return false;
  waiting_ += batch.size();
  {
    const std::lock_guard hold(mutex_);
    jobs_.push_back({std::move(batch), std::move(done)});
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
    auto checked = std::make_shared<std::vector<CheckedTxn>>();
    checked->reserve(job.batch.size());
    for (auto& bytes : job.batch) checked->push_back(check_one(std::move(bytes)));
    loop_.post([this, alive = alive_, checked, done = std::move(job.done)] {
      if (!*alive) return;
      waiting_ -= checked->size();
      done(std::move(*checked));
    });
  }
}

}  // namespace cess::node
