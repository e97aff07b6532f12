// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/film_file.hpp"

#include <vector>

#include "fingerprint/ask.hpp"
#include "fingerprint/encoding.hpp"
#include "fingerprint/film.hpp"
#include "fingerprint/sound_part.hpp"

namespace cess::fp {
namespace {

constexpr std::string_view kTrackRequest = "film sound";
constexpr std::string_view kPartRequest = "film part ";  // and its number

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
  CESS_TRY_ASSIGN(const MediaPart part, parse_part(request, film_parts(file.size())));
  const Detected d = detect(file);
  return fingerprint_film_part(file, d.type, part, progress);
}

Result<Content> film_of_file(const Sandbox& decoders, int fd, std::uint64_t size_bytes,
                             const std::string& name, unsigned lanes, const OnProgress& progress) {
  // The sound first: it takes longer than a part of a long film, and less of a short one.
  std::vector<std::string> requests = part_requests(kPartRequest, film_parts(size_bytes));
  requests.insert(requests.begin(), std::string(kTrackRequest));
  std::vector<Result<Content>> parts =
      ask_contents(decoders, fd, size_bytes, name, requests, lanes, progress);
  const Result<Content> sound = std::move(parts.front());
  parts.erase(parts.begin());
  // Without it for want of time or memory the line would be another on another machine.
  if (!sound) return tl::unexpected<Error>(sound.error());
  std::vector<Content> seen;
  for (Result<Content>& part : parts) {
    if (!part) return tl::unexpected<Error>(std::move(part).error());
    if (part->kind != Kind::video) return std::move(*part);  // it holds sound alone
    seen.push_back(std::move(*part));
  }
  Result<Content> film = join_film(seen);
  if (!film && !sound->features.empty()) {
    Content alone = *sound;
    alone.type = seen[0].type;
    return alone;
  }
  if (!film) return film;
  add_sound(*film, *sound);
  CESS_TRY(add_sound_units(*film, *sound));
  CESS_TRY(check_content(*film));
  return film;
}

}  // namespace cess::fp
