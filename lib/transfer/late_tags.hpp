// SPDX-License-Identifier: Apache-2.0
// Tags for a bundle that was encoded without them: made segment by segment while the chain draws
// miners and earlier segments are on their way (decision 1418). Each tag file appears whole, before
// it is sent anywhere; one that is there is not made again, since miners may have it.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "sys/random.hpp"
#include "transfer/stage.hpp"

namespace cess::transfer {

/// Folders for the tag files of a bundle, and the tagger's public file. Code::system.
Status make_tag_folders(const Staged& staged, const Tagging& tagging);
/// Whether a fragment has its tag file.
bool has_tags(const Staged& staged, const FragmentPos& pos);
/// Gives it one, whole or not at all, as a kill of the process goes. Any thread.
Status keep_tags(const Staged& staged, const FragmentPos& pos, const TagFile& tags);
/// Gives all fragments of a segment theirs, in order, as TagsIn::segments has them.
Status keep_segment_tags(const Staged& staged, std::uint32_t segment,
                         std::span<const TagFile> tags);

class LateTags {
 public:
  /// Begins. `staged` and what `tagging` points to outlive it. Code::system.
  static Result<std::unique_ptr<LateTags>> start(const Staged& staged, const Tagging& tagging,
                                                 Random& random);
  LateTags(const LateTags&) = delete;
  LateTags& operator=(const LateTags&) = delete;
  /// Ends after the fragments that are in hand.
  ~LateTags();
  /// Any thread: until all fragments of a segment have their tag files. The first error, if there
  /// is one; Code::input: bytes and root differ.
  Status wait(std::uint32_t segment);

 private:
  LateTags(const Staged& staged, const Tagging& tagging, Random& random)
      : staged_(staged),
        tagging_(tagging),
        random_(random),
        left_(staged.manifest().segments.size(), staged.manifest().profile().columns()) {}
  void serve();
  Status tag(std::uint32_t segment, std::uint16_t column);

  const Staged& staged_;
  Tagging tagging_;
  Random& random_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t next_ = 0;           ///< segment * columns + column
  std::vector<std::uint32_t> left_;  ///< fragments of a segment without tags
  std::optional<Error> error_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace cess::transfer
