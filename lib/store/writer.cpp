// SPDX-License-Identifier: Apache-2.0
// Opening for writing, and the order of a commit (DESIGN.md): announce, publish, index, ack,
// conclude.
#include "store/writer.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "podr2/keys.hpp"
#include "store/ack.hpp"
#include "store/backend.hpp"
#include "store/budget.hpp"
#include "store/index_ops.hpp"
#include "store/layout.hpp"
#include "store/lock.hpp"

namespace cess {

using namespace detail;

Store::~Store() {
  kv_.reset();  // it charges the budget to its last breath
  backend_.reset();
}

Status Store::init(const std::string& path, const StoreConfig& config) {
  if (config.capacity_bytes < layout::kCapacityMin) {
    return fail(Code::usage,
                "capacity " + std::to_string(config.capacity_bytes) + " is too small: at least " +
                    std::to_string(layout::kCapacityMin) + " bytes are needed",
                std::to_string(config.capacity_bytes));
  }
  if (path_exists(layout::in(path, layout::kStoreFile))) {
    return fail(Code::usage, "'" + path + "' is a store already", path);
  }
  CESS_TRY(make_dir(path, 0755, true));
  CESS_TRY_ASSIGN(const auto names, list_dir(path));
  for (const std::string& name : names) {
    // lost+found: the root of a fresh ext4 file system.
    constexpr std::string_view kOwn[] = {"lock", "ack",       "index",   "fragments",
                                         "tags", "manifests", "taggers", "damaged",
                                         "tmp",  "lost+found"};
    if (std::find(std::begin(kOwn), std::end(kOwn), name) == std::end(kOwn)) {
      return fail(Code::usage, "folder '" + path + "' is not empty", path);
    }
  }
  Store store;
  store.path_ = path;
  store.config_ = config;
  CESS_TRY_ASSIGN(store.lock_, take_store_lock(path, 0));
  CESS_TRY(create_file_backend(path));
  CESS_TRY(AckFile::create(layout::in(path, "ack"), config.miner));
  const std::string index = layout::in(path, "index");
  CESS_TRY(make_dir(index, 0755, true));
  store.budget_ = std::make_unique<Budget>(config.capacity_bytes);
  const bool again = path_exists(index + "/CURRENT");
  CESS_TRY_ASSIGN(store.kv_, open_rocks(index, !again, *store.budget_));
  CESS_TRY(
      store.kv_->write({{records::counters_key(), records::encode_counters(records::Counters{})},
                        {records::config_key(),
                         records::encode_id(sha256(as_bytes(layout::encode_config(config))))}}));
  CESS_TRY(sync_dir(index));
  // Last: with it the folder is a store.
  return write_file(layout::in(path, layout::kStoreFile), as_bytes(layout::encode_config(config)),
                    {});
}

Result<std::unique_ptr<Store>> Store::open(const std::string& path, std::uint64_t wait_s) {
  std::unique_ptr<Store> store(new Store());
  store->path_ = path;
  CESS_TRY_ASSIGN(store->config_, layout::load_config(path));
  CESS_TRY_ASSIGN(store->lock_, take_store_lock(path, wait_s));
  store->budget_ = std::make_unique<Budget>(store->config_.capacity_bytes);
  store->backend_ = file_backend(path, store->budget_.get());
  CESS_TRY_ASSIGN(AckFile ack, AckFile::open(layout::in(path, "ack"), store->config_.miner));
  store->ack_ = std::make_unique<AckFile>(std::move(ack));
  CESS_TRY_ASSIGN(store->kv_, open_rocks(layout::in(path, "index"), false, *store->budget_));
  CESS_TRY(store->check_sequence(store->ack_->sequence()));
  CESS_TRY(store->check_config());
  CESS_TRY(store->recover());
  return store;
}

/// Charges what the index says is there, removes what a killed writer left.
Status Store::recover() {
  CESS_TRY_ASSIGN(const records::Counters c, load_counters(*kv_));
  budget_->adopt(kStoreFixedBytes + c.fragment_bytes + c.tag_bytes + c.manifest_bytes +
                 c.tagger_bytes + c.folder_bytes);
  budget_->adopt_reserve(layout::index_reserve(c.fragment_count));
  CESS_TRY(remove_folder(layout::in(path_, layout::kIndexNew)));  // a rebuild that was killed
  CESS_TRY(backend_->clear_temporaries());
  CESS_TRY_ASSIGN(const auto announced, backend_->announced());
  std::vector<BlobName> orphans;
  std::vector<std::uint64_t> sizes;
  for (const BlobName& name : announced) {
    CESS_TRY_ASSIGN(const bool known, has_record(name));
    const auto size = backend_->size(name);
    if (known || !size) continue;
    orphans.push_back(name);
    sizes.push_back(*size);
    budget_->adopt(*size);
  }
  CESS_TRY(backend_->remove(orphans, sizes));
  CESS_TRY(backend_->conclude());
  return recover_fillers();
}

Result<bool> Store::has_record(const BlobName& name) const {
  CESS_TRY_ASSIGN(const auto value, kv_->get(blob_key(name)));
  return value.has_value();
}

Status Store::usable() const {
  if (!broken_) return {};
  return fail(Code::system, "store '" + path_ + "' must be opened again after a failed write",
              path_);
}

Status Store::write_index(KvView& view, records::Counters& c) {
  ++c.sequence;
  count_folders(c);
  view.put(records::counters_key(), records::encode_counters(c));
  CESS_TRY(kv_->write(view.changes()));
  return ack_->acknowledge(c.sequence);
}

/// Folders grow and shrink by measured steps. What a killed process could not count is gc's to
/// find.
void Store::count_folders(records::Counters& c) {
  const std::int64_t change = backend_->folder_bytes_change() - folder_change_counted_;
  const auto folders = static_cast<std::int64_t>(c.folder_bytes) + change;
  c.folder_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(folders, 0));
  folder_change_counted_ += change;
}

