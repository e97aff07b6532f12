// SPDX-License-Identifier: Apache-2.0
// Stretches of plain ASCII are ascii_words.hpp's. What is left goes character by character: ASCII
// through a table of 128, the rest through pages of 256 characters that are asked of ICU once each.
#include "fingerprint/text_scan.hpp"

#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>
#include <unicode/uvernum.h>

#include <algorithm>
#include <string>

#include "base/check.hpp"
#include "fingerprint/ascii_words.hpp"

namespace cess::fp {
namespace {

constexpr std::size_t kScanPartSize = 64U << 10U;
constexpr std::size_t kScanRunMax = 8192;   ///< UTF-16 units given to the dictionary at once
constexpr std::size_t kScanPlainSize = 64;  ///< bytes taken one by one before many are tried again

/// What a character is to us. The low 24 bits of a page's entry are the folded character, or where
/// several of them stand.
enum CharClass : std::uint32_t {
  kCharBorder = 0,
  kCharLetter = 1U << 24U,
  kCharNothing = 2U << 24U,
  kCharDictionary = 3U << 24U,
  kCharSeveral = 4U << 24U
};
constexpr std::uint32_t kCharClassMask = 0xff000000U;
constexpr std::uint32_t kCharMask = 0x00ffffffU;
using CharPage = std::array<std::uint32_t, 256>;

void end_word(WordHash& word, std::vector<Word>& out) {
  if (word.letters != 0) out.push_back({word.state, word.letters});
  word = WordHash{};
}

/// The character at `i` of well-formed UTF-16; moves `i` behind it.
UChar32 next_char(const char16_t* text, int32_t& i, int32_t size) {
  const char16_t lead = text[i++];
  if ((lead & 0xfc00U) != 0xd800U || i == size) return lead;
  const char16_t trail = text[i++];
  return static_cast<UChar32>(0x10000U + ((lead & 0x3ffU) << 10U) + (trail & 0x3ffU));
}

bool has_dictionary(UChar32 c) {
  UErrorCode error = U_ZERO_ERROR;
  switch (uscript_getScript(c, &error)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_THAI:
    case USCRIPT_LAO:
    case USCRIPT_KHMER:
    case USCRIPT_MYANMAR:
      return true;
    default:  // U+30FC and its like are of common script but belong to Kana
      return (c >= 0x3031 && c <= 0x3035) || c == 0x30fc || c == 0xff70;
  }
}

/// Accents and vowel points are dropped; the vowel signs and viramas of Indic and other scripts are
/// letters.
bool is_dropped_mark(UChar32 c) {
  UErrorCode error = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(c, &error);
  return script == USCRIPT_INHERITED || script == USCRIPT_COMMON || script == USCRIPT_HEBREW ||
         script == USCRIPT_ARABIC;
}

std::uint32_t char_class(UChar32 c) {
  switch (u_charType(c)) {
    case U_UPPERCASE_LETTER:
    case U_LOWERCASE_LETTER:
    case U_TITLECASE_LETTER:
    case U_MODIFIER_LETTER:
    case U_OTHER_LETTER:
    case U_DECIMAL_DIGIT_NUMBER:
    case U_LETTER_NUMBER:
    case U_OTHER_NUMBER:
      return has_dictionary(c) ? kCharDictionary : kCharLetter;
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_COMBINING_SPACING_MARK:
      if (is_dropped_mark(c)) return kCharNothing;
      return has_dictionary(c) ? kCharDictionary : kCharLetter;
    case U_FORMAT_CHAR:
      return kCharNothing;
    default:
      return kCharBorder;
  }
}

}  // namespace

struct TextScanner::Impl {
  const UNormalizer2* casefold = nullptr;
  const UNormalizer2* decompose = nullptr;
  UBreakIterator* words = nullptr;
  std::array<std::uint32_t, 128> ascii{};
  AsciiWords ascii_words;
  std::vector<std::unique_ptr<CharPage>> pages{0x1100};
  std::vector<std::vector<std::uint32_t>> several;  ///< folded characters, each with its class
  std::u16string run;                               ///< of a script without spaces

  Impl() {
    UErrorCode error = U_ZERO_ERROR;
    casefold = unorm2_getNFKCCasefoldInstance(&error);
    decompose = unorm2_getNFDInstance(&error);
    words = ubrk_open(UBRK_WORD, "", nullptr, 0, &error);
    CESS_CHECK(U_SUCCESS(error) != 0);  // the data is linked with the library
    for (std::uint32_t c = 0; c < 128; ++c) {
      ascii[c] = look_up(c);
      const std::uint32_t folded = fold_ascii(static_cast<std::uint8_t>(c));
      CESS_CHECK(folded == 0 ? (ascii[c] & kCharClassMask) == kCharBorder
                             : ascii[c] == (kCharLetter | folded));
    }
  }
  ~Impl() { ubrk_close(words); }

