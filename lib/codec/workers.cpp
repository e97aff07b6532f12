// SPDX-License-Identifier: Apache-2.0
#include "codec/workers.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <string>
#include <system_error>

#include "base/check.hpp"

namespace cess {

WorkPool::WorkPool(std::size_t threads) {
  CESS_CHECK(threads >= 1);
  threads_.reserve(threads - 1);
  try {
    for (std::size_t i = 1; i < threads; ++i) threads_.emplace_back([this, i] { serve(i); });
  } catch (const std::system_error&) {
    // No more threads to be had: those there are, and the caller's own, do the work.
  }
}

WorkPool::~WorkPool() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (auto& t : threads_) t.join();
}

void WorkPool::take_items(std::size_t worker) {
  for (;;) {
    const std::size_t item = next_.fetch_add(1);
    if (item >= count_) return;
    try {
      (*work_)(item, worker);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!thrown_) thrown_ = std::current_exception();
    }
  }
}

void WorkPool::serve(std::size_t worker) {
  std::size_t seen = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return stop_ || generation_ != seen; });
    if (stop_) return;
    seen = generation_;
    lock.unlock();
    take_items(worker);
    lock.lock();
    if (--busy_ == 0) idle_.notify_one();
  }
}

void WorkPool::run(std::size_t count, const Work& work) {
  {
    const std::lock_guard lock(mutex_);
    work_ = &work;
    count_ = count;
    next_ = 0;
    busy_ = threads_.size();
    ++generation_;
  }
  wake_.notify_all();
  take_items(0);
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return busy_ == 0; });
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

std::thread start_stage(std::optional<Error>& error, std::function<void()> body,
                        std::function<void()> at_end) {
  try {
    return std::thread([&error, body = std::move(body), at_end] {
      try {
        body();
      } catch (const std::bad_alloc&) {
        error = Error{Code::system, "out of memory", {}, {}};
      } catch (const std::exception& e) {
        error = Error{Code::system, std::string("internal error: ") + e.what(), {}, {}};
      }
      at_end();
    });
  } catch (const std::system_error& e) {
    error = Error{Code::system, std::string("cannot start a thread: ") + e.what(), {}, {}};
    at_end();
    return {};
  }
}

Cancel::Cancel() : event_(::eventfd(0, EFD_CLOEXEC)) {}

void Cancel::cancel() {
  cancelled_ = true;
  const std::uint64_t one = 1;
  if (event_.valid() && ::write(event_.get(), &one, sizeof one) < 0) {
    // Cannot fail on a fresh counter; the flag above is seen at the next read in any case.
  }
}

Result<std::size_t> Cancel::read_full(int fd, MutByteView out, std::string_view name) {
  std::size_t done = 0;
  while (done < out.size()) {
    std::array<pollfd, 2> wait{{{fd, POLLIN, 0}, {event_.get(), POLLIN, 0}}};
    if (::poll(wait.data(), event_.valid() ? 2 : 1, -1) < 0 && errno != EINTR) {
      return system_error("cannot wait for", name, errno);
    }
    if (cancelled()) return fail(Code::system, "cancelled");
    if (wait[0].revents == 0) continue;
    const ssize_t got = ::read(fd, out.data() + done, out.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read", name, errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Buffer::Buffer(std::size_t size) : size_(size) {
  constexpr std::size_t kHuge = 2U << 20U;
  const std::size_t align = size >= kHuge ? kHuge : 4096;
  data_ = static_cast<std::uint8_t*>(
      std::aligned_alloc(align, (std::max<std::size_t>(size, 1) + align - 1) / align * align));
  if (data_ == nullptr) throw std::bad_alloc();  // as any container would
  if (size >= kHuge) ::madvise(data_, size, MADV_HUGEPAGE);
}

Buffer::~Buffer() { std::free(data_); }

}  // namespace cess
