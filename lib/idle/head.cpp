// SPDX-License-Identifier: Apache-2.0
#include "idle/head.hpp"

#include "base/codec.hpp"
#include "crypto/sha256.hpp"

namespace cess::idle {
namespace {

constexpr std::string_view kHeadMagic = "CESSFIL1";

}  // namespace

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
