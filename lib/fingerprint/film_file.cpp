// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/film_file.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <future>
#include <mutex>
#include <system_error>
#include <vector>

#include "fingerprint/encoding.hpp"
#include "fingerprint/file.hpp"
#include "fingerprint/film.hpp"
#include "fingerprint/sound_content.hpp"

namespace cess::fp {
namespace {

constexpr std::string_view kTrackRequest = "film sound";
constexpr std::string_view kPartRequest = "film part ";  // and its number

/// How far all parts are, told as one file's progress.
class PartsProgress {
 public:
  PartsProgress(unsigned parts, std::uint64_t size, const OnProgress& tell)
      : done_(parts), size_(size), tell_(tell) {}
  void set(unsigned part, std::uint64_t done) {
    if (!tell_) return;
    const std::lock_guard lock(mutex_);
    done_[part] = done;
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

bool is_film_request(std::string_view request) {
  return request == kTrackRequest || request.starts_with(kPartRequest);
}

Result<Content> film_answer(ByteView file, std::string_view request, const OnProgress& progress) {
  if (request == kTrackRequest) {
    // A film without sound, or with one that nobody can decode, is a film. Want of memory is
    // thrown.
    Result<Content> sound = fingerprint_audio(file, kTrackType, {});
    if (sound) return sound;
    Content silent;
    silent.kind = Kind::audio;
    silent.type = kTrackType;
    return silent;
  }
  request.remove_prefix(kPartRequest.size());
  FilmPart part{0, film_parts(file.size())};
  const auto [end, error] =
      std::from_chars(request.data(), request.data() + request.size(), part.index);
  if (error != std::errc() || part.index >= part.count)
    return fail(Code::input, "no part of a film: " + std::string(request));
  const Detected d = detect(file);
  return fingerprint_film_part(file, d.type, part, progress);
}

Result<Content> film_of_file(const Sandbox& decoders, int fd, std::uint64_t size_bytes,
                             const std::string& name, unsigned lanes, const OnProgress& progress) {
  const unsigned count = film_parts(size_bytes);
  PartsProgress done(count, size_bytes, progress);
  Result<Content> sound = Content{};
  std::vector<Result<Content>> parts(count, Content{});
  std::atomic<unsigned> next = 0;
  const auto work = [&] {
    // The sound first: it takes longer than a part of a long film, and less of a short one.
    for (unsigned i = next++; i <= count; i = next++) {
      if (i == 0) {
        sound = ask_content(decoders, fd, name, kTrackRequest);
        continue;
      }
      parts[i - 1] =
          ask_content(decoders, fd, name, std::string(kPartRequest) + std::to_string(i - 1),
                      [&](std::uint64_t bytes) { done.set(i - 1, bytes); });
    }
  };
  std::vector<std::future<void>> others;
  try {
    for (unsigned i = 1; i < std::min(lanes, count + 1); ++i)
      others.push_back(std::async(std::launch::async, work));
  } catch (const std::system_error&) {
    // No thread to be had: those that are there do the work.
  }
  work();
  for (auto& other : others) other.get();

  // Without it for want of time or memory the line would be another on another machine.
  if (!sound) return tl::unexpected<Error>(std::move(sound).error());
  std::vector<Content> seen;
  for (Result<Content>& part : parts) {
    if (!part) return tl::unexpected<Error>(std::move(part).error());
    if (part->kind != Kind::video) return std::move(*part);  // it holds sound alone
    seen.push_back(std::move(*part));
  }
  Result<Content> film = join_film(seen);
  if (!film && !sound->features.empty()) {
    sound->type = seen[0].type;
    return sound;
  }
  if (!film) return film;
  add_sound(*film, *sound);
  CESS_TRY(add_sound_units(*film, *sound));
  CESS_TRY(check_content(*film));
  return film;
}

}  // namespace cess::fp
