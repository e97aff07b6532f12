// SPDX-License-Identifier: Apache-2.0
#include "fingerprint/chromaprint.hpp"

#include <chromaprint.h>

#include <algorithm>

namespace cess::fp {
namespace {

ChromaprintContext* chromaprint_of(void* p) { return static_cast<ChromaprintContext*>(p); }

}  // namespace

ChromaprintStream::~ChromaprintStream() {
  if (context_ != nullptr) chromaprint_free(chromaprint_of(context_));
}

void ChromaprintStream::feed(std::span<const std::int16_t> samples, unsigned rate_hz) {
  if (context_ == nullptr) {
    context_ = chromaprint_new(CHROMAPRINT_ALGORITHM_DEFAULT);
    failed_ = context_ == nullptr ||
              chromaprint_start(chromaprint_of(context_), static_cast<int>(rate_hz), 1) == 0;
  }
  constexpr std::size_t kMost = std::size_t{1} << 20U;
  while (!failed_ && !samples.empty()) {
    const auto part = samples.first(std::min(samples.size(), kMost));
    failed_ =
        chromaprint_feed(chromaprint_of(context_), part.data(), static_cast<int>(part.size())) == 0;
    samples = samples.subspan(part.size());
  }
}

std::vector<std::int32_t> ChromaprintStream::finish() {
  std::vector<std::int32_t> out;
  if (context_ == nullptr || failed_ || chromaprint_finish(chromaprint_of(context_)) == 0)
    return out;
  std::uint32_t* items = nullptr;
  int count = 0;
  if (chromaprint_get_raw_fingerprint(chromaprint_of(context_), &items, &count) != 0 && count > 0) {
    const std::span<const std::uint32_t> all(items, static_cast<std::size_t>(count));
    for (const std::uint32_t v : all) out.push_back(static_cast<std::int32_t>(v));
  }
  if (items != nullptr) chromaprint_dealloc(items);
  return out;
}

}  // namespace cess::fp
