// SPDX-License-Identifier: Apache-2.0
// A sound in a file: its parts, each by a worker of the sandbox, joined here.
#pragma once

#include <string>
#include <string_view>

#include "fingerprint/kinds.hpp"
#include "fingerprint/sandbox.hpp"

namespace cess::fp {

/// What a worker is asked for; other requests are not for sound_answer.
bool is_sound_request(std::string_view request);
/// The worker's side. Code::input, as the kinds' functions.
Result<Content> sound_answer(ByteView file, std::string_view request, const OnProgress& progress);

/// The parent's side: at most `lanes` workers at once. `type` is what detect() says of the file.
/// Code::input, and Code::system as Sandbox::run.
Result<Content> sound_of_file(const Sandbox& decoders, int fd, std::uint64_t size_bytes,
                              const std::string& name, std::string_view type, unsigned lanes,
                              const OnProgress& progress);

}  // namespace cess::fp
