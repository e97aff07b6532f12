// SPDX-License-Identifier: Apache-2.0
// Keys and values of the index. Numbers in keys are big-endian so that byte order is number order,
// in values little-endian. One letter opens each key:
//   "c"                                          counters
//   "f" frag_id 32                               fragment record
//   "l" file_id 32, BE32 segment, BE16 replica, BE16 index   -> frag_id 32
//   "m" fid 32                                   file record        "n" file_id 32 -> fid 32
//   "p" BE64 position                            service index entry
//   "s" level u8, BE64 index                     sum-tree node
//   "t" sidecar_id 32                            sidecar record
//   "k" tagger_id 32                             tagger record
//   "j"                                          SHA-256 of store.json, which has no checksum of
//   its own
// Readers are strict: exact size, known version, no left-overs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/result.hpp"
#include "merkle/sum_tree.hpp"
#include "podr2/descriptor.hpp"
#include "store/store.hpp"

namespace cess::records {

/// "c": version LE32 = 1, then ten LE64 in this order. sequence grows by one with every batch.
struct Counters {
  std::uint64_t sequence = 0;
  std::uint64_t fragment_count = 0;  ///< leaves of the service index
  std::uint64_t file_count = 0;
  std::uint64_t fragment_bytes = 0;
  std::uint64_t tag_bytes = 0;
  std::uint64_t manifest_bytes = 0;
  std::uint64_t tagger_bytes = 0;
  std::uint64_t folder_bytes = 0;  ///< what fan-out folders took
  std::uint64_t sidecar_count = 0;
  std::uint64_t tagger_count = 0;
  friend bool operator==(const Counters&, const Counters&) = default;
};
std::string counters_key();
std::string config_key();
std::string encode_counters(const Counters& c);
Result<Counters> parse_counters(std::string_view value);

std::string fragment_key(const FragId& id);
/// descriptor 142, position LE64, sidecar 32, tag offset LE32, tag size LE32 (190 bytes).
std::string encode_fragment(const StoredFragment& f);
/// The id is recomputed from the descriptor and compared.
Result<StoredFragment> parse_fragment(const FragId& id, std::string_view value);

std::string place_prefix(const FileId& file);
std::string place_key(const FileId& file, std::uint32_t segment, std::uint16_t replica,
                      std::uint16_t index);

std::string position_key(std::uint64_t position);
/// frag_id 32, LE32 blocks, tagger_id 32.
std::string encode_entry(const IndexEntry& e);
Result<IndexEntry> parse_entry(std::string_view value);

std::string node_key(std::uint32_t level, std::uint64_t index);
/// hash 32, LE64 sum.
std::string encode_node(const SumNode& n);
Result<SumNode> parse_node(std::string_view value);

std::string file_key(const Fid& fid);
std::string fid_key(const FileId& file);
/// file_id 32, LE64 size of the manifest, SHA-256 of the manifest.
std::string encode_file(const StoredFile& f);
Result<StoredFile> parse_file(const Fid& fid, std::string_view value);

/// Sidecars and tagger keys: LE64 size, LE64 fragments that refer to it.
struct Shared {
  std::uint64_t size = 0;
  std::uint64_t reference_count = 0;
  friend bool operator==(const Shared&, const Shared&) = default;
};
std::string sidecar_key(const Hash256& id);
std::string tagger_key(const TaggerId& id);
std::string encode_shared(const Shared& s);
Result<Shared> parse_shared(std::string_view value);

/// A 32-byte id as a value.
template <class IdType>
std::string encode_id(const IdType& id) {
  return std::string(as_text(id.view()));
}
template <class IdType>
Result<IdType> parse_id_value(std::string_view value, std::string_view what) {
  if (value.size() != IdType::kSize) {
    return fail(Code::system, "index: " + std::string(what) + " has " +
                                  std::to_string(value.size()) + " bytes, expected 32");
  }
  return IdType::from(as_bytes(value));
}

}  // namespace cess::records
