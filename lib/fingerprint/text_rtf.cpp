// SPDX-License-Identifier: Apache-2.0
// Rich Text Format 1.9 to its text: groups, control words, bytes in a code page (\'hh) and code
// points (\u). What a reader does not see (fonts, styles, pictures, headers) is left out.
#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "fingerprint/text_encoding.hpp"
#include "fingerprint/text_extract.hpp"
#include "fingerprint/text_markup.hpp"

namespace cess::fp {
namespace {

constexpr std::size_t kRtfDepthMax = 10000;

/// Groups whose content is not the text's.
constexpr std::array<std::string_view, 22> kRtfHidden{
    "fonttbl",   "colortbl", "stylesheet",        "info",      "pict",    "header",
    "headerl",   "headerr",  "headerf",           "footer",    "footerl", "footerr",
    "footerf",   "object",   "listtable",         "revtbl",    "rsidtbl", "themedata",
    "generator", "fldinst",  "listoverridetable", "datastore",
};
constexpr std::array<std::string_view, 8> kRtfBreaks{"par",  "line", "page",    "sect",
                                                     "cell", "row",  "nestrow", "column"};

struct RtfSymbol {
  std::string_view word;
  std::uint32_t code_point;
};
constexpr std::array<RtfSymbol, 8> kRtfSymbols{{{"tab", '\t'},
                                                {"emdash", 0x2014},
                                                {"endash", 0x2013},
                                                {"bullet", 0x2022},
                                                {"lquote", 0x2018},
                                                {"rquote", 0x2019},
                                                {"ldblquote", 0x201c},
                                                {"rdblquote", 0x201d}}};

class RtfReader {
 public:
  RtfReader(ByteView in, std::string& out) : in_(in), out_(out) {}

  Status read() {
    while (at_ < in_.size() && !ended_) {
      CESS_TRY(one());
      if (out_.size() + page_bytes_.size() > kTextSizeMax)
        return fail(Code::input, "has more text than a document can have");
    }
    return flush();
  }

 private:
  struct Group {
    bool hidden = false;
    std::size_t fallback = 1;  ///< characters after \u that stand for it in old programs
  };

  Status one() {
    const auto c = static_cast<char>(in_[at_++]);
    if (c == '{') {
      if (groups_.size() > kRtfDepthMax) return fail(Code::input, "is nested too deeply");
      groups_.push_back(groups_.back());
      skip_ = 0;
    } else if (c == '}') {
      if (groups_.size() > 1) groups_.pop_back();
      ended_ = groups_.size() == 1;
      skip_ = 0;
    } else if (c == '\\') {
      return control();
    } else if (c != '\r' && c != '\n') {
      return byte(static_cast<std::uint8_t>(c));
    }
    return {};
  }

  /// What follows a backslash.
  Status control() {
    if (at_ >= in_.size()) return {};
    const auto c = static_cast<char>(in_[at_]);
    if (c >= 'a' && c <= 'z') return word();
    if (c >= 'A' && c <= 'Z') return word();
    ++at_;
    switch (c) {
      case '\'':
        return hex_byte();
      case '*':
        groups_.back().hidden = true;
        return {};
      case '\\':
      case '{':
      case '}':
        return byte(static_cast<std::uint8_t>(c));
      case '~':
        return code_point(0xa0);
      case '_':
        return code_point(0x2011);
      case '\n':
      case '\r':
        return code_point('\n');
      default:
        return {};
    }
  }

  Status hex_byte() {
    unsigned value = 0;
    for (int i = 0; i < 2 && at_ < in_.size(); ++i) {
      const std::uint8_t h = in_[at_];
      const std::uint8_t low = h | 0x20U;
      if (h >= '0' && h <= '9') {
        value = value * 16 + (h - '0');
      } else if (low >= 'a' && low <= 'f') {
        value = value * 16 + 10 + (low - 'a');
      } else {
        return {};
      }
      ++at_;
    }
    return byte(static_cast<std::uint8_t>(value));
  }

