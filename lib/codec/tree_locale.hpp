// SPDX-License-Identifier: Apache-2.0
// libarchive turns names between the locale's charset and UTF-8, and loses them where the locale is
// "C". The calling thread has UTF-8 while this lives; other threads notice nothing.
#pragma once

#include <clocale>

namespace cess {

class Utf8Names {
 public:
  Utf8Names() : ours_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (ours_ != nullptr) before_ = ::uselocale(ours_);
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;
  ~Utf8Names() {
    if (ours_ == nullptr) return;
    ::uselocale(before_);
    ::freelocale(ours_);
  }

 private:
  locale_t ours_;
  locale_t before_ = nullptr;
};

}  // namespace cess
