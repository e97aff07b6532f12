// SPDX-License-Identifier: Apache-2.0
#include "store/rebuild_index.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <map>

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

namespace {

constexpr std::size_t kChangesMax = 4096;
constexpr std::string_view kDescriptorMagic = "CESSFRG1";

/// What can still be read of the old index.
struct Salvage {
  std::vector<FragId> order;
  std::map<Fid, StoredFile> files;
  std::uint64_t sequence = 0;
};

Salvage salvage(const std::string& index) {
  Salvage s;
  const auto kv = open_rocks_reader(index);
  if (!kv) return s;
  const auto counters = load_counters(**kv);
  if (counters) s.sequence = counters->sequence;
  // Failures end a scan early; what was read until then is checked against the files later.
  static_cast<void>((*kv)->scan("p", "p", [&](std::string_view, std::string_view value) {
    if (const auto e = records::parse_entry(value)) s.order.push_back(e->frag);
    return true;
  }));
  static_cast<void>((*kv)->scan("m", "m", [&](std::string_view key, std::string_view value) {
    const auto fid = records::parse_id_value<Fid>(key.substr(1), "fid");
    if (!fid) return true;
    if (const auto f = records::parse_file(*fid, value)) s.files.emplace(*fid, *f);
    return true;
  }));
  return s;
}

class Rebuilder {
 public:
  Rebuilder(std::string path, StoreConfig config, const ManifestReader& read_manifest)
      : path_(std::move(path)),
        config_(std::move(config)),
        read_manifest_(read_manifest),
        budget_(config_.capacity_bytes),
        backend_(file_backend(path_, &budget_)) {}

  Result<RebuiltIndex> run() {
    const std::string fresh = layout::in(path_, layout::kIndexNew);
    CESS_TRY(remove_folder(fresh));
    CESS_TRY(backend_->clear_temporaries());
    old_ = salvage(layout::in(path_, "index"));
    CESS_TRY(adopt_files());
    CESS_TRY(read_sidecars());
    CESS_TRY(make_dir(fresh, 0755, true));
    CESS_TRY_ASSIGN(kv_, open_rocks(fresh, true, budget_));
    view_ = std::make_unique<KvView>(*kv_);
    CESS_TRY(add_fragments());
    CESS_TRY(add_shared());
    CESS_TRY(add_manifests());
    CESS_TRY(finish());
    return result_;
  }

 private:
  /// What lies there counts against the capacity, the old index included.
  Status adopt_files() {
    budget_.adopt(kStoreFixedBytes);
    const auto stray = [&](const std::string&, std::uint64_t size) -> Status {
      budget_.adopt(size);
      orphan_bytes_ += size;
      return {};
    };
    const auto count = [&](const BlobName& name, std::uint64_t size) -> Status {
      budget_.adopt(size);
      if (name.kind == BlobKind::fragment) present_.emplace(FragId::from(name.id.view()), size);
      if (name.kind == BlobKind::tagger) {
        taggers_.emplace(name.id, records::Shared{size, 0});
      } else {
        orphan_bytes_ += size;  // until something names it
      }
      return {};
    };
    for (const BlobKind kind :
         {BlobKind::fragment, BlobKind::sidecar, BlobKind::manifest, BlobKind::tagger}) {
      CESS_TRY(backend_->each(kind, count, stray));
    }
    CESS_TRY_ASSIGN(counters_.folder_bytes, backend_->folder_bytes());
    budget_.adopt(counters_.folder_bytes);
    const auto files = list_dir(layout::in(path_, "index"));
    if (!files) return {};
    for (const std::string& name : *files) {
      const auto size = file_size(layout::in(path_, "index/" + name));
      if (size) budget_.adopt_index(*size);
    }
    return {};
  }

  Status read_sidecars() {
    return backend_->each(
        BlobKind::sidecar,
        [&](const BlobName& name, std::uint64_t size) -> Status {
          if (size > layout::kSidecarSizeMax) return {};
          Bytes bytes(size);
          if (!backend_->read(name, 0, bytes)) return {};
          read_sidecar(name.id, bytes);
          return {};
        },
        [](const std::string&, std::uint64_t) -> Status { return {}; });
  }

