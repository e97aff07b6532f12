// SPDX-License-Identifier: Apache-2.0
#include "store/index_ops.hpp"

#include "base/check.hpp"
#include "base/hex.hpp"

namespace cess::detail {
namespace {

tl::unexpected<Error> missing(const std::string& what) {
  return fail(Code::system, "index: " + what + " is missing", {},
              "the index can be made again from the files: cess-store repair --index");
}

}  // namespace

Result<SumNode> KvSumNodes::get(std::uint32_t level, std::uint64_t index) {
  CESS_TRY_ASSIGN(const auto value, kv_.get(records::node_key(level, index)));
  if (!value)
    return missing("sum-tree node " + std::to_string(level) + "/" + std::to_string(index));
  return records::parse_node(*value);
}

Status KvSumNodes::put(std::uint32_t level, std::uint64_t index, const SumNode& node) {
  CESS_CHECK(out_ != nullptr);
  out_->put(records::node_key(level, index), records::encode_node(node));
  return {};
}

Status KvSumNodes::erase(std::uint32_t level, std::uint64_t index) {
  CESS_CHECK(out_ != nullptr);
  out_->erase(records::node_key(level, index));
  return {};
}

Result<records::Counters> load_counters(const Kv& kv) {
  CESS_TRY_ASSIGN(const auto value, kv.get(records::counters_key()));
  if (!value) return missing("the record of counters");
  return records::parse_counters(*value);
}

Result<std::optional<StoredFragment>> load_fragment(const Kv& kv, const FragId& id) {
  CESS_TRY_ASSIGN(const auto value, kv.get(records::fragment_key(id)));
  if (!value) return std::optional<StoredFragment>{};
  CESS_TRY_ASSIGN(auto f, records::parse_fragment(id, *value));
  return std::optional<StoredFragment>{f};
}

Result<IndexEntry> load_entry(const Kv& kv, std::uint64_t position) {
  CESS_TRY_ASSIGN(const auto value, kv.get(records::position_key(position)));
  if (!value) return missing("position " + std::to_string(position));
  return records::parse_entry(*value);
}

Result<std::optional<FragId>> load_place(const Kv& kv, const FileId& file, std::uint32_t segment,
                                         std::uint16_t replica, std::uint16_t index) {
  CESS_TRY_ASSIGN(const auto value, kv.get(records::place_key(file, segment, replica, index)));
  if (!value) return std::optional<FragId>{};
  CESS_TRY_ASSIGN(const FragId id, records::parse_id_value<FragId>(*value, "place"));
  return std::optional<FragId>{id};
}

Result<std::optional<StoredFile>> load_file(const Kv& kv, const Fid& fid) {
  CESS_TRY_ASSIGN(const auto value, kv.get(records::file_key(fid)));
  if (!value) return std::optional<StoredFile>{};
  CESS_TRY_ASSIGN(const StoredFile f, records::parse_file(fid, *value));
  return std::optional<StoredFile>{f};
}

Result<std::optional<Fid>> load_fid(const Kv& kv, const FileId& file) {
  CESS_TRY_ASSIGN(const auto value, kv.get(records::fid_key(file)));
  if (!value) return std::optional<Fid>{};
  CESS_TRY_ASSIGN(const Fid fid, records::parse_id_value<Fid>(*value, "fid"));
  return std::optional<Fid>{fid};
}

Result<std::optional<records::Shared>> load_shared(const Kv& kv, const std::string& key) {
  CESS_TRY_ASSIGN(const auto value, kv.get(key));
  if (!value) return std::optional<records::Shared>{};
  CESS_TRY_ASSIGN(const auto s, records::parse_shared(*value));
  return std::optional<records::Shared>{s};
}

std::string blob_key(const BlobName& name) {
  switch (name.kind) {
    case BlobKind::fragment:
      return records::fragment_key(FragId::from(name.id.view()));
    case BlobKind::sidecar:
      return records::sidecar_key(name.id);
    case BlobKind::manifest:
      return records::file_key(Fid::from(name.id.view()));
    case BlobKind::tagger:
      return records::tagger_key(TaggerId::from(name.id.view()));
  }
  CESS_CHECK(false);
}

IndexEntry entry_of(const StoredFragment& f) {
  return {f.id, f.descriptor.blocks(), f.descriptor.tagger};
}

Status index_append(KvView& kv, records::Counters& c, StoredFragment& f) {
  f.position = c.fragment_count;
  const IndexEntry entry = entry_of(f);
  KvSumNodes nodes(kv, &kv);
  SumTree tree(nodes, c.fragment_count);
  CESS_TRY(tree.append(sum_leaf(entry)));
  const Descriptor& d = f.descriptor;
  kv.put(records::position_key(f.position), records::encode_entry(entry));
  kv.put(records::fragment_key(f.id), records::encode_fragment(f));
  kv.put(records::place_key(d.file, d.segment, d.replica, d.fragment), records::encode_id(f.id));
  ++c.fragment_count;
  c.fragment_bytes += d.length;
  return {};
}

Status index_remove(KvView& kv, records::Counters& c, const StoredFragment& f) {
  const std::uint64_t last = c.fragment_count - 1;
  KvSumNodes nodes(kv, &kv);
  SumTree tree(nodes, c.fragment_count);
  if (f.position != last) {
    CESS_TRY_ASSIGN(const IndexEntry moved, load_entry(kv, last));
    CESS_TRY_ASSIGN(auto record, load_fragment(kv, moved.frag));
    if (!record) return missing("fragment '" + to_hex(moved.frag) + "'");
    CESS_TRY(tree.replace(f.position, sum_leaf(moved)));
    record->position = f.position;
    kv.put(records::position_key(f.position), records::encode_entry(moved));
    kv.put(records::fragment_key(moved.frag), records::encode_fragment(*record));
  }
  CESS_TRY(tree.pop_back());
  const Descriptor& d = f.descriptor;
  kv.erase(records::position_key(last));
  kv.erase(records::fragment_key(f.id));
  kv.erase(records::place_key(d.file, d.segment, d.replica, d.fragment));
  --c.fragment_count;
  c.fragment_bytes -= d.length;
  return {};
}

}  // namespace cess::detail