Status Store::commit(KvView& view, records::Counters& c, std::span<const StagedBlob> staged) {
  CESS_TRY(usable());
  std::vector<BlobName> names;
  for (const StagedBlob& s : staged) names.push_back(s.name);
  Status done = backend_->announce(names);
  if (done) done = backend_->publish(staged);
  if (!done) {
    roll_back(staged);
    return done;
  }
  broken_ = true;  // until the index has it: a failed write may or may not have reached the disk
  CESS_TRY(write_index(view, c));
  broken_ = false;
  return backend_->conclude();
}

Status Store::commit_removal(KvView& view, records::Counters& c, std::span<const BlobName> names,
                             std::span<const std::uint64_t> sizes) {
  CESS_TRY(usable());
  broken_ = true;
  CESS_TRY(backend_->announce(names));
  CESS_TRY(write_index(view, c));
  CESS_TRY(backend_->remove(names, sizes));
  for (const BlobName& name : names) CESS_TRY(backend_->unmark(name));
  CESS_TRY(backend_->conclude());
  if (backend_->folder_bytes_change() != folder_change_counted_) {
    count_folders(c);
    CESS_TRY(kv_->write({{records::counters_key(), records::encode_counters(c)}}));
  }
  budget_->adopt_reserve(layout::index_reserve(c.fragment_count));
  broken_ = false;
  return {};
}

/// The index has not been touched: whatever of the group got its name is rubbish, unless an older
/// blob of that name is on record.
void Store::roll_back(std::span<const StagedBlob> staged) {
  broken_ = true;
  for (const StagedBlob& s : staged) {
    const auto known = has_record(s.name);
    if (!known || *known) continue;
    const BlobName names[] = {s.name};
    const std::uint64_t sizes[] = {0};
    if (!backend_->remove(names, sizes)) return;  // the announcement stays, recovery will do it
  }
  if (!backend_->clear_temporaries()) return;
  static_cast<void>(backend_->conclude());
}

Status Store::put_shared_file(const BlobName& name, ByteView data, const std::string& key) {
  CESS_TRY_ASSIGN(const auto known, load_shared(*kv_, key));
  if (known) return {};
  CESS_TRY_ASSIGN(const StagedBlob staged, backend_->stage(name, data));
  CESS_TRY_ASSIGN(records::Counters c, load_counters(*kv_));
  KvView view(*kv_);
  view.put(key, records::encode_shared({data.size(), 0}));
  c.tagger_bytes += data.size();
  ++c.tagger_count;
  return commit(view, c, std::span(&staged, 1));
}

