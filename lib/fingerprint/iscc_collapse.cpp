// SPDX-License-Identifier: Apache-2.0
// The text unit's collapsed text. Two ways to one result, for speed: characters whose collapsed
// form depends on no other are looked up, words with any other go through ICU, or the text as a
// whole.
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "base/check.hpp"
#include "fingerprint/iscc.hpp"
#include "fingerprint/text_extract.hpp"

namespace cess::fp {
namespace {

/// Half of what a 32-bit length can count: normal forms grow.
constexpr std::size_t kCollapsedMax = 64U << 20U;

std::u16string iscc_normal_form(const UNormalizer2* form, const std::u16string& in) {
  std::u16string out(in.size() * 4 + 32, u'\0');
  for (;;) {
    UErrorCode error = U_ZERO_ERROR;
    const int32_t size = unorm2_normalize(form, in.data(), static_cast<int32_t>(in.size()),
                                          out.data(), static_cast<int32_t>(out.size()), &error);
    if (error == U_BUFFER_OVERFLOW_ERROR) {
      out.resize(static_cast<std::size_t>(size));
      continue;
    }
    CESS_CHECK(U_SUCCESS(error) != 0);
    out.resize(static_cast<std::size_t>(size));
    return out;
  }
}

std::u16string iscc_lower_case(const std::u16string& in) {
  std::u16string out(in.size() * 3 + 8, u'\0');
  UErrorCode error = U_ZERO_ERROR;
  const int32_t size = u_strToLower(out.data(), static_cast<int32_t>(out.size()), in.data(),
                                    static_cast<int32_t>(in.size()), "", &error);
  CESS_CHECK(U_SUCCESS(error) != 0);  // no character becomes more than three units
  out.resize(static_cast<std::size_t>(size));
  return out;
}

bool is_collapsed_away(UChar32 c) {
  constexpr std::uint32_t kDropped = U_GC_C_MASK | U_GC_M_MASK | U_GC_P_MASK | U_GC_Z_MASK;
  return (U_GET_GC_MASK(c) & kDropped) != 0;
}

/// The character at `i` of well-formed UTF-16.
UChar32 char_at(const std::u16string& text, std::size_t i) {
  const char16_t lead = text[i];
  if ((lead & 0xfc00U) != 0xd800U || i + 1 == text.size()) return lead;
  return static_cast<UChar32>(0x10000U + ((lead & 0x3ffU) << 10U) + (text[i + 1] & 0x3ffU));
}

/// Decomposed, in lower case, with what the standard drops left out; not yet in NFKC.
std::u16string filtered(std::string_view utf8) {
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2* const nfd = unorm2_getNFDInstance(&error);
  std::u16string wide(utf8.size() + 1, u'\0');
  int32_t size = 0;
  u_strFromUTF8WithSub(wide.data(), static_cast<int32_t>(wide.size()), &size, utf8.data(),
                       static_cast<int32_t>(utf8.size()), 0xfffd, nullptr, &error);
  CESS_CHECK(U_SUCCESS(error) != 0);
  wide.resize(static_cast<std::size_t>(size));
  wide = iscc_lower_case(iscc_normal_form(nfd, wide));
  std::u16string kept;
  for (std::size_t i = 0; i < wide.size(); ++i) {
    const UChar32 c = char_at(wide, i);
    const std::size_t units = c > 0xffff ? 2 : 1;
    if (!is_collapsed_away(c)) kept.append(wide, i, units);
    i += units - 1;
  }
  return kept;
}

std::string composed(const std::u16string& kept) {
  UErrorCode error = U_ZERO_ERROR;
  const std::u16string out16 = iscc_normal_form(unorm2_getNFKCInstance(&error), kept);
  std::string out(out16.size() * 3 + 1, '\0');
  int32_t size = 0;
  u_strToUTF8(out.data(), static_cast<int32_t>(out.size()), &size, out16.data(),
              static_cast<int32_t>(out16.size()), &error);
  CESS_CHECK(U_SUCCESS(error) != 0);
  out.resize(static_cast<std::size_t>(size));
  return out;
}

/// What one character becomes in any text.
struct CollapsedChar {
  enum State : std::uint8_t { unknown, alone, in_context };
  State state = unknown;
  std::uint8_t size = 0;
  std::array<char, 6> utf8{};
};

/// Marks go, and with them all that reorders; of lower case only the final sigma looks around. So
/// NFKC alone joins characters, and it never joins across one with a boundary before it.
class CollapsedChars {
 public:
  CollapsedChars() {
    UErrorCode error = U_ZERO_ERROR;
    nfkc_ = unorm2_getNFKCInstance(&error);
    CESS_CHECK(U_SUCCESS(error) != 0);
  }
  const CollapsedChar& of(std::uint32_t c) {
    std::unique_ptr<Page>& page = pages_[c >> 8U];
    if (page == nullptr) page = std::make_unique<Page>();
    CollapsedChar& e = (*page)[c & 0xffU];
    if (e.state == CollapsedChar::unknown) e = make(c);
    return e;
  }
  /// Whether NFKC never joins its first character, which is there, to one before it.
  [[nodiscard]] bool begins_apart(const std::u16string& text) const {
    return unorm2_hasBoundaryBefore(nfkc_, char_at(text, 0)) != 0;
  }

