// SPDX-License-Identifier: Apache-2.0
// Typed reads and writes of the index over any Kv: the place where records and keys meet.
#pragma once

#include "store/backend.hpp"
#include "store/kv.hpp"
#include "store/records.hpp"

namespace cess::detail {

/// Sum-tree nodes in the index. Writing needs a KvView.
class KvSumNodes final : public SumNodes {
 public:
  explicit KvSumNodes(const Kv& kv, KvView* out = nullptr) : kv_(kv), out_(out) {}
  Result<SumNode> get(std::uint32_t level, std::uint64_t index) override;
  Status put(std::uint32_t level, std::uint64_t index, const SumNode& node) override;
  Status erase(std::uint32_t level, std::uint64_t index) override;

 private:
  const Kv& kv_;
  KvView* out_;
};

Result<records::Counters> load_counters(const Kv& kv);
Result<std::optional<StoredFragment>> load_fragment(const Kv& kv, const FragId& id);
Result<IndexEntry> load_entry(const Kv& kv, std::uint64_t position);
Result<std::optional<FragId>> load_place(const Kv& kv, const FileId& file, std::uint32_t segment,
                                         std::uint16_t replica, std::uint16_t index);
Result<std::optional<StoredFile>> load_file(const Kv& kv, const Fid& fid);
Result<std::optional<Fid>> load_fid(const Kv& kv, const FileId& file);
Result<std::optional<records::Shared>> load_shared(const Kv& kv, const std::string& key);

/// Appends a fragment to the service index and files it; `f.position` is set. Counters are updated
/// in `c`.
Status index_append(KvView& kv, records::Counters& c, StoredFragment& f);
/// Takes a fragment out, the last one moves into its position.
Status index_remove(KvView& kv, records::Counters& c, const StoredFragment& f);

/// The key of the record that makes a blob more than an orphan.
std::string blob_key(const BlobName& name);
IndexEntry entry_of(const StoredFragment& f);

}  // namespace cess::detail
