// SPDX-License-Identifier: Apache-2.0
// A miner's store as the parts of its daemon share it: changes take turns, reads wait for nobody.
// Nothing comes in unchecked: fragments by their root, their tags by the tagger's key against the
// bytes, at once or many together, before anybody is promised anything. Any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "miner/tag_queue.hpp"
#include "podr2/keys.hpp"
#include "podr2/tag_file.hpp"
#include "store/writer.hpp"

namespace cess::miner {

/// A fragment by what its descriptor says.
struct ShelfPlace {
  FileId file;
  std::uint32_t segment = 0;
  std::uint16_t index = 0;
  std::uint16_t replica = 0;
};

/// When tags are compared with bytes. Together costs a fifth of one by one (podr2/ingest.hpp), but
/// those that fail have been on the shelf for a while.
enum class TagCheck { now, later };

class Shelf {
 public:
  /// `store` outlives it; nobody else changes it.
  explicit Shelf(Store& store) : store_(store) {}

  [[nodiscard]] const StoreReader& reader() const { return store_; }
  /// The store takes no more changes until it is opened again.
  [[nodiscard]] bool must_reopen() {
    const std::lock_guard lock(write_);
    return store_.must_reopen();
  }
  [[nodiscard]] std::uint64_t idle_bytes() const { return store_.idle_bytes(); }
  Result<std::optional<FragId>> find(const ShelfPlace& place) const;

  /// Keeps a fragment. `tags`: tag files of its segment, one behind the other; its own is checked
  /// against the bytes, those of others are kept when the same tagger signed them. None: untagged.
  /// A damaged copy is replaced. Code::input: refused, with the reason. `later`: the own tag file's
  /// signature is checked at once, the tags by settle(), or with the 64th fragment that waits for
  /// it; a tagger whose tags have failed is checked at once again.
  Status put(const ShelfPlace& place, const Hash256& root, ByteView tags, ByteView data,
             TagCheck when = TagCheck::now);
  /// Compares the tags of these with their bytes, but for those that this object has compared
  /// before: with what put() took of the bytes, or as they lie on the disk. Those that fail are
  /// removed and returned.
  Result<std::vector<FragId>> settle(std::span<const FragId> ids);
  /// Whether the tags fit these bytes, by the key of a tagger that is on the shelf. Code::input.
  Status check_tags(const TagFile& tags, ByteView data);
  /// The key has been checked against itself. Code::input.
  Result<std::shared_ptr<const TaggerPublic>> tagger(const TaggerId& id);
  Status put_tagger(const TaggerId& id, ByteView file);
  /// The same, `file` parsed; the key is checked against itself first. Code::input.
  Status put_tagger(const TaggerId& id, ByteView file, TaggerPublic parsed);
  Status put_manifest(const Fid& fid, const FileId& file, ByteView text);
  /// Somebody is about to be told that these are here: they stay for two more looks at what the
  /// chain does not give this miner. Code::no: one of them is not here.
  Status promise(std::span<const FragId> ids);
  /// A look begins; what it finds superfluous it may then remove, if it was not promised meanwhile.
  void begin_look();
  /// Removes those that are there and not promised; marks of damage go with them. Returns how many.
  Result<std::size_t> remove_left(std::span<const FragId> ids);
  Status remove_manifest(const Fid& fid);
  /// Room for a filler that another process makes; false: it does not fit.
  Result<bool> claim_filler(std::span<const Store::ClaimedFile> files);
  /// What nothing takes, not even fillers.
  [[nodiscard]] std::uint64_t free_bytes() const { return store_.free_bytes(); }

 private:
  struct Chosen {
    std::vector<TagFile> tags;               ///< to be kept; the fragment's own last
    std::shared_ptr<const TaggerPublic> by;  ///< of the own tags, if they have a key
    bool compared = true;                    ///< the own tags fit the bytes, or there are none
  };
  /// Under keys_mutex_: keeps a key in memory that is right in itself.
  Result<std::shared_ptr<const TaggerPublic>> keep_key(const TaggerId& id, TaggerPublic parsed);
  Result<Chosen> choose_tags(const ShelfPlace& place, ByteView tags, ByteView data, TagCheck when);
  /// settle() for fragments of one tagger, few enough to be in memory.
  Status settle_group(const TaggerId& id, std::span<const StoredFragment> group,
                      std::vector<FragId>& bad);
  /// Ends `check` of these: notes who is good, removes who is not, and those of `failed`.
  Status judge(const TaggerId& id, IngestCheck& check, std::span<const TagQueue::Entry> entries,
               std::vector<FragId> failed, std::vector<FragId>& bad);
  Status settle_waiting(std::vector<TagQueue::Group> groups, std::vector<FragId>& bad);
  Status drop_bad(const TaggerId& id, std::span<const FragId> bad);
  /// Under write_: what lies on the disk is what was compared.
  void note_compared(const FragId& id);
  Status note_if_kept(const TagQueue::Entry& entry);

  Store& store_;
  std::mutex write_;
  std::uint64_t look_ = 0;                    // guarded by write_
  std::map<FragId, std::uint64_t> promised_;  // guarded by write_
  std::mutex compared_mutex_;
  std::set<FragId> compared_;      // guarded by compared_mutex_
  std::set<TaggerId> distrusted_;  // guarded by compared_mutex_
  TagQueue waiting_;               // for settle(); may name what is gone
  std::mutex keys_mutex_;
  std::map<TaggerId, std::shared_ptr<const TaggerPublic>> keys_;
};

}  // namespace cess::miner