 private:
  using Page = std::array<CollapsedChar, 256>;
  [[nodiscard]] CollapsedChar make(std::uint32_t c) const {
    constexpr std::uint32_t kCapitalSigma = 0x3a3;
    CollapsedChar e;
    e.state = CollapsedChar::in_context;
    std::string in;
    append_utf8(in, c);
    const std::u16string kept = filtered(in);
    if (c == kCapitalSigma || (!kept.empty() && !begins_apart(kept))) return e;
    const std::string out = composed(kept);
    if (out.size() > e.utf8.size()) return e;
    e.state = CollapsedChar::alone;
    e.size = static_cast<std::uint8_t>(out.size());
    std::copy(out.begin(), out.end(), e.utf8.begin());
    return e;
  }
  const UNormalizer2* nfkc_ = nullptr;
  std::vector<std::unique_ptr<Page>> pages_{0x1100};
};

/// Collapses a text character by character, and by ICU the words with one that has to be seen among
/// others or becomes many. Behind a space or the end of a line lower case does not ask what stands
/// before it, and NFKC joins to what stands before only what has to be seen among others.
class TextCollapser {
 public:
  explicit TextCollapser(std::string_view utf8) : utf8_(utf8) {
    for (std::uint32_t c = 0; c < ascii_.size(); ++c) {
      if (const CollapsedChar& e = chars_.of(c); e.size != 0) ascii_[c] = e.utf8[0];
    }
    out_.resize(utf8.size() + sizeof(CollapsedChar::utf8));
  }

  /// nullopt for a text with too many such words, or with one that NFKC may join to the one before.
  std::optional<std::string> collapse() {
    std::size_t words_left = kWordsMin + utf8_.size() / kBytesPerWord;
    std::size_t at = 0;
    while ((at = each(at, utf8_.size())) < utf8_.size()) {
      if (words_left-- == 0) return std::nullopt;
      const std::size_t first = behind_space(at);
      const std::size_t filled = filled_;
      make_room(0, first);
      each(first, at);
      filled_ = filled - (filled_ - filled);
      at = next_space(at);
      const std::u16string word = filtered(utf8_.substr(first, at - first));
      if (!word.empty() && !chars_.begins_apart(word)) return std::nullopt;
      put(composed(word), at);
    }
    out_.resize(filled_);
    return std::move(out_);
  }

 private:
  static constexpr std::size_t kWordsMin = 16;
  static constexpr std::size_t kBytesPerWord = 128;

  static bool is_space(char c) { return c == ' ' || c == '\n'; }
  [[nodiscard]] std::size_t behind_space(std::size_t at) const {
    while (at > 0 && !is_space(utf8_[at - 1])) --at;
    return at;
  }
  [[nodiscard]] std::size_t next_space(std::size_t at) const {
    while (at < utf8_.size() && !is_space(utf8_[at])) ++at;
    return at;
  }
  /// The character at `at`, which moves behind it.
  std::uint32_t character(std::size_t& at) const {
    constexpr std::uint32_t kReplacement = 0xfffd;
    int32_t next = 0;
    const auto left = static_cast<int32_t>(std::min<std::size_t>(utf8_.size() - at, 4));
    UChar32 c = 0;
    U8_NEXT(as_bytes(utf8_).data() + at, next, left, c);
    at += static_cast<std::size_t>(next);
    return c < 0 ? kReplacement : static_cast<std::uint32_t>(c);
  }
  /// Before each() goes on: places for `size` bytes, and for what may come of one byte, or of one
  /// character, more than the text has behind `at`.
  void make_room(std::size_t size, std::size_t at) {
    const std::size_t wanted = filled_ + size + (utf8_.size() - at) + sizeof(CollapsedChar::utf8);
    if (out_.size() < wanted) out_.resize(2 * wanted);
  }
  void put(std::string_view collapsed, std::size_t at) {
    make_room(collapsed.size(), at);
    std::copy(collapsed.begin(), collapsed.end(), out_.data() + filled_);
    filled_ += collapsed.size();
  }
  /// Collapses what lies before `to`; returns that, or where a character must be seen among others.
  std::size_t each(std::size_t at, std::size_t to) {
    const std::uint8_t* const text = as_bytes(utf8_).data();
    while (at < to) {
      if (text[at] < 0x80) [[likely]] {
        const char* const table = ascii_.data();
        char* out = out_.data() + filled_;
        for (; at < to && text[at] < 0x80; ++at) {
          *out = table[text[at]];
          out += *out != 0 ? 1 : 0;
        }
        filled_ = static_cast<std::size_t>(out - out_.data());
        continue;
      }
      std::size_t behind = at;
      const CollapsedChar& e = chars_.of(character(behind));
      if (e.state != CollapsedChar::alone) return at;
      at = behind;
      make_room(e.utf8.size(), at);
      std::memcpy(out_.data() + filled_, e.utf8.data(), e.utf8.size());
      filled_ += e.size;
    }
    return at;
  }

  static CollapsedChars& chars() {
    static thread_local CollapsedChars known;  // to the next text of this thread
    return known;
  }

  CollapsedChars& chars_ = chars();
  std::string_view utf8_;
  std::array<char, 128> ascii_{};  ///< 0: left out, as NUL itself is
  std::string out_;
  std::size_t filled_ = 0;
};

}  // namespace

std::string iscc_collapse_in_context(std::string_view utf8) {
  return composed(filtered(utf8.substr(0, kCollapsedMax)));
}

std::string iscc_collapse(std::string_view utf8) {
  utf8 = utf8.substr(0, kCollapsedMax);
  if (auto collapsed = TextCollapser(utf8).collapse()) return std::move(*collapsed);
  return iscc_collapse_in_context(utf8);
}

}  // namespace cess::fp
