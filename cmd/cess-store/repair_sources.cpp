// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <algorithm>

#include "merkle/tree.hpp"
#include "repair.hpp"

namespace cess {
namespace {

constexpr std::size_t kSourceTagFilesMax = 65'025;

class StoreSource final : public RepairSource {
 public:
  StoreSource(const StoreReader& store, std::string name) : store_(store), name_(std::move(name)) {}
  std::string name() const override { return name_; }

  std::optional<CheckedManifest> manifest(const Fid* fid, const FileId* file) override {
    std::optional<Fid> id;
    if (fid != nullptr) {
      id = *fid;
    } else if (const auto found = store_.fid_of(*file)) {
      id = *found;
    }
    if (!id) return std::nullopt;
    auto m = load_manifest(store_, *id);
    if (!m) return std::nullopt;
    return std::move(*m);
  }

  bool begin(const FileId& file) override {
    file_ = file;
    return true;
  }

  std::optional<Bytes> fragment(const FragmentPos& pos, const Hash256& root) override {
    const auto id = store_.fragment_at(file_, pos.segment, pos.index, pos.replica);
    if (!id || !*id) return std::nullopt;
    const auto f = store_.fragment(**id);
    if (!f || f->descriptor.root != root) return std::nullopt;
    auto data = store_.read_verified(*f);
    if (!data) return std::nullopt;
    return std::move(*data);
  }

  std::vector<Bytes> tag_files(std::uint32_t segment) override {
    std::vector<Bytes> out;
    std::optional<Hash256> seen;
    // Fragments of one segment mostly share one sidecar.
    static_cast<void>(store_.each_fragment_of(file_, [&](const StoredFragment& f) -> Status {
      if (f.descriptor.segment < segment) return {};
      if (f.descriptor.segment > segment) return fail(Code::no, "past it");
      if (seen == f.sidecar) return {};
      const auto sidecar = store_.sidecar(f);
      if (!sidecar) return {};
      const auto tags = parse_tag_files(*sidecar, kSourceTagFilesMax);
      if (!tags) return {};
      for (const TagFile& t : *tags) out.push_back(encode_tag_file(t));
      seen = f.sidecar;
      return {};
    }));
    return out;
  }

  std::optional<Bytes> tagger(const TaggerId& id) override {
    if (!store_.has_tagger(id)) return std::nullopt;
    auto key = store_.tagger_public(id);
    if (!key) return std::nullopt;
    return std::move(*key);
  }

 private:
  const StoreReader& store_;
  std::string name_;
  FileId file_;
};

class BundleStream final : public RepairSource {
 public:
  explicit BundleStream(std::string path) : path_(std::move(path)) {}
  std::string name() const override { return path_; }

  std::optional<CheckedManifest> manifest(const Fid* fid, const FileId* file) override {
    if (!manifest_known_) read_manifest();
    if (!manifest_) return std::nullopt;
    if (fid != nullptr && manifest_->manifest.fid != *fid) return std::nullopt;
    if (file != nullptr && manifest_->manifest.file != *file) return std::nullopt;
    return manifest_;
  }

  bool begin(const FileId& file) override {
    window_.clear();
    next_.reset();
    taggers_.clear();
    source_.reset();
    if (!open() || !advance() || next_->kind != EntryKind::header) return false;
    const auto header = parse_header(next_->data);
    if (!header || file_id(*header) != file) {
      source_.reset();
      return false;
    }
    return true;
  }

  std::optional<Bytes> fragment(const FragmentPos& pos, const Hash256& root) override {
    load(pos.segment);
    for (const BundleEntry& e : window_) {
      if (e.kind != EntryKind::fragment || e.pos != pos || e.root != root) continue;
      if (fragment_root(e.data) == root) return e.data;
    }
    return std::nullopt;
  }

  std::vector<Bytes> tag_files(std::uint32_t segment) override {
    load(segment);
    std::vector<Bytes> out;
    for (const BundleEntry& e : window_) {
      if (e.kind == EntryKind::tags) out.push_back(e.data);
    }
    return out;
  }

  std::optional<Bytes> tagger(const TaggerId& id) override {
    for (const BundleEntry& e : taggers_) {
      if (e.tagger == id) return e.data;
    }
    return std::nullopt;
  }

 private:
  bool open() {
    struct stat st {};
    if (::stat(path_.c_str(), &st) == 0 && S_ISDIR(st.st_mode)) {
      auto folder = folder_reader(path_);
      if (folder) source_ = std::move(*folder);
    } else if (auto fd = open_read(path_)) {
      fd_ = std::move(*fd);
      source_ = bundle_reader(fd_.get(), path_);
    }
    return source_ != nullptr;
  }

  /// The next entry into next_; false at the end or at the first defect: what came before was
  /// whole.
  bool advance() {
    if (!source_) return false;
    BundleEntry entry;
    const auto more = source_->next(entry);
    if (!more || !*more) {
      source_.reset();
      next_.reset();
      return false;
    }
    next_ = std::move(entry);
    return true;
  }

  /// Moves the window to `segment`; it only goes forward.
  void load(std::uint32_t segment) {
    if (!window_.empty() && window_.front().pos.segment == segment) return;
    window_.clear();
    while (next_) {
      const bool placed = next_->kind == EntryKind::fragment || next_->kind == EntryKind::tags;
      if (placed && next_->pos.segment > segment) return;
      if (next_->kind == EntryKind::tagger) taggers_.push_back(*next_);
      if (placed && next_->pos.segment == segment) window_.push_back(std::move(*next_));
      if (!advance()) return;
    }
  }

  void read_manifest() {
    manifest_known_ = true;
    if (!open()) return;
    while (advance()) {
      if (next_->kind != EntryKind::manifest) continue;
      auto m = parse_manifest(next_->data, path_);
      if (m) manifest_ = CheckedManifest{std::move(*m), next_->data};
      break;
    }
    source_.reset();
    next_.reset();
  }

  std::string path_;
  Fd fd_;
  std::unique_ptr<BundleSource> source_;
  std::optional<BundleEntry> next_;
  std::vector<BundleEntry> window_;
  std::vector<BundleEntry> taggers_;
  std::optional<CheckedManifest> manifest_;
  bool manifest_known_ = false;
};

}  // namespace

std::unique_ptr<RepairSource> store_source(const StoreReader& store, std::string name) {
  return std::make_unique<StoreSource>(store, std::move(name));
}

std::unique_ptr<RepairSource> bundle_source(std::string path) {
  return std::make_unique<BundleStream>(std::move(path));
}

}  // namespace cess
