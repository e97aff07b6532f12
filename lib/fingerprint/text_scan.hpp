// SPDX-License-Identifier: Apache-2.0
// Words of a text in any language, as hashes. Characters are folded one by one: compatibility
// decomposition and case folding (NFKC_Casefold, then NFD; Unicode Standard Annex 15), combining
// accents dropped, so that "Straße", "STRASSE" and "ｓｔｒａｓｓｅ" are one word. A word is a run
// of letters, digits and kept marks; a hyphen at a line's end is not a border. Scripts written
// without spaces (Han, Kana, Thai, Lao, Khmer, Burmese) are cut by ICU's dictionaries. Pure but for
// ICU's data: the Unicode version it was built with is part of a fingerprint's version.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "fingerprint/word.hpp"

namespace cess::fp {

/// Folds characters and cuts words. Not for use by two threads at once; make one per thread.
class TextScanner {
 public:
  TextScanner();
  ~TextScanner();
  TextScanner(const TextScanner&) = delete;
  TextScanner& operator=(const TextScanner&) = delete;

  /// Appends the words of the next part of `utf8` to `out` and returns the bytes taken: the caller
  /// goes on with the rest. A part ends between words, after about 64 KiB. Bytes that are not UTF-8
  /// end a word.
  std::size_t scan(std::string_view utf8, std::vector<Word>& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// "72.1/15.0": the versions of ICU and of Unicode that words are cut with.
std::string_view text_data_version();

}  // namespace cess::fp
