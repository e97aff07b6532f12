// SPDX-License-Identifier: Apache-2.0
// From a document to its plain text in UTF-8, in reading order as far as the format tells. Parsers
// of outside libraries read hostile bytes here: call inside the sandbox only. Paragraphs end with a
// line feed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace cess::fp {

/// Text beyond this is refused: it is a bomb, or no document.
inline constexpr std::size_t kTextSizeMax = 256U << 20U;

/// A code point up to 0x10ffff, in UTF-8.
void append_utf8(std::string& out, std::uint32_t code_point);

/// The text of a document of media type `type`; `store` keeps it if the file's own bytes are not
/// it. Code::input for a document that cannot be read.
Result<std::string_view> extract_text(ByteView file, std::string_view type, std::string& store);

}  // namespace cess::fp
