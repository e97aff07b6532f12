// SPDX-License-Identifier: Apache-2.0
// Text of HTML, XML, RTF and of documents that are XML in a zip. Internal to this module; inside
// the sandbox only.
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace cess::fp {

/// Appends the text of an HTML page; never fails, since every string of bytes is a page to a
/// browser. Scripts and styles are left out. Code::input past kTextSizeMax.
Status append_html(ByteView page, std::string& out);
/// The same for XML: what is well formed up to the first error.
Status append_xml(ByteView document, std::string& out);
/// Rich Text Format: what a reader sees. Code::input for what is nested too deeply, and past
/// kTextSizeMax.
Status append_rtf(ByteView document, std::string& out);
/// OpenDocument, Office Open XML and EPUB: the parts with the body's text, in the order of their
/// names.
Status append_zipped(ByteView file, std::string_view type, std::string& out);
/// Loads what the PDF reader takes from files of the system. Call before the sandbox is started.
void prepare_pdf();
/// Code::input for what is no PDF or needs a password.
Status append_pdf(ByteView file, std::string& out);

}  // namespace cess::fp
