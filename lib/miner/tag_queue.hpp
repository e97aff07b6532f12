// SPDX-License-Identifier: Apache-2.0
// Tags whose fragments are stored and that wait to be compared with their bytes, many together.
// What the comparison needs of the bytes is taken while they are in memory, 0.5 MB a fragment, so
// that nobody reads them again. A process that ends forgets them: Shelf::settle reads the disk
// then. Any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "podr2/ingest.hpp"

namespace cess::miner {

class TagQueue {
 public:
  struct Entry {
    FragId id;
    Hash256 tags;  ///< tags_digest() of what was compared
  };
  /// Of one tagger, in the order of the check.
  struct Group {
    std::shared_ptr<const TaggerPublic> key;
    IngestCheck check;
    std::vector<Entry> entries;
  };

  /// `data` has the root of the descriptor: the caller has compared. Code::no: these tags fit no
  /// bytes at all; nothing was added.
  Status add(const FragId& id, std::shared_ptr<const TaggerPublic> key, const TagFile& tags,
             ByteView data);
  [[nodiscard]] std::size_t count() const;
  /// Takes out the groups in which one of these waits.
  std::vector<Group> take(std::span<const FragId> ids);
  std::vector<Group> take_all();

 private:
  mutable std::mutex mutex_;
  std::map<TaggerId, Group> groups_;
};

/// A descriptor, and so a fragment's name, does not cover the tags: this does.
Hash256 tags_digest(const TagFile& tags);

}  // namespace cess::miner
