// SPDX-License-Identifier: Apache-2.0
// A film in a file: its parts and its sound, each by a worker of the sandbox, joined here.
#pragma once

#include <string>
#include <string_view>

#include "fingerprint/kinds.hpp"
#include "fingerprint/sandbox.hpp"

namespace cess::fp {

/// What a worker is asked for; other requests are not for film_answer.
bool is_film_request(std::string_view request);
/// The worker's side. Code::input, as the kinds' functions.
Result<Content> film_answer(ByteView file, std::string_view request, const OnProgress& progress);

/// The parent's side: at most `lanes` workers at once. What claims to be a film and holds only
/// sound comes back as a sound. Code::input, and Code::system as Sandbox::run.
Result<Content> film_of_file(const Sandbox& decoders, int fd, std::uint64_t size_bytes,
                             const std::string& name, unsigned lanes, const OnProgress& progress);

}  // namespace cess::fp
