// SPDX-License-Identifier: Apache-2.0
// Files without an entry, counts by looking, and restoring damaged blobs.
#include "base/check.hpp"
#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "merkle/tree.hpp"
#include "podr2/keys.hpp"
#include "store/ack.hpp"
#include "store/backend.hpp"
#include "store/budget.hpp"
#include "store/fillers.hpp"
#include "store/index_ops.hpp"
#include "store/layout.hpp"
#include "store/writer.hpp"

#include <unistd.h>

#include <cerrno>
#include <map>

namespace cess {

using namespace detail;

namespace {

constexpr BlobKind kKinds[] = {BlobKind::fragment, BlobKind::sidecar, BlobKind::manifest,
                               BlobKind::tagger};

/// Blobs without a record, and files that are no blobs.
struct Orphans {
  std::vector<BlobName> names;
  std::vector<std::uint64_t> sizes;
  std::vector<std::pair<std::string, std::uint64_t>> strays;
};

Result<Orphans> find_orphans(const Backend& backend, const Kv& kv) {
  Orphans out;
  for (const BlobKind kind : kKinds) {
    CESS_TRY(backend.each(
        kind,
        [&](const BlobName& name, std::uint64_t size) -> Status {
          CESS_TRY_ASSIGN(const auto record, kv.get(blob_key(name)));
          if (record) return {};
          out.names.push_back(name);
          out.sizes.push_back(size);
          return {};
        },
        [&](const std::string& path, std::uint64_t size) -> Status {
          out.strays.emplace_back(path, size);
          return {};
        }));
  }
  return out;
}

}  // namespace

Result<StoreStat> StoreReader::stat(bool orphans) const {
  CESS_TRY_ASSIGN(const records::Counters c, load_counters(*kv_));
  CESS_TRY_ASSIGN(const SumNode root, service_root());
  StoreStat s;
  s.config = config_;
  s.fragment_count = c.fragment_count;
  s.block_count = root.sum;
  s.file_count = c.file_count;
  s.fragment_bytes = c.fragment_bytes;
  s.tag_bytes = c.tag_bytes;
  s.manifest_bytes = c.manifest_bytes;
  s.tagger_bytes = c.tagger_bytes;
  s.folder_bytes = c.folder_bytes;
  s.fixed_bytes = kStoreFixedBytes;
  const std::string index = layout::in(path_, "index");
  CESS_TRY_ASSIGN(const auto files, list_dir(index));
  for (const std::string& name : files) {
    const auto size = file_size(layout::in(index, name));
    if (size) s.index_bytes += *size;  // else a compaction took it away
  }
  s.index_reserve_bytes = layout::index_reserve(c.fragment_count);
  CESS_TRY_ASSIGN(s.temporary_bytes, backend_->temporary_bytes());
  CESS_TRY_ASSIGN(const auto idle, fillers::list(path_));
  s.filler_bytes = idle.size_bytes;
  s.used_bytes = s.filler_bytes + s.fixed_bytes + s.fragment_bytes + s.tag_bytes + s.manifest_bytes +
                 s.tagger_bytes + s.folder_bytes + s.temporary_bytes +
                 std::max(s.index_bytes, s.index_reserve_bytes);
  s.idle_bytes = s.used_bytes < config_.capacity_bytes ? config_.capacity_bytes - s.used_bytes : 0;
  CESS_TRY_ASSIGN(const auto marked, backend_->marked());
  s.damaged_count = marked.size();
  if (!orphans) return s;
  CESS_TRY_ASSIGN(const Orphans found, find_orphans(*backend_, *kv_));
  s.orphan_count = found.names.size() + found.strays.size();
  for (const std::uint64_t size : found.sizes) s.orphan_bytes += size;
  for (const auto& [path, size] : found.strays) s.orphan_bytes += size;
  return s;
}

Result<Store::GcResult> Store::collect_garbage() {
  CESS_TRY(usable());
  CESS_TRY_ASSIGN(const Orphans found, find_orphans(*backend_, *kv_));
  GcResult result;
  for (const std::uint64_t size : found.sizes) {
    budget_->adopt(size);
    result.size_bytes += size;
  }
  CESS_TRY(backend_->remove(found.names, found.sizes));
  for (const auto& [path, size] : found.strays) {
    // Folders among fan-out folders are nobody's; only an empty one can go.
    if (::unlink(path.c_str()) != 0 && ::rmdir(path.c_str()) != 0 && errno != ENOENT) {
      return system_error("cannot remove", path, errno);
    }
    result.size_bytes += size;
  }
  result.file_count = found.names.size() + found.strays.size();
  CESS_TRY_ASSIGN(const auto marked, backend_->marked());
  for (const BlobName& name : marked) {
    CESS_TRY_ASSIGN(const bool known, has_record(name));
    if (!known) CESS_TRY(backend_->unmark(name));
  }
  return recount(result);
}

/// Tagger keys nobody refers to go; folder sizes are taken anew.
Result<Store::GcResult> Store::recount(GcResult result) {
  CESS_TRY_ASSIGN(records::Counters c, load_counters(*kv_));
  KvView view(*kv_);
  std::vector<BlobName> names;
  std::vector<std::uint64_t> sizes;
  Status parsed;
  CESS_TRY(kv_->scan("k", "k", [&](std::string_view key, std::string_view value) {
    const auto shared = records::parse_shared(value);
    const auto id = records::parse_id_value<Hash256>(key.substr(1), "tagger_id");
    if (!shared || !id) {
      parsed = tl::unexpected(shared ? id.error() : shared.error());
      return false;
    }
    if (shared->reference_count > 0) return true;
    names.push_back({BlobKind::tagger, *id});
    sizes.push_back(shared->size);
    view.erase(std::string(key));
    c.tagger_bytes -= shared->size;
    --c.tagger_count;
    result.size_bytes += shared->size;
    ++result.file_count;
    return true;
  }));
  CESS_TRY(parsed);
  CESS_TRY_ASSIGN(const std::uint64_t folders, backend_->folder_bytes());
  // The budget has followed the folders that went with the orphans, the counters have not.
  const std::int64_t change = backend_->folder_bytes_change() - folder_change_counted_;
  folder_change_counted_ += change;
  const std::int64_t charged = static_cast<std::int64_t>(c.folder_bytes) + change;
  const std::int64_t more = static_cast<std::int64_t>(folders) - charged;
  if (more > 0) {
    budget_->adopt(static_cast<std::uint64_t>(more));
  } else {
    budget_->release(static_cast<std::uint64_t>(-more));
  }
  if (names.empty() && folders == c.folder_bytes) return result;
  c.folder_bytes = folders;
  CESS_TRY(commit_removal(view, c, names, sizes));
  return result;
}

Result<bool> Store::restore(const BlobName& name, ByteView data, std::uint64_t charged) {
  CESS_TRY(usable());
  auto staged = backend_->stage(name, data);
  if (!staged) {
    // No room for two copies: the stored one is known to be bad, its successor is in memory.
    const BlobName names[] = {name};
    const std::uint64_t sizes[] = {charged};
    CESS_TRY(backend_->remove(names, sizes));
    charged = 0;
    staged = backend_->stage(name, data);
    if (!staged) return tl::unexpected(staged.error());
  }
  const Status done = backend_->publish(std::span(&*staged, 1));
  if (!done) {
    broken_ = true;
    backend_->unstage(*staged);
    return tl::unexpected(done.error());
  }
  budget_->release(charged);
  CESS_TRY(backend_->unmark(name));
  return true;
}

Result<bool> Store::restore_fragment(const StoredFragment& f, ByteView data) {
  if (data.size() != f.descriptor.length || fragment_root(data) != f.descriptor.root) {
    return fail(Code::input,
                "the bytes offered for fragment '" + to_hex(f.id) + "' do not match its root",
                to_hex(f.id));
  }
  if (!is_damaged(f.id)) {
    const auto stored = read_verified(f);
    if (stored) return false;
    if (stored.error().code != Code::no && stored.error().code != Code::system) {
      return tl::unexpected(stored.error());
    }
  }
  return restore(blob(BlobKind::fragment, f.id), data, f.descriptor.length);
}

Result<bool> Store::restore_sidecar(const StoredFragment& f, ByteView data) {
  if (sidecar_id(data) != f.sidecar) {
    return fail(Code::input,
                "the bytes offered for tag sidecar '" + to_hex(f.sidecar) + "' have another id",
                to_hex(f.sidecar));
  }
  if (sidecar(f)) return false;
  return restore(blob(BlobKind::sidecar, f.sidecar), data, data.size());
}

Result<bool> Store::restore_tagger(const TaggerId& id, ByteView data) {
  CESS_TRY_ASSIGN(const TaggerHead offered, parse_tagger_head(data));
  if (offered.id != id) {
    return fail(Code::input,
                "the bytes offered for tagger key '" + to_hex(id) + "' have another id",
                to_hex(id));
  }
  if (tagger_is_good(id)) return false;
  return restore(blob(BlobKind::tagger, id), data, data.size());
}

Result<bool> Store::restore_manifest(const Fid& fid, ByteView data) {
  CESS_TRY_ASSIGN(const auto known, file(fid));
  if (!known)
    return fail(Code::no, "there is no file '" + to_hex(fid) + "' in this store", to_hex(fid));
  if (manifest(fid)) return false;
  CESS_TRY(restore(blob(BlobKind::manifest, fid), data, known->manifest_size));
  // Another copy may differ where the fid does not look: the record follows what is there now.
  CESS_TRY_ASSIGN(records::Counters c, load_counters(*kv_));
  c.manifest_bytes += data.size();
  c.manifest_bytes -= known->manifest_size;
  KvView view(*kv_);
  view.put(records::file_key(fid),
           records::encode_file({fid, known->file, data.size(), sha256(data)}));
  CESS_TRY(write_index(view, c));
  return true;
}

}  // namespace cess
