// SPDX-License-Identifier: Apache-2.0
#include "transfer/lanes.hpp"

#include <system_error>

namespace cess::transfer {

Lanes::~Lanes() {
  // All are told before the first is waited for.
  for (auto& [id, lane] : lanes_) {
    {
      const std::lock_guard lock(lane->mutex);
      lane->stop = true;
    }
    lane->wake.notify_all();
    lane->link->abort();
  }
  for (auto& [id, lane] : lanes_) {
    if (lane->thread.joinable()) lane->thread.join();
  }
}

void Lanes::end(Lane& lane) {
  {
    const std::lock_guard lock(lane.mutex);
    lane.stop = true;
  }
  lane.wake.notify_all();
  lane.link->abort();
  if (lane.thread.joinable()) lane.thread.join();
}

void Lanes::serve(Lane& lane) {
  std::unique_lock lock(lane.mutex);
  while (true) {
    lane.wake.wait(lock, [&] { return lane.stop || !lane.tasks.empty(); });
    if (lane.stop) return;
    Task task = std::move(lane.tasks.front());
    lane.tasks.pop_front();
    lock.unlock();
    task(*lane.link);
    task = nullptr;  // frees what it held before the lock
    lock.lock();
    --lane.open;
  }
}

Status Lanes::post(const AccountId& id, const miners::Miner& miner, Task task) {
  auto found = lanes_.find(id);
  if (found != lanes_.end() && found->second->endpoint != miner.endpoint && load(id) == 0) {
    end(*found->second);  // it has moved
    lanes_.erase(found);
    found = lanes_.end();
  }
  if (found == lanes_.end()) {
    auto lane = std::make_unique<Lane>();
    lane->endpoint = miner.endpoint;
    CESS_TRY_ASSIGN(lane->link, links_.open(id, miner));
    try {
      lane->thread = std::thread([raw = lane.get()] { serve(*raw); });
    } catch (const std::system_error& e) {
      return fail(Code::system, std::string("cannot start a thread: ") + e.what());
    }
    found = lanes_.emplace(id, std::move(lane)).first;
  }
  Lane& lane = *found->second;
  {
    const std::lock_guard lock(lane.mutex);
    lane.tasks.push_back(std::move(task));
    ++lane.open;
  }
  lane.wake.notify_all();
  return {};
}

std::size_t Lanes::load(const AccountId& id) const {
  const auto found = lanes_.find(id);
  if (found == lanes_.end()) return 0;
  const std::lock_guard lock(found->second->mutex);
  return found->second->open;
}

}  // namespace cess::transfer