Status Store::put_tagger(const TaggerId& id, ByteView file) {
  CESS_TRY(usable());
  CESS_TRY_ASSIGN(const TaggerHead head, parse_tagger_head(file));
  if (head.id != id) {
    return fail(Code::input,
                "tagger key '" + to_hex(id) + "' is in truth '" + to_hex(head.id) + "'",
                to_hex(id));
  }
  return put_shared_file(blob(BlobKind::tagger, id), file, records::tagger_key(id));
}

Status Store::put_manifest(const Fid& fid, const FileId& file, ByteView manifest) {
  CESS_TRY(usable());
  CESS_TRY_ASSIGN(const auto known, load_file(*kv_, fid));
  if (known) return {};
  CESS_TRY_ASSIGN(const auto other, load_fid(*kv_, file));
  if (other) {
    return fail(Code::input,
                "file_id '" + to_hex(file) + "' is stored already, as fid '" + to_hex(*other) + "'",
                to_hex(fid));
  }
  CESS_TRY_ASSIGN(const StagedBlob staged,
                  backend_->stage(blob(BlobKind::manifest, fid), manifest));
  CESS_TRY_ASSIGN(records::Counters c, load_counters(*kv_));
  KvView view(*kv_);
  view.put(records::file_key(fid),
           records::encode_file({fid, file, manifest.size(), sha256(manifest)}));
  view.put(records::fid_key(file), records::encode_id(fid));
  c.manifest_bytes += manifest.size();
  ++c.file_count;
  return commit(view, c, std::span(&staged, 1));
}

Status Store::remove_manifest(const Fid& fid) {
  CESS_TRY_ASSIGN(const auto known, load_file(*kv_, fid));
  if (!known)
    return fail(Code::no, "there is no file '" + to_hex(fid) + "' in this store", to_hex(fid));
  CESS_TRY_ASSIGN(records::Counters c, load_counters(*kv_));
  KvView view(*kv_);
  view.erase(records::file_key(fid));
  view.erase(records::fid_key(known->file));
  c.manifest_bytes -= known->manifest_size;
  --c.file_count;
  const BlobName names[] = {blob(BlobKind::manifest, fid)};
  const std::uint64_t sizes[] = {known->manifest_size};
  return commit_removal(view, c, names, sizes);
}

namespace {

/// One reference less; at zero the blob goes.
Status drop_reference(KvView& view, const std::string& key, const BlobName& name,
                      std::uint64_t& bytes, std::uint64_t& count, std::vector<BlobName>& names,
                      std::vector<std::uint64_t>& sizes) {
  CESS_TRY_ASSIGN(auto shared, load_shared(view, key));
  if (!shared) return {};
  if (--shared->reference_count > 0) {
    view.put(key, records::encode_shared(*shared));
    return {};
  }
  view.erase(key);
  bytes -= shared->size;
  --count;
  names.push_back(name);
  sizes.push_back(shared->size);
  return {};
}

}  // namespace

Status Store::remove_fragments(std::span<const FragId> ids) {
  CESS_CHECK(ids.size() <= kBatchMax);
  CESS_TRY(usable());
  CESS_TRY_ASSIGN(records::Counters c, load_counters(*kv_));
  KvView view(*kv_);
  std::vector<BlobName> names;
  std::vector<std::uint64_t> sizes;
  for (const FragId& id : ids) {
    CESS_TRY_ASSIGN(const auto f, load_fragment(view, id));
    if (!f)
      return fail(Code::no, "there is no fragment '" + to_hex(id) + "' in this store", to_hex(id));
    CESS_TRY(index_remove(view, c, *f));
    names.push_back(blob(BlobKind::fragment, id));
    sizes.push_back(f->descriptor.length);
    CESS_TRY(drop_reference(view, records::sidecar_key(f->sidecar),
                            blob(BlobKind::sidecar, f->sidecar), c.tag_bytes, c.sidecar_count,
                            names, sizes));
    const TaggerId& tagger = f->descriptor.tagger;
    if (tagger.is_zero()) continue;
    CESS_TRY(drop_reference(view, records::tagger_key(tagger), blob(BlobKind::tagger, tagger),
                            c.tagger_bytes, c.tagger_count, names, sizes));
  }
  return commit_removal(view, c, names, sizes);
}

}  // namespace cess
