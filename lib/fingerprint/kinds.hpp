// SPDX-License-Identifier: Apache-2.0
// From the bytes of a file to its content's features: one function per kind. They read hostile
// bytes with outside decoders: call them only inside the sandbox (sandbox.hpp). The view is the
// whole file, mapped. Errors: Code::input for what cannot be decoded or passes a limit. The same
// bytes give the same features on every machine.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "fingerprint/types.hpp"

namespace cess::fp {

struct Detected {
  Kind kind = Kind::other;
  std::string type;  ///< media type, "application/octet-stream" if nothing is known
};

/// The kind of a content from its bytes: magic numbers, then whether it is text. Reads only the
/// beginning and, for containers, a few fields. Never fails.
Detected detect(ByteView file);

/// How much of the file is done, in bytes; never more than its size.
using OnProgress = std::function<void(std::uint64_t)>;

/// detect, then the function of its kind. What claims to be an image, a sound or a film and cannot
/// be decoded is refused; it is never silently taken for `other`.
Result<Content> fingerprint_bytes(ByteView file, const OnProgress& progress = {});

Result<Content> fingerprint_text(ByteView file, std::string_view type, const OnProgress& progress);
Result<Content> fingerprint_image(ByteView file, std::string_view type);
Result<Content> fingerprint_audio(ByteView file, std::string_view type, const OnProgress& progress);
Result<Content> fingerprint_video(ByteView file, std::string_view type, const OnProgress& progress);
Result<Content> fingerprint_other(ByteView file, std::string_view type, const OnProgress& progress);

}  // namespace cess::fp
