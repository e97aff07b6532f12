// SPDX-License-Identifier: Apache-2.0
#include "base/check.hpp"
#include "base/hex.hpp"
#include "crypto/sha256.hpp"
#include "merkle/tree.hpp"
#include "podr2/keys.hpp"
#include "store/ack.hpp"
#include "store/backend.hpp"
#include "store/budget.hpp"
#include "store/index_ops.hpp"
#include "store/layout.hpp"
#include "store/store.hpp"

namespace cess {

using namespace detail;

namespace {

constexpr std::uint64_t kTaggerSizeMax = 16U << 20U;

tl::unexpected<Error> no_fragment(const FragId& id) {
  return fail(Code::no, "there is no fragment '" + to_hex(id) + "' in this store", to_hex(id));
}

tl::unexpected<Error> damaged_fragment(const FragId& id, const std::string& why) {
  return fail(Code::no, "fragment '" + to_hex(id) + "' is damaged: " + why, to_hex(id),
              "'cess-store repair' rebuilds it from other stores");
}

}  // namespace

Hash256 sidecar_id(ByteView bytes) { return sha256({as_bytes("CESS-SIDECAR-v1"), bytes}); }

StoreReader::StoreReader() = default;
StoreReader::~StoreReader() = default;

Result<std::unique_ptr<StoreReader>> StoreReader::open(const std::string& path) {
  std::unique_ptr<StoreReader> reader(new StoreReader());
  reader->path_ = path;
  CESS_TRY_ASSIGN(reader->config_, layout::load_config(path));
  reader->backend_ = file_backend(path, nullptr);
  CESS_TRY_ASSIGN(const std::uint64_t acknowledged,
                  AckFile::read(layout::in(path, "ack"), reader->config_.miner));
  CESS_TRY_ASSIGN(reader->kv_, open_rocks_reader(layout::in(path, "index")));
  CESS_TRY(reader->check_sequence(acknowledged));
  CESS_TRY(reader->check_config());
  return reader;
}

Status StoreReader::refresh() {
  // The record first: what was acknowledged before we look must be in the index we then see.
  CESS_TRY_ASSIGN(const std::uint64_t acknowledged,
                  AckFile::read(layout::in(path_, "ack"), config_.miner));
  CESS_TRY(kv_->refresh());
  return check_sequence(acknowledged);
}

/// store.json as it was when the store was made: a flipped digit of the capacity must not pass.
Status StoreReader::check_config() const {
  CESS_TRY_ASSIGN(const auto digest, kv_->get(records::config_key()));
  const Hash256 now = sha256(as_bytes(layout::encode_config(config_)));
  if (digest && *digest == as_text(now.view())) return {};
  const std::string name = layout::in(path_, layout::kStoreFile);
  return fail(Code::system, "'" + name + "' was altered since init", name,
              "put back the original; if the index is at fault, run 'cess-store -s " + path_ +
                  " repair --index'");
}

Status StoreReader::check_sequence(std::uint64_t acknowledged) const {
  CESS_TRY_ASSIGN(const records::Counters c, load_counters(*kv_));
  if (c.sequence >= acknowledged) return {};
  return fail(Code::system,
              "store '" + path_ + "': index behind: it ends at change " +
                  std::to_string(c.sequence) + ", change " + std::to_string(acknowledged) +
                  " was acknowledged",
              path_, "run 'cess-store -s " + path_ + " repair --index'");
}

Result<std::uint64_t> StoreReader::service_count() const {
  CESS_TRY_ASSIGN(const records::Counters c, load_counters(*kv_));
  return c.fragment_count;
}

Result<SumNode> StoreReader::service_root() const {
  CESS_TRY_ASSIGN(const std::uint64_t count, service_count());
  KvSumNodes nodes(*kv_);
  return SumTree(nodes, count).root();
}

Result<IndexEntry> StoreReader::service_entry(std::uint64_t position) const {
  return load_entry(*kv_, position);
}

Result<BlockHit> StoreReader::service_find(std::uint64_t block) const {
  CESS_TRY_ASSIGN(const std::uint64_t count, service_count());
  KvSumNodes nodes(*kv_);
  SumTree tree(nodes, count);
  CESS_TRY_ASSIGN(const SumNode root, tree.root());
  if (block >= root.sum) {
    return fail(Code::usage,
                "block " + std::to_string(block) + " is past the last of " +
                    std::to_string(root.sum) + " blocks",
                std::to_string(block));
  }
  CESS_TRY_ASSIGN(const SumTree::Hit hit, tree.find(block));
  CESS_TRY_ASSIGN(const IndexEntry entry, load_entry(*kv_, hit.leaf));
  return BlockHit{hit.leaf, entry, hit.block_in_leaf};
}

Result<std::vector<SumNode>> StoreReader::service_path(std::uint64_t position) const {
  CESS_TRY_ASSIGN(const std::uint64_t count, service_count());
  if (position >= count) {
    return fail(Code::usage,
                "position " + std::to_string(position) + " is past the last of " +
                    std::to_string(count) + " entries",
                std::to_string(position));
  }
  KvSumNodes nodes(*kv_);
  return SumTree(nodes, count).path(position);
}

Status StoreReader::each_entry(
    const std::function<Status(std::uint64_t, const IndexEntry&)>& visit) const {
  Status result;
  std::uint64_t position = 0;
  CESS_TRY(kv_->scan("p", "p", [&](std::string_view key, std::string_view value) {
    const auto entry = records::parse_entry(value);
    if (!entry) {
      result = tl::unexpected(entry.error());
    } else if (key != records::position_key(position)) {
      result = fail(Code::system, "index: position " + std::to_string(position) + " is missing");
    } else {
      result = visit(position++, *entry);
    }
    return result.has_value();
  }));
  return result;
}

Result<StoredFragment> StoreReader::fragment(const FragId& id) const {
  CESS_TRY_ASSIGN(const auto f, load_fragment(*kv_, id));
  if (!f) return no_fragment(id);
  return *f;
}

Result<std::optional<FragId>> StoreReader::fragment_at(const FileId& file, std::uint32_t segment,
                                                       std::uint16_t index,
                                                       std::uint16_t replica) const {
  return load_place(*kv_, file, segment, replica, index);
}

Status StoreReader::each_fragment_of(
    const FileId& file, const std::function<Status(const StoredFragment&)>& visit) const {
  const std::string prefix = records::place_prefix(file);
  Status result;
  CESS_TRY(kv_->scan(prefix, prefix, [&](std::string_view, std::string_view value) {
    result = [&]() -> Status {
      CESS_TRY_ASSIGN(const FragId id, records::parse_id_value<FragId>(value, "place"));
      CESS_TRY_ASSIGN(const StoredFragment f, fragment(id));
      return visit(f);
    }();
    return result.has_value();
  }));
  return result;
}

bool StoreReader::is_damaged(const FragId& id) const {
  return backend_->is_marked(blob(BlobKind::fragment, id));
}

Result<std::vector<FragId>> StoreReader::damaged() const {
  CESS_TRY_ASSIGN(const auto names, backend_->marked());
  std::vector<FragId> out;
  for (const BlobName& name : names) {
    if (name.kind == BlobKind::fragment) out.push_back(FragId::from(name.id.view()));
  }
  return out;
}

bool StoreReader::looks_whole(const StoredFragment& f) const {
  const auto size = backend_->size(blob(BlobKind::fragment, f.id));
  return size && *size == f.descriptor.length;
}

Status StoreReader::read(const FragId& id, std::uint64_t offset, MutByteView out) const {
  CESS_TRY_ASSIGN(const StoredFragment f, fragment(id));
  if (is_damaged(id)) return damaged_fragment(id, "a scrub found it so");
  const std::uint64_t length = f.descriptor.length;
  if (offset > length || out.size() > length - offset) {
    return fail(Code::no,
                "fragment '" + to_hex(id) + "' has " + std::to_string(length) +
                    " bytes, the range ends at " + std::to_string(offset + out.size()),
                to_hex(id));
  }
  const Status done = backend_->read(blob(BlobKind::fragment, id), offset, out);
  if (!done && done.error().code == Code::no) return damaged_fragment(id, done.error().message);
  return done;
}

Result<Bytes> StoreReader::read_verified(const StoredFragment& f) const {
  Bytes data(f.descriptor.length);
  const BlobName name = blob(BlobKind::fragment, f.id);
  CESS_TRY_ASSIGN(const std::uint64_t size, blob_size(name, f.id));
  if (size != data.size()) {
    return damaged_fragment(f.id, "its file has " + std::to_string(size) + " bytes, expected " +
                                      std::to_string(data.size()));
  }
  CESS_TRY(backend_->read(name, 0, data));
  if (fragment_root(data) != f.descriptor.root) return damaged_fragment(f.id, "its root differs");
  return data;
}

Result<bool> StoreReader::check_fragment(const FragId& id) {
  CESS_TRY_ASSIGN(const StoredFragment f, fragment(id));
  const auto data = read_verified(f);
  if (data) return !is_damaged(id);
  if (data.error().code != Code::no) return tl::unexpected(data.error());
  CESS_TRY(backend_->mark(blob(BlobKind::fragment, id)));
  return false;
}

Result<std::uint64_t> StoreReader::blob_size(const BlobName& name, const FragId& id) const {
  auto size = backend_->size(name);
  if (!size && size.error().code == Code::no) return damaged_fragment(id, size.error().message);
  return size;
}

Result<TagFile> StoreReader::tag_file(const StoredFragment& f) const {
  Bytes bytes(f.tag_size);
  CESS_TRY(backend_->read(blob(BlobKind::sidecar, f.sidecar), f.tag_offset, bytes));
  auto tags = parse_tag_file(bytes);
  if (!tags || frag_id(tags->descriptor) != f.id) {
    return fail(Code::no,
                "the tag file of fragment '" + to_hex(f.id) + "' is damaged in '" +
                    backend_->describe(blob(BlobKind::sidecar, f.sidecar)) + "'",
                to_hex(f.id), "'cess-store repair' fetches it from other stores");
  }
  return tags;
}

Result<Bytes> StoreReader::sidecar(const StoredFragment& f) const {
  const BlobName name = blob(BlobKind::sidecar, f.sidecar);
  CESS_TRY_ASSIGN(Bytes bytes, whole_blob(name, layout::kSidecarSizeMax));
  if (sidecar_id(bytes) != f.sidecar) {
    return fail(Code::no, "tag sidecar '" + backend_->describe(name) + "' is damaged",
                to_hex(f.sidecar), "'cess-store repair' fetches it from other stores");
  }
  return bytes;
}

Status StoreReader::each_file(const std::function<Status(const StoredFile&)>& visit) const {
  Status result;
  CESS_TRY(kv_->scan("m", "m", [&](std::string_view key, std::string_view value) {
    result = [&]() -> Status {
      CESS_TRY_ASSIGN(const Fid fid, records::parse_id_value<Fid>(key.substr(1), "fid"));
      CESS_TRY_ASSIGN(const StoredFile f, records::parse_file(fid, value));
      return visit(f);
    }();
    return result.has_value();
  }));
  return result;
}

Result<std::optional<StoredFile>> StoreReader::file(const Fid& fid) const {
  return load_file(*kv_, fid);
}

Result<std::optional<Fid>> StoreReader::fid_of(const FileId& file) const {
  return load_fid(*kv_, file);
}

Result<Bytes> StoreReader::manifest(const Fid& fid) const {
  CESS_TRY_ASSIGN(const auto f, file(fid));
  if (!f)
    return fail(Code::no, "there is no file '" + to_hex(fid) + "' in this store", to_hex(fid));
  CESS_TRY_ASSIGN(Bytes text, whole_blob(blob(BlobKind::manifest, fid), layout::kManifestSizeMax));
  if (sha256(ByteView(text)) == f->manifest_hash) return text;
  return fail(Code::no, "the manifest of '" + to_hex(fid) + "' is damaged in this store",
              to_hex(fid), "'cess-store repair' fetches it from other stores");
}

Result<Bytes> StoreReader::tagger_public(const TaggerId& id) const {
  return whole_blob(blob(BlobKind::tagger, id), kTaggerSizeMax);
}

bool StoreReader::tagger_is_good(const TaggerId& id) const {
  const auto stored = tagger_public(id);
  if (!stored) return false;
  const auto head = parse_tagger_head(*stored);
  return head && head->id == id;
}

bool StoreReader::has_tagger(const TaggerId& id) const {
  const auto record = load_shared(*kv_, records::tagger_key(id));
  return record && record->has_value();
}

Status StoreReader::each_tagger(const std::function<Status(const TaggerId&)>& visit) const {
  Status result;
  CESS_TRY(kv_->scan("k", "k", [&](std::string_view key, std::string_view) {
    const auto id = records::parse_id_value<TaggerId>(key.substr(1), "tagger_id");
    result = id ? visit(*id) : tl::unexpected(id.error());
    return result.has_value();
  }));
  return result;
}

Result<Bytes> StoreReader::whole_blob(const BlobName& name, std::uint64_t size_max) const {
  CESS_TRY_ASSIGN(const std::uint64_t size, backend_->size(name));
  if (size > size_max) {
    return fail(Code::no,
                "'" + backend_->describe(name) + "' has " + std::to_string(size) +
                    " bytes, at most " + std::to_string(size_max) + " are possible",
                backend_->describe(name));
  }
  Bytes bytes(size);
  CESS_TRY(backend_->read(name, 0, bytes));
  return bytes;
}

}  // namespace cess
