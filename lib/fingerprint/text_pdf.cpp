// SPDX-License-Identifier: Apache-2.0
// PDF through poppler: text in the order of the page's content, which is the reading order more
// often than the order on paper is. Tables of characters that poppler keeps in files are out of
// reach in the sandbox: a document that leans on them instead of bringing its own gives less text.
#include <iconv.h>
#include <poppler/cpp/poppler-document.h>
#include <poppler/cpp/poppler-global.h>
#include <poppler/cpp/poppler-page.h>

#include <memory>
#include <utility>

#include "fingerprint/text_extract.hpp"
#include "fingerprint/text_markup.hpp"

namespace cess::fp {
namespace {

constexpr int kPdfPagesMax = 100000;
void ignore_message(const std::string&, void*) {}

}  // namespace

// poppler converts its text with iconv, whose table of conversions is read from a file when it is
// first used.
void prepare_pdf() {
  for (const auto& [to, from] : {std::pair{"UTF-16", "UTF-8"}, std::pair{"UTF-8", "UTF-16"}}) {
    const iconv_t conversion = iconv_open(to, from);
    if (conversion != reinterpret_cast<iconv_t>(-1)) iconv_close(conversion);
  }
}

Status append_pdf(ByteView file, std::string& out) {
  if (file.size() > std::size_t{0x7fffffff})
    return fail(Code::input, "is larger than a PDF can be");
  poppler::set_debug_error_function(ignore_message, nullptr);
  const std::unique_ptr<poppler::document> document(poppler::document::load_from_raw_data(
      reinterpret_cast<const char*>(file.data()), static_cast<int>(file.size())));
  if (document == nullptr) return fail(Code::input, "is no PDF that can be read");
  if (document->is_locked()) return fail(Code::input, "needs a password");
  const int pages = document->pages();
  if (pages > kPdfPagesMax) return fail(Code::input, "has too many pages");
  for (int i = 0; i < pages; ++i) {
    const std::unique_ptr<poppler::page> page(document->create_page(i));
    if (page == nullptr) continue;
    const poppler::byte_array text =
        page->text(poppler::rectf(), poppler::page::raw_order_layout).to_utf8();
    if (out.size() + text.size() > kTextSizeMax)
      return fail(Code::input, "has more text than a document can have");
    out.append(text.begin(), text.end());
    out += '\n';
  }
  return {};
}

}  // namespace cess::fp
