// SPDX-License-Identifier: Apache-2.0
// Contents from the sandbox's workers, one or many of one file.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fingerprint/av.hpp"
#include "fingerprint/kinds.hpp"
#include "fingerprint/sandbox.hpp"

namespace cess::fp {

/// The content that a worker makes of a regular file for `request`. Code::input, and Code::system
/// as Sandbox::run.
Result<Content> ask_content(const Sandbox& decoders, int fd, std::string_view name,
                            std::string_view request, const OnProgress& progress = {});

/// The same for each of `requests`, by at most `lanes` workers at once, the first request first.
/// What they have done of the file's `size_bytes` is told as one sum.
std::vector<Result<Content>> ask_contents(const Sandbox& decoders, int fd, std::uint64_t size_bytes,
                                          std::string_view name,
                                          std::span<const std::string> requests, unsigned lanes,
                                          const OnProgress& progress);

/// A request for each part: `what` and its number.
std::vector<std::string> part_requests(std::string_view what, unsigned count);
/// The worker's side: which of `count` parts a request's number is. Code::input for none of them.
Result<MediaPart> parse_part(std::string_view number, unsigned count);

}  // namespace cess::fp
