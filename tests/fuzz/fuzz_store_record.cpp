// SPDX-License-Identifier: Apache-2.0
// links: store
// Everything a store reads back from its own disk: the first byte picks the reader. What is
// accepted must encode to the same bytes again, where the format has one form only.
#include <cstdint>
#include <cstdlib>

#include "base/check.hpp"
#include "store/ack.hpp"
#include "store/file_paths.hpp"
#include "store/layout.hpp"
#include "store/records.hpp"
#include "store/scrub.hpp"

namespace {

using namespace cess;

void records_of(unsigned which, std::string_view text) {
  switch (which) {
    case 0:
      if (const auto c = records::parse_counters(text)) {
        CESS_CHECK(records::encode_counters(*c) == text);
      }
      break;
    case 1: {
      // Most descriptors do not hash to a fixed id: take the id of the one that is there.
      if (text.size() < kDescriptorSize) break;
      const auto d = parse_descriptor(as_bytes(text.substr(0, kDescriptorSize)));
      if (!d) break;
      const auto f = records::parse_fragment(frag_id(*d), text);
      if (f) CESS_CHECK(records::encode_fragment(*f) == text);
      break;
    }
    case 2:
      if (const auto e = records::parse_entry(text)) CESS_CHECK(records::encode_entry(*e) == text);
      break;
    case 3:
      if (const auto n = records::parse_node(text)) CESS_CHECK(records::encode_node(*n) == text);
      break;
    case 4:
      if (const auto s = records::parse_shared(text)) {
        CESS_CHECK(records::encode_shared(*s) == text);
      }
      break;
    default:
      if (const auto f = records::parse_file({}, text))
        CESS_CHECK(records::encode_file(*f) == text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned which = data[0] % 12;
  const ByteView bytes(data + 1, size - 1);
  const std::string_view text = as_text(bytes);
  switch (which) {
    case 6:
      if (const auto c = layout::parse_config(text, "store.json")) {
        const auto again = layout::parse_config(layout::encode_config(*c), "store.json");
        CESS_CHECK(again && again->capacity_bytes == c->capacity_bytes);
      }
      break;
    case 7:
      static_cast<void>(parse_ack(bytes, MinerId{}, "ack"));
      break;
    case 8:
      if (const auto names = detail::parse_intent(bytes)) {
        CESS_CHECK(as_text(detail::encode_intent(*names)) == text);
      }
      break;
    case 9:
      if (const auto c = parse_cursor(text, "cursor")) {
        CESS_CHECK(*parse_cursor(encode_cursor(*c), "cursor") == *c);
      }
      break;
    case 10:
      if (const auto name = detail::parse_file_name(text)) {
        CESS_CHECK(detail::file_name(*name) == text);
      }
      break;
    default:
      records_of(which, text);
  }
  return 0;
}
