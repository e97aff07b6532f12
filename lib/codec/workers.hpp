// SPDX-License-Identifier: Apache-2.0
// The threads of the pipelines: a pool that runs numbered items side by side, a bounded channel
// between stages, and reading that another thread can call off. Nothing here decides an output:
// results are the same for every number of threads.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "sys/file.hpp"

namespace cess {

/// Runs work(item, worker) for every item < count on `threads` threads, the caller's among them, or
/// on as many as the system grants. One run at a time. What `work` throws (out of memory) comes out
/// of run().
class WorkPool {
 public:
  using Work = std::function<void(std::size_t item, std::size_t worker)>;
  explicit WorkPool(std::size_t threads);
  ~WorkPool();
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  void run(std::size_t count, const Work& work);
  [[nodiscard]] std::size_t workers() const { return threads_.size() + 1; }

 private:
  void serve(std::size_t worker);
  void take_items(std::size_t worker);

  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  const Work* work_ = nullptr;  // of the current run
  std::size_t count_ = 0;
  std::size_t generation_ = 0;  // of runs
  std::size_t busy_ = 0;        // helpers still in the current run
  bool stop_ = false;
  std::exception_ptr thrown_;  // first of the current run
  std::atomic<std::size_t> next_{0};
  std::vector<std::thread> threads_;
};

/// Hands values from one stage to the next; holds at most `room`.
template <class T>
class Channel {
 public:
  explicit Channel(std::size_t room) : room_(room) {}

  /// False when closed.
  bool put(T value) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || items_.size() < room_; });
    if (closed_) return false;
    items_.push_back(std::move(value));
    changed_.notify_all();
    return true;
  }
  /// Nothing when closed and empty.
  std::optional<T> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !items_.empty(); });
    if (items_.empty()) return std::nullopt;
    T value = std::move(items_.front());
    items_.erase(items_.begin());
    changed_.notify_all();
    return value;
  }
  /// No more puts; what is inside can still be taken.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  std::size_t room_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> items_;
  bool closed_ = false;
};

/// Runs `body` on a new thread. An exception in it (out of memory) becomes `error`, as does a
/// refusal to start; then `at_end` is called in any case.
std::thread start_stage(std::optional<Error>& error, std::function<void()> body,
                        std::function<void()> at_end);

/// Lets a thread give up waiting for a pipe when the work it reads for has failed.
class Cancel {
 public:
  Cancel();
  void cancel();
  [[nodiscard]] bool cancelled() const { return cancelled_.load(); }
  /// As read_full; Code::system "cancelled" after cancel().
  Result<std::size_t> read_full(int fd, MutByteView out, std::string_view name);

 private:
  Fd event_;
  std::atomic<bool> cancelled_{false};
};

/// A large buffer, not cleared, aligned to a page, on huge pages where the system has them.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t size);
  Buffer(Buffer&& o) noexcept
      : data_(std::exchange(o.data_, nullptr)), size_(std::exchange(o.size_, 0)) {}
  Buffer& operator=(Buffer&& o) noexcept {
    std::swap(data_, o.data_);
    std::swap(size_, o.size_);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer();

  [[nodiscard]] std::uint8_t* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] MutByteView view() const { return {data_, size_}; }

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace cess
