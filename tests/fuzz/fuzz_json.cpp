// SPDX-License-Identifier: Apache-2.0
// links: json base
// The JSON reader: never throws, keeps its limits, and what it accepts it writes and reads back the
// same. Field access on any document refuses or answers.
#include <cstdint>

#include "base/check.hpp"
#include "json/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  const auto doc = parse_json(as_text({data, size}), "input");
  if (!doc) {
    CESS_CHECK(doc.error().code == Code::input && !doc.error().message.empty());
    return 0;
  }
  const std::string once = write_json(*doc);
  const auto again = parse_json(once, "output");
  CESS_CHECK(again.has_value());
  CESS_CHECK(write_json(*again) == once);
  const JsonView view(*doc, "input");
  (void)view.schema("cess.x/1");
  (void)view.number("n", 1000);
  (void)view.hex("h", 8);
  (void)view.boolean("b");
  (void)view.object("o");
  if (const auto list = view.array("a", 8)) {
    for (const JsonView& element : *list) (void)element.text("t");
  }
  return 0;
}
