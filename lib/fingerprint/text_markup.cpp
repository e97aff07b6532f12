// SPDX-License-Identifier: Apache-2.0
// libxml2's parsers as a stream of events; no tree is kept, no other file is read, no entity of a
// DTD is loaded.
#include "fingerprint/text_markup.hpp"

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <string.h>  // NOLINT: strdup is POSIX's

#include <algorithm>
#include <array>
#include <cstdlib>
#include <new>

#include "fingerprint/text_extract.hpp"

namespace cess::fp {
namespace {

/// Elements inside a line: their borders are not borders of words. Names of HTML, WordprocessingML,
/// DrawingML and OpenDocument, without prefixes.
constexpr std::array<std::string_view, 34> kInlineElements{
    "a",      "abbr", "acronym", "b",    "bdi", "bdo",  "big",   "cite", "code",
    "dfn",    "em",   "font",    "i",    "ins", "kbd",  "label", "mark", "q",
    "r",      "rPr",  "rt",      "ruby", "s",   "samp", "small", "span", "strike",
    "strong", "sub",  "sup",     "t",    "tt",  "u",    "var"};
constexpr std::array<std::string_view, 5> kHiddenElements{"script", "style", "template", "noscript",
                                                          "head"};
constexpr std::size_t kMarkupPieceSize = 1U << 20U;

struct CollectedText {
  std::string* out = nullptr;
  unsigned hidden = 0;  ///< elements around us whose content is not shown
  bool html = false;
  bool full = false;
};

std::string_view local_name(const xmlChar* name) {
  const std::string_view all(reinterpret_cast<const char*>(name));
  const std::size_t colon = all.rfind(':');
  return colon == std::string_view::npos ? all : all.substr(colon + 1);
}
template <class List>
bool is_listed(std::string_view name, const List& list) {
  return std::find(list.begin(), list.end(), name) != list.end();
}
/// The head is hidden but for its title.
bool hides_text(const CollectedText& c, std::string_view name) {
  return c.html && is_listed(name, kHiddenElements);
}

void on_markup_start(void* context, const xmlChar* element, const xmlChar**) {
  CollectedText& c = *static_cast<CollectedText*>(context);
  const std::string_view name = local_name(element);
  if (hides_text(c, name)) ++c.hidden;
  if (!is_listed(name, kInlineElements)) *c.out += '\n';
}
void on_markup_end(void* context, const xmlChar* element) {
  CollectedText& c = *static_cast<CollectedText*>(context);
  const std::string_view name = local_name(element);
  if (hides_text(c, name) && c.hidden > 0) --c.hidden;
  if (!is_listed(name, kInlineElements)) *c.out += '\n';
}
void on_markup_text(void* context, const xmlChar* text, int size) {
  CollectedText& c = *static_cast<CollectedText*>(context);
  if (c.hidden != 0 || c.full) return;
  const auto bytes = static_cast<std::size_t>(size);
  if (c.out->size() + bytes > kTextSizeMax) {
    c.full = true;
    return;
  }
  c.out->append(reinterpret_cast<const char*>(text), bytes);
}

xmlSAXHandler text_handler() {
  xmlSAXHandler h{};
  h.startElement = on_markup_start;
  h.endElement = on_markup_end;
  h.characters = on_markup_text;
  h.cdataBlock = on_markup_text;
  h.ignorableWhitespace = on_markup_text;
  return h;
}

// A parser without memory ends, or goes on with less, and does not always say so: its text would
// depend on the memory that others have left.
thread_local bool parser_starved = false;
void* or_starved(void* memory) {
  if (memory == nullptr) parser_starved = true;
  return memory;
}
void* parser_malloc(std::size_t n) { return or_starved(std::malloc(n)); }  // NOLINT
void* parser_realloc(void* old, std::size_t n) {
  return or_starved(std::realloc(old, n));
}  // NOLINT
char* parser_strdup(const char* s) { return static_cast<char*>(or_starved(::strdup(s))); }
/// Before a parser is made: they allocate as before, and are watched.
void watch_parser() {
  static const int kWatched = xmlMemSetup(std::free, parser_malloc, parser_realloc, parser_strdup);
  (void)kWatched;
  parser_starved = false;
}

Status read_whole(const CollectedText& c) {
  if (parser_starved) throw std::bad_alloc();
  if (c.full) return fail(Code::input, "has more text than a document can have");
  return {};
}

}  // namespace

Status append_html(ByteView page, std::string& out) {
  CollectedText c{.out = &out, .html = true};
  xmlSAXHandler handler = text_handler();
  watch_parser();
  // What was found to be UTF-8 is UTF-8, whatever the page says of itself.
  htmlParserCtxtPtr parser =
      htmlCreatePushParserCtxt(&handler, &c, nullptr, 0, nullptr, XML_CHAR_ENCODING_UTF8);
  if (parser == nullptr) throw std::bad_alloc();
  htmlCtxtUseOptions(
      parser, HTML_PARSE_IGNORE_ENC | HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING);
  for (; !page.empty() && !c.full; page = page.subspan(std::min(kMarkupPieceSize, page.size()))) {
    htmlParseChunk(parser, reinterpret_cast<const char*>(page.data()),
                   static_cast<int>(std::min(kMarkupPieceSize, page.size())), 0);
  }
  htmlParseChunk(parser, nullptr, 0, 1);
  if (parser->myDoc != nullptr) xmlFreeDoc(parser->myDoc);
  htmlFreeParserCtxt(parser);
  return read_whole(c);
}

Status append_xml(ByteView document, std::string& out) {
  CollectedText c{.out = &out};
  xmlSAXHandler handler = text_handler();
  watch_parser();
  xmlParserCtxtPtr parser = xmlCreatePushParserCtxt(&handler, &c, nullptr, 0, nullptr);
  if (parser == nullptr) throw std::bad_alloc();
  // An encoding that it names may be that of before: what is given is UTF-8, or has a mark.
  xmlCtxtUseOptions(parser, XML_PARSE_IGNORE_ENC | XML_PARSE_NONET | XML_PARSE_NOERROR |
                                XML_PARSE_NOWARNING | XML_PARSE_RECOVER);
  for (; !document.empty() && !c.full;
       document = document.subspan(std::min(kMarkupPieceSize, document.size()))) {
    xmlParseChunk(parser, reinterpret_cast<const char*>(document.data()),
                  static_cast<int>(std::min(kMarkupPieceSize, document.size())), 0);
  }
  xmlParseChunk(parser, nullptr, 0, 1);
  if (parser->myDoc != nullptr) xmlFreeDoc(parser->myDoc);
  xmlFreeParserCtxt(parser);
  return read_whole(c);
}

}  // namespace cess::fp
