// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/sound_file.hpp"

#include <vector>

#include "fingerprint/ask.hpp"
#include "fingerprint/encoding.hpp"
#include "fingerprint/sound_part.hpp"

namespace cess::fp {
namespace {

constexpr std::string_view kSoundPartRequest = "sound part ";  // and its number

}  // namespace

bool is_sound_request(std::string_view request) { return request.starts_with(kSoundPartRequest); }

Result<Content> sound_answer(ByteView file, std::string_view request, const OnProgress& progress) {
  request.remove_prefix(kSoundPartRequest.size());
  CESS_TRY_ASSIGN(const MediaPart part,
                  parse_part(request, sound_parts(detect(file).type, file.size())));
  return fingerprint_sound_part(file, part, progress);
}

Result<Content> sound_of_file(const Sandbox& decoders, int fd, std::uint64_t size_bytes,
                              const std::string& name, std::string_view type, unsigned lanes,
                              const OnProgress& progress) {
  const std::vector<std::string> requests =
      part_requests(kSoundPartRequest, sound_parts(type, size_bytes));
  std::vector<Content> parts;
  for (Result<Content>& part :
       ask_contents(decoders, fd, size_bytes, name, requests, lanes, progress)) {
    if (!part) return tl::unexpected<Error>(std::move(part).error());
    parts.push_back(std::move(*part));
  }
  CESS_TRY_ASSIGN(Content sound, join_sound(parts, type));
  CESS_TRY(check_content(sound));
  return sound;
}

}  // namespace cess::fp