  /// A descriptor proves itself by hashing to a fragment's name, even in a damaged sidecar: past a
  /// bad one the search goes on for the next.
  void read_sidecar(const Hash256& id, ByteView bytes) {
    constexpr std::size_t kHead = kDescriptorSize + 64;
    std::size_t offset = 0;
    while (bytes.size() - offset >= kHead) {
      std::size_t next = offset + 1;
      const auto d = parse_descriptor(bytes.subspan(offset, kDescriptorSize));
      if (d) {
        const std::size_t tags =
            d->suite == AuditSuite::sw_kzg ? std::size_t{d->blocks()} * kTagSize : 0;
        const FragId frag = frag_id(*d);
        if (tags <= bytes.size() - offset - kHead) {
          const std::size_t end = offset + kHead + tags;
          if (present_.contains(frag)) {
            StoredFragment f;
            f.id = frag;
            f.descriptor = *d;
            f.sidecar = id;
            f.tag_offset = static_cast<std::uint32_t>(offset);
            f.tag_size = static_cast<std::uint32_t>(kHead + tags);
            described_.emplace(frag, f);
            next = end;
          } else if (find_descriptor(bytes, end) == end) {
            next = end;  // else its length may be what is damaged
          }
        }
      }
      offset = find_descriptor(bytes, next);
    }
  }

  /// The offset of the next descriptor's magic, or the end.
  static std::size_t find_descriptor(ByteView bytes, std::size_t from) {
    return std::min(as_text(bytes).find(kDescriptorMagic, from), bytes.size());
  }

  Status add_fragments() {
    for (const FragId& id : old_.order) {
      const auto it = described_.find(id);
      if (it == described_.end()) {
        if (!present_.contains(id)) ++result_.missing_count;
        continue;
      }
      CESS_TRY(add_fragment(it->second));
      described_.erase(it);
      ++result_.kept_order_count;
    }
    for (auto& [id, f] : described_) CESS_TRY(add_fragment(f));
    result_.fragment_count = counters_.fragment_count;
    result_.unnamed_count = present_.size() - counters_.fragment_count;
    return {};
  }

  Status add_fragment(StoredFragment& f) {
    const Descriptor& d = f.descriptor;
    CESS_TRY_ASSIGN(const auto there, load_place(*view_, d.file, d.segment, d.replica, d.fragment));
    if (there) return {};
    CESS_TRY(index_append(*view_, counters_, f));
    orphan_bytes_ -= std::min(present_.at(f.id), d.length);
    ++sidecars_[f.sidecar].reference_count;
    if (!d.tagger.is_zero()) {
      // A key that is missing is put on record all the same, for repair to fetch.
      auto& tagger = taggers_[Hash256::from(d.tagger.view())];
      if (tagger.size == 0) tagger.size = kTaggerPublicSize;
      ++tagger.reference_count;
    }
    return flush(kChangesMax);
  }

  Status add_shared() {
    for (auto& [id, shared] : sidecars_) {
      CESS_TRY_ASSIGN(shared.size, backend_->size({BlobKind::sidecar, id}));
      view_->put(records::sidecar_key(id), records::encode_shared(shared));
      counters_.tag_bytes += shared.size;
      orphan_bytes_ -= shared.size;
      ++counters_.sidecar_count;
      CESS_TRY(flush(kChangesMax));
    }
    for (const auto& [id, shared] : taggers_) {
      view_->put(records::tagger_key(TaggerId::from(id.view())), records::encode_shared(shared));
      counters_.tagger_bytes += shared.size;
      ++counters_.tagger_count;
    }
    return {};
  }