  /// Asks ICU: the entry of one character.
  std::uint32_t look_up(std::uint32_t c) {
    UChar in[2];
    UChar folded[64];
    UChar apart[128];
    UErrorCode error = U_ZERO_ERROR;
    int32_t size = 0;
    U16_APPEND_UNSAFE(in, size, c);
    size = unorm2_normalize(casefold, in, size, folded, 64, &error);
    size = unorm2_normalize(decompose, folded, size, apart, 128, &error);
    if (U_FAILURE(error) != 0) return kCharBorder;
    if (size == 0)
      return char_class(static_cast<UChar32>(c)) == kCharBorder ? kCharBorder : kCharNothing;
    std::vector<std::uint32_t> parts;
    for (int32_t i = 0; i < size;) {
      const UChar32 part = next_char(apart, i, size);
      const std::uint32_t kind = char_class(part);
      if (kind != kCharNothing) parts.push_back(static_cast<std::uint32_t>(part) | kind);
    }
    if (parts.empty()) return kCharNothing;
    if (parts.size() == 1) return parts[0];
    several.push_back(std::move(parts));
    return kCharSeveral | static_cast<std::uint32_t>(several.size() - 1);
  }
  std::uint32_t entry(std::uint32_t c) {
    std::unique_ptr<CharPage>& page = pages[c >> 8U];
    if (page == nullptr) {
      auto made = std::make_unique<CharPage>();
      for (std::uint32_t i = 0; i < 256; ++i) {
        const std::uint32_t each = (c & ~0xffU) | i;
        (*made)[i] = U_IS_SURROGATE(each) ? std::uint32_t{kCharBorder} : look_up(each);
      }
      page = std::move(made);
    }
    return (*page)[c & 0xffU];
  }

  void end_run(std::vector<Word>& out);
  void put(std::uint32_t entry, WordHash& word, std::vector<Word>& out);
};

/// Cuts what was collected of scripts without spaces.
void TextScanner::Impl::end_run(std::vector<Word>& out) {
  if (run.empty()) return;
  UErrorCode error = U_ZERO_ERROR;
  const auto size = static_cast<int32_t>(run.size());
  ubrk_setText(words, run.data(), size, &error);
  CESS_CHECK(U_SUCCESS(error) != 0);
  int32_t from = ubrk_first(words);
  for (int32_t to = ubrk_next(words); to != UBRK_DONE; from = to, to = ubrk_next(words)) {
    WordHash word;
    for (int32_t i = from; i < to;) {
      word.add(static_cast<std::uint32_t>(next_char(run.data(), i, size)));
    }
    end_word(word, out);
  }
  run.clear();
}

void TextScanner::Impl::put(std::uint32_t e, WordHash& word, std::vector<Word>& out) {
  const std::uint32_t c = e & kCharMask;
  switch (e & kCharClassMask) {
    case kCharLetter:
      end_run(out);
      word.add(c);
      break;
    case kCharDictionary:
      end_word(word, out);
      if (run.size() >= kScanRunMax) end_run(out);
      if (U_IS_BMP(c)) {
        run.push_back(static_cast<char16_t>(c));
      } else {
        run.push_back(static_cast<char16_t>(U16_LEAD(c)));
        run.push_back(static_cast<char16_t>(U16_TRAIL(c)));
      }
      break;
    case kCharSeveral:
      for (const std::uint32_t part : several[c]) put(part, word, out);
      break;
    case kCharNothing:
      break;
    default:
      end_word(word, out);
      end_run(out);
  }
}

TextScanner::TextScanner() : impl_(std::make_unique<Impl>()) {}
TextScanner::~TextScanner() = default;

std::size_t TextScanner::scan(std::string_view utf8, std::vector<Word>& out) {
  Impl& my = *impl_;
  my.run.clear();  // of a text whose scan ended in an exception
  WordHash word;
  const auto* const text = reinterpret_cast<const std::uint8_t*>(utf8.data());
  const std::size_t size = utf8.size();
  std::size_t at = 0;
  std::size_t many_from = 0;  // where words are next looked for many at once
  while (at < size) {
    if (my.run.empty()) [[likely]] {
      if (word.letters == 0 && at >= many_from && at < kScanPartSize) {
        const std::size_t taken = my.ascii_words.scan(utf8.substr(at, kScanPartSize - at), out);
        at += taken;
        if (taken != 0) continue;
        many_from = at + kScanPlainSize;
      }
      WordHash rest = word;  // in registers
      for (; at < size; ++at) {
        const std::uint8_t c = fold_ascii(text[at]);
        if (c == 0) break;
        rest.add(c);
      }
      word = rest;
      if (at == size) break;
    }
    const std::uint8_t byte = text[at];
    if (byte < 0x80) {
      const std::uint32_t e = my.ascii[byte];
      if (byte == '-' && word.letters != 0 && at + 1 < size &&
          (text[at + 1] == '\n' || text[at + 1] == '\r')) {
        do {
          ++at;
        } while (at < size &&
                 (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t'));
        continue;
      }
      my.put(e, word, out);
      ++at;
      if (at >= kScanPartSize && (e & kCharClassMask) == kCharBorder) break;
      continue;
    }
    auto next = static_cast<int32_t>(0);
    const auto left = static_cast<int32_t>(std::min<std::size_t>(size - at, 4));
    UChar32 c = 0;
    U8_NEXT(text + at, next, left, c);
    const std::uint32_t e =
        c < 0 ? std::uint32_t{kCharBorder} : my.entry(static_cast<std::uint32_t>(c));
    my.put(e, word, out);
    at += static_cast<std::size_t>(next);
    // A text without any border at all still ends its parts.
    if (at >= ((e & kCharClassMask) == kCharBorder ? kScanPartSize : 16 * kScanPartSize)) break;
  }
  end_word(word, out);
  my.end_run(out);
  return at;
}

std::string_view text_data_version() { return U_ICU_VERSION "/" U_UNICODE_VERSION; }

}  // namespace cess::fp
