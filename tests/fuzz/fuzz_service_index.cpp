// SPDX-License-Identifier: Apache-2.0
// links: audit podr2 json merkle crypto base
// The service index reader: a list that it accepts has the root a tree of its entries has, and
// every block of it is found.
#include <cstdint>

#include "audit/service_index.hpp"
#include "base/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cess;
  std::string_view text = as_text({data, size});
  ServiceIndex index;
  MemorySumNodes nodes;
  SumTree tree(nodes, 0);
  IndexLineReader reader("input", [&](const IndexEntry& e) {
    index.add(e);
    CESS_CHECK(tree.append(sum_leaf(e)).has_value());
  });
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (const auto line = reader.line(text.substr(0, end)); !line) {
      CESS_CHECK(line.error().code == Code::input);
      return 0;
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  const auto totals = reader.finish();
  if (!totals) return 0;
  CESS_CHECK(totals->fragments == index.fragments() && totals->root.sum == index.blocks());
  CESS_CHECK(tree.root().value() == totals->root);
  if (index.blocks() == 0) return 0;
  for (const std::uint64_t block : {std::uint64_t{0}, index.blocks() / 2, index.blocks() - 1}) {
    const auto a = index.find(block);
    const auto b = tree.find(block);
    CESS_CHECK(b.has_value() && a.leaf == b->leaf && a.block_in_leaf == b->block_in_leaf);
  }
  return 0;
}
