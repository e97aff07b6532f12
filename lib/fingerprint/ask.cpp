// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/ask.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <future>
#include <mutex>
#include <system_error>

#include "fingerprint/encoding.hpp"

namespace cess::fp {
namespace {

/// How far all workers are, told as one file's progress.
class SumOfProgress {
 public:
  SumOfProgress(std::size_t count, std::uint64_t size, const OnProgress& tell)
      : done_(count), size_(size), tell_(tell) {}
  void set(std::size_t which, std::uint64_t done) {
    if (!tell_) return;
    const std::lock_guard lock(mutex_);
    done_[which] = done;
    std::uint64_t sum = 0;
    for (const std::uint64_t d : done_) sum += std::min(d, size_ - sum);
    tell_(sum);
  }

 private:
  std::mutex mutex_;
  std::vector<std::uint64_t> done_;
  std::uint64_t size_;
  const OnProgress& tell_;
};

}  // namespace

Result<Content> ask_content(const Sandbox& decoders, int fd, std::string_view name,
                            std::string_view request, const OnProgress& progress) {
  CESS_TRY_ASSIGN(const Bytes answer, decoders.run(fd, name, request, progress));
  return parse_content(answer);
}

std::vector<Result<Content>> ask_contents(const Sandbox& decoders, int fd, std::uint64_t size_bytes,
                                          std::string_view name,
                                          std::span<const std::string> requests, unsigned lanes,
                                          const OnProgress& progress) {
  SumOfProgress done(requests.size(), size_bytes, progress);
  std::vector<Result<Content>> out(requests.size(), Content{});
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < requests.size(); i = next++) {
      out[i] = ask_content(decoders, fd, name, requests[i],
                           [&](std::uint64_t bytes) { done.set(i, bytes); });
    }
  };
  std::vector<std::future<void>> others;
  try {
    for (std::size_t i = 1; i < std::min<std::size_t>(lanes, requests.size()); ++i)
      others.push_back(std::async(std::launch::async, work));
  } catch (const std::system_error&) {
    // No thread to be had: those that are there do the work.
  }
  work();
  for (auto& other : others) other.get();
  return out;
}

std::vector<std::string> part_requests(std::string_view what, unsigned count) {
  std::vector<std::string> out;
  for (unsigned i = 0; i < count; ++i) out.push_back(std::string(what) + std::to_string(i));
  return out;
}

Result<MediaPart> parse_part(std::string_view number, unsigned count) {
  MediaPart part{0, count};
  const char* const last = number.data() + number.size();
  const auto [end, error] = std::from_chars(number.data(), last, part.index);
  if (error != std::errc() || end != last || part.index >= count)
    return fail(Code::input, "no part of it: " + std::string(number));
  return part;
}

}  // namespace cess::fp
