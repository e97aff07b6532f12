// SPDX-License-Identifier: Apache-2.0
// links: proto net crypto json sys base
// What strangers write into the heads of requests: signatures, ranges, paths. What is accepted
// keeps its limits, and written again reads the same.
#include <cstdint>

#include "base/check.hpp"
#include "proto/fragment_server.hpp"
#include "proto/range.hpp"
#include "proto/signature.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  using namespace cess::proto;
  const std::string_view text = as_text({data, size});
  if (auto input = parse_signature_input(text)) {
    CESS_CHECK(input->components.size() <= kComponentsMax && !input->label.empty());
    const std::string written = format_signature_input(*input);
    const auto again = parse_signature_input(written);
    CESS_CHECK(again && again->components == input->components && again->nonce == input->nonce &&
               again->created == input->created && again->params == input->params);
  }
  if (const auto signature = parse_signature(text, "cess"))
    CESS_CHECK(format_signature(*signature, "cess") == text);
  if (const auto range = parse_range(text, 1000); range && *range) {
    CESS_CHECK((*range)->size > 0 && (*range)->offset + (*range)->size <= 1000);
  }
  if (const auto range = parse_content_range(text)) {
    CESS_CHECK(range->size > 0 && range->offset + range->size <= range->total);
    CESS_CHECK(*parse_content_range(format_content_range(*range)) == *range);
  }
  const Route route = parse_route(text);
  if (const auto n = query_number(route.query, "tags", 100); n && *n) CESS_CHECK(**n <= 100);
  return 0;
}