  Status word() {
    const std::size_t from = at_;
    while (at_ < in_.size() && ((in_[at_] | 0x20U) >= 'a' && (in_[at_] | 0x20U) <= 'z')) ++at_;
    const std::string_view name = as_text(in_.subspan(from, at_ - from));
    std::optional<std::int64_t> number;
    const bool minus = at_ < in_.size() && in_[at_] == '-';
    if (minus) ++at_;
    while (at_ < in_.size() && in_[at_] >= '0' && in_[at_] <= '9') {
      number = std::min<std::int64_t>(number.value_or(0) * 10 + (in_[at_++] - '0'), 1LL << 31U);
    }
    if (minus && number) number = -*number;
    if (at_ < in_.size() && in_[at_] == ' ') ++at_;
    return obey(name, number);
  }

  Status obey(std::string_view name, std::optional<std::int64_t> number) {
    if (name == "u" && number) {
      skip_ = 0;
      CESS_TRY(unit(static_cast<std::uint32_t>(*number & 0xffff)));
      skip_ = groups_.back().fallback;
    } else if (name == "uc" && number) {
      groups_.back().fallback = static_cast<std::size_t>(std::clamp<std::int64_t>(*number, 0, 100));
    } else if (name == "bin" && number) {
      at_ +=
          std::min(in_.size() - at_, static_cast<std::size_t>(std::max<std::int64_t>(*number, 0)));
    } else if (name == "ansicpg" && number && *number > 0 && *number < 65536) {
      encoding_ = "windows-" + std::to_string(*number);
    } else if (name == "mac") {
      encoding_ = "macintosh";
    } else if (is_one_of(name, kRtfHidden)) {
      groups_.back().hidden = true;
    } else if (is_one_of(name, kRtfBreaks)) {
      return code_point('\n');
    } else {
      for (const RtfSymbol& s : kRtfSymbols) {
        if (s.word == name) return code_point(s.code_point);
      }
    }
    return {};
  }

  template <class List>
  static bool is_one_of(std::string_view name, const List& list) {
    return std::find(list.begin(), list.end(), name) != list.end();
  }

  /// A character of the code page, or half of one.
  Status byte(std::uint8_t b) {
    if (skip_ > 0) {
      --skip_;
    } else if (!groups_.back().hidden) {
      high_ = 0;
      if (b < 0x80 && page_bytes_.empty()) {
        out_ += static_cast<char>(b);
        return {};
      }
      page_bytes_.push_back(b);
    }
    return {};
  }
  /// A code unit of UTF-16.
  Status unit(std::uint32_t u) {
    if ((u & 0xfc00U) == 0xd800U) {
      high_ = u;
      return {};
    }
    if ((u & 0xfc00U) == 0xdc00U) {
      if (high_ == 0) return {};
      u = 0x10000U + ((high_ & 0x3ffU) << 10U) + (u & 0x3ffU);
    }
    return code_point(u);
  }
  Status code_point(std::uint32_t c) {
    high_ = 0;
    if (groups_.back().hidden) return {};
    CESS_TRY(flush());
    append_utf8(out_, c);
    return {};
  }
  /// Bytes in the code page, now that they end.
  Status flush() {
    if (page_bytes_.empty()) return {};
    Result<std::string> text = from_encoding(page_bytes_, encoding_);
    // A code page that nobody knows.
    if (!text) text = from_encoding(page_bytes_, "windows-1252");
    if (!text) return tl::unexpected<Error>(std::move(text).error());
    out_ += *text;
    page_bytes_.clear();
    return {};
  }

  ByteView in_;
  std::string& out_;
  std::size_t at_ = 0;
  std::vector<Group> groups_{1};
  std::size_t skip_ = 0;    ///< characters to pass over after \u
  std::uint32_t high_ = 0;  ///< the first half of a pair
  Bytes page_bytes_;
  std::string encoding_ = "windows-1252";
  bool ended_ = false;
};

}  // namespace

Status append_rtf(ByteView document, std::string& out) { return RtfReader(document, out).read(); }

}  // namespace cess::fp
