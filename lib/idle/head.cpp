// SPDX-License-Identifier: Apache-2.0
#include "idle/head.hpp"

#include "base/check.hpp"
#include "base/codec.hpp"
#include "crypto/sha256.hpp"

namespace cess::idle {
namespace {

constexpr std::string_view kHeadMagic = "CESSFIL1";

// The root of a piece of leaves, whose number is a power of two.
Hash256 piece_root(std::vector<Hash256> level) {
  std::vector<Hash256> above;
  while (level.size() > 1) {
    above.resize(level.size() / 2);
    sha256_pairs(above, level);
    level.swap(above);
  }
  return level.front();
}

}  // namespace

FillerHead begin_head(const pois::Owner& owner, std::uint64_t number) {
  FillerHead head;
  head.number = number;
  head.id = pois::filler_id(owner, number);
  head.params = owner.params;
  return head;
}

void add_columns(FillerHead& head, std::span<const pois::Column> columns) {
  CESS_CHECK(columns.size() == std::size_t{1} << cut_level(head.params));
  std::vector<const std::uint8_t*> messages;
  for (const pois::Column& column : columns) messages.push_back(column[0].bytes.data());
  std::vector<Hash256> leaves(columns.size());
  sha256_many(leaves, 0x02, messages, sizeof(pois::Column));
  head.column_nodes.push_back(piece_root(leaves));
  for (std::size_t i = 0; i < leaves.size(); ++i) leaves[i] = columns[i].back();
  head.label_nodes.push_back(piece_root(std::move(leaves)));
}

void close_head(FillerHead& head) {
  CESS_CHECK(head.column_nodes.size() == cut_count(head.params));
  head.commitment.columns_root = piece_root(head.column_nodes);
  head.commitment.labels_root = piece_root(head.label_nodes);
}

Bytes encode_head(const FillerHead& head) {
  Writer w;
  w.raw(kHeadMagic).le(head.number).id(head.id);
  w.le(static_cast<std::uint32_t>(head.params.log2_nodes));
  w.id(head.commitment.columns_root).id(head.commitment.labels_root);
  for (const Hash256& node : head.column_nodes) w.id(node);
  for (const Hash256& node : head.label_nodes) w.id(node);
  const Hash256 sum = sha256(w.bytes());
  w.id(sum);
  return w.take();
}

Result<FillerHead> parse_head(ByteView bytes, std::string_view what) {
  Reader r(bytes, what);
  CESS_TRY_ASSIGN(const ByteView magic, r.raw(kHeadMagic.size(), "magic"));
  if (as_text(magic) != kHeadMagic) return r.refuse("not the tree of a filler of version 1");
  FillerHead head;
  CESS_TRY_ASSIGN(head.number, r.le<std::uint64_t>("number"));
  CESS_TRY_ASSIGN(head.id, r.id<pois::FillerId>("fid"));
  CESS_TRY_ASSIGN(head.params.log2_nodes, r.le<std::uint32_t>("log2_nodes"));
  CESS_TRY(pois::check_params(head.params));
  CESS_TRY_ASSIGN(head.commitment.columns_root, r.id<Hash256>("comm_c"));
  CESS_TRY_ASSIGN(head.commitment.labels_root, r.id<Hash256>("comm_r"));
  if (bytes.size() != head_size(head.params)) return r.refuse("wrong length");
  for (auto* nodes : {&head.column_nodes, &head.label_nodes}) {
    nodes->resize(cut_count(head.params));
    for (Hash256& node : *nodes) {
      CESS_TRY_ASSIGN(node, r.id<Hash256>("node"));
    }
  }
  const Hash256 want = sha256(bytes.first(r.offset()));
  CESS_TRY_ASSIGN(const Hash256 sum, r.id<Hash256>("sum"));
  CESS_TRY(r.end());
  if (sum != want) return fail(Code::input, std::string(what) + " is damaged", std::string(what));
  return head;
}

}  // namespace cess::idle
