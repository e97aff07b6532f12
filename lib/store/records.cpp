// SPDX-License-Identifier: Apache-2.0
#include "store/records.hpp"

#include "base/codec.hpp"

namespace cess::records {
namespace {

constexpr std::uint32_t kCountersVersion = 1;

std::string text_of(Writer& w) { return std::string(as_text(w.bytes())); }

template <class IdType>
std::string letter_and_id(char letter, const IdType& id) {
  std::string key(1, letter);
  key += as_text(id.view());
  return key;
}

template <std::unsigned_integral T>
void add_be(std::string& key, T v) {
  std::uint8_t b[sizeof(T)];
  store_be(b, v);
  key += as_text(ByteView{b, sizeof(T)});
}

}  // namespace

std::string counters_key() { return "c"; }
std::string config_key() { return "j"; }

std::string encode_counters(const Counters& c) {
  Writer w;
  w.le(kCountersVersion).le(c.sequence).le(c.fragment_count).le(c.file_count).le(c.fragment_bytes);
  w.le(c.tag_bytes).le(c.manifest_bytes).le(c.tagger_bytes).le(c.folder_bytes);
  w.le(c.sidecar_count).le(c.tagger_count);
  return text_of(w);
}

Result<Counters> parse_counters(std::string_view value) {
  Reader r(as_bytes(value), "index counters");
  Counters c;
  CESS_TRY_ASSIGN(const auto version, r.le<std::uint32_t>("version"));
  if (version != kCountersVersion) return r.refuse("unknown version");
  for (std::uint64_t* field :
       {&c.sequence, &c.fragment_count, &c.file_count, &c.fragment_bytes, &c.tag_bytes,
        &c.manifest_bytes, &c.tagger_bytes, &c.folder_bytes, &c.sidecar_count, &c.tagger_count}) {
    CESS_TRY_ASSIGN(*field, r.le<std::uint64_t>("counter"));
  }
  CESS_TRY(r.end());
  return c;
}

std::string fragment_key(const FragId& id) { return letter_and_id('f', id); }

std::string encode_fragment(const StoredFragment& f) {
  Writer w;
  const auto descriptor = encode_descriptor(f.descriptor);
  w.raw(ByteView(descriptor)).le(f.position).id(f.sidecar).le(f.tag_offset).le(f.tag_size);
  return text_of(w);
}

Result<StoredFragment> parse_fragment(const FragId& id, std::string_view value) {
  Reader r(as_bytes(value), "fragment record");
  StoredFragment f;
  f.id = id;
  CESS_TRY_ASSIGN(const ByteView descriptor, r.raw(kDescriptorSize, "descriptor"));
  CESS_TRY_ASSIGN(f.descriptor, parse_descriptor(descriptor));
  if (frag_id(f.descriptor) != id) return r.refuse("descriptor does not match the id");
  CESS_TRY_ASSIGN(f.position, r.le<std::uint64_t>("position"));
  CESS_TRY_ASSIGN(f.sidecar, r.id<Hash256>("sidecar"));
  CESS_TRY_ASSIGN(f.tag_offset, r.le<std::uint32_t>("tag offset"));
  CESS_TRY_ASSIGN(f.tag_size, r.le<std::uint32_t>("tag size"));
  CESS_TRY(r.end());
  return f;
}

std::string place_prefix(const FileId& file) { return letter_and_id('l', file); }

std::string place_key(const FileId& file, std::uint32_t segment, std::uint16_t replica,
                      std::uint16_t index) {
  std::string key = place_prefix(file);
  add_be(key, segment);
  add_be(key, replica);
  add_be(key, index);
  return key;
}

std::string position_key(std::uint64_t position) {
  std::string key = "p";
  add_be(key, position);
  return key;
}

std::string encode_entry(const IndexEntry& e) {
  Writer w;
  w.id(e.frag).le(e.blocks).id(e.tagger);
  return text_of(w);
}

Result<IndexEntry> parse_entry(std::string_view value) {
  Reader r(as_bytes(value), "service index entry");
  IndexEntry e;
  CESS_TRY_ASSIGN(e.frag, r.id<FragId>("frag_id"));
  CESS_TRY_ASSIGN(e.blocks, r.le<std::uint32_t>("blocks"));
  CESS_TRY_ASSIGN(e.tagger, r.id<TaggerId>("tagger_id"));
  CESS_TRY(r.end());
  return e;
}

std::string node_key(std::uint32_t level, std::uint64_t index) {
  std::string key = "s";
  add_be(key, static_cast<std::uint8_t>(level));
  add_be(key, index);
  return key;
}

std::string encode_node(const SumNode& n) {
  Writer w;
  w.id(n.hash).le(n.sum);
  return text_of(w);
}

Result<SumNode> parse_node(std::string_view value) {
  Reader r(as_bytes(value), "sum-tree node");
  SumNode n;
  CESS_TRY_ASSIGN(n.hash, r.id<Hash256>("hash"));
  CESS_TRY_ASSIGN(n.sum, r.le<std::uint64_t>("sum"));
  CESS_TRY(r.end());
  return n;
}

std::string file_key(const Fid& fid) { return letter_and_id('m', fid); }
std::string fid_key(const FileId& file) { return letter_and_id('n', file); }

std::string encode_file(const StoredFile& f) {
  Writer w;
  w.id(f.file).le(f.manifest_size).id(f.manifest_hash);
  return text_of(w);
}

Result<StoredFile> parse_file(const Fid& fid, std::string_view value) {
  Reader r(as_bytes(value), "file record");
  StoredFile f;
  f.fid = fid;
  CESS_TRY_ASSIGN(f.file, r.id<FileId>("file_id"));
  CESS_TRY_ASSIGN(f.manifest_size, r.le<std::uint64_t>("manifest size"));
  CESS_TRY_ASSIGN(f.manifest_hash, r.id<Hash256>("manifest hash"));
  CESS_TRY(r.end());
  return f;
}

std::string sidecar_key(const Hash256& id) { return letter_and_id('t', id); }
std::string tagger_key(const TaggerId& id) { return letter_and_id('k', id); }

std::string encode_shared(const Shared& s) {
  Writer w;
  w.le(s.size).le(s.reference_count);
  return text_of(w);
}

Result<Shared> parse_shared(std::string_view value) {
  Reader r(as_bytes(value), "shared blob record");
  Shared s;
  CESS_TRY_ASSIGN(s.size, r.le<std::uint64_t>("size"));
  CESS_TRY_ASSIGN(s.reference_count, r.le<std::uint64_t>("references"));
  CESS_TRY(r.end());
  return s;
}

}  // namespace cess::records
