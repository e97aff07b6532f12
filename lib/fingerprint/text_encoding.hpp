// SPDX-License-Identifier: Apache-2.0
// Texts that are not UTF-8: UTF-16 with a byte order mark, and the encodings of one and two bytes
// that older programs write (Windows-1252, GB18030, Shift-JIS, Big5, EUC, KOI8-R, ...). ICU knows
// them; utf16_text and from_utf16 are plain code of ours, everything else calls ICU and belongs
// into the sandbox.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace cess::fp {

/// A byte that no text has: a control character that is neither white space nor one that terminals
/// and old editors leave behind (bell, backspace, escape, end of file).
bool no_text_byte(std::uint8_t byte);

/// Whether it begins with the mark of UTF-16.
bool has_utf16_mark(ByteView file);
/// Whether it has the mark, and text behind it: no control characters, no lone surrogates.
bool utf16_text(ByteView window);
/// The text behind the mark in UTF-8. A lone surrogate becomes a space.
std::string from_utf16(ByteView file);

/// The name of the older encoding that a text is in, as ICU's ucnv_open takes it; empty for what is
/// no text in any, or too little to tell. Looks at the first 64 KiB.
std::string older_encoding(ByteView file);
/// The whole in UTF-8; what the encoding does not have becomes U+FFFD. Code::input for a name that
/// ICU does not know, and past kTextSizeMax.
Result<std::string> from_encoding(ByteView text, const std::string& encoding);

}  // namespace cess::fp
