// SPDX-License-Identifier: Apache-2.0
#include "chain/node/disk.hpp"

namespace cess::node {

Disk::Disk(net::Loop& loop) : loop_(loop), thread_([this] { work(); }) {}

Disk::~Disk() {
  *alive_ = false;
  {
    const std::lock_guard hold(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Disk::run(std::function<Status()> job, std::function<void(Status)> done) {
  ++pending_;
  {
    const std::lock_guard hold(mutex_);
    jobs_.push_back({std::move(job), std::move(done)});
  }
  wake_.notify_one();
}

void Disk::work() {
  for (;;) {
    Job job;
    {
      std::unique_lock hold(mutex_);
      wake_.wait(hold, [this] { return stop_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    const Status status = job.work();
    loop_.post([this, alive = alive_, status, done = std::move(job.done)] {
      if (!*alive) return;
      --pending_;
      done(status);
    });
  }
}

}  // namespace cess::node
