// SPDX-License-Identifier: Apache-2.0
#include "store_source.hpp"

#include "base/hex.hpp"

namespace cess {
namespace {

/// A megabyte each, and a quarter of a second to read.
constexpr std::size_t kSourceKeysMax = 16;

}  // namespace

Result<std::unique_ptr<StoreSource>> StoreSource::open(const std::string& path) {
  CESS_TRY_ASSIGN(auto store, StoreReader::open(path));
  return std::unique_ptr<StoreSource>(new StoreSource(std::move(store)));
}

Result<AuditSource::Hit> StoreSource::find(std::uint64_t block) {
  CESS_TRY_ASSIGN(const BlockHit hit, store_->service_find(block));
  return Hit{hit.position, hit.entry, static_cast<std::uint32_t>(hit.block_in_fragment)};
}

Result<Descriptor> StoreSource::descriptor(const FragId& frag) {
  CESS_TRY_ASSIGN(const StoredFragment stored, store_->fragment(frag));
  return stored.descriptor;
}

Result<TagFile> StoreSource::tag_file(const FragId& frag) {
  CESS_TRY_ASSIGN(const StoredFragment stored, store_->fragment(frag));
  return store_->tag_file(stored);
}

Result<TaggerPublic> StoreSource::tagger(const TaggerId& id) {
  if (const auto known = keys_.find(id); known != keys_.end()) return known->second;
  const std::string name = "tagger " + to_hex(id);
  CESS_TRY_ASSIGN(const Bytes file, store_->tagger_public(id));
  auto key = parse_tagger_public(file);
  if (!key) return fail(Code::input, name + ": " + key.error().message);
  if (key->head.id != id) return fail(Code::input, name + ": its file holds another key");
  if (keys_.size() >= kSourceKeysMax) keys_.clear();
  return keys_.emplace(id, std::move(*key)).first->second;
}

}  // namespace cess