  Status add_manifests() {
    return backend_->each(
        BlobKind::manifest,
        [&](const BlobName& name, std::uint64_t size) -> Status {
          const Fid fid = Fid::from(name.id.view());
          Bytes text(std::min(size, layout::kManifestSizeMax));
          std::optional<StoredFile> f;
          if (backend_->read(name, 0, text)) f = read_manifest_(text);
          if (f) f->manifest_hash = sha256(ByteView(text));
          if (!f || f->fid != fid) {
            const auto it = old_.files.find(fid);  // damaged: kept on record for repair
            if (it == old_.files.end()) return {};
            f = it->second;
          }
          CESS_TRY_ASSIGN(const auto other, load_fid(*view_, f->file));
          if (other) return {};
          view_->put(records::file_key(fid),
                     records::encode_file({fid, f->file, size, f->manifest_hash}));
          view_->put(records::fid_key(f->file), records::encode_id(fid));
          counters_.manifest_bytes += size;
          orphan_bytes_ -= size;
          ++counters_.file_count;
          return flush(kChangesMax);
        },
        [](const std::string&, std::uint64_t) -> Status { return {}; });
  }

  Status flush(std::size_t at_least) {
    if (view_->changes().size() < at_least) return {};
    CESS_TRY(kv_->write(view_->changes()));
    view_ = std::make_unique<KvView>(*kv_);
    return {};
  }

  Status finish() {
    const std::string ack_path = layout::in(path_, "ack");
    const auto acknowledged = AckFile::read(ack_path, config_.miner);
    counters_.sequence = std::max(acknowledged ? *acknowledged : 0, old_.sequence) + 1;
    result_.file_count = counters_.file_count;
    // Orphans take room until gc removes them; gc measures the folders, which ends this charge.
    counters_.folder_bytes += orphan_bytes_;
    view_->put(records::config_key(),
               records::encode_id(sha256(as_bytes(layout::encode_config(config_)))));
    view_->put(records::counters_key(), records::encode_counters(counters_));
    CESS_TRY(flush(0));
    view_.reset();
    kv_.reset();
    CESS_TRY(swap());
    if (!acknowledged) CESS_TRY(AckFile::create(ack_path, config_.miner));
    CESS_TRY_ASSIGN(AckFile ack, AckFile::open(ack_path, config_.miner));
    CESS_TRY(ack.acknowledge(counters_.sequence));
    return backend_->conclude();
  }

  /// The new index in the place of the old, in one step where the file system can.
  Status swap() {
    const std::string fresh = layout::in(path_, layout::kIndexNew);
    const std::string index = layout::in(path_, "index");
    CESS_TRY(sync_dir(fresh));
    if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, index.c_str(), RENAME_EXCHANGE) != 0) {
      // No old one, or no such call: a kill between the two steps asks for one more rebuild.
      CESS_TRY(remove_folder(index));
      if (::rename(fresh.c_str(), index.c_str()) != 0)
        return system_error("cannot rename", fresh, errno);
    }
    CESS_TRY(sync_dir(path_));
    return remove_folder(fresh);
  }

  std::string path_;
  StoreConfig config_;
  const ManifestReader& read_manifest_;
  Budget budget_;
  std::unique_ptr<Backend> backend_;
  Salvage old_;
  std::map<FragId, std::uint64_t> present_;  ///< with the sizes of their files
  std::map<FragId, StoredFragment> described_;
  std::map<Hash256, records::Shared> sidecars_;
  std::map<Hash256, records::Shared> taggers_;
  std::uint64_t orphan_bytes_ = 0;  ///< in files that the new index does not name
  records::Counters counters_;
  std::unique_ptr<Kv> kv_;
  std::unique_ptr<KvView> view_;
  RebuiltIndex result_;
};

}  // namespace

Result<RebuiltIndex> rebuild_index(const std::string& path, std::uint64_t wait_s,
                                   const ManifestReader& read_manifest) {
  CESS_TRY_ASSIGN(const StoreConfig config, layout::load_config(path));
  CESS_TRY_ASSIGN(const Fd lock, take_store_lock(path, wait_s));
  return Rebuilder(path, config, read_manifest).run();
}

}  // namespace cess
