// SPDX-License-Identifier: Apache-2.0
#include "tagger/delivery.hpp"

#include <chrono>

#include "base/hex.hpp"
#include "transfer/chain_port.hpp"
#include "transfer/deliver.hpp"

namespace cess::tagger {
namespace {

constexpr std::uint32_t kIdleBlocksMax = 10;  // without any change; then the next file has its turn

}  // namespace

Delivery::Delivery(Parts parts) : p_(std::move(parts)), thread_([this] { work(); }) {}

void Delivery::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Delivery::work() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    lock.unlock();
    round();
    lock.lock();
    changed_.wait_for(lock, std::chrono::milliseconds(p_.poll_ms),
                      [this] { return stopped_.load(); });
  }
}

void Delivery::round() {
  p_.jobs.sweep(p_.clock.unix_seconds());
  for (const JobView& job : p_.jobs.sealed()) {
    if (stopped_) return;
    one(job);
  }
}

void Delivery::one(const JobView& job) {
  const auto file = p_.world.file(*job.fid);
  if (!file) return p_.engine.set_note(job.id, "cannot ask the chain: " + file.error().message);
  if (!*file) {
    p_.engine.set_note(job.id, "waits for the file's declaration");
    const auto waited = p_.clock.unix_seconds() - job.begun;
    if (waited > static_cast<std::int64_t>(p_.undeclared_s_max) && p_.jobs.drop(job.id)) {
      p_.log("dropped file " + to_hex(*job.fid) + ": nobody declared it");
    }
    return;
  }
  const Status done = (*file)->state == files::FileState::active ? Status{} : deliver_one(job);
  if (done) {
    const Status kept = p_.jobs.set_delivered(job.id);
    p_.engine.set_note(job.id, kept ? "" : kept.error().message);
    p_.engine.count_delivered();
    p_.log("delivered file " + to_hex(*job.fid));
    return;
  }
  p_.engine.set_note(job.id, done.error().message);
  if (done.error().code == Code::no && (*file)->state == files::FileState::failed) {
    if (p_.jobs.drop(job.id))
      p_.log("gave up file " + to_hex(*job.fid) + ": " + done.error().message);
  }
}

Status Delivery::deliver_one(const JobView& job) {
  CESS_TRY_ASSIGN(const auto staged, transfer::Staged::open(p_.jobs.bundle_folder(job.id)));
  client::RpcClient rpc = client::RpcClient::lazy(p_.node);
  CESS_TRY_ASSIGN(const auto chain, transfer::open_chain(rpc, &p_.key));
  transfer::DeliverOptions options;
  options.poll_ms = p_.poll_ms;
  options.blocks_idle_max = kIdleBlocksMax;
  options.warn = [this, &job](const std::string& text) {
    p_.log("file " + to_hex(*job.fid) + ": " + text);
  };
  options.progress = [this, &job](const transfer::DeliverProgress& progress) {
    std::string note = std::to_string(progress.slots_reported) + " of " +
                       std::to_string(progress.slots_total) + " slots reported, " +
                       std::to_string(progress.bytes_sent) + " of " +
                       std::to_string(progress.bytes_total) + " bytes sent";
    if (!progress.why.empty()) note += "; " + progress.why;
    p_.engine.set_note(job.id, std::move(note));
  };
  options.go_on = [this] { return !stopped_; };
  return transfer::deliver(staged, *chain, p_.links, options);
}

}  // namespace cess::tagger
